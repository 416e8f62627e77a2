"""People act on a message through the real clients: each button, what it changes, who may, and what a replay does."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from pipeline import explain
from pipeline.domain import Reason, ReportedShift, Stance, Verdict
from tests.house import item
from tests.slack.desk import ANNA, BORY, EVE, HEAD, Desk, desk
from tests.slack.people import buttons, shown
from tests.slack.place import Fault

WRONG = {"stance": "supportive", "reported_shift": "toward", "act": "said"}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as found:
        yield found


@pytest.fixture
def led(tmp_path: Path) -> Iterator[Desk]:
    """A desk with a head."""
    with desk(tmp_path, desk_head=HEAD) as found:
        yield found


def counted(room: Desk) -> dict[str, int]:
    return {name: number for name, number in room.home.store.counts().items() if name != "notifications"}


# --- I have it ---


def test_who_has_a_matter_is_said_by_its_message(room: Desk) -> None:
    assert room.anna.press("have_it", room.message) == "taken"
    assert "It is yours" in shown(room.private())
    assert room.passes()["updated"] == 1
    assert f"<@{ANNA}> has it since 12 May 18:30 Kyiv" in shown(room.message)
    assert room.anna.command("open") == "told"
    assert f"<@{ANNA}> since 12 May 2026 18:30 Kyiv · South Korea · government" in shown(room.private())


def test_what_somebody_has_is_taken_over_only_when_asked_for(room: Desk) -> None:
    room.anna.press("have_it", room.message)
    assert room.bory.press("have_it", room.message) == "theirs"
    assert f"<@{ANNA}> has it since" in shown(room.private())
    assert room.bory.press("take_over", room.private()) == "taken"
    (one,) = room.home.store.acknowledgements.lasting()
    assert one.owner.id == BORY


def test_what_was_taken_is_given_back(room: Desk) -> None:
    room.anna.press("have_it", room.message)
    room.passes()
    assert room.anna.press("undo", room.private()) == "undone"
    assert room.private()["replace_original"] is True
    room.passes()
    assert "has it" not in shown(room.message)
    assert room.home.store.acknowledgements.lasting() == []


def test_a_matter_is_its_owners_until_independent_evidence_comes(room: Desk) -> None:
    room.anna.press("have_it", room.message)
    room.passes()
    room.home.publish("cabinet", item("turn-2", "KR0< cabinet repeats that its pledge to Kyiv is under review"))
    room.home.run()
    assert [one.owner.id for one in room.home.store.acknowledgements.lasting()] == [ANNA]
    room.home.clock.forward(minutes=31)
    room.home.publish("wire", item("wire-2", "KR0< cabinet reconsiders its pledge to Kyiv, officials tell Wire"))
    room.home.run()
    assert room.home.store.acknowledgements.lasting() == []
    ((one,),) = room.home.store.acknowledgements.of([room.shift().shift_id]).values()
    assert one.ended_why is Reason.NEW_EVIDENCE
    room.passes(15)
    assert f"<@{ANNA}> had it until more became known" in shown(room.message)


# --- corrections ---


def test_a_wrong_tag_is_corrected_at_once_and_without_training(room: Desk) -> None:
    before = room.shift()
    assert room.anna.press("wrong_tag", room.message) == "opened"
    (view,) = room.place.views
    assert "works against support" in str(view)
    assert room.anna.fill(view, **WRONG) == "corrected"
    (said,) = room.place.shown
    assert "This holds at once, for one story: KR government: supportive, said, a change toward." in shown(said)
    shifts = {one.direction: one for one in room.home.store.shifts.all() if not one.history}
    assert shifts[ReportedShift.AWAY].shift_id == before.shift_id
    assert shifts[ReportedShift.AWAY].withdrawn_why == "a person judged a story that it rests on otherwise"
    assert shifts[ReportedShift.TOWARD].stands
    (tagged,) = [one for one in room.home.store.articles.relevant() if not one.article.history]
    assert [p.stance for p in tagged.tag.positions] == [Stance.SUPPORTIVE]
    room.passes(1)
    assert room.message["text"].startswith("Withdrawn")
    assert f"<@{ANNA}> judged it" in shown(room.message)


def test_the_modal_starts_with_what_the_model_said(room: Desk) -> None:
    room.anna.press("wrong_tag", room.message)
    asked = {b["element"]["action_id"]: b["element"] for b in room.place.views[0]["blocks"] if b["type"] == "input"}
    chosen = {name: each["initial_option"]["value"] for name, each in asked.items() if "initial_option" in each}
    assert (chosen["actor"], chosen["voice"]) == ("KR", "government")
    assert (chosen["stance"], chosen["reported_shift"], chosen["act"]) == ("hedging", "away", "decided")
    assert [each["value"] for each in asked["tracks"]["initial_options"]] == ["aid"]


def test_what_is_not_relevant_is_read_nowhere_and_comes_back_when_that_is_undone(room: Desk) -> None:
    before = len(room.home.store.articles.relevant())
    assert room.anna.press("not_relevant", room.message) == "corrected"
    assert len(room.home.store.articles.relevant()) == before - 1
    assert not room.shift().stands
    room.passes(1)
    assert "Withdrawn" in room.message["text"]
    assert room.anna.press("undo", room.private()) == "undone"
    assert len(room.home.store.articles.relevant()) == before
    assert room.shift().stands
    room.passes(1)
    assert "Withdrawn" not in room.message["text"]
    assert "judged" not in shown(room.message)


def test_two_who_disagree_are_settled_by_the_desks_head(led: Desk) -> None:
    led.anna.press("not_relevant", led.message)
    led.bory.press("wrong_tag", led.message)
    assert led.bory.fill(led.place.views[0], **WRONG) == "contested"
    assert f"<@{ANNA}> said before: not relevant. That holds until <@{HEAD}> settles it" in shown(led.place.shown[0])
    assert [one for one in led.home.store.articles.relevant() if not one.article.history] == []
    led.passes(1)
    (question,) = [one for one in led.place.thread(led.message["ts"]) if f"<@{HEAD}>" in one["text"]]
    first, second = buttons(question)
    assert led.bory.press_this(second, question) == "not_the_head"
    assert led.head.press_this(second, question) == "settled"
    (tagged,) = [one for one in led.home.store.articles.relevant() if not one.article.history]
    assert tagged.tag.positions[0].stance is Stance.SUPPORTIVE
    assert led.head.press_this(first, question) == "settled"
    assert [one for one in led.home.store.articles.relevant() if not one.article.history] == []
    judged = led.home.store.corrections.verdicts(led.home.clock() - timedelta(days=1))
    assert {one.verdict for one in judged} == {Verdict.NOT_RELEVANT}


def test_without_a_head_the_first_word_holds_until_it_is_taken_back(room: Desk) -> None:
    room.anna.press("not_relevant", room.message)
    undo = room.private()
    room.bory.press("wrong_tag", room.message)
    assert room.bory.fill(room.place.views[0], **WRONG) == "contested"
    assert "That holds until it is taken back" in shown(room.place.shown[0])
    room.anna.press("undo", undo)
    (tagged,) = [one for one in room.home.store.articles.relevant() if not one.article.history]
    assert tagged.tag.positions[0].stance is Stance.SUPPORTIVE


def test_the_record_says_who_did_what(led: Desk) -> None:
    shift = led.shift()
    assert explain.explained(led.home.services, shift.shift_id).endswith("ACTED\n  nobody")
    led.anna.press("have_it", led.message)
    led.bory.press("not_relevant", led.message)
    led.anna.press("wrong_tag", led.message)
    led.anna.fill(led.place.views[0], **WRONG)
    acted = explain.explained(led.home.services, shift.shift_id).partition("ACTED\n")[2].split("\n")
    assert acted[0].endswith("UTC anna has it")
    assert [line.rpartition("; ")[2] for line in acted[1:]] == ["holds", "contested"]
    assert "bory on article" in acted[1]
    assert "not_relevant" in acted[1]
    assert "KR government supportive 1.00, reports a shift toward 1.00, said" in acted[2]


# --- mute, why, copy, stance ---


@pytest.mark.parametrize(
    ("what", "lasts", "days", "covers"),
    [
        ("story", "1d", 1, "stories"),
        ("track:aid", "1w", 7, "tracks"),
        ("source:Cabinet", "1d", 1, "sources"),
    ],
)
def test_what_is_muted_is_silenced_for_a_time_and_heard_again_when_that_is_undone(
    room: Desk, what: str, lasts: str, days: int, covers: str
) -> None:
    room.anna.press("mute", room.message)
    assert room.anna.fill(room.place.views[0], what=what, lasts=lasts) == "muted"
    (one,) = room.home.store.silences.lasting(room.home.clock())
    assert one.ends_at - one.created_at == timedelta(days=days)
    assert getattr(one, covers)
    assert one.author == "anna"
    assert room.anna.press("undo", room.place.shown[0]) == "undone"
    assert room.home.store.silences.lasting(room.home.clock()) == []


def test_why_is_answered_to_one_person_with_the_evidence_and_its_part(room: Desk) -> None:
    assert room.anna.press("why", room.message) == "told"
    said = room.private()
    assert (said["user"], said["response_type"]) == (ANNA, "ephemeral")
    assert "Cabinet (state, KR), en" in shown(said)
    assert "says hedging; influence +0.90" in shown(said)
    assert "reports a shift away 0.90" in shown(said)


def test_a_minister_gets_five_plain_lines_in_two_languages(room: Desk) -> None:
    assert room.anna.press("copy", room.message) == "told"
    english, ukrainian = (block["text"] for block in room.private()["blocks"])
    assert english["type"] == ukrainian["type"] == "plain_text"
    assert english["text"].split("\n") == [
        "South Korea, government: further from Ukraine (decided).",
        "Subject: aid.",
        "When: 12 May 2026; known to us on 12 May 2026.",
        "How sure: said by the government itself.",
        "Reported by: Cabinet.",
    ]
    assert ukrainian["text"].split("\n")[0] == "Південна Корея, уряд: далі від України (вирішено)."
    assert len(ukrainian["text"].split("\n")) == 5
    assert "anna" not in str(room.private()["blocks"])


def test_stance_says_where_each_voice_stands_and_what_moved(room: Desk) -> None:
    assert room.anna.command("Korea") == "told"
    said = shown(room.private())
    assert "South Korea: where each voice stands" in said
    assert "*government* · support for Ukraine: too little to tell (1 story)" in said
    assert "South Korea · government" in said.partition("What moved")[2]
    assert room.anna.command("japan") == "told"
    assert "no story yet" in shown(room.private())
    assert room.anna.command("") == room.anna.command("help") == "told"
    assert "`japan`" in shown(room.private())


# --- who may, and what comes twice ---


@pytest.mark.parametrize("ask", ["have_it", "wrong_tag", "not_relevant", "mute"])
def test_only_members_of_the_channels_may_act(room: Desk, ask: str) -> None:
    before = counted(room)
    assert room.eve.press(ask, room.message) == "not_a_member"
    assert "Only members" in shown(room.private())
    assert (counted(room), room.place.views) == (before, [])
    assert room.eve.press("why", room.message) == "told"


def test_where_slack_does_not_say_who_is_a_member_nobody_is(room: Desk) -> None:
    room.place.faults.append(Fault(method="conversations.members", error="fatal_error"))
    assert room.anna.press("not_relevant", room.message) == "not_a_member"
    assert room.anna.press("not_relevant", room.message) == "corrected"


def test_members_are_asked_for_once_a_minute(room: Desk) -> None:
    for _ in range(3):
        room.anna.press("have_it", room.message)
    assert [method for method, _, _ in room.place.requests].count("conversations.members") == 1
    room.place.members["C000DESK"].add(EVE)
    assert room.eve.press("mute", room.message) == "not_a_member"


def every_deed(room: Desk) -> Iterator[tuple[str, Any]]:
    """Do everything once; yields each deed that can be told again."""
    yield "have_it", room.anna.press("have_it", room.message)
    yield "give it back", room.anna.press("undo", room.private())
    room.anna.press("mute", room.message)
    yield "mute", room.anna.fill(room.place.views[-1])
    room.anna.press("wrong_tag", room.message)
    yield "wrong_tag", room.anna.fill(room.place.views[-1], **WRONG)
    yield "undo", room.anna.press("undo", room.place.shown[-1])
    yield "not_relevant", room.bory.press("not_relevant", room.message)
    yield "why", room.anna.press("why", room.message)


@pytest.mark.parametrize("forgetful", [False, True])
def test_what_slack_tells_again_changes_nothing(room: Desk, *, forgetful: bool) -> None:
    for deed, outcome in every_deed(room):
        assert outcome not in {"repeated", "empty", "not_ours"}
        who = room.bory if deed == "not_relevant" else room.anna
        before, said = counted(room), len(room.place.shown) + len(room.place.answered)
        silences = room.home.store.silences.lasting(room.home.clock())
        if forgetful:  # another process has it now
            room.answers._done.clear()
        again = who.again()
        assert again == ("told" if forgetful and deed == "why" else "repeated")
        assert counted(room) == before
        assert room.home.store.silences.lasting(room.home.clock()) == silences
        assert len(room.place.shown) + len(room.place.answered) == said + (again == "told")


@pytest.mark.parametrize(
    "payload", [{}, {"type": "block_actions"}, {"type": "view_submission", "view": {}}, {"command": "/x"}]
)
def test_what_is_no_question_of_ours_is_nobodys(room: Desk, payload: dict[str, Any]) -> None:
    assert room.answers(payload) == "not_ours"


def test_a_shift_that_is_not_there_is_said_to_be_gone(room: Desk) -> None:
    button = {**buttons(room.message)[0], "value": "nothing"}
    assert room.anna.press_this(button, room.message) == "unknown"
    assert room.anna.press_this({**button, "action_id": "why"}, room.message) == "told"
    assert "not in the memory" in room.private()["text"]


def test_a_form_that_slack_did_not_open_in_time_is_said_to_be_late(room: Desk) -> None:
    room.place.faults.append(Fault(method="views.open", error="expired_trigger_id"))
    assert room.anna.press("mute", room.message) == "opened"
    assert "press again" in shown(room.private())


def test_what_fails_is_said_so_and_may_be_asked_again(room: Desk) -> None:
    def rename(before: str, after: str) -> None:
        with room.home.store._database.write() as connection:
            connection.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))

    rename("acknowledgements", "away")
    with pytest.raises(OperationalError):
        room.anna.press("have_it", room.message)
    assert "did not work" in shown(room.private())
    rename("away", "acknowledgements")
    assert room.anna.again() == "taken"


def test_signed_http_does_the_same_as_a_socket(tmp_path: Path) -> None:
    with desk(tmp_path, signing_secret="secret") as room:
        room.anna.send = lambda *told: told
        _, payload = room.anna.press("have_it", room.message)
        body = urlencode({"payload": json.dumps(payload)}).encode()
        stamp = f"{room.home.clock().timestamp():.0f}"
        signature = hmac.new(b"secret", f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signature}"}
        assert room.answers.over_http(body + b"1", headers) is None
        assert room.place.answered == []
        answer = room.answers.over_http(body, headers)
        assert answer is not None
        assert [answer(), answer()] == ["taken", "repeated"]


def test_without_a_signing_secret_nothing_is_heard_over_http(room: Desk) -> None:
    assert room.answers.over_http(b"command=%2Fstance", {}) is None
