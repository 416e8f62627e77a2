"""
Shifts and routes -> decisions, each with its reason. Pure; a decision is a function of its arguments alone.

Two keys make saying a thing twice impossible: a route answers a shift once, and the answer's key is the hash
of both.
"""

import hashlib
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from pipeline.domain import Decision, Reason, Route, Shift, ShiftKind

UNROUTED = "none"
WAITING = frozenset({Reason.HELD, Reason.WITHDRAWN})
"""No answers: a shift that is released, or found again, is decided on then."""

STALE_DAYS = 7
"""Longer than any pause of the machinery, shorter than what a desk would still call news."""


def decide(
    shifts: Iterable[Shift],
    routes: Iterable[Route],
    decided: AbstractSet[tuple[str, str]],
    now: datetime,
    said: AbstractSet[tuple[str, str]] = frozenset(),
) -> Iterator[Decision]:
    """
    Answer every shift for every route that has not answered it.

    ``decided`` holds the (shift, route) pairs that have an answer, ``said`` those of them that were to be sent.
    """
    known, found = list(routes), list(shifts)
    told = {route.name: [shift for shift in found if (shift.shift_id, route.name) in said] for route in known}
    for shift in found:
        matching = [route for route in known if matches(route, shift)]
        for route in matching:
            if (shift.shift_id, route.name) not in decided:
                reason = _reason(shift, route, now, told[route.name])
                if reason is Reason.FIRST:
                    told[route.name].append(shift)
                yield _decision(shift, route.name, route.channel, reason)
        if not matching and (shift.shift_id, UNROUTED) not in decided:
            yield _decision(shift, UNROUTED, "", Reason.NO_ROUTE)


def matches(route: Route, shift: Shift) -> bool:
    """Say whether a route wants to hear of this shift at all; an empty set wants everything."""
    return (
        (not route.actors or shift.actor in route.actors)
        and (not route.kinds or shift.kind in route.kinds)
        and (not route.directions or shift.direction in route.directions)
    )


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
    stories = {piece.article.story_id for piece in one.evidence}
    return any(piece.article.story_id in stories for piece in other.evidence)


def key(decision: Decision) -> str:
    """Return the outbox key of a decision."""
    return hashlib.sha256(f"{decision.shift_id}\0{decision.route}".encode()).hexdigest()[:32]


def _reason(shift: Shift, route: Route, now: datetime, told: Iterable[Shift]) -> Reason:
    if shift.history:
        return Reason.HISTORY
    if (waits := waiting(shift)) is not None:
        return waits
    if now - shift.detected_at > timedelta(days=STALE_DAYS):
        return Reason.STALE
    if shift.certainty < route.min_certainty:
        return Reason.BELOW_THRESHOLD
    if any(same(shift, other) for other in told):
        return Reason.ALREADY_SAID
    return Reason.FIRST


def _decision(shift: Shift, route: str, channel: str, reason: Reason) -> Decision:
    return Decision(shift_id=shift.shift_id, route=route, channel=channel, send=reason is Reason.FIRST, reason=reason)
