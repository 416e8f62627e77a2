"""The store, the settings and the detectors -> a week's digest, put together up to its cut-off. Writes nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from pipeline.alert.route import every
from pipeline.around import around
from pipeline.detect.allegations import allegations
from pipeline.detect.series import balances, stories
from pipeline.detect.shifts import Around, balance_of_votes, outlooks, standing
from pipeline.detect.standings import standings
from pipeline.digest.build import Known, Past, Week, build
from pipeline.digest.contacts import Finder
from pipeline.digest.debate import TakenBack
from pipeline.digest.due import Due
from pipeline.digest.standing import Start
from pipeline.digest.statements import Story, citation
from pipeline.domain import (
    Actor,
    Citation,
    Development,
    DevelopmentKind,
    Digest,
    Link,
    LinkKind,
    Occasion,
    Reason,
    Series,
    Shift,
    Standing,
    TaggedArticle,
    Verdict,
    Voice,
)
from pipeline.poll.coverage import coverage
from pipeline.services import Services

QUARTER = timedelta(weeks=13)
"""How long alerts are followed up."""

_ALTERED = {DevelopmentKind.REMOVED: "removed", DevelopmentKind.REWRITTEN: "rewritten"}
_OVERTURNED = frozenset({DevelopmentKind.DENIED, DevelopmentKind.CORRECTED})
_LINKED = {LinkKind.DENIES: "denied", LinkKind.CORRECTS: "corrected"}
_LATE = timedelta(hours=48)


def put_together(services: Services, due: Due) -> Digest:
    """Put a week together."""
    settings, store = services.settings, services.store
    week = Week(name=due.week, since=due.since, until=due.until, zone=settings.digest.timezone)
    seen = around(services, week.until)
    tagged = [one for one in store.articles.relevant() if one.article.seen_at < week.until]
    told = standing(tagged, seen)
    shifts = [_by_then(shift, week) for shift in store.shifts.all(until=week.until)]
    states = store.entries.states()
    lasting = [each for each in seen.incidents if each.ended_at is None or each.ended_at >= week.until]
    known = Known(
        stories=stories(told),
        shifts=[shift for shift in shifts if week.holds(shift.detected_at) and not shift.history],
        standings=_standings(services, told, seen, week),
        claims=allegations([one for one in told if _new(one, week)], services.sources),
        taken_back=[*_denials(store.articles.links(), stories(tagged), week), *_overtaken(services, shifts, week)],
        starts=_starts(services),
        calendar=_near(settings.calendar, week),
        feeds=[feed.name for feed in settings.feeds],
        incidents=lasting,
        never=[f.name for f in settings.feeds if f.name not in states or states[f.name].succeeded_at is None],
        hearings=coverage(settings.feeds, services.sources, states, lasting, week.until),
        finder=Finder(settings.contacts, settings.concepts),
        past=_past(services, shifts, week),
    )
    return build(week, known)


def _standings(services: Services, told: Sequence[TaggedArticle], seen: Around, week: Week) -> list[Standing]:
    """Say where governments stand, and of which our own pipeline may explain a change."""
    wanted = services.settings.detect
    held = {one.series: one.held for one in outlooks(told, wanted, seen) if one.held}
    known = services.settings.actors.items()
    papers = {actor: [s.stance for s in one.start if s.voice is Voice.GOVERNMENT] for actor, one in known}
    starts = {actor: stances[0] for actor, stances in papers.items() if stances}
    found = standings(balances(told), week.until, starts, balance_of_votes(told, seen.confusion))
    return [replace(one, held=held.get(Series(actor=one.actor, balance=one.balance))) for one in found]


def _starts(services: Services) -> dict[tuple[Actor, Voice], list[Start]]:
    found: dict[tuple[Actor, Voice], list[Start]] = {}
    for actor, known in services.settings.actors.items():
        for start in known.start:
            words = start.words.model_dump()
            noun = Start(stance=start.stance, words=words, author=start.author.model_dump())
            found.setdefault((actor, start.voice), []).append(noun)
    return found


def _by_then(shift: Shift, week: Week) -> Shift:
    """Leave out the evidence that a shift gained after the cut-off."""
    return replace(shift, evidence=tuple(p for p in shift.evidence if p.article.seen_at < week.until))


def _new(one: TaggedArticle, week: Week) -> bool:
    """Say whether a text is the week's: an archive that was read in it is not."""
    published = one.article.published_at or one.article.seen_at
    return week.holds(one.article.seen_at) and published >= week.since - _LATE


def _near(calendar: Iterable[Occasion], week: Week) -> list[Occasion]:
    first, last = (week.until - QUARTER).date(), (week.until + timedelta(days=7)).date()
    return [each for each in calendar if first <= each.on <= last]


def _denials(links: Iterable[Link], told: Iterable[Story], week: Week) -> Iterator[TakenBack]:
    """Yield what the week's stories deny or correct."""
    by_id = {story[0].article.story_id: story for story in told}
    for link in links:
        later, earlier = by_id.get(link.story_id), by_id.get(link.other_id)
        if link.kind not in _LINKED or later is None or earlier is None:
            continue
        if week.holds(at := later[0].article.seen_at):
            cited = (_first(later), _first(earlier))
            yield TakenBack(how=_LINKED[link.kind], at=at, name=link.story_id, evidence=cited)


def _overtaken(services: Services, shifts: Sequence[Shift], week: Week) -> Iterator[TakenBack]:
    """Yield the shifts that we took back in the week, and those whose reports their outlets took down or rewrote."""
    later = services.store.matters.developments([shift.shift_id for shift in shifts])
    for shift in shifts:
        cited = tuple(citation(piece.article, piece.gloss, piece.articles) for piece in shift.evidence)
        if shift.withdrawn_at is not None and week.holds(shift.withdrawn_at):
            at = shift.withdrawn_at
            yield TakenBack(how="withdrawn", at=at, name=shift.shift_id, evidence=cited, shift=shift)
        for one in later.get(shift.shift_id, ()):
            if one.kind in _ALTERED and week.holds(one.at):
                yield TakenBack(
                    how=_ALTERED[one.kind],
                    at=one.at,
                    name=f"{shift.shift_id} {one.at.isoformat()}",
                    evidence=(*_altered(one), *cited),
                    shift=shift,
                )


def _past(services: Services, shifts: Iterable[Shift], week: Week) -> Past:
    """Gather what became of the alerts that were sent in the quarter before the cut-off."""
    routes = [route.name for route in every(services.settings.routes)]
    said = services.store.outbox.answered(routes, {Reason.FIRST}, week.until - QUARTER, week.until)
    known = {shift.shift_id: shift for shift in shifts}
    alerted = [name for name in dict.fromkeys(name for name, _ in said) if name in known]
    later = services.store.matters.developments(alerted)
    denied = [name for name in alerted if any(one.kind in _OVERTURNED for one in later.get(name, ()))]
    return Past(alerted=[known[name] for name in alerted], overturned=denied, verdicts=_verdicts(services, week))


def _verdicts(services: Services, week: Week) -> dict[str, bool]:
    """Say of every shift that people looked at whether they found it right: one word against it is enough."""
    right = dict[str, bool]()
    for one in services.store.corrections.verdicts(week.until - QUARTER):
        right[one.shift_id] = right.get(one.shift_id, True) and one.verdict is Verdict.TAKEN
    return right


def _first(story: Story) -> Citation:
    one = story[0]
    gloss = one.tag.positions[0].gloss if one.tag.positions else None
    return citation(one.article, gloss, len(story))


def _altered(one: Development) -> Iterator[Citation]:
    if one.article is not None:
        yield citation(one.article, None, 1)
