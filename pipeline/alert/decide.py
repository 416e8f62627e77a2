"""
Shifts, routes and policy -> decisions, each with its reason. Pure; a decision is a function of its arguments alone.

Two keys make saying a thing twice impossible: a route answers a shift once, and the answer's key is the hash
of both. A silence is asked last and the message that it covers counts as said: adding one changes no other answer.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.alert.route import Case, hearing, over_budget, quiet_until, silenced
from pipeline.alert.severity import severity
from pipeline.domain import Decision, Reason, Route, Rule, Severity, Shift, ShiftKind, Silence, Source

UNROUTED = "none"
WAITING = frozenset({Reason.HELD, Reason.WITHDRAWN, Reason.QUIET, Reason.GROUPING, Reason.OWNED})
"""No answers: a shift that is released or found again, or whose time comes, is decided on then."""

STALE_DAYS = 7
"""Longer than any pause of the machinery, shorter than what a desk would still call news."""

_COVERED = {
    Reason.FIRST: Reason.SILENCED,
    Reason.ROLLED_UP: Reason.OMITTED,
    Reason.OVER_BUDGET: Reason.OMITTED,
}
"""What a silence makes of an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """
    What decisions rest on beside shifts and routes: the rubric, silences, who owns the outlets.

    ``owned`` are shifts that a person has: their matter is not said anew till that ends.
    """

    rubric: tuple[Rule, ...] = ()
    silences: tuple[Silence, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
    owned: frozenset[str] = frozenset()

    def case(self, shift: Shift) -> Case:
        """Return a shift as routes and silences see it."""
        known = (self.sources.get(piece.article.source) for piece in shift.evidence)
        owners = frozenset(source.owner for source in known if source)
        return Case(shift=shift, severity=severity(shift, self.rubric), owners=owners)


@dataclass(frozen=True, slots=True)
class _Told:
    """What a route was told, or would have been but for a silence."""

    case: Case
    at: datetime


def decide(
    shifts: Iterable[Shift],
    routes: Iterable[Route],
    decided: AbstractSet[tuple[str, str]],
    now: datetime,
    said: Mapping[tuple[str, str], datetime] | None = None,
    policy: Policy | None = None,
    lesser: Mapping[tuple[str, str], Severity] | None = None,
) -> Iterator[Decision]:
    """
    Answer every shift for every route that has not answered it; series shifts first, since they inhibit others.

    ``decided`` holds the (shift, route) pairs that have an answer, ``said`` those of them that were to be sent, or
    were silenced, with the time of that. ``lesser`` are those that were left to the roll-up or the digest, with their
    severity then: what has become graver is answered anew.
    """
    policy, said, lesser = policy or Policy(), said or {}, lesser or {}
    known, cases = list(routes), [policy.case(shift) for shift in shifts]
    by_id, told = {case.shift.shift_id: case for case in cases}, dict[str, list[_Told]]()
    for (shift_id, name), at in said.items():
        if shift_id in by_id:
            told.setdefault(name, []).append(_Told(by_id[shift_id], at))
    for case in sorted(cases, key=lambda case: case.shift.kind is ShiftKind.REPORTED):
        shift_id = case.shift.shift_id
        heard = list(hearing(known, case))
        for route in heard:
            risen = case.severity < lesser.get((shift_id, route.name), Severity.A)
            if risen or (shift_id, route.name) not in decided:
                before = told.setdefault(route.name, [])
                reason, again_at = _reason(case, route, now, before, policy.owned)
                if reason is Reason.FIRST:
                    before.append(_Told(case, now))
                if reason in _COVERED and silenced(policy.silences, case, now) is not None:
                    reason = _COVERED[reason]
                yield _decision(case, route, reason, again_at, risen=risen)
        if not heard and (shift_id, UNROUTED) not in decided:
            yield _decision(case, Route(name=UNROUTED, channel=""), Reason.NO_ROUTE, None)


def waiting(shift: Shift) -> Reason | None:
    """Say why a shift is not to be said now though it may be later; None where nothing stands against it."""
    if shift.withdrawn_at is not None:
        return Reason.WITHDRAWN
    return Reason.HELD if shift.held is not None else None


def same(one: Shift, other: Shift) -> bool:
    """
    Say whether two reported shifts are one matter: a story of theirs is one.

    A copy that comes later and is dated earlier may name a matter anew, and stories merge.
    """
    if one.kind is not ShiftKind.REPORTED or (one.kind, one.actor, one.direction) != (
        other.kind,
        other.actor,
        other.direction,
    ):
        return False
    return bool(one.stories & other.stories)


def key(decision: Decision) -> str:
    """Return the outbox key of a decision: a new one where its shift has become graver."""
    risen = f"\0{decision.severity}" if decision.risen else ""
    return hashlib.sha256(f"{decision.shift_id}\0{decision.route}{risen}".encode()).hexdigest()[:32]


def inhibits(series: Shift, shift: Shift) -> bool:
    """Say whether a reported shift is part of a series shift: the same voice, the same way, and all of its stories."""
    if series.kind is not ShiftKind.SERIES or shift.kind is not ShiftKind.REPORTED:
        return False
    if (series.actor, series.voice, series.direction) != (shift.actor, shift.voice, shift.direction):
        return False
    return bool(shift.stories) and shift.stories <= series.stories


def _reason(
    case: Case, route: Route, now: datetime, told: list[_Told], owned: AbstractSet[str]
) -> tuple[Reason, datetime | None]:
    """Say why a route is told of a shift or not, and when to ask again where it only waits."""
    if (against := _against(case.shift, route, now, told) or _owned(case.shift, told, owned)) is not None:
        return against, None
    if case.severity not in route.single:
        return (Reason.DIGEST if case.severity is Severity.C else Reason.ROLLED_UP), None
    if case.severity is not Severity.A and (quiet := quiet_until(route, now)) is not None:
        return Reason.QUIET, quiet
    if (grouped := _grouped_until(case, route, told)) > now:
        return Reason.GROUPING, grouped
    if over_budget(route, [one.at for one in told if one.case.severity in route.single], now):
        return Reason.OVER_BUDGET, None
    return Reason.FIRST, None


def _against(shift: Shift, route: Route, now: datetime, told: list[_Told]) -> Reason | None:
    """Say what stands against a shift, whatever its severity and the hour."""
    if shift.history:
        return Reason.HISTORY
    if (waits := waiting(shift)) is not None:
        return waits
    if now - shift.detected_at > timedelta(days=STALE_DAYS):
        return Reason.STALE
    if shift.certainty < route.min_certainty:
        return Reason.BELOW_THRESHOLD
    lately = route.repeat_interval_hours
    if any(same(shift, one.case.shift) and (lately is None or now - one.at < timedelta(hours=lately)) for one in told):
        return Reason.ALREADY_SAID
    return Reason.INHIBITED if any(inhibits(one.case.shift, shift) for one in told) else None


def _owned(shift: Shift, told: list[_Told], owned: AbstractSet[str]) -> Reason | None:
    has = any(one.case.shift.shift_id in owned and same(shift, one.case.shift) for one in told)
    return Reason.OWNED if has else None


def _grouped_until(case: Case, route: Route, told: list[_Told]) -> datetime:
    """Return when a message may be made: its matter has had time to grow, and its group has been left alone."""
    wait, apart = timedelta(minutes=route.group_wait_minutes), timedelta(minutes=route.group_interval_minutes)
    group = [case.group[name] for name in route.group_by]
    before = [one.at + apart for one in told if group and [one.case.group[name] for name in route.group_by] == group]
    return max(case.shift.detected_at + wait, *before) if before else case.shift.detected_at + wait


def _decision(case: Case, route: Route, reason: Reason, again_at: datetime | None, *, risen: bool = False) -> Decision:
    return Decision(
        shift_id=case.shift.shift_id,
        route=route.name,
        channel=route.channel,
        send=reason is Reason.FIRST,
        reason=reason,
        severity=case.severity,
        again_at=again_at,
        risen=risen,
    )
