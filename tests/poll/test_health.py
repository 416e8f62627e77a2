"""Broken, silent and moved feeds are incidents with a start and an end; quiet ones are not."""

from dataclasses import replace
from datetime import timedelta

from pipeline.domain import FeedState, Incident, IncidentKind, PollOutcome
from pipeline.poll.health import incidents
from pipeline.poll.schedule import rhythm
from tests.factories import NOW

WELL = FeedState(feed="kyodo", outcome=PollOutcome.UNCHANGED, newest_at=NOW - timedelta(hours=1))
BUSY = rhythm(NOW - timedelta(hours=hours) for hours in range(28 * 24))  # one entry an hour
SLOW = rhythm(NOW - timedelta(days=days) for days in range(0, 28, 7))  # one entry a week


def found(state: FeedState, *known: Incident) -> list[tuple[IncidentKind, bool]]:
    return [(incident.kind, incident.ended_at is not None) for incident in incidents(state, known, NOW)]


def test_a_healthy_feed_has_no_incident() -> None:
    assert found(replace(WELL, rhythm=BUSY)) == []


def test_one_time_out_is_not_broken_but_four_are() -> None:
    assert found(replace(WELL, outcome=PollOutcome.TEMPORARY, failures=0.75)) == []
    assert found(replace(WELL, outcome=PollOutcome.TEMPORARY, failures=1.0)) == [(IncidentKind.BROKEN, False)]


def test_a_broken_feed_that_answers_again_has_recovered() -> None:
    broken = Incident(feed="kyodo", kind=IncidentKind.BROKEN, started_at=NOW - timedelta(days=1))

    assert found(replace(WELL, outcome=PollOutcome.GONE, failures=3), broken) == []
    assert found(WELL, broken) == [(IncidentKind.BROKEN, True)]


def test_silence_is_measured_by_the_feeds_own_rhythm() -> None:
    two_days = NOW - timedelta(days=2)

    assert found(replace(WELL, newest_at=two_days, rhythm=BUSY)) == [(IncidentKind.SILENT, False)]
    assert found(replace(WELL, newest_at=two_days, rhythm=SLOW)) == []


def test_a_feed_that_answers_but_is_years_old_is_a_zombie() -> None:
    assert found(replace(WELL, newest_at=NOW - timedelta(days=3000))) == [(IncidentKind.SILENT, False)]


def test_a_feed_that_speaks_again_is_silent_no_more() -> None:
    silent = Incident(feed="kyodo", kind=IncidentKind.SILENT, started_at=NOW - timedelta(days=1))

    assert found(replace(WELL, rhythm=BUSY), silent) == [(IncidentKind.SILENT, True)]


def test_a_feed_that_moved_for_good_is_reported_once() -> None:
    moved = replace(WELL, moved_url="https://new.example/rss", moved_times=3)
    known = Incident(feed="kyodo", kind=IncidentKind.MOVED, started_at=NOW)

    assert found(moved) == [(IncidentKind.MOVED, False)]
    assert found(moved, known) == []
    assert found(replace(moved, moved_times=2)) == []
