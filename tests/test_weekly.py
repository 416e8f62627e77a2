"""A week put together from a real store, up to its cut-off."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline import weekly
from pipeline.digest.due import Due
from pipeline.digest.kept import dumped, loaded
from pipeline.domain import Acknowledgement, Digest, Person, Section
from tests.house import FEEDS, HOUR, VERBS, House, fake_feed, item, turn, watch

DAY = timedelta(days=1)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    watch(built)
    built.publish("cabinet", turn())
    built.run(*VERBS[:5])
    yield built
    built.store.close()


def week(home: House, ends: timedelta = HOUR) -> Digest:
    until = home.clock() + ends
    due = Due(week="2026-W20", since=until - 7 * DAY, until=until)
    return weekly.put_together(home.services, due)


def words(one: Digest, section: Section) -> list[str]:
    return [each.words["en"] for each in one.items if each.section is section]


def cited(one: Digest) -> set[str]:
    return {piece.title for each in one.items for piece in each.evidence}


def test_a_week_holds_its_shift_with_its_evidence_and_counts_its_alert(home: House) -> None:
    one = week(home)
    (said,) = words(one, Section.SHIFTED)
    assert said.startswith("South Korea · government: further from Ukraine")
    assert words(one, Section.SENTENCE) == ["South Korea moved further from Ukraine (aid)."]
    assert words(one, Section.RECORD)[0].startswith("1 alert in")
    assert turn().title in cited(one)
    assert loaded(dumped(one)) == one


def test_nothing_later_than_the_cut_off_is_in_it(home: House) -> None:
    one = week(home, -2 * HOUR)
    assert words(one, Section.SHIFTED) == []
    assert words(one, Section.SENTENCE)[0].startswith("A quiet week")
    assert turn().title not in cited(one)


def test_evidence_that_a_shift_gained_after_the_cut_off_is_not_cited(home: House) -> None:
    home.clock.forward(hours=3)
    later = "KR0< ministry freezes its loan for schools in Odesa"
    home.publish("wire", item("second", later, published_at=home.clock() - HOUR))
    home.run(*VERBS[:5])
    assert later in cited(week(home))
    assert later not in cited(week(home, -2 * HOUR))


def test_a_shift_that_was_taken_back_is_told_as_that(home: House) -> None:
    (shift,) = home.store.shifts.all()
    home.store.shifts.withdraw({shift.shift_id: "gone"}, home.clock())
    one = week(home)
    assert "WITHDRAWN" in words(one, Section.SHIFTED)[0]
    assert words(one, Section.SENTENCE)[0].startswith("A quiet week")
    assert words(one, Section.TAKEN_BACK)[0].startswith("Withdrawn by us on")
    assert "1 withdrawn by us" in words(one, Section.RECORD)[0]


def test_an_analysts_verdict_marks_what_was_checked(home: House) -> None:
    (shift,) = home.store.shifts.all()
    anna = Person(id="U000ANNA", name="anna")
    taken = Acknowledgement(act_id="a", shift_id=shift.shift_id, owner=anna, at=home.clock())
    home.store.acknowledgements.record(taken)
    one = week(home)
    assert [each.checked for each in one.items if each.section is Section.SHIFTED] == [True]
    assert words(one, Section.RECORD)[0].endswith("Analysts checked 1: 1 right, 0 wrong.")


def test_how_complete_the_watching_was_is_told_of_all_feeds(home: House) -> None:
    health, *gaps = words(week(home), Section.WATCHING)
    assert health == f"{len(FEEDS)} of {len(FEEDS)} feeds healthy."
    assert any("Japan (government" in gap for gap in gaps)


def test_a_feed_that_was_never_read_is_named(home: House) -> None:
    home.settings = replace(home.settings, feeds=(*FEEDS, fake_feed("new", "Wire")))
    home.services = home.of("one")
    assert words(week(home), Section.WATCHING)[0] == "3 of 4 feeds healthy; 1 not: new never read."


def test_putting_a_week_together_writes_nothing(home: House) -> None:
    before = home.store.counts()
    assert week(home) == week(home)
    assert home.store.counts() == before
