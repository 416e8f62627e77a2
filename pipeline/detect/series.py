"""
Tagged articles -> the votes of every series, in order of first sight. Pure.

The one place where labels become numbers: supportive +1, hedging 0, opposing -1; neutral and unsure cast no
vote. A story is one vote, however many outlets printed it. Each voice of an actor votes in a series of its own, so
that a party, a firm or a parliament never moves its government; a claim that rests on another party's word never votes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.domain import (
    Actor,
    Article,
    Balance,
    Gloss,
    Position,
    Series,
    Stance,
    TaggedArticle,
    Track,
    Voice,
)

VALUES: Mapping[Stance, float] = {Stance.SUPPORTIVE: 1.0, Stance.HEDGING: 0.0, Stance.OPPOSING: -1.0}

FEW = 3
"""Fewer votes than this say nothing of where an actor stands."""

LATE = timedelta(hours=48)
"""What was published so long before it was seen, or after, counts when it was published, as history."""

RUSSIA_TRACKS = frozenset({Track.SANCTIONS, Track.RUSSIA_TIES, Track.DPRK_RUSSIA})
"""Tracks whose stories speak of pressure on, or ties with, Russia; all other stories speak of support."""

_WEEKS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """
    One story's say in one series. ``copy_id`` names it: stories merge and split.

    ``at`` is when it counts: at first sight, and what is history when it was published.
    """

    copy_id: str
    value: float
    stance: Stance
    gloss: Gloss | None
    at: datetime
    seen_at: datetime
    published_at: datetime | None
    history: bool
    article_id: str
    articles: int
    title: str
    outlet: str
    lang: str
    model: str

    @property
    def day(self) -> float:
        """The clock of the detectors, in days."""
        return self.at.timestamp() / 86_400


def all_series() -> Iterator[Series]:
    """Name every series that there can be: each voice's two balances, and a government's tracks."""
    for actor in Actor:
        for voice in Voice:
            for balance in Balance:
                yield Series(actor=actor, voice=voice, balance=balance)
        for track in Track:
            yield Series(actor=actor, balance=balance_of(track), track=track)


def balance_of(track: Track) -> Balance:
    """Return the balance on which a track's stories vote."""
    return Balance.RUSSIA if track in RUSSIA_TRACKS else Balance.SUPPORT


def stories(tagged: Iterable[TaggedArticle]) -> list[list[TaggedArticle]]:
    """Group tagged articles by story, in order of first sight, the first article of each in front."""
    by_story: dict[str, list[TaggedArticle]] = {}
    for one in sorted(tagged, key=_first_sight):
        by_story.setdefault(one.article.story_id, []).append(one)
    return list(by_story.values())


def balances(tagged: Iterable[TaggedArticle]) -> dict[Series, list[Vote]]:
    """Return the votes of every series, in the order in which they count; of a track, `opened` says which to watch."""
    found: dict[Series, list[Vote]] = {series: [] for series in all_series()}
    for story in stories(tagged):
        tracks = {track for one in story for track in one.tag.tracks}
        for (actor, voice), held in _held(story).items():
            vote = _vote(story, held)
            if vote is not None:
                for series in _speaks_of(actor, voice, tracks):
                    found[series].append(vote)
    # a copy may be the first of its story to name a position: what was found in a series must not move for it
    return {name: sorted(votes, key=_in_order) for name, votes in found.items()}


def opened(votes: Sequence[Vote], stories_per_week: float) -> Sequence[Vote]:
    """Return a series from the four weeks on in which it first had so many stories a week; empty until then."""
    first = opening([vote.at for vote in votes], stories_per_week)
    return () if first is None else votes[first:]


def opening(times: Sequence[datetime], stories_per_week: float) -> int | None:
    """Return the place in the times of a series' stories from which on it is watched; None: not yet."""
    wanted, month = stories_to_open(stories_per_week), timedelta(weeks=_WEEKS)
    later = zip(times, times[wanted - 1 :], strict=False)
    return next((place for place, (first, last) in enumerate(later) if last - first <= month), None)


def stories_to_open(stories_per_week: float) -> int:
    """Return how many stories within four weeks open a series."""
    return max(round(_WEEKS * stories_per_week), 1)


def mean(votes: Sequence[Vote]) -> float | None:
    """Return the balance of some votes, in [-1, 1]; None for none."""
    return sum(vote.value for vote in votes) / len(votes) if votes else None


def _speaks_of(actor: Actor, voice: Voice, tracks: AbstractSet[Track]) -> Iterator[Series]:
    for balance in {balance_of(track) for track in tracks} or {Balance.SUPPORT}:
        yield Series(actor=actor, voice=voice, balance=balance)
    for track in tracks if voice is Voice.GOVERNMENT else ():
        yield Series(actor=actor, balance=balance_of(track), track=track)


_Held = list[tuple[TaggedArticle, Position]]


def _held(story: Sequence[TaggedArticle]) -> dict[tuple[Actor, Voice], _Held]:
    """Gather what a story's articles say of each voice, where it is its own and clear."""
    found: dict[tuple[Actor, Voice], _Held] = {}
    for one in story:
        for position in one.tag.positions:
            if not position.allegation and not position.unsure:
                found.setdefault((position.actor, position.voice), []).append((one, position))
    return found


def _vote(story: Sequence[TaggedArticle], held: _Held) -> Vote | None:
    """Average a story's distributions for one voice, and let the likeliest stance vote."""
    weight = {stance: sum(p.stance_probabilities.get(stance, 0.0) for _, p in held) for stance in Stance}
    stance = max(Stance, key=lambda s: weight[s])
    if stance not in VALUES:
        return None
    first = held[0][0].article
    counts_late = first.history or _late(first)
    return Vote(
        copy_id=first.copy_id,
        value=VALUES[stance],
        stance=stance,
        gloss=held[0][1].gloss,
        at=first.published_at if first.published_at and counts_late else first.seen_at,
        seen_at=first.seen_at,
        published_at=first.published_at,
        history=all(one.article.history or _late(one.article) for one, _ in held),
        article_id=first.article_id,
        articles=len(story),
        title=first.title,
        outlet=first.origin or first.source,
        lang=first.lang,
        model=held[0][0].tag.model,
    )


def _late(article: Article) -> bool:
    return article.published_at is not None and abs(article.seen_at - article.published_at) > LATE


def _first_sight(one: TaggedArticle) -> tuple[datetime, datetime, str]:
    article = one.article
    return article.seen_at, article.published_at or article.seen_at, article.article_id


def _in_order(vote: Vote) -> tuple[datetime, datetime, str]:
    return vote.at, vote.published_at or vote.seen_at, vote.article_id
