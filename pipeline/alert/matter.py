"""
What is known of a matter, and what was said of it -> what is to be done to its one message. Pure.

The first message is rewritten as soon as something is new; its thread is answered at most once per interval, and at
once where the matter is denied, corrected or taken down and nothing was answered lately. Outcomes: `Step`.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.domain import Development, DevelopmentKind, NotificationState, Operation, Said, Shift

_TAKEN_BACK = frozenset({DevelopmentKind.DENIED, DevelopmentKind.CORRECTED})
_DESK = frozenset({DevelopmentKind.OWNED, DevelopmentKind.RELEASED, DevelopmentKind.JUDGED, DevelopmentKind.UNDONE})
"""What people did about it: shown by the message, never told in its thread."""

_GRAVE = _TAKEN_BACK | {DevelopmentKind.WITHDRAWN, DevelopmentKind.REMOVED}
_OPEN = frozenset({NotificationState.PENDING, NotificationState.TRYING, NotificationState.BLOCKED})
_ORDER = {kind: place for place, kind in enumerate(DevelopmentKind)}


@dataclass(frozen=True, slots=True)
class Step:
    """One operation on a message that stands, and the developments that it tells for the first time."""

    operation: Operation
    news: tuple[Development, ...]


def known(shift: Shift, later: Iterable[Development] = ()) -> tuple[Development, ...]:
    """Return all that is known of a shift, the gravest first; ``later`` came after its evidence."""
    told = [
        Development(
            kind=DevelopmentKind.STORY,
            names=frozenset({f"story:{a.story_id}", f"copy:{a.copy_id}", f"article:{a.article_id}"}),
            at=a.published_at or a.seen_at,
            article=a,
        )
        for a in (piece.article for piece in shift.evidence)
    ]
    if shift.confirmed:
        kind = DevelopmentKind.CONFIRMED
        told.append(Development(kind=kind, names=frozenset({kind}), at=shift.detected_at))
    after = list(later)
    if shift.withdrawn_at and not any(one.kind in _TAKEN_BACK for one in after):  # who denied it says more
        kind, at = DevelopmentKind.WITHDRAWN, shift.withdrawn_at
        told.append(Development(kind=kind, names=frozenset({f"{kind}:{at:%Y-%m-%dT%H:%M}"}), at=at))
    return tuple(sorted([*after, *told], key=lambda one: (_ORDER[one.kind], one.at)))


def names(developments: Iterable[Development]) -> frozenset[str]:
    """Return every name of some developments."""
    return frozenset(name for one in developments for name in one.names)


def steps(
    developments: Sequence[Development], said: Sequence[Said], now: datetime, interval: timedelta
) -> tuple[list[Step], datetime | None]:
    """
    Return what is to be done now, and when to look again where something waits for its interval.

    ``said`` begins with the message itself. An operation of a kind waits for the one before it. Who has the matter is
    not called for more of the same: independent evidence ends that (`pipeline.alert.deeds`).
    """
    found: list[Step] = []
    update = _untold(developments, said, Operation.UPDATE)
    if update and not _waits(said, Operation.UPDATE):
        found.append(Step(Operation.UPDATE, update))
    owned = any(one.kind is DevelopmentKind.OWNED for one in developments)
    reply = tuple(
        one
        for one in _untold(developments, said, Operation.REPLY)
        if one.kind not in _DESK and (not owned or one.kind in _GRAVE)
    )
    if not reply or _waits(said, Operation.REPLY):
        return found, None
    due = _reply_due(reply, said, interval)
    if due > now:
        return found, due
    return [*found, Step(Operation.REPLY, reply)], None


def key(matter: str, step: Step) -> str:
    """Return the outbox key of a step: the same news make the same operation."""
    told = "\0".join(sorted(names(step.news)))
    return hashlib.sha256(f"{matter}\0{step.operation}\0{told}".encode()).hexdigest()[:32]


def _untold(developments: Sequence[Development], said: Sequence[Said], operation: Operation) -> tuple[Development, ...]:
    told = frozenset(name for one in said if one.operation in {Operation.POST, operation} for name in one.told)
    return tuple(one for one in developments if not one.names & told)


def _waits(said: Sequence[Said], operation: Operation) -> bool:
    return any(one.operation is operation and one.state in _OPEN for one in said)


def _reply_due(news: Sequence[Development], said: Sequence[Said], interval: timedelta) -> datetime:
    """Return when a reply may be made: the message itself delays what is only more of it, not what takes it back."""
    grave = any(one.kind in _GRAVE for one in news)
    delaying = {Operation.REPLY} if grave else {Operation.REPLY, Operation.POST}
    before = [one.created_at for one in said if one.operation in delaying]
    return max(before) + interval if before else said[0].created_at
