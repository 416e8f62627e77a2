"""
A feed's state -> what is wrong with it, with a start and an end. Pure.

"Quiet" and "broken" are different things: a feed that answers is silent only when its own rhythm says that by
now there should have been entries, many times over; a 200 that is old is a zombie, not a health.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from pipeline.domain import FeedState, Incident, IncidentKind
from pipeline.poll.schedule import REPEATS, WEIGHTS, expected

BROKEN_AFTER = 1.0
"""Weighted failures in a row: one hard one, two soft ones, four time-outs."""
MISSED_ENTRIES = 8.0
"""Silence is worth a word when so many entries were to be expected: by chance once in 3,000 times."""
ZOMBIE_DAYS = 14


def incidents(state: FeedState, known: Iterable[Incident], now: datetime) -> Iterator[Incident]:
    """Yield what begins or ends with this state; ``known`` are the feed's open incidents."""
    last = {incident.kind: incident for incident in known}
    for kind in IncidentKind:
        detail = _wrong(kind, state, now)
        if detail is not None and kind not in last:
            yield Incident(feed=state.feed, kind=kind, started_at=now, detail=detail)
        elif detail is None and kind in last and state.outcome not in WEIGHTS:
            yield replace(last[kind], ended_at=now)


def _wrong(kind: IncidentKind, state: FeedState, now: datetime) -> str | None:
    """Say what is wrong, or None."""
    if kind is IncidentKind.BROKEN:
        return f"{state.outcome}: {state.detail}" if state.failures >= BROKEN_AFTER else None
    if kind is IncidentKind.MOVED:
        return f"now at {state.moved_url}" if state.moved_url and state.moved_times >= REPEATS else None
    if state.failures or state.newest_at is None:
        return None
    missed = expected(state.rhythm, state.newest_at, now)
    if missed >= MISSED_ENTRIES or now - state.newest_at > timedelta(days=ZOMBIE_DAYS):
        return f"newest item of {state.newest_at:%Y-%m-%d %H:%M} UTC, {missed:.0f} entries expected since"
    return None
