"""
What a poll brought -> when to ask again. Pure: ``now`` is an argument.

Failures weigh by kind, as in Media Cloud's rss-fetcher: temporary ones hardly count. No feed is ever given
up: the longest pause is a day.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from pipeline.domain import Feed, FeedState, Fetched, PollOutcome

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
_SPREAD = 0.1


def shard_of(feed: Feed, shards: int) -> int:
    """Return the shard, 0-based, that polls this feed: one host is always in one shard, so it meets one client."""
    host = urlsplit(feed.url).hostname or ""
    return int.from_bytes(hashlib.sha256(host.encode()).digest()[:4], "big") % shards


def due(feeds: Iterable[Feed], states: Mapping[str, FeedState], now: datetime) -> list[Feed]:
    """List the feeds whose time has come, the longest-waiting first."""
    waiting = [(s.next_poll_at, feed) for feed in feeds if (s := states.get(feed.name, FeedState(feed=feed.name)))]
    ready = [(at, feed) for at, feed in waiting if at is None or at <= now]
    return [
        feed
        for at, feed in sorted(
            ready, key=lambda pair: (pair[0] or datetime.min.replace(tzinfo=now.tzinfo), pair[1].name)
        )
    ]


def after(
    state: FeedState,
    fetched: Fetched,
    outcome: PollOutcome,
    now: datetime,
    interval_minutes: float,
    detail: str = "",
) -> FeedState:
    """Return what the next poll has to know, validators and time included."""
    if outcome is PollOutcome.NOT_REACHED:
        return state
    failed = outcome in WEIGHTS
    failures = state.failures + WEIGHTS[outcome] if failed else 0.0
    kept = failed or outcome is PollOutcome.UNCHANGED
    return replace(
        state,
        etag=(fetched.etag or state.etag) if kept else fetched.etag,
        last_modified=(fetched.last_modified or state.last_modified) if kept else fetched.last_modified,
        body_sha256=state.body_sha256 if kept else hashlib.sha256(fetched.body).hexdigest(),
        failures=failures,
        outcome=outcome,
        detail=detail or fetched.detail,
        polled_at=now,
        succeeded_at=state.succeeded_at if failed else now,
        next_poll_at=now + _pause(state.feed, failures, interval_minutes, fetched.retry_after_s),
    )


def _pause(feed: str, failures: float, interval_minutes: float, retry_after_s: float | None) -> timedelta:
    """Double the interval for every whole failure; spread feeds so that they do not all ask at once."""
    spread = 1.0 - _SPREAD * int.from_bytes(hashlib.sha256(feed.encode()).digest()[:2], "big") / 65536
    pause = timedelta(minutes=interval_minutes * spread * 2 ** min(failures, 16))
    asked = timedelta(seconds=retry_after_s or 0)
    return min(max(pause, asked), timedelta(hours=LONGEST_HOURS))
