"""Broken, silent, moved and flooded feeds are incidents with a start and an end; quiet ones are not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import accumulate

import numpy as np
from hypothesis import given, strategies as st

from pipeline.domain import FeedState, Incident, IncidentKind, PollOutcome
from pipeline.poll.health import FLOOD_CHANCE, HOLIDAY_DAYS, MANY, ZOMBIE_DAYS, incidents, most, surprise
from pipeline.poll.schedule import rhythm
from tests.factories import NOW

WELL = FeedState(feed="kyodo", outcome=PollOutcome.UNCHANGED, newest_at=NOW - timedelta(hours=1))
BUSY = rhythm(NOW - timedelta(hours=hours) for hours in range(28 * 24))  # one entry an hour
SLOW = rhythm(NOW - timedelta(days=days) for days in range(0, 28, 7))  # one entry a week
WEEK = [NOW - timedelta(hours=hours) for hours in range(28 * 24)]
OFFICE = rhythm(at for at in WEEK if at.weekday() < 5 and 1 <= at.hour < 9)  # eight entries on a working day
DAYTIME = rhythm(at for at in WEEK if at.hour >= 12 for _ in range(4))  # fifty entries a day, none before noon


def found(
    state: FeedState, *known: Incident, times: Sequence[datetime] | None = None
) -> list[tuple[IncidentKind, bool]]:
    return [(incident.kind, incident.ended_at is not None) for incident in incidents(state, known, NOW, times)]


def daily(*counts: int) -> list[datetime]:
    """Times of a feed with so many entries in each 24 hours, the last ones first."""
    return [NOW - timedelta(days=day, minutes=n) for day, count in enumerate(counts) for n in range(count)]


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


def test_a_feed_that_is_too_slow_for_a_rhythm_may_rest_for_weeks() -> None:
    assert found(replace(WELL, newest_at=NOW - timedelta(days=ZOMBIE_DAYS - 1))) == []
    assert found(replace(WELL, newest_at=NOW - timedelta(days=ZOMBIE_DAYS + 1))) == [(IncidentKind.SILENT, False)]


def test_a_night_without_entries_is_no_silence() -> None:
    midnight = NOW.replace(hour=0, minute=0)

    assert found(replace(WELL, newest_at=midnight, rhythm=DAYTIME)) == []
    assert found(replace(WELL, newest_at=midnight - timedelta(hours=24), rhythm=DAYTIME)) == [
        (IncidentKind.SILENT, False)
    ]


def test_what_rests_at_weekends_may_rest_on_holidays() -> None:
    last = NOW - timedelta(days=HOLIDAY_DAYS - 1)

    assert found(replace(WELL, newest_at=last, rhythm=OFFICE)) == []
    assert found(replace(WELL, newest_at=last, rhythm=BUSY)) == [(IncidentKind.SILENT, False)]
    assert found(replace(WELL, newest_at=NOW - timedelta(days=HOLIDAY_DAYS + 1), rhythm=OFFICE)) == [
        (IncidentKind.SILENT, False)
    ]


@given(st.lists(st.integers(0, 24 * 60), min_size=1, max_size=20))
def test_silence_only_ever_becomes_more_surprising(hours: list[int]) -> None:
    ages = [surprise(OFFICE, NOW, NOW + timedelta(hours=age)) for age in sorted(hours)]

    assert ages == list(accumulate(ages, max))
    assert surprise("", NOW, NOW + timedelta(days=99)) == 0


def silent_since_yesterday(state: FeedState) -> Incident:
    (incident,) = incidents(state, (), NOW - timedelta(days=1))
    return incident


def test_a_feed_that_speaks_again_is_silent_no_more() -> None:
    silent = silent_since_yesterday(replace(WELL, newest_at=NOW - timedelta(days=3), rhythm=BUSY))

    assert found(replace(WELL, rhythm=BUSY), silent) == [(IncidentKind.SILENT, True)]


def test_a_rhythm_that_fades_in_the_silence_does_not_end_it() -> None:
    zombie = replace(WELL, newest_at=NOW - timedelta(days=3), rhythm=BUSY)
    silent = silent_since_yesterday(zombie)

    assert found(replace(zombie, rhythm=""), silent) == []


def test_far_more_entries_than_the_feeds_own_days_bring_are_a_flood() -> None:
    assert found(WELL, times=daily(60, *[3, 5, 4, 6, 2, 4, 5, 3] * 2)) == [(IncidentKind.FLOODED, False)]
    assert found(WELL, times=daily(60, *[30, 50, 40, 60, 20, 40, 50, 30] * 2)) == []


def test_one_flood_does_not_hide_the_next_but_two_are_a_habit() -> None:
    assert found(WELL, times=daily(60, *[3, 5, 4, 6, 2, 4, 5, 3] * 2, 60)) == [(IncidentKind.FLOODED, False)]
    assert found(WELL, times=daily(60, *[3, 5, 4, 6, 2, 4, 60, 3] * 2)) == []


def test_few_entries_are_no_flood_whatever_the_habit() -> None:
    assert found(WELL, times=daily(MANY - 1, *[0] * 19, 1)) == []
    assert found(WELL, times=daily(MANY, *[0] * 19, 1)) == [(IncidentKind.FLOODED, False)]


def test_a_feed_that_is_new_to_us_has_no_habit_to_be_held_against() -> None:
    assert found(WELL, times=daily(60, 3, 5, 4)) == found(WELL, times=()) == []


def test_a_flood_ends_when_the_day_is_like_others_and_not_unlooked_at() -> None:
    flooded = Incident(feed="kyodo", kind=IncidentKind.FLOODED, started_at=NOW - timedelta(days=2))

    assert found(WELL, flooded, times=daily(5, 60, *[3, 5, 4, 6, 2, 4, 5, 3] * 2)) == [(IncidentKind.FLOODED, True)]
    assert found(WELL, flooded) == []


@given(st.lists(st.integers(0, 300), min_size=7, max_size=27))
def test_the_bound_of_a_flood_lies_above_every_usual_day(days: list[int]) -> None:
    assert most(days) >= sum(days) / len(days)
    assert most([2 * day for day in days]) >= most(days)


def test_the_bound_of_a_flood_is_the_tail_of_uneven_days() -> None:
    rng = np.random.default_rng(1)
    drawn = rng.poisson(10 * rng.gamma(4, 1 / 4, 1_000_000))

    assert 0.5 < float(np.mean(drawn > most([10] * 27))) / FLOOD_CHANCE < 2


def test_a_feed_that_moved_for_good_is_reported_once() -> None:
    moved = replace(WELL, moved_url="https://new.example/rss", moved_times=3)
    known = Incident(feed="kyodo", kind=IncidentKind.MOVED, started_at=NOW)

    assert found(moved) == [(IncidentKind.MOVED, False)]
    assert found(moved, known) == []
    assert found(replace(moved, moved_times=2)) == []
