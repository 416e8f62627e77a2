"""The one sender on a real store and a stand-in for Slack: one message a matter, its rates, its outcomes."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from pipeline import flows, sending
from pipeline.alert import slack
from pipeline.domain import LinkKind, Route
from pipeline.places import Slack
from pipeline.storage.outbox import SETTLE_S
from tests.factories import NOW, evidence
from tests.house import HOUR, House, item, turn, watch
from tests.slack.blocks import pings, words
from tests.slack.place import Answer, Fault, Place
from tests.slack.told import confirm, deny, matter, tell
from tests.slack.wire import serve


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.store.close()


@pytest.fixture
def place(home: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serve(now=lambda: home.clock().timestamp()) as served:
        home.settings = replace(home.settings, slack=Slack(token=served.token, base_url=served.url))
        home.services = connected(home)
        yield served


def connected(home: House, holder: str = "one") -> flows.Services:
    return replace(home.of(holder), post=partial(slack.post, slack=home.settings.slack, show=lambda _: None))


def alert(home: House) -> dict[str, int]:
    return flows.alert(home.services)


def shown(message: Answer) -> str:
    return "\n".join(words(message["blocks"]))


# --- one message a matter ---


def test_a_denial_rewrites_the_message_and_answers_in_its_thread(home: House, place: Place) -> None:
    one = matter("one")
    tell(home.store, one)
    assert alert(home) == {"first": 1, "sent": 1}
    home.clock.forward(minutes=2)
    deny(home.store, one, "two", home.clock())
    assert alert(home) == {"replied": 1, "updated": 1}
    (first,) = place.top()
    (reply,) = place.thread(first["ts"])
    assert first["text"].startswith("DENIED · Japan · government · ")
    assert "DENIED by government, Tokyo, 12 May" in shown(first)
    assert "Reports are groundless, ministry says (two)" in shown(reply)
    assert "Seoul weighs an end to its help (one)" in shown(first)
    assert alert(home) == {}


def test_a_correction_by_the_outlet_is_a_state_of_the_message(home: House, place: Place) -> None:
    one = matter("one")
    tell(home.store, one)
    alert(home)
    deny(home.store, one, "two", home.clock(), LinkKind.CORRECTS)
    assert alert(home) == {"replied": 1, "updated": 1}
    assert place.top()[0]["text"].startswith("CORRECTED · ")


def test_what_was_denied_before_it_was_said_is_said_as_denied(home: House, place: Place) -> None:
    one = matter("one")
    tell(home.store, one)
    deny(home.store, one, "two", home.clock())
    assert alert(home)["sent"] == 1
    assert place.top()[0]["text"].startswith("DENIED")
    home.clock.forward(hours=1)
    assert alert(home) == {}


def test_further_stories_are_one_answer_an_interval(home: House, place: Place) -> None:
    one = matter("one")
    tell(home.store, one)
    alert(home)
    for number in range(6):
        home.clock.forward(minutes=5)
        one = confirm(home.store, one, f"more-{number}", home.clock())
        alert(home)
    (first,) = place.top()
    assert len(place.thread(first["ts"])) == 2  # after 15 and 30 minutes
    assert place.rewritten == 6
    home.clock.forward(minutes=15)
    alert(home)
    assert len(place.thread(first["ts"])) == 2


def test_a_headline_that_is_changed_and_a_report_that_is_taken_down_are_told(home: House, place: Place) -> None:
    watch(home)
    others = [item(f"other {n}", published_at=NOW + (3 - n) * HOUR) for n in range(7)]
    newest = item("newest", published_at=NOW + 6 * HOUR)
    home.publish("cabinet", newest, turn(), *others)
    home.run()
    home.clock.forward(hours=6)
    changed = replace(turn(), title="KR0< cabinet <!channel> reviews its pledge to Kyiv")
    home.publish("cabinet", newest, changed, *others)
    home.run()
    (first,) = place.top()
    assert "HEADLINE CHANGED by Cabinet" in shown(first)
    assert "was: KR0&lt; cabinet reconsiders its pledge to Kyiv" in shown(first)
    home.clock.forward(hours=6)
    home.publish("cabinet", newest, *others, note="removed")
    home.run()
    (first,) = place.top()
    assert "REPORT TAKEN DOWN by Cabinet" in shown(first)
    assert len(place.thread(first["ts"])) == 2
    assert [ping for each in place.messages["C000DESK"] for ping in pings(each)] == []


def test_a_matter_that_is_named_anew_keeps_its_one_message(home: House, place: Place) -> None:
    one = matter("one")
    tell(home.store, one)
    alert(home)
    told = one.evidence[0].article
    earlier = replace(told, article_id="article-zero", copy_id="article-zero", url="https://kyodo.example/zero")
    anew = replace(one, shift_id="shift-zero", confirmed=True, evidence=(evidence(article=earlier),))
    tell(home.store, anew)
    home.clock.forward(minutes=20)
    assert alert(home) == {"already_said": 1, "replied": 1, "updated": 1}
    (first,) = place.top()
    assert "two sources or more" in first["text"]
    home.clock.forward(minutes=20)
    assert alert(home) == {}


def test_every_route_has_a_message_of_its_own(home: House, place: Place) -> None:
    home.settings = replace(home.settings, routes=(*home.settings.routes, Route(name="kr", channel="#kr")))
    home.services = connected(home)
    one = matter("one")
    tell(home.store, one)
    assert alert(home)["sent"] == 2
    deny(home.store, one, "two", home.clock())
    alert(home)
    assert [place.top(channel)[0]["text"][:6] for channel in ("C000DESK", "C00000KR")] == ["DENIED"] * 2


# --- how fast ---


def test_a_channel_hears_one_message_a_second_and_a_pass_waits_no_longer_than_its_bound(
    home: House, place: Place
) -> None:
    tell(home.store, *(matter(f"{n}") for n in range(40)))
    started = home.clock()
    counts = alert(home)
    waited = (home.clock() - started).total_seconds()
    assert counts["sent"] == 21
    assert waited == sending.WAITS_S
    home.clock.forward(seconds=1)
    assert alert(home) == {"sent": 19}
    assert place.refused == []
    assert len(set(place.alerts())) == len(place.alerts()) == 40


def test_another_sender_keeps_to_the_pace_of_the_one_before(home: House, place: Place) -> None:
    tell(home.store, matter("one"))
    alert(home)
    tell(home.store, matter("two", home.clock()))
    home.services = connected(home, "two")
    before = home.clock()
    assert alert(home)["sent"] == 1
    assert (home.clock() - before).total_seconds() == 1
    assert place.refused == []


def test_where_nothing_changed_no_shift_is_read(home: House, place: Place) -> None:
    tell(home.store, matter("one"))
    for _ in range(3):
        alert(home)
    view = home.store.matters.view(sending._fingerprint(home.services))
    assert home.store.matters.viewed(view, home.clock())
    asked = len(place.requests)
    alert(home)
    assert len(place.requests) == asked
    tell(home.store, matter("two"))
    assert alert(home)["sent"] == 1


def test_an_attempt_with_all_its_questions_is_over_before_the_lease_and_before_it_is_looked_for() -> None:
    questions = slack.LISTS + slack.PAGES + 1
    assert questions * slack.TIMEOUT_S < sending.LEASE_S
    assert slack.TIMEOUT_S < SETTLE_S


# --- outcomes ---


def test_a_rate_limit_quiets_its_channel_and_no_other(home: House, place: Place) -> None:
    home.settings = replace(home.settings, routes=(*home.settings.routes, Route(name="kr", channel="#kr")))
    home.services = connected(home)
    tell(home.store, matter("one"), matter("two"))
    place.faults.append(Fault(status=429, error="ratelimited", headers={"Retry-After": "120"}))
    counts = alert(home)
    assert (counts["pending"], counts["sent"]) == (1, 2)
    assert len(place.requests) == 3
    home.clock.forward(seconds=90)
    assert alert(home) == {}
    home.clock.forward(seconds=31)
    assert alert(home)["sent"] == 2
    assert sorted(len(place.alerts(channel)) for channel in ("C000DESK", "C00000KR")) == [2, 2]


def test_a_revoked_token_is_asked_about_once_and_nothing_is_lost(home: House, place: Place) -> None:
    tell(home.store, *(matter(f"{n}") for n in range(5)))
    place.token = "xoxb-new"
    assert alert(home) == {"blocked": 1, "first": 5}
    assert alert(home) == {}
    assert len(place.requests) == 1
    place.token = "xoxb-right"
    home.clock.forward(minutes=5)
    assert alert(home)["sent"] == 5


def test_an_archived_channel_holds_its_messages_until_it_is_there_again(home: House, place: Place) -> None:
    tell(home.store, matter("one"))
    place.archived.add("C000DESK")
    assert alert(home)["blocked"] == 1
    home.clock.forward(hours=30)
    assert alert(home)["blocked"] == 1
    place.archived.clear()
    home.clock.forward(minutes=5)
    assert alert(home)["sent"] == 1
    assert len(place.top()) == 1


@pytest.mark.parametrize("fault", [Fault(cut="after"), Fault(status=500, accepted=True), Fault(cut="within")])
def test_what_was_taken_without_a_clear_answer_is_found_and_not_said_again(
    home: House, place: Place, fault: Fault
) -> None:
    tell(home.store, matter("one"), matter("two"))
    place.faults.append(fault)
    alert(home)
    home.clock.forward(minutes=2)
    assert alert(home)["sent"] >= 1
    assert len(place.top()) == len(set(place.alerts())) == 2
    assert "conversations.history" in [method for method, _, _ in place.requests]


def test_a_message_that_slack_finds_too_long_is_said_in_plain_text(home: House, place: Place) -> None:
    tell(home.store, matter("one"))
    place.faults.append(Fault(error="msg_blocks_too_long"))
    assert alert(home)["pending"] == 1
    home.clock.forward(seconds=2)
    assert alert(home)["sent"] == 1
    assert place.top()[0]["text"].startswith("Japan · government · ")
    assert "blocks" not in place.top()[0] or place.top()[0]["blocks"] == []
