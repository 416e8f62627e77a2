"""
Stories that themselves report a change of a government's position -> reported shifts. Pure.

A change counts from the actor's own official source, from two independent sources, or from one outlet of the
first tier, then marked as not confirmed. A third party's claim about another actor never counts, and neither
does any voice but the government's. Reports of one direction within the matter's hours are one shift, but for
what is plainly another step: another act, on none of the same tracks.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.detect.series import FEW, Vote, mean, stories
from pipeline.domain import (
    Act,
    Actor,
    Article,
    Balance,
    Evidence,
    Position,
    ReportedShift,
    Series,
    Shift,
    ShiftKind,
    Source,
    TaggedArticle,
    Track,
)
from pipeline.domain.shifts import BEFORE_DAYS

FIRST_TIER = 1
SURE = 0.7
UNCONFIRMED = "one source, not confirmed"
_GRAVITY = (Act.SAID, Act.CONSIDERING, Act.CARRIED_OUT, Act.REFUSED, Act.DECIDED)
"""What a decision becomes when it is carried out is expected; the decision is the news."""

_DID = {
    Act.SAID: "says",
    Act.CONSIDERING: "considers",
    Act.DECIDED: "decides",
    Act.CARRIED_OUT: "carries out",
    Act.REFUSED: "refuses or ends",
    Act.DENIED: "denies",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """One story that reports a change: its articles that do, the first in front; ``articles`` counts all of them."""

    told: tuple[tuple[TaggedArticle, Position], ...]
    articles: int

    @property
    def about(self) -> tuple[Actor, ReportedShift]:
        """Who changes, and which way."""
        return self.told[0][1].actor, self.told[0][1].reported_shift

    @property
    def first(self) -> Article:
        """The first article that told it."""
        return self.told[0][0].article

    def goes_on(self, matter: Sequence["Claim"]) -> bool:
        """Say whether it may be of a matter: one act, or one track in common, or too little known to tell."""
        act, tracks = self.told[0][1].act, set(self.told[0][0].tag.tracks)
        known = {track for claim in matter for track in claim.told[0][0].tag.tracks}
        return not tracks or not known or bool(tracks & known) or act in {claim.told[0][1].act for claim in matter}

    def until(self, moment: datetime) -> list[Article]:
        """List the articles that had told it by then, the first in front."""
        return [one.article for one, _ in self.told if one.article.seen_at <= moment]

    def moments(self) -> list[datetime]:
        """List when it was told anew: a time at which history was read only counts where there is nothing else."""
        new = [one.article.seen_at for one, _ in self.told if not one.article.history]
        return new or [one.article.seen_at for one, _ in self.told]

    @property
    def history(self) -> bool:
        """Whether nobody told it but as history."""
        return all(one.article.history for one, _ in self.told)


def reported(
    tagged: Iterable[TaggedArticle],
    sources: Mapping[str, Source],
    *,
    matter_hours: float,
    votes: Mapping[Series, Sequence[Vote]] | None = None,
) -> list[Shift]:
    """
    Return the reported shifts, in the order in which they became known; ``sources`` are by name.

    ``votes`` say where each government stood before.
    """
    near, matters = timedelta(hours=matter_hours), list[list[Claim]]()
    # a copy may be the first of its story to report the change: the claim stands where that was seen
    for claim in sorted(claims(tagged), key=lambda claim: claim.first.seen_at):
        lately = (
            m
            for m in reversed(matters)
            if m[0].about == claim.about and claim.first.seen_at - m[0].first.seen_at <= near
        )
        matter = next((m for m in lately if claim.goes_on(m)), None)
        if matter is None:
            matters.append(matter := [])
        matter.append(claim)
    shifts = [shift for matter in matters if (shift := _shift(matter, sources, votes or {})) is not None]
    return sorted(shifts, key=lambda shift: (shift.detected_at, shift.shift_id))


def claims(tagged: Iterable[TaggedArticle]) -> list[Claim]:
    """Return every story that reports a change, once for each actor of whom it does."""
    return [claim for story in stories(tagged) for actor in Actor if (claim := _claim(story, actor))]


def _claim(story: Sequence[TaggedArticle], actor: Actor) -> Claim | None:
    """Gather a story's articles with a sure, counted position of the actor that reports a change, all one way."""
    told = [
        (one, position)
        for one in story
        for position in one.tag.positions
        if position.actor is actor
        and position.official
        and position.reported_shift is not ReportedShift.NONE
        and position.shift_probabilities[position.reported_shift] >= SURE
        and position.act is not Act.DENIED
    ]
    same_way = tuple((one, p) for one, p in told if p.reported_shift is told[0][1].reported_shift)
    return Claim(same_way, len(story)) if told else None


def _shift(
    claims: Sequence[Claim], sources: Mapping[str, Source], votes: Mapping[Series, Sequence[Vote]]
) -> Shift | None:
    # what goes on from before we watched is named by its first new report: as history it was never said
    named = next((claim for claim in claims if not claim.history), claims[0])
    moments = sorted(moment for claim in claims for moment in claim.moments() if moment >= named.moments()[0])
    detected_at = next((moment for moment in moments if _basis(claims, sources, moment) is not None), None)
    if detected_at is None:
        return None
    actor, direction = named.about
    basis = _basis(claims, sources, moments[-1]) or ""
    told = [told for claim in claims for told in claim.told]
    strongest, surest = max(told, key=lambda t: (t[1].shift_probabilities[direction], t[0].article.article_id))
    position = max((position for _, position in told), key=lambda p: _GRAVITY.index(p.act))
    tracks = {track for one, _ in told for track in one.tag.tracks}
    onset = claims[0].first
    earlier = _earlier(votes, actor, onset.published_at or onset.seen_at)
    return Shift(
        shift_id=hashlib.sha256(f"reported\0{actor}\0{direction}\0{named.first.copy_id}".encode()).hexdigest()[:24],
        kind=ShiftKind.REPORTED,
        actor=actor,
        balance=None,
        direction=direction,
        act=position.act,
        tracks=tuple(track for track in Track if track in tracks),
        onset_at=onset.published_at or onset.seen_at,
        detected_at=detected_at,
        before=mean(earlier) if len(earlier) >= FEW else None,
        after=None,
        stories_before=len(earlier),
        stories_after=len(claims),
        certainty=round(surest.shift_probabilities[direction], 4),
        false_alarms_per_quarter=None,
        confirmed=basis != UNCONFIRMED,
        history=named.history,
        model=strongest.tag.model,
        words=_words(position, basis),
        evidence=tuple(_evidence(claim, sources) for claim in claims),
    )


def _earlier(votes: Mapping[Series, Sequence[Vote]], actor: Actor, onset: datetime) -> list[Vote]:
    """List the stories that say where a government stood before, each once, on whichever balance it votes."""
    since = onset - timedelta(days=BEFORE_DAYS)
    cast = (vote for balance in Balance for vote in votes.get(Series(actor=actor, balance=balance), ()))
    return list({vote.copy_id: vote for vote in cast if since <= vote.at < onset}.values())


def _basis(claims: Sequence[Claim], sources: Mapping[str, Source], until: datetime) -> str | None:
    """Say in words what the claims rest on by then; None where that is not enough to speak of a shift."""
    actor, _ = claims[0].about
    articles = [article for claim in claims for article in claim.until(until)]
    told = [sources[article.source] for article in articles if article.source in sources]
    if any(source.official is actor for source in told):
        return "its own source"
    independent = _houses(articles, sources)
    if len(independent) > 1:
        return f"{len(independent)} sources"
    return UNCONFIRMED if any(source.tier == FIRST_TIER for source in told) else None


def _houses(articles: Sequence[Article], sources: Mapping[str, Source]) -> set[str | None]:
    """
    Name the houses that tell it on their own: copies are one witness, and so are texts that rest on one outlet.

    Sites that nobody knows do not confirm one another: without a known house there is one witness at most.
    """
    first: dict[str, str] = {}
    for article in articles:
        first.setdefault(article.copy_id, article.origin)
    houses = {sources[name].house if name in sources else name for name in first.values()} - {None}
    known = any(name in sources for name in first.values())
    return houses if known else set(list(houses)[:1])


def _words(position: Position, basis: str) -> str:
    way = "closer to" if position.reported_shift is ReportedShift.TOWARD else "further from"
    return f"government {_DID[position.act]}: {way} Ukraine; {basis}"


def _evidence(claim: Claim, sources: Mapping[str, Source]) -> Evidence:
    """Show a story by its first article that reports the change, or by the actor's own, where that does."""
    actor, _ = claim.about
    own = (told for told in claim.told if (known := sources.get(told[0].article.source)) and known.official is actor)
    one, position = next(own, claim.told[0])
    return Evidence(
        article=one.article,
        articles=claim.articles,
        stance=position.stance,
        gloss=position.gloss,
        influence=round(position.shift_probabilities[position.reported_shift], 4),
    )
