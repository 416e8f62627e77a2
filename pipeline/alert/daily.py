"""
What was not said by itself -> the day's roll-up and the weekday's brief of a route. Pure.

The roll-up tells what was not grave enough to interrupt, what was over the budget, and what became of what an earlier
one told; the brief, before the working day, what was found since the last one ended. Either has one key a route and
day.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from pipeline.alert.message import Line, gathered, line, taken_back
from pipeline.domain import (
    Actor,
    Development,
    DevelopmentKind,
    Message,
    Notification,
    NotificationState,
    Operation,
    Reason,
    Route,
    Severity,
    Shift,
    Source,
)

ROLLED = frozenset({Reason.ROLLED_UP, Reason.OVER_BUDGET})
FOUND = ROLLED | {Reason.FIRST}
GONE = frozenset({DevelopmentKind.WITHDRAWN, DevelopmentKind.DENIED, DevelopmentKind.CORRECTED})
LINES = 5
LATE = timedelta(hours=6)
"""A brief or a report that could not be made in time is of no use after noon."""

_DAY_ENDS = time(17)
_FRIDAY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A shift that a route has answered, why, and how grave it was."""

    shift: Shift
    reason: Reason
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """A shift that does not stand any more, and since when and why."""

    shift: Shift
    since: Development


def roll_up_due(route: Route, now: datetime) -> datetime | None:
    """Return when the last roll-up was due; None for a route that has none."""
    return None if route.roll_up_at is None else _last(route, route.roll_up_at, now)


def health_due(route: Route, now: datetime) -> datetime | None:
    """Return when the report on the collection was due last; None where it is none or too late to be of use."""
    due = None if route.health_at is None else _last(route, route.health_at, now)
    return due if due and now - due < LATE else None


def brief_due(route: Route, now: datetime) -> datetime | None:
    """Return when today's brief was due; None before its hour, long after it, and at weekends."""
    if route.brief_at is None:
        return None
    at = _last(route, route.brief_at, now)
    weekday = at.astimezone(ZoneInfo(route.timezone)).weekday() <= _FRIDAY
    return at if weekday and now - at < LATE else None


def overnight(route: Route, due: datetime) -> datetime:
    """Return since when a brief tells: the end of the last working day before it."""
    zone = ZoneInfo(route.timezone)
    day = due.astimezone(zone).date() - timedelta(days=1)
    while day.weekday() > _FRIDAY:
        day -= timedelta(days=1)
    return datetime.combine(day, route.roll_up_at or _DAY_ENDS, zone).astimezone(due.tzinfo)


def key(route: Route, reason: Reason, due: datetime) -> str:
    """Return the outbox key of a route's roll-up or brief of a day."""
    day = due.astimezone(ZoneInfo(route.timezone)).date()
    return hashlib.sha256(f"{route.name}\0{reason}\0{day}".encode()).hexdigest()[:32]


def notice(
    route: str,
    channel: str,
    key: str,
    message: Message,
    told: Iterable[str] = (),
    *,
    operation: Operation = Operation.POST,
    matter: str = "",
) -> Notification:
    """Return what is to be said to a route that is no single shift's."""
    return Notification(
        key=key,
        shift_id=None,
        route=route,
        channel=channel,
        message=message,
        state=NotificationState.PENDING,
        operation=operation,
        matter=matter or key,
        told=frozenset(told),
    )


def roll_up(
    route: Route,
    due: datetime,
    found: Sequence[Answered],
    gone: Sequence[TakenBack],
    names: Mapping[Actor, str],
    sources: Mapping[str, Source],
) -> Message:
    """Return the daily message: what does not stand any more, then the gravest; counts what would have interrupted."""
    over = sum(one.reason is Reason.OVER_BUDGET for one in found)
    foot = f"{over} over the budget of {route.messages_per_week} messages a week" if over else ""
    lines = [taken_back(one.shift, one.since, names, sources) for one in gone] + _lines(found, names, sources)
    parts = [
        day(route, due),
        f"{len(found)} without a message of {'its' if len(found) == 1 else 'their'} own" if found else "",
        f"{len(gone)} taken back" if gone else "",
    ]
    return gathered(" · ".join(part for part in parts if part), lines, foot)


def brief(
    route: Route, due: datetime, found: Sequence[Answered], names: Mapping[Actor, str], sources: Mapping[str, Source]
) -> Message:
    """Return the brief: five lines at most, or "nothing"."""
    lines = [replace(each, shown="") for each in _lines(found, names, sources)]
    foot = f"and {len(lines) - LINES} more" if lines[LINES:] else ""
    return gathered(f"Overnight in Asia · {day(route, due)}", lines[:LINES], foot)


def lost(shift: Shift, known: Iterable[Development]) -> TakenBack | None:
    """Return what took a shift back, of all that is known of it; None where it stands."""
    since = next((one for one in known if one.kind in GONE), None)
    return TakenBack(shift=shift, since=since) if since else None


def _lines(found: Sequence[Answered], names: Mapping[Actor, str], sources: Mapping[str, Source]) -> list[Line]:
    ordered = sorted(found, key=lambda one: (one.severity, one.shift.detected_at, one.shift.shift_id))
    return [line(one.shift, names, one.severity, sources) for one in ordered]


def _last(route: Route, at: time, now: datetime) -> datetime:
    """Return when a route's clock showed a time last."""
    zone = ZoneInfo(route.timezone)
    local = now.astimezone(zone)
    day = local.date() - timedelta(days=local.time() < at)
    return datetime.combine(day, at, zone).astimezone(now.tzinfo)


def day(route: Route, due: datetime) -> str:
    """Name the day as a route's clock has it."""
    return f"{due.astimezone(ZoneInfo(route.timezone)):%a %d %b}"
