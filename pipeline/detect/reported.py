"""
Stories that themselves report a change of a government's position -> reported shifts. Pure.

A change counts from the actor's own official source, from two independent sources, or from one outlet of the
first tier, then marked as not confirmed. A third party's claim about another actor never counts, and neither
does any voice but the government's. Reports of one direction within the matter's hours are one shift.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from pipeline.detect.series import stories
from pipeline.domain import (
    Act,
    Actor,
    Evidence,
    Position,
    ReportedShift,
    Shift,
    ShiftKind,
    Source,
    TaggedArticle,
    Track,
)

FIRST_TIER = 1
SURE = 0.7
UNCONFIRMED = "one source, not confirmed"
_DID = {
    Act.SAID: "says",
    Act.CONSIDERING: "considers",
    Act.DECIDED: "decides",
    Act.CARRIED_OUT: "carries out",
    Act.REFUSED: "refuses or ends",
    Act.DENIED: "denies",
}


def reported(tagged: Iterable[TaggedArticle], sources: Mapping[str, Source], *, matter_hours: float) -> list[Shift]:
    """Return the reported shifts, in order of first sight; ``sources`` are by name."""
    matters: list[tuple[Actor, ReportedShift, list[tuple[TaggedArticle, Position, int]]]] = []
    for story in stories(tagged):
        for actor in Actor:
            claim = _claim(story, actor)
            if claim is None:
                continue
            one, position = claim
            matter = next((m for m in reversed(matters) if m[:2] == (actor, position.reported_shift)), None)
            near = timedelta(hours=matter_hours)
            if matter is None or one.article.seen_at - matter[2][0][0].article.seen_at > near:
                matter = (actor, position.reported_shift, [])
                matters.append(matter)
            matter[2].append((one, position, len(story)))
    shifts = [_shift(actor, direction, claims, sources) for actor, direction, claims in matters]
    return [shift for shift in shifts if shift is not None]


def _claim(story: Sequence[TaggedArticle], actor: Actor) -> tuple[TaggedArticle, Position] | None:
    """Return the first article of a story with a sure, counted position of the actor that reports a change."""
    for one in story:
        for position in one.tag.positions:
            if (
                position.actor is actor
                and position.official
                and position.reported_shift is not ReportedShift.NONE
                and position.shift_probabilities[position.reported_shift] >= SURE
                and position.act is not Act.DENIED
            ):
                return one, position
    return None


def _shift(
    actor: Actor,
    direction: ReportedShift,
    claims: Sequence[tuple[TaggedArticle, Position, int]],
    sources: Mapping[str, Source],
) -> Shift | None:
    enough = next((n for n in range(1, len(claims) + 1) if _basis(actor, claims[:n], sources) is not None), None)
    if enough is None:
        return None
    basis = _basis(actor, claims, sources) or ""
    _, position, _ = max(claims, key=lambda c: (c[1].shift_probabilities[direction], c[0].article.article_id))
    first = claims[0][0].article
    tracks = tuple(t for t in Track if any(t in c[0].tag.tracks for c in claims))
    return Shift(
        shift_id=hashlib.sha256(f"reported\0{actor}\0{direction}\0{first.story_id}".encode()).hexdigest()[:24],
        kind=ShiftKind.REPORTED,
        actor=actor,
        balance=None,
        direction=direction,
        act=position.act,
        tracks=tracks,
        onset_at=first.published_at or first.seen_at,
        detected_at=claims[enough - 1][0].article.seen_at,
        before=None,
        after=None,
        stories_before=0,
        stories_after=len(claims),
        certainty=round(position.shift_probabilities[direction], 4),
        false_alarms_per_quarter=None,
        confirmed=basis != UNCONFIRMED,
        history=all(c[0].article.history for c in claims),
        words=_words(position, basis),
        evidence=tuple(_evidence(*claim) for claim in claims),
    )


def _basis(
    actor: Actor, claims: Sequence[tuple[TaggedArticle, Position, int]], sources: Mapping[str, Source]
) -> str | None:
    """Say in words what the claims rest on; None where that is not enough to speak of a shift."""
    names = {one.article.source for one, _, _ in claims}
    told = [sources[name] for name in names if name in sources]
    if any(source.official is actor for source in told):
        return "its own source"
    if len(names) > 1:
        return f"{len(names)} sources"
    return UNCONFIRMED if any(source.tier == FIRST_TIER for source in told) else None


def _words(position: Position, basis: str) -> str:
    way = "closer to" if position.reported_shift is ReportedShift.TOWARD else "further from"
    return f"government {_DID[position.act]}: {way} Ukraine; {basis}"


def _evidence(one: TaggedArticle, position: Position, articles: int) -> Evidence:
    return Evidence(
        article=one.article,
        articles=articles,
        stance=position.stance,
        influence=round(position.shift_probabilities[position.reported_shift], 4),
    )
