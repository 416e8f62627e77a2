"""A grave item that proved wrong is corrected, once for everyone who received it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline import posting
from pipeline.digest.statements import item_id
from pipeline.domain import Act, Handover, LetterKind, LinkKind, ReportedShift, Section, Shift, Track
from pipeline.subscriptions import remove
from tests.digest.office import MONDAY, Office, text
from tests.digest.weeks import item
from tests.slack.told import deny, matter, tell

IN, OUT = "in@house.example", "out@ministry.example"
DAY = timedelta(days=1)
BEFORE = MONDAY - 2 * DAY


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    built = Office(tmp_path)
    built.listed({"address": IN, "lang": "uk"}, "other@house.example", {"address": OUT, "list": "external"}, desk=[])
    yield built
    built.store.close()


def told(office: Office, one: Shift) -> None:
    """Let a shift be found, and be said in the week's digest."""
    tell(office.store, one)
    office.items = (item(item_id(Section.SHIFTED, one.shift_id), Section.SHIFTED), item("step"))


def grave() -> Shift:
    return matter("grave", BEFORE)


def errata(office: Office, address: str) -> list[str]:
    return [text(mail) for mail in office.to(address) if "erratum" in mail["Message-ID"]]


def test_a_denied_item_is_corrected_once_for_everyone_who_received_it(office: Office) -> None:
    one = grave()
    told(office, one)
    office.publish(MONDAY)
    assert errata(office, IN) == []
    deny(office.store, one, "denial", MONDAY + timedelta(hours=3))
    for hours in range(4, 8):
        office.publish(MONDAY + timedelta(hours=hours))
    (ours,), (other,) = errata(office, IN), errata(office, "other@house.example")
    assert "Це спростовано" in ours
    assert "It has been denied" in other
    assert "Tokyo says" in other
    assert "https://kyodo.example/denial" in other
    assert errata(office, OUT) == []  # the edition was not approved: it never had it


def test_what_is_denied_and_then_taken_back_is_corrected_once(office: Office) -> None:
    one = grave()
    told(office, one)
    office.publish(MONDAY)
    deny(office.store, one, "denial", MONDAY + timedelta(hours=3))
    office.publish(MONDAY + timedelta(hours=4))
    office.store.shifts.withdraw({one.shift_id: "not found again"}, MONDAY + DAY)
    office.publish(MONDAY + 2 * DAY)
    assert len(errata(office, IN)) == 1


def test_what_we_take_back_is_corrected(office: Office) -> None:
    told(office, grave())
    office.publish(MONDAY)
    office.store.shifts.withdraw({grave().shift_id: "not found again"}, MONDAY + DAY)
    office.publish(MONDAY + DAY)
    assert "We take it back" in errata(office, "other@house.example")[0]


def test_what_a_source_corrected_is_corrected(office: Office) -> None:
    told(office, grave())
    office.publish(MONDAY)
    deny(office.store, grave(), "mended", MONDAY + DAY, LinkKind.CORRECTS)
    office.publish(MONDAY + DAY)
    assert "has been corrected" in errata(office, "other@house.example")[0]


def test_what_was_denied_before_the_week_was_put_together_needs_no_correction(office: Office) -> None:
    one = grave()
    told(office, one)
    deny(office.store, one, "denial", MONDAY - DAY)
    office.publish(MONDAY)
    office.publish(MONDAY + DAY)
    assert errata(office, IN) == []


def test_whoever_left_or_never_had_it_gets_no_correction(office: Office) -> None:
    told(office, grave())
    office.says = {"other@house.example": Handover.REFUSED}
    office.publish(MONDAY)
    remove(office.services, posting.people(office.services)[IN])
    office.says = {}
    deny(office.store, grave(), "denial", MONDAY + timedelta(hours=3))
    office.publish(MONDAY + DAY)
    assert errata(office, IN) == errata(office, "other@house.example") == []


def test_a_reader_who_did_not_choose_the_actor_gets_no_correction(office: Office) -> None:
    office.listed({"address": IN, "actors": ["TW"]}, desk=[])
    told(office, grave())
    office.publish(MONDAY)
    deny(office.store, grave(), "denial", MONDAY + timedelta(hours=3))
    office.publish(MONDAY + DAY)
    assert errata(office, IN) == []


def test_an_item_that_is_not_grave_is_left_to_the_next_digest(office: Office) -> None:
    small = replace(grave(), act=Act.SAID, direction=ReportedShift.TOWARD, tracks=(Track.CULTURE,))
    told(office, small)
    office.publish(MONDAY)
    assert office.store.letters.telling(MONDAY - DAY) == []
    office.store.shifts.withdraw({small.shift_id: "gone"}, MONDAY + DAY)
    office.publish(MONDAY + DAY)
    assert errata(office, IN) == []


def test_an_item_that_the_editor_dropped_was_not_said(office: Office) -> None:
    told(office, grave())
    office.items = (item("step"),)
    office.publish(MONDAY)
    office.store.shifts.withdraw({grave().shift_id: "gone"}, MONDAY + DAY)
    office.publish(MONDAY + DAY)
    assert office.store.letters.addressed(LetterKind.ERRATUM, "2026-W20") == {}
