"""The record of one shift, from the fetch of a feed to the message, as an analyst reads it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import explain, flows
from pipeline.domain import Held, Link, LinkKind, Reason, RefusalError, Route, ShiftKind
from tests.factories import shift
from tests.fakes import Marks
from tests.house import House, item, turn, watch


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.store.close()


@pytest.fixture
def told(home: House) -> str:
    """Have a turn read, found and sent; returns the shift's id."""
    watch(home)
    home.publish("cabinet", turn())
    home.run()
    (found,) = home.store.shifts.all()
    return found.shift_id


def test_a_record_goes_from_the_feeds_fetch_to_the_message(home: House, told: str) -> None:
    said = explain.explained(home.services, told)
    wanted = [
        "South Korea · government · decides · aid: further from Ukraine",
        f"id        {told} (reported)",
        "model     marks-1",
        "1. KR0< cabinet reconsiders its pledge to Kyiv",
        "Cabinet (state, KR), en, https://news.example/turn",
        f"fetch   feed cabinet at {home.clock():%Y-%m-%d %H:%M:%S} UTC: entry ",
        "version 1 seen ",
        "article ",
        "tag     by marks-1, the one in use, the one it was found with: KR government hedging 0.85, ",
        "reports a shift away 0.90, decided; relevant 0.90; tracks aid",
        "desk: first: said for the first time; decided ",
        "C1: sent after 1 attempt at ",
        "ACTED",
    ]
    places = [said.index(part) for part in wanted]
    assert places == sorted(places)


def test_the_beginning_of_an_id_is_enough(home: House, told: str) -> None:
    assert explain.explained(home.services, told[:6]) == explain.explained(home.services, told)


def test_every_answer_has_its_severity_and_what_waits_says_for_what(home: House, told: str) -> None:
    (grave,) = {answer.severity for answer in home.store.records.of(told).answers}
    assert f"UTC, severity {grave}; C1: sent" in explain.explained(home.services, told)
    slow = Route(name="slow", channel="#slow", group_wait_minutes=60)
    home.settings = replace(home.settings, routes=(*home.settings.routes, slow))
    said = explain.explained(home.of("two"), told)
    assert "slow: grouping: not said yet: its matter may grow, or its group was told of another just now; asked" in said
    assert said.endswith("ACTED\n  nobody")


def test_the_record_has_words_for_every_reason_of_an_answer() -> None:
    elsewhere = {*Held, Reason.HELD, Reason.WITHDRAWN, Reason.ROLL_UP, Reason.BRIEF, Reason.NEW_EVIDENCE} | {
        Reason.HEALTH,
        Reason.STALLED,
    }
    assert {*explain._REASON, *explain._WAITS} == {*Reason} - elsewhere


def test_an_id_that_nobody_knows_is_refused(home: House) -> None:
    with pytest.raises(RefusalError, match=r"abc: no shift has this id; `./run explain` lists"):
        explain.explained(home.services, "abc")


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("prefix", ["%", "_"])
def test_a_sign_that_databases_take_for_any_other_names_no_shift(home: House, prefix: str) -> None:
    with pytest.raises(RefusalError, match="no shift has this id"):
        explain.explained(home.services, prefix)


def test_a_beginning_that_two_shifts_share_is_refused_with_their_ids(home: House) -> None:
    home.store.shifts.record([shift(shift_id="ab1"), shift(shift_id="ab2"), shift(shift_id="ab")])
    with pytest.raises(RefusalError, match="a: 3 shifts begin so; write more of the id: ab, ab1, ab2"):
        explain.explained(home.services, "a")
    assert "id        ab (" in explain.explained(home.services, "ab")


def test_an_edit_is_in_the_record_with_both_versions(home: House, told: str) -> None:
    home.clock.forward(hours=6)
    home.publish("cabinet", turn(lead="now with a second paragraph"))
    home.run()
    said = explain.explained(home.services, told)
    assert "version 1 seen " in said
    assert "version 2 seen " in said
    assert "rewritten by its outlet at " in said


def test_a_second_model_leaves_its_tag_beside_the_first(home: House, told: str) -> None:
    home.marks = Marks(version="marks-2")
    home.run()
    said = explain.explained(home.services, told)
    assert "by marks-1, the one it was found with: " in said
    assert "by marks-2, the one in use: " in said


def test_a_denial_is_in_the_record(home: House, told: str) -> None:
    (found,) = home.store.shifts.all()
    story = found.evidence[0].article.story_id
    home.store.articles.record_links([Link(story_id="s2", other_id=story, kind=LinkKind.DENIES)], home.clock())
    assert "link  story s2 denies it" in explain.explained(home.services, told)


def test_a_story_of_other_outlets_names_each(home: House) -> None:
    watch(home)
    home.publish("cabinet", turn())
    home.publish("daily", replace(turn("copy"), lead="lead of turn"))
    home.run()
    (found,) = home.store.shifts.all()
    said = explain.explained(home.services, found.shift_id)
    assert len(found.evidence) == 1
    assert "also  Daily (private, GB), seen " in said or "also  Cabinet (state, KR), seen " in said


def test_a_shift_of_a_series_says_its_numbers_and_on_what_it_rests(home: House) -> None:
    home.store.shifts.record([shift(rests_on=2, size_low=0.2, size_high=0.8)])
    said = explain.explained(home.services, "shift-1")
    assert (
        "balance   +0.10 before, +0.60 since, a change of +0.20 to +0.80 nine times in ten; 20 stories before" in said
    )
    assert "rate      0.5 false alarms a quarter accepted, over all series" in said
    assert "without the 2 weightiest stories below it would not have been found" in said


def test_a_shift_that_is_held_says_why_and_that_nobody_was_told(home: House) -> None:
    home.store.shifts.record([shift(held=Held.OUTAGE, kind=ShiftKind.SERIES)])
    said = explain.explained(home.services, "shift-1")
    assert "held      outage: our own pipeline may explain it" in said
    assert "no route has been told: held" in said


def test_a_shift_that_was_withdrawn_says_when_and_why(home: House) -> None:
    home.store.shifts.record([shift()])
    home.store.shifts.withdraw({"shift-1": "a story that it rests on was denied or corrected"}, home.clock())
    said = explain.explained(home.services, "shift-1")
    assert f"withdrawn {home.clock():%Y-%m-%d %H:%M:%S} UTC: a story that it rests on was denied" in said
    assert "no route has been told: withdrawn" in said


def test_what_no_route_was_told_says_the_reason(home: House) -> None:
    home.store.shifts.record([shift(detected_at=home.clock(), certainty=0.1)])
    home.run(flows.alert)
    assert "desk: below_threshold: not said: the route asks for more certainty" in explain.explained(
        home.services, "shift-1"
    )


def test_the_latest_shifts_are_listed_the_newest_first_with_their_ids(home: House, told: str) -> None:
    home.clock.forward(hours=1)
    home.publish("wire", item("up", "JP+> cabinet pledges more", published_at=home.clock()))
    home.run()
    first, second = explain.latest(home.services)
    assert second.startswith(told)
    assert first.endswith("Japan · government · decides · aid: closer to Ukraine")


def test_explaining_writes_nothing(home: House, told: str) -> None:
    before = home.store.counts()
    explain.explained(home.services, told)
    explain.latest(home.services)
    assert home.store.counts() == before
