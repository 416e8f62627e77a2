"""
The pipeline's own faults in invented worlds: none may become an alarm about the world, none may hide a true shift.

A world is ten weeks of tagged stories of three governments in fifteen outlets that lean each its own way, then a
fault. At some looks the whole detection reads what the store would hold then, and `decide` says what it would send.
Every fault meets every seed twice: in a world where nothing moves, and in one where Seoul's balance falls by 0.4
during the fault. The same world without the fault says what chance alone raises, and how long the shift takes.
"""

import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from statistics import median

from pipeline.alert.decide import decide
from pipeline.detect.settle import anew
from pipeline.detect.shifts import Around, shifts
from pipeline.domain import (
    Actor,
    Balance,
    Feed,
    FeedKind,
    Incident,
    Owner,
    ReportedShift,
    Route,
    Shift,
    ShiftKind,
    Source,
    TaggedArticle,
    Terms,
    Track,
    Voice,
)
from pipeline.shapes import DetectSettings
from tests.bench.faulty import FAULTS, Fault, Spoiled, Tellings
from tests.bench.figures import Figures, table
from tests.bench.invented import FROM, OUTLETS, Telling, told
from tests.factories import article, position, tag

SEEDS = 20
SIZE = 0.4
STARTS = FROM + 2.0
"""The day on which Seoul's balance falls, while every fault still lasts."""
LONGEST = 70.0
"""Days in which a shift has to be found in a world without a fault, for that world to count."""
LATE = 1.5

_START = datetime(2026, 1, 5, tzinfo=UTC)
_LOOKS = 1.0, 3.0
_LATER = 0.1, 7.0, 21.0
_ROUTES = (Route(name="all", channel="#all"),)
_SOURCES = {o.name: Source(name=o.name, owner=Owner.PRIVATE, country=o.country, tier=2) for o in OUTLETS}
_FEEDS = tuple(
    Feed(
        name=f"feed of {o.name}",
        url="https://feed.example/",
        source=o.name,
        country=o.country,
        kind=FeedKind.DAILY,
        terms=Terms.OPEN,
        timezone="UTC",
    )
    for o in OUTLETS
)
_SEOUL = Actor.KR, Voice.GOVERNMENT, Balance.SUPPORT, None
_About = tuple[Actor, Voice, Balance | None, Track | None, ReportedShift]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What became of one fault in one seed's two worlds; ``late`` None: no shift to be found without a fault.

    ``quietened``: chance raised an alarm in the world without the fault, and not in that with it. A fault that only
    changes the dice does that as often as it alarms.
    """

    fault: str
    seed: int
    alarmed: bool
    by_chance: int
    quietened: bool
    late: bool | None
    undisturbed_days: float | None = None
    raised_days: float | None = None
    what: tuple[str, ...] = field(default=())


def measure(seeds: int = SEEDS) -> Figures:
    """Run every fault with every seed, in two processes."""
    with ProcessPoolExecutor(2) as pool:
        found = [each for seed in pool.map(_of_seed, range(seeds)) for each in seed]
    rows = [_row(name, [each for each in found if each.fault == name]) for name in FAULTS]
    return {
        "faults_that_alarmed": sum(row["alarmed"] > 0 for row in rows),
        "shifts_lost_to_holds": sum(row["lost"] for row in rows),
        "fault_worlds_that_alarmed": _share(sum(row["alarmed"] for row in rows), len(found)),
        "fault_worlds_quietened": _share(sum(row["quietened"] for row in rows), len(found)),
        "fault_worlds_that_lost_the_shift": _share(
            sum(row["lost"] for row in rows), sum(each.late is not None for each in found)
        ),
        "faults": rows,
    }


def show(figures: Figures) -> str:
    """Lay the figures out."""
    columns = [
        "fault",
        "worlds",
        "alarmed",
        "quietened",
        "by_chance",
        "shifts",
        "lost",
        "undisturbed_days",
        "raised_days",
        "what",
    ]
    rest = "\n".join(f"{name}: {value}" for name, value in figures.items() if name != "faults")
    return f"{table(columns, figures['faults'])}\n\n{rest}"


def _of_seed(seed: int) -> list[Outcome]:
    return [outcome(name, seed) for name in FAULTS]


def outcome(name: str, seed: int) -> Outcome:
    """Run one fault in the two worlds of one seed."""
    fault = FAULTS[name]
    still, moving = _told(seed)
    undisturbed, alone = _alone(seed, name if fault.stays else None)
    said = _said(still, fault, seed, [*(FROM + look for look in _LOOKS), *(_end(fault) + look for look in _LATER)])
    raised = {_about(shift) for shift in said if shift.kind is ShiftKind.SERIES}
    late, on = None, None
    if undisturbed is not None:
        bound = _end(fault) + LATE * (undisturbed - STARTS)
        on = _raised_on(_said(moving, fault, seed, [_end(fault), bound]))
        late = on is None or on > bound
    return Outcome(
        fault=name,
        seed=seed,
        alarmed=bool(raised - {_about(shift) for shift in alone}),
        by_chance=len(alone),
        quietened=any(_day(shift) <= _end(fault) + _LATER[-1] and _about(shift) not in raised for shift in alone),
        late=late,
        undisturbed_days=undisturbed and undisturbed - STARTS,
        raised_days=on and on - STARTS,
        what=tuple(sorted({_short(about) for about in raised})),
    )


@lru_cache(maxsize=1)
def _told(seed: int) -> tuple[Tellings, Tellings]:
    """Return a seed's two worlds: nothing moves, and Seoul's balance falls."""
    return told(seed), told(seed, (STARTS, -SIZE))


@lru_cache(maxsize=2)
def _alone(seed: int, stays: str | None) -> tuple[float | None, list[Shift]]:
    """
    Return when the shift is raised without a fault, and what chance raises; with what ``stays`` of a fault.

    Chance is watched three weeks longer than any fault: it may be hastened by one. A world that chance has had raise
    an alarm on Seoul's balance before the shift is none to find the shift in.
    """
    still, moving = (FAULTS[stays].undisturbed(world, seed) if stays else world for world in _told(seed))
    longest = FROM + max(fault.days for fault in FAULTS.values()) + 2 * _LATER[-1]
    before = every_shift(Spoiled([one for one in moving if one.seen <= STARTS]))
    known = any(_about(shift)[:4] == _SEOUL for shift in before)
    undisturbed = None if known else _raised_on(_twin(moving, STARTS + LONGEST))
    return undisturbed, _twin(still, longest)


def _end(fault: Fault) -> float:
    return FROM + fault.days


def _twin(tellings: Tellings, until: float) -> list[Shift]:
    """Return what a world without a fault raises from the day on which the fault would have begun."""
    every = every_shift(Spoiled([one for one in tellings if one.seen <= until]))
    return [shift for shift in every if _day(shift) >= FROM and _to_say(shift)]


def _said(tellings: Tellings, fault: Fault, seed: int, looks: Iterable[float]) -> list[Shift]:
    """
    Look again and again, less often than the DAG does; return what was said from the fault's beginning on.

    What became known between two looks would have been said at once; what the past holds anew, after the first.
    """
    known, said, decided, last = dict[str, Shift](), list[Shift](), set[tuple[str, str]](), _at(FROM)
    for shift in _twin_before(tellings):
        known[shift.shift_id] = shift
        decided.add((shift.shift_id, _ROUTES[0].name))
    for look in looks:
        every = every_shift(fault.spoil(tellings, seed, look))
        for shift in anew(every, known.values()):
            known[shift.shift_id] = shift
            for answer in decide([shift], _ROUTES, decided, max(shift.detected_at, last)):
                if answer.send:
                    decided.add((shift.shift_id, answer.route))
                    said.append(shift)
        last = _at(look)
    return said


def _twin_before(tellings: Tellings) -> list[Shift]:
    """Return what had been found when the fault began: it is not said again."""
    return every_shift(Spoiled([one for one in tellings if one.seen <= FROM]))


def every_shift(spoiled: Spoiled) -> list[Shift]:
    """Run the whole detection on what the store holds."""
    incidents = [
        Incident(
            feed=f"feed of {each.outlet}",
            kind=each.kind,
            started_at=_at(each.since),
            ended_at=None if each.until is None else _at(each.until),
        )
        for each in spoiled.incidents
    ]
    around = Around(sources=_SOURCES, feeds=_FEEDS, incidents=incidents)
    return shifts([_tagged(one) for one in spoiled.tellings], DetectSettings(), around)


def _to_say(shift: Shift) -> bool:
    return any(answer.send for answer in decide([shift], _ROUTES, frozenset(), shift.detected_at))


def _raised_on(said: Iterable[Shift]) -> float | None:
    """Return the day on which Seoul's fall was raised."""
    return min((_day(shift) for shift in said if _about(shift) == (*_SEOUL, ReportedShift.AWAY)), default=None)


@lru_cache(maxsize=20_000)
def _tagged(one: Telling) -> TaggedArticle:
    name = hashlib.sha256(f"{one.story}\0{one.outlet}".encode()).hexdigest()[:16]
    return TaggedArticle(
        article=article(
            article_id=name,
            copy_id=f"copy {one.story}",
            story_id=f"story {one.story}",
            source=one.outlet,
            origin=one.outlet,
            lang=one.lang,
            title=one.title,
            published_at=_at(one.published) if one.dated else None,
            seen_at=_at(one.seen),
            history=one.history,
        ),
        tag=tag(
            positions=(position(actor=one.actor, stance=one.stance, reported_shift=ReportedShift.NONE),),
            tracks=(one.track,),
            model=one.model,
        ),
    )


def _at(day: float) -> datetime:
    return _START + timedelta(days=day)


def _day(shift: Shift) -> float:
    return (shift.detected_at - _START) / timedelta(days=1)


def _about(shift: Shift) -> _About:
    return shift.actor, shift.voice, shift.balance, shift.track, shift.direction


def _short(about: _About) -> str:
    actor, _, balance, track, direction = about
    return f"{actor} {track or balance} {direction}"


def _row(name: str, found: Sequence[Outcome]) -> Figures:
    known = [each for each in found if each.late is not None]
    return {
        "fault": name,
        "worlds": len(found),
        "alarmed": sum(each.alarmed for each in found),
        "by_chance": sum(each.by_chance for each in found),
        "quietened": sum(each.quietened for each in found),
        "shifts": len(known),
        "lost": sum(each.late is True for each in known),
        "undisturbed_days": _median([each.undisturbed_days for each in known]),
        "raised_days": _median([each.raised_days for each in known]),
        "what": "; ".join(sorted({what for each in found if each.alarmed for what in each.what})),
        "seeds_alarmed": [each.seed for each in found if each.alarmed],
        "seeds_lost": [each.seed for each in found if each.late],
    }


def _median(days: Iterable[float | None]) -> float | None:
    known = [each for each in days if each is not None]
    return round(median(known), 1) if known else None


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
