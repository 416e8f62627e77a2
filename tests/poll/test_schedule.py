import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from pipeline.domain import FeedState, Fetched, PollOutcome
from pipeline.poll.schedule import (
    HONESTY_DAYS,
    REPEATS,
    RHYTHM_DAYS,
    WEIGHTS,
    after,
    asked,
    due,
    expected,
    lied,
    rhythm,
    shard_of,
)
from pipeline.shapes import PollSettings
from tests.factories import entry, feed

NOW = datetime(2026, 5, 12, 9, 30, tzinfo=UTC)  # a Tuesday
HOUR = timedelta(hours=1)
SUCCESSES = sorted(set(PollOutcome) - set(WEIGHTS) - {PollOutcome.NOT_REACHED})
PACE = PollSettings(contact="me", interval_minutes=30, fastest_minutes=10, slowest_minutes=240)


def state(**over: Any) -> FeedState:
    return FeedState(**{"feed": "kyodo", **over})


def fetched(**over: Any) -> Fetched:
    return Fetched(**{"feed": "kyodo", "outcome": None, "body": b"<rss/>", **over})


def polled(
    before: FeedState, outcome: PollOutcome, answer: Fetched | None = None, pace: PollSettings = PACE
) -> FeedState:
    return after(before, answer or fetched(), outcome, NOW, pace)


def pause(before: FeedState, outcome: PollOutcome, answer: Fetched | None = None) -> timedelta:
    at = polled(before, outcome, answer).next_poll_at
    assert at is not None
    return at - NOW


def test_feeds_are_due_when_their_time_has_come_the_longest_waiting_first() -> None:
    feeds = [feed(name=name) for name in ("b never", "now", "later", "long ago", "a never", "unknown")]
    states = {
        "now": state(feed="now", next_poll_at=NOW),
        "later": state(feed="later", next_poll_at=NOW + timedelta(seconds=1)),
        "long ago": state(feed="long ago", next_poll_at=NOW - HOUR),
        "a never": state(feed="a never"),
        "b never": state(feed="b never"),
    }
    assert [each.name for each in due(feeds, states, NOW)] == ["a never", "b never", "unknown", "long ago", "now"]


def test_nothing_is_due_where_there_is_nothing() -> None:
    assert due([], {}, NOW) == []


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=20), st.integers(1, 64))
def test_a_host_is_always_in_one_shard(path: str, shards: int) -> None:
    one = shard_of(feed(url="https://paper.example/rss"), shards)
    assert one == shard_of(feed(url=f"http://user@PAPER.example:8080/{path}"), shards)
    assert 0 <= one < shards


def test_hosts_are_spread_over_the_shards() -> None:
    shards = [shard_of(feed(url=f"https://paper{n}.example/rss"), 4) for n in range(200)]
    assert all(30 < shards.count(shard) < 70 for shard in range(4))


@pytest.mark.parametrize("outcome", SUCCESSES)
def test_a_success_clears_the_failures_and_waits_one_interval(outcome: PollOutcome) -> None:
    then = polled(state(failures=5.0, detail="before"), outcome)
    assert (then.failures, then.outcome, then.polled_at, then.succeeded_at) == (0.0, outcome, NOW, NOW)
    assert timedelta(minutes=27) <= pause(state(failures=5.0), outcome) <= timedelta(minutes=30)


@pytest.mark.parametrize(("outcome", "weight"), WEIGHTS.items())
def test_a_failure_adds_its_weight_and_keeps_when_it_last_went_well(outcome: PollOutcome, weight: float) -> None:
    earlier = NOW - HOUR
    then = polled(state(failures=1.0, succeeded_at=earlier), outcome, fetched(outcome=outcome, detail="why"))
    assert (then.failures, then.detail, then.polled_at, then.succeeded_at) == (1.0 + weight, "why", NOW, earlier)


def test_passing_faults_hardly_count_and_hard_ones_double_the_pause() -> None:
    calm = pause(state(), PollOutcome.NEW)
    assert pause(state(), PollOutcome.GONE) == 2 * calm
    assert pause(state(failures=1.0), PollOutcome.GONE) == 4 * calm
    assert pause(state(failures=0.5), PollOutcome.EMPTY) == 2 * calm
    assert calm < pause(state(), PollOutcome.TEMPORARY) < 1.2 * calm


@pytest.mark.parametrize("failures", [6.0, 16.0, 17.0, 10_000.0])
def test_no_feed_waits_longer_than_a_day(failures: float) -> None:
    assert pause(state(failures=failures), PollOutcome.GONE) == timedelta(hours=24)


def test_what_a_server_asks_for_is_granted_up_to_a_day() -> None:
    def asks(seconds: float) -> timedelta:
        answer = fetched(outcome=PollOutcome.TEMPORARY, retry_after_s=seconds)
        return pause(state(), PollOutcome.TEMPORARY, answer)

    assert asks(7200.0) == 2 * HOUR
    assert asks(1.0) == asks(0.0) == pause(state(), PollOutcome.TEMPORARY)
    assert asks(1e6) == asks(1e300) == asks(float("inf")) == 24 * HOUR


def test_what_was_not_reached_leaves_its_state_untouched() -> None:
    before = state(etag='"1"', failures=1.5, detail="before", next_poll_at=NOW - HOUR)
    answer = fetched(outcome=PollOutcome.NOT_REACHED, detail="the shard's time was over")
    assert after(before, answer, PollOutcome.NOT_REACHED, NOW, PACE) is before


def test_a_feeds_spread_is_its_own_and_always_the_same() -> None:
    pauses = [pause(state(feed=f"feed {n}"), PollOutcome.NEW) for n in range(100)]
    assert pauses == [pause(state(feed=f"feed {n}"), PollOutcome.NEW) for n in range(100)]
    assert len(set(pauses)) > 90
    assert all(timedelta(minutes=27) <= each <= timedelta(minutes=30) for each in pauses)


def test_the_validators_of_a_good_document_replace_the_old() -> None:
    before = state(etag='"old"', last_modified="then", body_sha256="0" * 64)
    then = polled(before, PollOutcome.NEW, fetched(etag='"new"', body=b"new"))
    assert (then.etag, then.last_modified, then.body_sha256) == ('"new"', None, hashlib.sha256(b"new").hexdigest())


def test_an_unchanged_document_keeps_the_validators_that_a_304_does_not_name() -> None:
    before = state(etag='"old"', last_modified="then", body_sha256="0" * 64)
    then = polled(before, PollOutcome.UNCHANGED, fetched(outcome=PollOutcome.UNCHANGED, etag='"new"', body=b""))
    assert (then.etag, then.last_modified, then.body_sha256) == ('"new"', "then", "0" * 64)


@pytest.mark.parametrize("outcome", WEIGHTS)
def test_a_broken_documents_validators_are_not_kept(outcome: PollOutcome) -> None:
    before = state(etag='"good"', last_modified="then", body_sha256="0" * 64)
    then = polled(before, outcome, fetched(etag='"error page"', last_modified="now", body=b"<html>"))
    assert (then.etag, then.last_modified, then.body_sha256) == ('"good"', "then", "0" * 64)


def test_the_newest_entry_is_remembered() -> None:
    old, new = entry(published_at=NOW - 5 * HOUR), entry(published_at=None, seen_at=NOW)
    assert after(state(), fetched(), PollOutcome.NEW, NOW, PACE, entries=[new, old]).newest_at == NOW
    before = state(newest_at=NOW - HOUR)
    assert after(before, fetched(), PollOutcome.NEW, NOW, PACE, entries=[old]).newest_at == NOW - HOUR
    assert after(before, fetched(), PollOutcome.NEW, NOW, PACE).newest_at == NOW - HOUR
    assert after(state(), fetched(), PollOutcome.NEW, NOW, PACE).newest_at is None


def test_a_fresh_answer_is_not_asked_for_again_before_it_is_stale() -> None:
    hour = pause(state(), PollOutcome.NEW, fetched(fresh_s=3600.0))
    assert timedelta(minutes=54) <= hour <= HOUR
    assert pause(state(), PollOutcome.NEW, fetched(fresh_s=60.0)) == pause(state(), PollOutcome.NEW)
    year = pause(state(), PollOutcome.NEW, fetched(fresh_s=3.15e7))
    assert year <= timedelta(minutes=240)
    kept = pause(state(fresh_s=3600.0), PollOutcome.UNCHANGED, fetched(outcome=PollOutcome.UNCHANGED))
    assert kept == hour


def test_a_whole_answer_is_asked_for_at_first_and_every_few_days() -> None:
    which = feed()

    def conditions(**over: Any) -> str | None:
        return asked(which, state(etag='"1"', last_modified="then", **over), NOW)[1].etag

    assert conditions() is None
    assert conditions(whole_at=NOW - timedelta(days=HONESTY_DAYS)) is None
    assert conditions(whole_at=NOW - timedelta(days=1)) is None  # nothing is known of its rhythm
    assert conditions(whole_at=NOW - 5 * HOUR) == '"1"'
    known = rhythm([NOW] * 10)
    assert conditions(whole_at=NOW - timedelta(days=1), rhythm=known) == '"1"'
    assert conditions(whole_at=NOW - timedelta(days=HONESTY_DAYS), rhythm=known) is None
    assert conditions(whole_at=NOW - timedelta(days=1), rhythm=known, liar=True) is None


def test_when_a_document_was_last_whole_is_remembered() -> None:
    earlier = NOW - 30 * HOUR
    assert polled(state(), PollOutcome.NEW).whole_at == NOW
    assert polled(state(whole_at=earlier), PollOutcome.NEW, fetched(whole=False)).whole_at == earlier
    assert polled(state(whole_at=earlier), PollOutcome.GONE, fetched(outcome=PollOutcome.GONE)).whole_at == earlier


def test_a_server_lies_that_changes_the_body_and_not_the_validators() -> None:
    before = state(etag='"1"', body_sha256=hashlib.sha256(b"old").hexdigest())
    same, other = fetched(etag='"1"', body=b"old"), fetched(etag='"1"', body=b"new")
    assert lied(before, other, PollOutcome.NEW)
    assert not lied(before, same, PollOutcome.SAME_BODY)
    assert not lied(before, fetched(etag='"2"', body=b"new"), PollOutcome.NEW)
    assert not lied(before, fetched(etag='"1"', body=b"new", whole=False), PollOutcome.NEW)
    assert not lied(before, fetched(etag='"1"', body=b"<html>"), PollOutcome.NOT_A_FEED)
    assert not lied(state(body_sha256="0" * 64), fetched(body=b"new"), PollOutcome.NEW)
    assert not lied(state(etag='"1"'), other, PollOutcome.NEW)
    assert polled(before, PollOutcome.NEW, other).liar
    assert polled(state(liar=True), PollOutcome.NEW).liar


def test_a_feed_that_moved_for_good_is_asked_where_it_went() -> None:
    there = "https://new.example/rss"
    known = state(whole_at=NOW)
    for times in range(1, REPEATS + 1):
        assert asked(feed(), known, NOW)[0].url == feed().url
        known = polled(known, PollOutcome.NEW, fetched(moved_url=there))
        assert known.moved_times == times
    assert asked(feed(), known, NOW)[0].url == there
    assert polled(known, PollOutcome.NEW).moved_url == there
    assert asked(feed(), polled(known, PollOutcome.TEMPORARY), NOW)[0].url == there
    lost = polled(known, PollOutcome.GONE)
    assert asked(feed(), lost, NOW)[0].url == feed().url
    assert asked(feed(), polled(lost, PollOutcome.GONE), NOW)[0].url == there
    assert polled(lost, PollOutcome.NEW).moved_url is None


def test_redirects_that_do_not_repeat_lead_nowhere() -> None:
    once = polled(state(), PollOutcome.NEW, fetched(moved_url="https://a.example/rss"))
    assert polled(once, PollOutcome.NEW, fetched(moved_url="https://b.example/rss")).moved_times == 1
    assert polled(once, PollOutcome.NEW).moved_times == 0
    assert polled(once, PollOutcome.TEMPORARY).moved_times == 1


def test_a_rhythm_counts_the_hours_of_the_week() -> None:
    monday = datetime(2026, 5, 11, 0, 59, tzinfo=UTC)
    counted = rhythm([monday, monday + timedelta(days=7), monday - timedelta(hours=1)] + [monday + HOUR] * 40)
    assert (len(counted), counted[:3], counted[-1]) == (168, "2z0", "1")


def test_entries_are_expected_by_the_rhythm() -> None:
    flat = rhythm(NOW + n * HOUR for n in range(RHYTHM_DAYS * 24))
    assert expected("", NOW, NOW + 100 * HOUR) == 0.0
    assert expected(flat, NOW, NOW + 9 * HOUR) == pytest.approx(10.0)
    nightly = rhythm(datetime(2026, 5, 11, 2, tzinfo=UTC) + timedelta(days=n) for n in range(28))
    day = [expected(nightly, NOW.replace(hour=hour), NOW.replace(hour=hour)) for hour in (2, 14)]
    assert day[0] > 5 * day[1] > 0
    assert expected(flat, NOW, NOW + timedelta(days=3650)) == pytest.approx(8 * 168)


def test_a_busy_feed_is_asked_often_and_a_quiet_one_seldom_within_bounds() -> None:
    busy = rhythm([NOW + n * HOUR for n in range(168)] * 35)
    quiet = rhythm([NOW - 100 * HOUR])
    steady = rhythm([NOW + n * HOUR for n in range(168)] * 4)
    assert timedelta(minutes=14) < pause(state(rhythm=busy), PollOutcome.NEW) <= timedelta(minutes=17)
    assert timedelta(minutes=211) <= pause(state(rhythm=quiet), PollOutcome.NEW) <= timedelta(minutes=240)
    assert timedelta(minutes=33) <= pause(state(rhythm=steady), PollOutcome.NEW) <= timedelta(minutes=38)
    pace = PACE.model_copy(update={"fastest_minutes": 40.0})
    at = polled(state(rhythm=busy), PollOutcome.NEW, pace=pace).next_poll_at
    assert at is not None
    assert timedelta(minutes=36) <= at - NOW <= timedelta(minutes=40)


@settings(deadline=None, max_examples=200)
@given(
    st.floats(0, 1e9),
    st.sampled_from(sorted(set(PollOutcome) - {PollOutcome.NOT_REACHED})),
    st.none() | st.floats(0),
    st.floats(0),
    st.lists(st.datetimes(datetime(2026, 4, 14), NOW.replace(tzinfo=None)), max_size=50),
)
def test_the_next_poll_is_always_ahead_and_within_a_day(
    failures: float, outcome: PollOutcome, retry: float | None, fresh: float, times: list[datetime]
) -> None:
    before = state(failures=failures, rhythm=rhythm(times) if times else "")
    wait = pause(before, outcome, fetched(retry_after_s=retry, fresh_s=fresh))
    assert timedelta(minutes=9) <= wait <= 24 * HOUR
