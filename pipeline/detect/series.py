"""
Tagged articles -> the stories of each government's two balances, in order of first sight. Pure.

The one place where labels become numbers: supportive +1, hedging 0, opposing -1; neutral and unsure cast no
vote. A story is one vote, however many outlets printed it. Only the voice `government` counts, and never a
claim that rests on another party's word.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.domain import Actor, Balance, Gloss, Stance, Standing, TaggedArticle, Track

VALUES: Mapping[Stance, int] = {Stance.SUPPORTIVE: 1, Stance.HEDGING: 0, Stance.OPPOSING: -1}

FEW = 3
"""Fewer votes than this say nothing of where an actor stands."""

RUSSIA_TRACKS = frozenset({Track.SANCTIONS, Track.RUSSIA_TIES, Track.DPRK_RUSSIA})
"""Tracks whose stories speak of pressure on, or ties with, Russia; all other stories speak of support."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One story's say on one balance: ``value`` is 1, 0 or -1. ``copy_id`` names it: stories merge and split."""

    copy_id: str
    value: int
    stance: Stance
    gloss: Gloss | None
    seen_at: datetime
    published_at: datetime | None
    history: bool
    article_id: str
    articles: int


def stories(tagged: Iterable[TaggedArticle]) -> list[list[TaggedArticle]]:
    """Group tagged articles by story, in order of first sight, the first article of each in front."""
    by_story: dict[str, list[TaggedArticle]] = {}
    for one in sorted(tagged, key=_first_sight):
        by_story.setdefault(one.article.story_id, []).append(one)
    return list(by_story.values())


def balances(tagged: Iterable[TaggedArticle]) -> dict[tuple[Actor, Balance], list[Vote]]:
    """Return every government's votes, by actor and balance, in the order in which they became known."""
    found: dict[tuple[Actor, Balance], list[Vote]] = {(actor, balance): [] for actor in Actor for balance in Balance}
    for story in stories(tagged):
        for actor in Actor:
            for balance in _speaks_of(story):
                vote = _vote(story, actor)
                if vote is not None:
                    found[actor, balance].append(vote)
    # a copy may be the first of its story to name a position: what was found in a series must not move for it
    return {name: sorted(votes, key=lambda vote: vote.seen_at) for name, votes in found.items()}


def mean(votes: Sequence[Vote]) -> float | None:
    """Return the balance of some votes, in [-1, 1]; None for none."""
    return sum(vote.value for vote in votes) / len(votes) if votes else None


def standings(
    votes: Mapping[tuple[Actor, Balance], Sequence[Vote]], until: datetime, starts: Mapping[Actor, str]
) -> list[Standing]:
    """Say where every government stands at ``until`` over 28 days, and over the 28 before; None for too few."""
    month = timedelta(days=28)
    found = []
    for (actor, balance), series in votes.items():
        now = [vote for vote in series if until - month <= vote.seen_at < until]
        before = [vote for vote in series if until - 2 * month <= vote.seen_at < until - month]
        found.append(
            Standing(
                actor=actor,
                balance=balance,
                stories=len(now),
                now=mean(now) if len(now) >= FEW else None,
                before=mean(before) if len(before) >= FEW else None,
                start=starts.get(actor, ""),
            )
        )
    return found


def _speaks_of(story: Sequence[TaggedArticle]) -> Iterator[Balance]:
    tracks = {track for one in story for track in one.tag.tracks}
    if tracks & RUSSIA_TRACKS:
        yield Balance.RUSSIA
    if tracks - RUSSIA_TRACKS or not tracks:
        yield Balance.SUPPORT


def _vote(story: Sequence[TaggedArticle], actor: Actor) -> Vote | None:
    """Average a story's distributions for one government, and let the likeliest stance vote."""
    held = [(one, p) for one in story for p in one.tag.positions if p.actor is actor and p.official]
    if not held:
        return None
    weight = {stance: sum(p.stance_probabilities.get(stance, 0.0) for _, p in held) for stance in Stance}
    stance = max(Stance, key=lambda s: weight[s])
    if stance not in VALUES:
        return None
    first = held[0][0].article
    return Vote(
        copy_id=first.copy_id,
        value=VALUES[stance],
        stance=stance,
        gloss=held[0][1].gloss,
        seen_at=first.seen_at,
        published_at=first.published_at,
        history=all(one.article.history for one, _ in held),
        article_id=first.article_id,
        articles=len(story),
    )


def _first_sight(one: TaggedArticle) -> tuple[datetime, datetime, str]:
    article = one.article
    return article.seen_at, article.published_at or article.seen_at, article.article_id
