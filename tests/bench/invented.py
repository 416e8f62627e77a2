"""Invented worlds for `faults`: stories of three governments, each told by some of fifteen outlets; no text is real."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from pipeline.domain import Actor, Stance, Track
from tests.bench.streams import BUSY, COMMON, moved

FROM = 70.0
"""The day on which a fault begins: ten weeks of baseline before."""
UNTIL = 230.0
VALUES = (Stance.OPPOSING, Stance.HEDGING, Stance.SUPPORTIVE)
TRACKS = (Track.AID, Track.RECONSTRUCTION, Track.NATO_EU, Track.DIALOGUE)
PACES = {Actor.KR: 14.0, Actor.JP: 8.0, Actor.TW: 6.0}
"""Stories a week."""

_COPIES = 0.8
_HOURS = 1 / 24


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet: its share of all stories, and how far its choice of them leans."""

    name: str
    lang: str
    country: str
    share: float
    lean: float


OUTLETS = (
    Outlet("Namsan Wire", "ko", "KR", 0.12, -0.10),
    Outlet("Gwangjang Daily", "ko", "KR", 0.08, -0.25),
    Outlet("Hanok Post", "ko", "KR", 0.06, 0.05),
    Outlet("Bukchon Times", "ko", "KR", 0.04, -0.15),
    Outlet("Sumida Wire", "ja", "JP", 0.11, 0.10),
    Outlet("Asagiri Shimbun", "ja", "JP", 0.07, 0.00),
    Outlet("Minami Evening", "ja", "JP", 0.04, -0.10),
    Outlet("Longshan Daily", "zh-Hant", "TW", 0.07, 0.10),
    Outlet("Keelung Post", "zh-Hant", "TW", 0.05, -0.05),
    Outlet("Meridian Wire", "en", "GB", 0.12, 0.15),
    Outlet("Pacific Ledger", "en", "US", 0.07, 0.20),
    Outlet("Harbour Review", "en", "SG", 0.04, -0.05),
    Outlet("Podil Courier", "uk", "UA", 0.06, 0.25),
    Outlet("Dnipro Lamp", "uk", "UA", 0.04, 0.15),
    Outlet("Neva Herald", "ru", "RU", 0.03, -0.50),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One outlet's article on one story: days since the beginning, and what the model says of it."""

    story: str
    actor: Actor
    outlet: str
    lang: str
    published: float
    seen: float
    stance: Stance
    track: Track
    title: str
    model: str = "model-1"
    history: bool = False
    dated: bool = True
    clock_off: float = 0.0
    """How far our own clock was ahead when it was seen."""

    @property
    def there(self) -> float:
        """When it was seen in truth."""
        return self.seen - self.clock_off


def told(seed: int, shift: tuple[float, float] | None = None) -> list[Telling]:
    """Tell a world of one seed; ``shift`` moves Seoul's balance from a day on. The same stories with and without."""
    numbers, found = np.random.default_rng([61, seed]), list[Telling]()
    for actor, pace in PACES.items():
        for number, day in enumerate(_days(numbers, pace)):
            by = shift[1] if shift and actor is Actor.KR and day >= shift[0] else 0.0
            found += _story(numbers, f"{actor}-{number}", actor, float(day), by)
    return sorted(found, key=lambda one: one.seen)


def stance_of(chance: float, lean: float, by: float) -> Stance:
    """Let a story of an outlet that leans so say what it says, after the balance has moved ``by`` so much."""
    return VALUES[min(int(np.searchsorted(_bounds(lean, by), chance)), 2)]


@cache
def _bounds(lean: float, by: float) -> np.ndarray:
    return np.cumsum(moved(moved(COMMON, lean), by))


def _days(numbers: np.random.Generator, pace: float) -> np.ndarray:
    weeks = int(UNTIL / 7)
    day = numbers.choice(7 * weeks, size=round(pace * weeks), p=np.tile(BUSY / 7, weeks) / weeks)
    return np.sort(day + numbers.random(len(day)))


def _story(numbers: np.random.Generator, name: str, actor: Actor, day: float, by: float) -> list[Telling]:
    shares = np.array([outlet.share for outlet in OUTLETS])
    tellers = numbers.choice(len(OUTLETS), size=1 + min(numbers.poisson(_COPIES), 4), replace=False, p=shares)
    first = OUTLETS[tellers[0]]
    stance = stance_of(float(numbers.random()), first.lean, by)
    track, late = TRACKS[numbers.integers(len(TRACKS))], np.cumsum(numbers.exponential(3.0, 5)) * _HOURS
    return [
        Telling(
            story=name,
            actor=actor,
            outlet=OUTLETS[teller].name,
            lang=OUTLETS[teller].lang,
            published=day + float(late[place] if place else 0.0),
            seen=day + float(late[place] if place else 0.0) + 0.3 * _HOURS,
            stance=stance,
            track=track,
            title=f"headline of {name} in {OUTLETS[teller].name}",
        )
        for place, teller in enumerate(tellers)
    ]
