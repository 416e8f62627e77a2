"""
What a poll brought -> when and how to ask again. Pure: ``now`` is an argument.

A feed is asked by its own rhythm of the week (Tokyo's working day is Kyiv's night), within bounds, and not before its
server's answer stops being fresh. Failures weigh by kind, as in Media Cloud's rss-fetcher: temporary ones hardly
count. No feed is ever given up: the longest pause is a day.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from pipeline.domain import Entry, Feed, FeedState, Fetched, PollOutcome
from pipeline.shapes import PollSettings

WEIGHTS: Mapping[PollOutcome, float] = {
    PollOutcome.TEMPORARY: 0.25,
    PollOutcome.EMPTY: 0.5,
    PollOutcome.NOT_A_FEED: 0.5,
    PollOutcome.TOO_LARGE: 1.0,
    PollOutcome.REFUSED: 1.0,
    PollOutcome.GONE: 1.0,
    PollOutcome.FORBIDDEN_ADDRESS: 1.0,
}
"""What one failure of each kind adds; an outcome that is not here is a success and clears the count."""

LONGEST_HOURS = 24.0
RHYTHM_DAYS = 28
HONESTY_DAYS, UNKNOWN_DAYS = 3.0, 0.25
"""How long conditions are trusted; and where nothing is known of a feed's rhythm yet."""
REPEATS = 3
"""So many times must permanent redirects lead to one place before it is asked directly."""

_SPREAD = 0.1
_HOURS = 168
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_QUARTERS_PER_HOUR = 4


def shard_of(feed: Feed, shards: int) -> int:
    """Return the shard, 0-based, that polls this feed: one host is always in one shard, so it meets one client."""
    if shards == 1:
        return 0
    return int.from_bytes(hashlib.sha256(host(feed).encode()).digest()[:4], "big") % shards


def host(feed: Feed) -> str:
    """Return the host that a feed is asked at."""
    return urlsplit(feed.url).hostname or ""


def due(feeds: Iterable[Feed], states: Mapping[str, FeedState], now: datetime) -> list[Feed]:
    """List the feeds whose time has come, the longest-waiting first."""
    waiting = [(states[feed.name].next_poll_at if feed.name in states else None, feed) for feed in feeds]
    ready = [(at, feed) for at, feed in waiting if at is None or at <= now]
    return [feed for at, feed in sorted(ready, key=lambda pair: (pair[0] is not None, pair[0] or now, pair[1].name))]


def asked(feed: Feed, state: FeedState, now: datetime) -> tuple[Feed, FeedState]:
    """
    Return the address and the conditions to ask with.

    A feed that moved for good is asked where it went. Now and then, and always where 304 has lied, no condition
    is sent, so that the whole answer can be held against the last.
    """
    there = replace(feed, url=state.moved_url) if state.moved_url and state.moved_times >= REPEATS else feed
    last = state.whole_at
    days = HONESTY_DAYS if state.rhythm else UNKNOWN_DAYS
    in_full = state.liar or last is None or now - last > timedelta(days=days * _spread(feed.name))
    conditions = state.etag or state.last_modified
    return there, replace(state, etag=None, last_modified=None) if in_full and conditions else state


def after(
    state: FeedState,
    fetched: Fetched,
    outcome: PollOutcome,
    now: datetime,
    pace: PollSettings,
    detail: str = "",
    entries: Iterable[Entry] = (),
    body_sha256: str | None = None,
) -> FeedState:
    """Return what the next poll has to know, validators and time included; ``body_sha256`` spares hashing it again."""
    if outcome is PollOutcome.NOT_REACHED:
        return state
    failed = outcome in WEIGHTS
    kept = failed or outcome is PollOutcome.UNCHANGED
    dated = [entry.published_at or entry.seen_at for entry in entries]
    failures = state.failures + WEIGHTS[outcome] if failed else 0.0
    fresh_s = state.fresh_s if kept and not fetched.fresh_s else fetched.fresh_s
    moved_url, moved_times = _moved(state, fetched, failures)
    pause_s = _pause_s(state.rhythm, fresh_s, now, pace) * _spread(state.feed) * 2 ** min(failures, 16)
    return FeedState(  # every field but two: `replace` would take twice as long
        feed=state.feed,
        rhythm=state.rhythm,
        etag=_validator(outcome, state.etag, fetched.etag),
        last_modified=_validator(outcome, state.last_modified, fetched.last_modified),
        body_sha256=state.body_sha256 if kept else body_sha256 or hashlib.sha256(fetched.body).hexdigest(),
        whole_at=now if fetched.whole and not failed else state.whole_at,
        liar=state.liar or lied(state, fetched, outcome),
        moved_url=moved_url,
        moved_times=moved_times,
        fresh_s=fresh_s,
        newest_at=max([*dated, *([state.newest_at] if state.newest_at else [])], default=None),
        failures=failures,
        outcome=outcome,
        detail=detail or fetched.detail,
        polled_at=now,
        succeeded_at=state.succeeded_at if failed else now,
        next_poll_at=now + timedelta(seconds=min(max(pause_s, fetched.retry_after_s or 0), LONGEST_HOURS * 3600)),
    )


def lied(state: FeedState, fetched: Fetched, outcome: PollOutcome) -> bool:
    """
    Say whether an answer to an unconditional question shows that 304 cannot be trusted.

    It does where the body is another and both validators, of which there is one at least, are the same.
    """
    return (
        fetched.whole
        and outcome not in WEIGHTS
        and outcome is not PollOutcome.UNCHANGED
        and state.body_sha256 is not None
        and hashlib.sha256(fetched.body).hexdigest() != state.body_sha256
        and bool(fetched.etag or fetched.last_modified)
        and (fetched.etag, fetched.last_modified) == (state.etag, state.last_modified)
    )


def rhythm(times: Iterable[datetime], weeks: float = RHYTHM_DAYS / 7) -> str:
    """
    Count times by hour of the week, one base-36 digit an hour, Monday 00:00 UTC first; 35 and more are 35.

    What was watched for fewer ``weeks`` than four counts as if it had been four.
    """
    hours = Counter(at.weekday() * 24 + at.hour for at in times)
    share = RHYTHM_DAYS / 7 / weeks
    return "".join(_DIGITS[min(round(hours[hour] * share), len(_DIGITS) - 1)] for hour in range(_HOURS))


def expected(rhythm: str, since: datetime, until: datetime) -> float:
    """Return how many entries a rhythm lets expect between two times; 0 where it is not known."""
    if not rhythm:
        return 0.0
    rates = _rates(rhythm)
    steps = int((until - since) / timedelta(hours=1)) + 1
    first = since.weekday() * 24 + since.hour
    return sum(rates[(first + step) % _HOURS] for step in range(min(steps, 8 * _HOURS)))


@lru_cache(maxsize=16_384)
def _rates(rhythm: str) -> tuple[float, ...]:
    """Return entries an hour, each hour smoothed over its neighbours and a quarter of it over the week."""
    counts = [_DIGITS.index(digit) for digit in rhythm]
    weeks, mean = RHYTHM_DAYS / 7, sum(counts) / _HOURS
    return tuple(
        (0.75 * (counts[h - 1] + 2 * counts[h] + counts[(h + 1) % _HOURS]) / 4 + 0.25 * mean) / weeks
        for h in range(_HOURS)
    )


def _validator(outcome: PollOutcome, old: str | None, new: str | None) -> str | None:
    """Keep the last good document's: a broken one confirmed by 304 would pass for a healthy feed."""
    if outcome in WEIGHTS:
        return old
    return (new or old) if outcome is PollOutcome.UNCHANGED else new


def _moved(state: FeedState, fetched: Fetched, failures: float) -> tuple[str | None, int]:
    """
    Count how often permanent redirects led to one place; below zero it is known, but not asked.

    A feed that fails again and again where it went is asked at its configured address, and there where it went.
    """
    if failures:
        turns = abs(state.moved_times) >= REPEATS and failures >= 1
        return state.moved_url, -state.moved_times if turns else state.moved_times
    if fetched.moved_url is None:
        return (state.moved_url, state.moved_times) if state.moved_times >= REPEATS else (None, 0)
    return fetched.moved_url, abs(state.moved_times) + 1 if fetched.moved_url == state.moved_url else 1


def _pause_s(rhythm: str, fresh_s: float, now: datetime, pace: PollSettings) -> float:
    """Wait for one entry by the feed's rhythm, and until its server's answer is no longer fresh."""
    wanted_s = _wanted_s(rhythm, now, pace) if rhythm else pace.interval_minutes * 60
    return max(wanted_s, min(fresh_s, pace.slowest_minutes * 60))


def _wanted_s(rhythm: str, now: datetime, pace: PollSettings) -> float:
    """
    Return the seconds to wait by a rhythm: the geometric mean of the time until one entry and the usual interval.

    Asked once an entry a quick feed would be asked rarely enough to lose items off its end, and a slow one so rarely
    that a report waits for hours; with as many questions in all, this halves the delay (``./run bench month``).
    """
    rates, waited, entries = _rates(rhythm), 0.0, 0.0
    fastest, usual, slowest = (60 * m for m in (pace.fastest_minutes, pace.interval_minutes, pace.slowest_minutes))
    while waited < slowest**2 / usual and entries < 1:
        at = now + timedelta(seconds=waited)
        entries += rates[at.weekday() * 24 + at.hour] / _QUARTERS_PER_HOUR
        waited += 3600 / _QUARTERS_PER_HOUR
    half_a_pass = fastest / 2  # the nearest pass, not the next
    return min(max(math.sqrt(waited * usual) - half_a_pass, fastest), slowest)


@lru_cache(maxsize=16_384)
def _spread(feed: str) -> float:
    """Return a factor of 0.9 to 1 that is always the feed's own, so that feeds do not all ask at once."""
    return 1.0 - _SPREAD * int.from_bytes(hashlib.sha256(feed.encode()).digest()[:2], "big") / 65536
