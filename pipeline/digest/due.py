"""
A moment -> what the weekly digest owes by then: a draft for the desk, an issue for its readers. Pure.

Drafts are put together on Friday 16:00 and Sunday 18:00 of the week itself, the issue on the Monday after at 08:00.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

DRAFTS = ((4, time(16)), (6, time(18)))
"""Days after Monday, and the time of day."""
ISSUE_AT = time(8)
_LONGEST = timedelta(days=9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is due of one week. ``draft`` says which one, 0: the issue itself."""

    week: str
    since: datetime
    until: datetime
    draft: int = 0


def draft(now: datetime, zone: str) -> Due | None:
    """Return the newest draft of the running week that is due, cut off when it was; None before the first."""
    monday = _monday(now, zone)
    for number in range(len(DRAFTS), 0, -1):
        days, clock = DRAFTS[number - 1]
        at = _at(monday + timedelta(days=days), clock)
        if now >= at:
            return Due(week=_name(monday), since=monday, until=at, draft=number)
    return None


def issue(now: datetime, zone: str) -> Due | None:
    """Return the last whole week once its issue is due: on Monday from 08:00 on, and then all week."""
    monday = _monday(now, zone)
    if now < _at(monday, ISSUE_AT):
        return None
    since = _monday(monday - timedelta(days=3), zone)
    return Due(week=_name(since), since=since, until=monday)


def since(due: Due, last_until: datetime | None) -> datetime:
    """Begin where the last edition was cut off, so that nothing falls between two; long ago: on Monday."""
    if last_until is None or not due.until - _LONGEST <= last_until < due.until:
        return due.since
    return last_until


def _monday(now: datetime, zone: str) -> datetime:
    local = now.astimezone(ZoneInfo(zone))
    return _at(local - timedelta(days=local.weekday()), time())


def _at(day: datetime, clock: time) -> datetime:
    return day.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0, fold=0)


def _name(monday: datetime) -> str:
    year, number, _ = monday.isocalendar()
    return f"{year}-W{number:02}"
