from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from pipeline.digest import due

KYIV = "Europe/Kyiv"
moments = st.datetimes(datetime(2000, 1, 3), datetime(2099, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("now", "name", "number", "cut_off"),
    [
        # Friday 16:00 in Kyiv is 13:00 UTC in summer and 14:00 in winter
        ("2026-05-15T13:00Z", "2026-W20", 1, "2026-05-15T13:00Z"),
        ("2026-01-16T14:00Z", "2026-W03", 1, "2026-01-16T14:00Z"),
        ("2026-05-17T14:59Z", "2026-W20", 1, "2026-05-15T13:00Z"),
        ("2026-05-17T15:00Z", "2026-W20", 2, "2026-05-17T15:00Z"),
        ("2026-05-17T20:59Z", "2026-W20", 2, "2026-05-17T15:00Z"),
        # the clocks go back on Sunday 25 October 2026, before the second draft
        ("2026-10-25T16:00Z", "2026-W43", 2, "2026-10-25T16:00Z"),
    ],
)
def test_drafts_are_due_on_friday_and_sunday(now: str, name: str, number: int, cut_off: str) -> None:
    found = due.draft(datetime.fromisoformat(now), KYIV)
    assert found
    assert (found.week, found.draft, found.until) == (name, number, datetime.fromisoformat(cut_off))


@pytest.mark.parametrize("now", ["2026-05-15T12:59Z", "2026-05-17T21:00Z", "2026-05-11T05:00Z"])
def test_before_friday_afternoon_there_is_no_draft(now: str) -> None:
    assert due.draft(datetime.fromisoformat(now), KYIV) is None


@pytest.mark.parametrize(
    ("now", "name"),
    [
        ("2026-05-18T04:59Z", None),
        ("2026-05-18T05:00Z", "2026-W20"),
        ("2026-05-24T20:59Z", "2026-W20"),
        ("2026-05-24T21:00Z", None),
        ("2026-10-26T06:00Z", "2026-W43"),
        ("2027-01-04T06:00Z", "2026-W53"),
    ],
)
def test_the_issue_is_due_from_monday_eight_in_kyiv_on_all_week(now: str, name: str | None) -> None:
    found = due.issue(datetime.fromisoformat(now), KYIV)
    assert (found.week if found else None) == name


@given(moments)
def test_a_draft_and_the_issue_after_it_are_of_the_same_week(now: datetime) -> None:
    draft = due.draft(now, KYIV)
    if draft:
        later = due.issue(draft.since + timedelta(days=7, hours=12), KYIV)
        assert later
        assert (later.week, later.since) == (draft.week, draft.since)
        assert draft.until < later.until


@given(moments)
def test_what_is_due_was_cut_off_before_now_and_after_it_began(now: datetime) -> None:
    for one in filter(None, (due.draft(now, KYIV), due.issue(now, KYIV))):
        assert one.since < one.until <= now


def test_an_edition_begins_where_the_last_was_cut_off() -> None:
    one = due.issue(datetime.fromisoformat("2026-05-18T05:00Z"), KYIV)
    assert one
    sunday = one.since - timedelta(hours=6)
    assert due.since(one, sunday) == sunday
    assert due.since(one, None) == one.since
    assert due.since(one, one.since - timedelta(days=7)) == one.since  # a week was left out
    assert due.since(one, one.until) == one.since
