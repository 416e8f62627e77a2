"""
A feed's state -> what is wrong with it, with a start and an end. Pure.

"Quiet" and "broken" are different things: a feed that answers is silent only when its own rhythm says that by
now there should have been entries, many times over; a 200 that is old is a zombie, not a health. Days of news are
uneven, so counts of a day are taken as negative binomial, and the bounds of both sides were set by a simulated
year of 200 feeds (``./run bench month``).
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import fmean, pvariance

from pipeline.domain import FeedState, Incident, IncidentKind
from pipeline.poll.schedule import REPEATS, RHYTHM_DAYS, WEIGHTS

BROKEN_AFTER = 1.0
"""Weighted failures in a row: one hard one, two soft ones, four time-outs."""
SURPRISE = 10.0
"""Silence is worth a word when it is as unlikely as e to the minus this."""
EVENNESS = 4.0
"""The shape of a day's negative binomial: days differ by half as much as they bring."""
HOLIDAY_DAYS = 12
"""What rests at weekends may rest so long: nine days of Lunar New Year (Taiwan, 2026) and the weekday around it."""
ZOMBIE_DAYS = 45
"""What is too slow to have a rhythm (fewer than ten entries in 28 days) is silent after so long."""
MANY = 15
"""Fewer entries in a day are no flood, whatever the feed's habit."""
FLOOD_CHANCE = 2e-5
WATCHED_DAYS = 7
"""So long a feed must have been watched before a day can be called unlike the others."""

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_WEEK_HOURS = 168
_WEEKS = RHYTHM_DAYS / 7
_WEEKEND_SHARE = 0.1


def incidents(
    state: FeedState, known: Iterable[Incident], now: datetime, times: Sequence[datetime] | None = None
) -> Iterator[Incident]:
    """
    Yield what begins or ends with this state; ``known`` are the feed's open incidents.

    ``times`` are those of its entries of 28 days; without them floods neither begin nor end.
    """
    last = {incident.kind: incident for incident in known}
    for kind in IncidentKind:
        if kind is IncidentKind.FLOODED and times is None:
            continue
        detail = _flood(times or (), now) if kind is IncidentKind.FLOODED else _wrong(kind, state, now)
        if detail is not None and kind not in last:
            yield Incident(feed=state.feed, kind=kind, started_at=now, detail=detail)
        elif detail is None and kind in last and _over(last[kind], state):
            yield replace(last[kind], ended_at=now)


def _wrong(kind: IncidentKind, state: FeedState, now: datetime) -> str | None:
    """Say what is wrong, or None."""
    if kind is IncidentKind.BROKEN:
        return f"{state.outcome}: {state.detail}" if state.failures >= BROKEN_AFTER else None
    if kind is IncidentKind.MOVED:
        return f"now at {state.moved_url}" if state.moved_url and state.moved_times >= REPEATS else None
    if state.failures or state.newest_at is None:
        return None
    silent = now - state.newest_at
    if silent > timedelta(days=ZOMBIE_DAYS) or (
        surprise(state.rhythm, state.newest_at, now) >= SURPRISE
        and (silent > timedelta(days=HOLIDAY_DAYS) or not _rests(state.rhythm))
    ):
        return f"{_newest(state)}, {_due(state.rhythm, state.newest_at, now):.0f} entries expected since"
    return None


def _over(incident: Incident, state: FeedState) -> bool:
    """Say whether what is wrong no more has ended: not by a failure, and not by a rhythm that fades in the silence."""
    still_silent = incident.kind is IncidentKind.SILENT and incident.detail.startswith(_newest(state))
    return state.outcome not in WEIGHTS and not still_silent


def _newest(state: FeedState) -> str:
    return f"newest item of {state.newest_at:%Y-%m-%d %H:%M} UTC" if state.newest_at else "no item"


def surprise(rhythm: str, since: datetime, now: datetime) -> float:
    """Return how unlikely it is that nothing came, as minus its logarithm; each day is uneven by itself."""
    days = min(math.ceil((now - since) / _DAY), ZOMBIE_DAYS) if rhythm else 0
    return sum(
        EVENNESS * math.log1p(_due(rhythm, since + n * _DAY, min(since + (n + 1) * _DAY, now)) / EVENNESS)
        for n in range(days)
    )


def _due(rhythm: str, since: datetime, now: datetime) -> float:
    """Return how many entries four weeks like the last would bring in the whole hours between two times."""
    if not rhythm:
        return 0.0
    counts = [int(digit, 36) for digit in rhythm]
    weeks, hours = divmod(int((now - since) / _HOUR), _WEEK_HOURS)
    first = since.weekday() * 24 + since.hour + 1
    return (weeks * sum(counts) + sum(counts[(first + n) % _WEEK_HOURS] for n in range(hours))) / _WEEKS


def _rests(rhythm: str) -> bool:
    """Say whether a feed keeps the weekend, and so holidays: Saturday and Sunday bring next to nothing."""
    counts = [int(digit, 36) for digit in rhythm]
    return sum(counts[5 * 24 :]) <= _WEEKEND_SHARE * sum(counts)


def _flood(times: Sequence[datetime], now: datetime) -> str | None:
    """Say that the last 24 hours brought more than such days do, or None."""
    days = Counter((now - at) // _DAY for at in times)
    watched = max(days, default=0)
    if days[0] < MANY or watched <= WATCHED_DAYS:
        return None
    usual = sorted(days[n] for n in range(1, watched))
    if usual[-1] >= MANY and usual[-1] > most(usual[:-1]):
        usual.pop()  # one flood does not hide the next; two in four weeks are a habit
    bound = most(usual)
    return f"{days[0]} entries in 24 hours, {fmean(usual):.1f} a day before" if days[0] > bound else None


def most(days: Sequence[int]) -> int:
    """Return the most entries that one more day like these brings, but for one in 50,000 (`FLOOD_CHANCE`)."""
    mean = max(fmean(days), 1 / len(days))
    excess = pvariance(days) - mean
    shape = min(EVENNESS, mean * mean / excess) if excess > 0 else EVENNESS
    number, likely = 0, (shape / (shape + mean)) ** shape
    above = 1.0 - likely
    while above > FLOOD_CHANCE:
        likely *= (shape + number) / (number + 1) * mean / (shape + mean)
        number += 1
        above -= likely
    return number
