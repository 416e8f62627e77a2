"""
Routes, silences and a shift -> who hears of it, and when it may be said. Pure.

A shift goes down every tree of ``config/routes.yaml``: to the first branch that wants it, or to several where a
branch says ``also``; where no branch does, the route itself hears of it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from pipeline.alert.severity import fits
from pipeline.domain import Filter, Owner, Route, Severity, Shift, Silence

_WORKING_DAYS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A shift with what routes and silences ask of it beside itself."""

    shift: Shift
    severity: Severity
    owners: frozenset[Owner] = frozenset()

    @property
    def group(self) -> dict[str, object]:
        """What it is, by the names that ``group_by`` knows."""
        shift = self.shift
        track = shift.track or ",".join(shift.tracks)
        return {
            "actor": shift.actor,
            "voice": shift.voice,
            "track": track,
            "direction": shift.direction,
            "kind": shift.kind,
            "severity": self.severity,
        }


def matches(wanted: Filter, case: Case) -> bool:
    """Say whether a route or a silence is meant by this shift at all; an empty set wants everything."""
    languages = {piece.article.lang for piece in case.shift.evidence}
    return (
        fits(wanted, case.shift)
        and (not wanted.severities or case.severity in wanted.severities)
        and (not wanted.languages or bool(wanted.languages & languages))
        and (not wanted.owners or bool(wanted.owners & case.owners))
    )


def hearing(routes: Iterable[Route], case: Case) -> Iterator[Route]:
    """Yield the routes that hear of a shift: of every tree that wants it and hears of shifts, at least one."""
    for route in routes:
        if route.shifts and matches(route, case):
            yield from _within(route, case)


def every(routes: Iterable[Route]) -> Iterator[Route]:
    """Yield every route of the trees, each before its branches."""
    for route in routes:
        yield route
        yield from every(route.routes)


def silenced(silences: Iterable[Silence], case: Case, now: datetime) -> Silence | None:
    """Return the silence that covers a shift now: one of stories or sources has to cover all of its evidence."""
    sources = {piece.article.source for piece in case.shift.evidence}
    for silence in silences:
        if silence.created_at <= now < silence.ends_at and matches(silence, case):
            narrowed = ((silence.stories, case.shift.stories), (silence.sources, sources))
            if all(not wanted or (found and found <= wanted) for wanted, found in narrowed):
                return silence
    return None


def quiet_until(route: Route, now: datetime) -> datetime | None:
    """Return when the quiet hours of a route end, where they are now; they may cross midnight."""
    if route.quiet_from is None or route.quiet_until is None:
        return None
    local = now.astimezone(ZoneInfo(route.timezone))
    begins, ends, at = route.quiet_from, route.quiet_until, local.time()
    inside = begins <= at < ends if begins <= ends else at >= begins or at < ends
    if not inside:
        return None
    return next_time(route, now, ends)


def next_time(route: Route, now: datetime, at: time) -> datetime:
    """Return when a route's clock shows a time next."""
    local = now.astimezone(ZoneInfo(route.timezone))
    day = local.date() + timedelta(days=local.time() >= at)
    return datetime.combine(day, at, ZoneInfo(route.timezone)).astimezone(now.tzinfo)


def over_budget(route: Route, said_at: Iterable[datetime], now: datetime) -> bool:
    """
    Say whether a route has had its messages of the day or of the week.

    The week's are spread over its five working days: five a week are one a day, ten are two.
    """
    if route.messages_per_week is None:
        return False
    zone, a_day = ZoneInfo(route.timezone), ceil(route.messages_per_week / _WORKING_DAYS)
    today = now.astimezone(zone).date()
    days = [day for at in said_at if (day := at.astimezone(zone).date()).isocalendar()[:2] == today.isocalendar()[:2]]
    return len(days) >= route.messages_per_week or days.count(today) >= a_day


def _within(route: Route, case: Case) -> Iterator[Route]:
    """Yield the routes of one tree that hear of what its root wants."""
    heard = False
    for branch in route.routes:
        if branch.shifts and matches(branch, case):
            yield from _within(branch, case)
            heard = True
            if not branch.also:
                return
    if not heard:
        yield route
