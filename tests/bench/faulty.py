"""
Eleven faults of a pipeline: what its store would hold at a look, and which incidents it would know of.

Seven are the ones that any such pipeline meets; a translated clone of an outlet, an outlet's campaign, old news
brought again and edits that change the tags of old stories are our own choice.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.domain import Actor, IncidentKind, Stance
from tests.bench.invented import FROM, OUTLETS, PACES, TRACKS, VALUES, Telling, stance_of

Tellings = Sequence[Telling]
NOTICED_DAYS = 2.0
"""How long a feed is silent before it is called so."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """An incident of an outlet's feed, in days."""

    outlet: str
    kind: IncidentKind
    since: float
    until: float | None


@dataclass(frozen=True, slots=True)
class Spoiled:
    """What the store holds at a look."""

    tellings: Tellings
    incidents: Sequence[Trouble] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """
    A fault that lasts ``days``; ``_make`` spoils a world that is told whole, as it is at a look.

    What ``stays`` when it has ended is no fault: a new model's tags. A world without the fault has it all along.
    """

    days: float
    _make: Callable[[Tellings, np.random.Generator, float, float], Spoiled]
    stays: bool = False

    def spoil(self, tellings: Tellings, seed: int, look: float) -> Spoiled:
        """Return what is there at a look; the same seed spoils in the same way at every look."""
        spoiled = self._make(tellings, np.random.default_rng([62, seed]), FROM + self.days, look)
        seen = sorted((one for one in spoiled.tellings if one.there <= look), key=lambda one: one.seen)
        return Spoiled(seen, [each for each in spoiled.incidents if each.since <= look])

    def undisturbed(self, tellings: Tellings, seed: int) -> Tellings:
        """Return the world as it would be without the fault, with what stays of it."""
        return self.spoil(tellings, seed, math.inf).tellings if self.stays else tellings


def _silent(tellings: Tellings, outlets: frozenset[str], until: float, look: float, numbers: object) -> Spoiled:
    """Leave out what some outlets publish; when they are back, their feeds still hold a part of it, as history."""
    kept = []
    for one in tellings:
        if one.outlet not in outlets or not FROM <= one.seen < until:
            kept.append(one)
        elif numbers is not None and numbers.random() < _HELD:  # type: ignore[attr-defined]
            kept.append(replace(one, seen=until + 0.01, history=True))
    ended = until if look > until else None
    return Spoiled(kept, [Trouble(name, IncidentKind.SILENT, FROM + NOTICED_DAYS, ended) for name in sorted(outlets)])


_HELD = 0.5


def _third_silent(tellings: Tellings, numbers: np.random.Generator, until: float, look: float) -> Spoiled:
    names = frozenset(numbers.choice([o.name for o in OUTLETS], size=len(OUTLETS) // 3, replace=False).tolist())
    return _silent(tellings, names, until, look, numbers)


def _korean_stop(tellings: Tellings, _: np.random.Generator, until: float, look: float) -> Spoiled:
    return _silent(tellings, frozenset(o.name for o in OUTLETS if o.lang == "ko"), until, look, None)


def _tenfold(tellings: Tellings, numbers: np.random.Generator, until: float, _: float) -> Spoiled:
    outlet = OUTLETS[numbers.integers(len(OUTLETS))]
    more = [
        _own(f"more-{actor}-{n}", actor, outlet.name, day, stance_of(numbers.random(), outlet.lean, 0.0), numbers)
        for actor, pace in PACES.items()
        for n, day in enumerate(_spread(numbers, 9 * outlet.share * pace, until))
    ]
    return Spoiled([*tellings, *more])


def _swapped(tellings: Tellings, numbers: np.random.Generator, until: float, look: float) -> Spoiled:
    """Tag what is new with another model, which leans; in the end all that there is."""
    step, since = (1 if numbers.random() < 0.5 else -1), -1.0 if look > until else FROM
    errs = numbers.random(len(tellings)) < 0.2
    return Spoiled(
        [
            replace(one, model="model-2", stance=_stepped(one.stance, step * bool(err))) if one.seen >= since else one
            for one, err in zip(tellings, errs, strict=True)
        ]
    )


def _stepped(stance: Stance, step: int) -> Stance:
    return VALUES[min(max(VALUES.index(stance) + step, 0), 2)]


def _doubled(tellings: Tellings, numbers: np.random.Generator, until: float, _: float) -> Spoiled:
    """Read one outlet's feed a second time under another name, unmatched."""
    outlet = OUTLETS[numbers.choice([0, 4, 9, 12])].name
    return Spoiled([*tellings, *_again(tellings, outlet, f"{outlet} (2)", until, 0.01, same_title=True)])


def _clone(tellings: Tellings, numbers: np.random.Generator, until: float, _: float) -> Spoiled:
    """Let a new outlet translate another's stories, unmatched."""
    outlet = OUTLETS[numbers.choice([0, 1, 9, 12])].name
    return Spoiled([*tellings, *_again(tellings, outlet, "Translated Daily", until, 0.08, same_title=False)])


def _again(tellings: Tellings, outlet: str, name: str, until: float, later: float, *, same_title: bool) -> Tellings:
    return [
        replace(
            one,
            story=f"{name}-{one.story}",
            outlet=name,
            lang=one.lang if same_title else "en",
            published=one.published if same_title else one.published + later,
            seen=one.seen + later,
            title=one.title if same_title else f"{one.title}, translated",
        )
        for one in tellings
        if one.outlet == outlet and FROM <= one.seen < until
    ]


def _clock(tellings: Tellings, numbers: np.random.Generator, until: float, _: float) -> Spoiled:
    """Have our own clock go wrong by more than a day, and right again."""
    jump = float(numbers.choice([-1.5, 1.25, 5.0]))
    return Spoiled(
        [replace(one, seen=one.seen + jump, clock_off=jump) if FROM <= one.seen < until else one for one in tellings]
    )


def _backfilled(tellings: Tellings, numbers: np.random.Generator, _: float, __: float) -> Spoiled:
    """Read a month of an archive that leans, at one moment; every other archive gives no dates."""
    dated, lean = bool(numbers.random() < 0.5), float(numbers.choice([-0.5, 0.4]))
    days = np.sort(FROM - 30 * numbers.random(60))
    stories = [
        _own(f"archive-{n}", Actor.KR, "Open Archive", day, stance_of(numbers.random(), lean, 0.0), numbers)
        for n, day in enumerate(days.tolist())
    ]
    return Spoiled([*tellings, *(replace(one, seen=FROM + 0.02, dated=dated) for one in stories)])


def _campaign(tellings: Tellings, numbers: np.random.Generator, until: float, _: float) -> Spoiled:
    """Let one outlet write against the government's own words, three times as much as usual."""
    outlet = OUTLETS[numbers.choice([0, 1, 4, 9])]
    days = _spread(numbers, 3 * outlet.share * PACES[Actor.KR], until)
    more = [_own(f"campaign-{n}", Actor.KR, outlet.name, day, Stance.OPPOSING, numbers) for n, day in enumerate(days)]
    return Spoiled([*tellings, *more])


def _old_news(tellings: Tellings, numbers: np.random.Generator, until: float, _: float) -> Spoiled:
    """Let an aggregator bring one side's stories of months ago again, dated today."""
    side = Stance.SUPPORTIVE if numbers.random() < 0.5 else Stance.OPPOSING
    old = [one for one in tellings if one.seen < FROM - 20 and one.stance is side and one.actor is Actor.KR]
    days = _spread(numbers, 14.0, until)
    some = numbers.choice(len(old), size=min(len(days), len(old)), replace=False)
    again = [
        replace(old[n], story=f"again-{old[n].story}-{n}", outlet="Portal", published=day, seen=day, title=f"again {n}")
        for n, day in zip(some.tolist(), days, strict=False)
    ]
    return Spoiled([*tellings, *again])


def _edited(tellings: Tellings, numbers: np.random.Generator, _: float, look: float) -> Spoiled:
    """Cut a third of three weeks' texts short, so that they are tagged anew as hedging."""
    struck = numbers.random(len(tellings)) < 1 / 3
    cut = [
        replace(one, stance=Stance.HEDGING) if hit and FROM - 21 <= one.seen < FROM and look >= FROM else one
        for one, hit in zip(tellings, struck, strict=True)
    ]
    return Spoiled(cut)


def _own(name: str, actor: Actor, outlet: str, day: float, stance: Stance, numbers: np.random.Generator) -> Telling:
    lang = next((o.lang for o in OUTLETS if o.name == outlet), "en")
    return Telling(
        story=name,
        actor=actor,
        outlet=outlet,
        lang=lang,
        published=float(day),
        seen=float(day) + 0.01,
        stance=stance,
        track=TRACKS[numbers.integers(len(TRACKS))],
        title=f"headline of {name}",
    )


def _spread(numbers: np.random.Generator, per_week: float, until: float) -> list[float]:
    number = max(round(per_week * (until - FROM) / 7), 1)
    return np.sort(FROM + (until - FROM) * numbers.random(number)).tolist()


FAULTS = {
    "a third of the feeds silent for a week": Fault(7.0, _third_silent),
    "one outlet tenfold": Fault(7.0, _tenfold),
    "Korean feeds stop": Fault(21.0, _korean_stop),
    "the model is swapped": Fault(7.0, _swapped, stays=True),
    "a feed duplicated": Fault(14.0, _doubled),
    "the clock jumps": Fault(4.0, _clock),
    "a month back-filled": Fault(3.0, _backfilled),
    "a translated clone": Fault(21.0, _clone),
    "an outlet's campaign": Fault(14.0, _campaign),
    "old news again": Fault(10.0, _old_news),
    "edits of old stories": Fault(3.0, _edited),
}
