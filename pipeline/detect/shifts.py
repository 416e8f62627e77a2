"""
All that is tagged, and what is known of the watching -> every shift, reported or of a series. Pure.

The whole of the detection in one function: a replay calls it with other settings, tags or an earlier ``tagged``.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence, Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.detect.changes import Watched
from pipeline.detect.correct import Correction, balance, correction
from pipeline.detect.held import outages
from pipeline.detect.moved import moved, outlook, watch
from pipeline.detect.reported import reported
from pipeline.detect.series import Vote, balances
from pipeline.domain import (
    Act,
    Actor,
    Confusion,
    Feed,
    Incident,
    Link,
    LinkKind,
    Outlook,
    ReportedShift,
    Series,
    Shift,
    Source,
    TaggedArticle,
)
from pipeline.shapes import DetectSettings

ECHO = timedelta(hours=12)
"""So long outlets go on to print what was denied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the stories are seen against: outlets by name, feeds and their faults, denials, the model's errors."""

    sources: Mapping[str, Source]
    feeds: Sequence[Feed] = ()
    incidents: Sequence[Incident] = ()
    taken_back: AbstractSet[str] = frozenset()
    confusion: Confusion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Every shift, those held, too, in order of detection; and what it was found in."""

    shifts: list[Shift]
    told: Sequence[TaggedArticle]
    votes: Mapping[Series, Sequence[Vote]]
    watched: Mapping[Series, Watched]


def find(tagged: Sequence[TaggedArticle], wanted: DetectSettings, around: Around) -> Found:
    """Look at everything."""
    told = standing(tagged, around)
    votes = balances(told)
    claims = reported(told, around.sources, matter_hours=wanted.matter_hours, votes=votes)
    articles, watched = {one.article.article_id: one for one in told}, _watched(votes, wanted, around)
    series = moved(watched, articles, wanted, _correction(told, around.confusion))
    every = sorted([*claims, *series], key=lambda shift: (shift.detected_at, shift.shift_id))
    return Found(shifts=every, told=told, votes=votes, watched=watched)


def shifts(tagged: Sequence[TaggedArticle], wanted: DetectSettings, around: Around) -> list[Shift]:
    """Return every shift, in order of detection: those held, too."""
    return find(tagged, wanted, around).shifts


def outlooks(tagged: Sequence[TaggedArticle], wanted: DetectSettings, around: Around) -> list[Outlook]:
    """Say where every series stands, since when, and whether there is enough to tell."""
    told = standing(tagged, around)
    return outlook(_watched(balances(told), wanted, around), _correction(told, around.confusion))


def taken_back(links: Iterable[Link]) -> frozenset[str]:
    """Name the stories that were denied by whom they are about, or corrected by their own outlet."""
    return frozenset(link.other_id for link in links if link.kind in {LinkKind.DENIES, LinkKind.CORRECTS})


def balance_of_votes(
    tagged: Sequence[TaggedArticle], confusion: Confusion | None
) -> Callable[[Sequence[Vote]], float | None]:
    """Return what makes votes a balance: without the model's errors, where they are known."""
    known = _correction(tagged, confusion)
    return lambda votes: balance(votes, known)


def standing(tagged: Iterable[TaggedArticle], around: Around) -> list[TaggedArticle]:
    """Leave out what was denied or corrected, in a story of its own or in the one that it is about."""
    told = [one for one in tagged if one.article.story_id not in around.taken_back]
    said = denials(told)
    echoes = {
        (article.story_id, name)
        for article in (one.article for one in told if _before(one, said))
        for name in (article.origin, article.copy_id)
    }
    return [one for one in told if not (_before(one, said) or _echo(one, said, echoes))]


def denials(tagged: Iterable[TaggedArticle]) -> dict[tuple[str, Actor], datetime]:
    """Return when an actor first denied what a story tells of it, where the same story tells that."""
    found: dict[tuple[str, Actor], datetime] = {}
    for one in tagged:
        for position in one.tag.positions:
            if position.official and position.act is Act.DENIED:
                of = one.article.story_id, position.actor
                found[of] = min(found.get(of, _at(one)), _at(one))
    return found


def _before(one: TaggedArticle, said: Mapping[tuple[str, Actor], datetime]) -> bool:
    """Say whether an article reports a change that was denied afterwards."""
    return any(_at(one) <= denied for denied in _denied(one, said))


def _echo(one: TaggedArticle, said: Mapping[tuple[str, Actor], datetime], echoes: Container[tuple[str, str]]) -> bool:
    """Say whether an article still tells what was denied: soon after, on the word of an outlet that told it before."""
    article = one.article
    again = (article.story_id, article.origin) in echoes or (article.story_id, article.copy_id) in echoes
    return again and any(_at(one) <= denied + ECHO for denied in _denied(one, said))


def _denied(one: TaggedArticle, said: Mapping[tuple[str, Actor], datetime]) -> list[datetime]:
    changes = (p for p in one.tag.positions if p.reported_shift is not ReportedShift.NONE and p.act is not Act.DENIED)
    at = (said.get((one.article.story_id, position.actor)) for position in changes)
    return [denied for denied in at if denied is not None]


def _at(one: TaggedArticle) -> datetime:
    return one.article.published_at or one.article.seen_at


def _watched(votes: Mapping[Series, Sequence[Vote]], wanted: DetectSettings, around: Around) -> dict[Series, Watched]:
    out = outages(around.incidents, around.feeds, around.sources)
    return watch(votes, wanted, around.sources, out)


def _correction(told: Sequence[TaggedArticle], known: Confusion | None) -> Correction | None:
    """Correct only what the model tagged whose errors were measured."""
    return correction(known) if known and all(one.tag.model == known.model for one in told) else None
