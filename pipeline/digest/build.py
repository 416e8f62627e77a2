"""
All that is known of a week -> its digest. Pure.

Whatever a number counts stands in the evidence of its item; nothing later than the cut-off is in it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.digest import contacts as had, debate as said, matrix as current, watching as watched
from pipeline.digest.shifted import Verdicts, sentence, shifted
from pipeline.digest.standing import Start, calendar, standing
from pipeline.digest.statements import Story, citation, statements
from pipeline.digest.steps import steps
from pipeline.domain import (
    Actor,
    Allegation,
    Citation,
    Digest,
    Hearing,
    Incident,
    Item,
    Occasion,
    Section,
    Shift,
    Standing,
    Voice,
)

_LATE = timedelta(hours=48)
"""What was published longer before a week is none of its news, though it was read in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A week's ISO name, when it began, its cut-off, and the time zone of its dates."""

    name: str
    since: datetime
    until: datetime
    zone: str

    def holds(self, at: datetime) -> bool:
        """Say whether something belongs to it."""
        return self.since <= at < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The last quarter's alerts: the shifts that were said, ids of those denied or corrected, analysts' verdicts."""

    alerted: Sequence[Shift] = ()
    overturned: Collection[str] = ()
    verdicts: Verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """
    What a digest is made of.

    ``stories`` are those first seen before the cut-off, without what was taken back; ``shifts``, ``claims`` and
    ``taken_back`` are the week's; ``incidents`` lasted at the cut-off; feeds of ``never`` were never read.
    """

    stories: Sequence[Story]
    shifts: Sequence[Shift]
    standings: Sequence[Standing]
    claims: Sequence[Allegation]
    taken_back: Sequence[said.TakenBack]
    starts: Mapping[tuple[Actor, Voice], Sequence[Start]]
    calendar: Sequence[Occasion]
    feeds: Sequence[str]
    incidents: Sequence[Incident]
    never: Collection[str]
    hearings: Sequence[Hearing]
    finder: had.Finder
    past: Past


def build(week: Week, known: Known) -> Digest:
    """Put a week together, section by section."""
    told = statements(known.stories)
    since = min((story[0].article.seen_at for story in known.stories), default=week.since)
    ours = [one for one in told if week.holds(one.seen_at) and one.at >= week.since - _LATE]
    matrix, cells = current.matrix(
        current.Seen(
            statements=told,
            hearings=known.hearings,
            starts={row: some[0].stance for row, some in known.starts.items()},
            watched_since=since,
            until=week.until,
            zone=week.zone,
        )
    )
    governments = {actor: some for (actor, voice), some in known.starts.items() if voice is Voice.GOVERNMENT}
    items = [
        sentence(known.shifts, ours, week.zone),
        *shifted(known.shifts, known.past.alerted, known.past.verdicts, week.zone),
        *cells,
        *standing(known.standings, governments, _official(known.stories), week.zone),
        *calendar(known.calendar, week.until, week.zone),
        *steps(told, week.until, week.zone),
        *had.contacts(known.stories, known.finder, _span(week, known, since)),
        *said.debate(ours, week.zone),
        *said.allegations(known.claims, week.zone),
        *said.taken_back(known.taken_back, week.zone),
        *watched.watching(known.feeds, known.incidents, known.never, known.hearings, week.zone),
        watched.record(known.past.alerted, known.past.overturned, known.past.verdicts, week.zone),
    ]
    return Digest(
        week=week.name,
        since=week.since,
        until=week.until,
        items=tuple(_ordered(items)),
        matrix=matrix,
        standings=tuple(known.standings),
        calendar=tuple(known.calendar),
    )


def _span(week: Week, known: Known, since: datetime) -> had.Span:
    """Say what a missing contact means: nothing where its government is only searched for."""
    heard = (h for h in known.hearings if h.voice is Voice.GOVERNMENT and h.coverage in current.UNWATCHED)
    return had.Span(since=since, until=week.until, zone=week.zone, unheard=frozenset(h.actor for h in heard))


def _official(stories: Iterable[Story]) -> dict[tuple[Actor, str], Citation]:
    """Return every text that says where a government itself stands, by actor and article."""
    return {
        (position.actor, one.article.article_id): citation(one.article, position.gloss, len(story))
        for story in stories
        for one in story
        for position in one.tag.positions
        if position.official
    }


def _ordered(items: Iterable[Item]) -> list[Item]:
    order = list(Section)
    return sorted(items, key=lambda item: order.index(item.section))
