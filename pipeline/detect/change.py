"""
A sequence of votes -> when its mean moved. Pure, online, one small state of fixed size a series.

Shiryaev-Roberts over past moments of change: for each the evidence (`pipeline.detect.weight`) that the votes since
then lean another way than those before, summed with the time that passed between moments. Without a change that
sum grows no faster than the clock does, so that an alarm at ``threshold`` comes at most about once in ``threshold``
units of the clock, at every look, whatever the pace (Pollak 1985; Shin, Ramdas & Rinaldo 2024). The clock counts
days where days are given, else votes. ``SAFETY`` is what simulation adds for votes that echo and for a short past,
whose mean counts for more than it is worth.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.detect.segments import change_points
from pipeline.detect.weight import WINDOWS, Line, Since, error_of_size, line, log_evidence

__all__ = ["Alarm", "Detector", "Observation", "State", "alarms", "change_points"]

SAFETY = 3.0
"""By simulation at 1 to 30 votes a week and an echo of 0.3; docs/decisions/0003 has the figures."""

QUARTER_DAYS = 91.3125
REACH = int(WINDOWS[-1])
_ROOM = 2 * REACH
_CREDIBLE = 0.05, 0.95
_Z = 1.645


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """One vote in [-1, 1], and the day on which it was seen; days never go back."""

    value: float
    day: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    """
    A change: ``at`` and ``onset`` are 0-based places in the sequence; the new votes start at ``onset``.

    Nine times in ten the onset lies in ``onset_within`` and the change of the mean in ``size_within``.
    """

    at: int
    onset: int
    before: float
    after: float
    evidence: float
    onset_within: tuple[int, int]
    size_within: tuple[float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """Where a series stands after a vote: an alarm comes when ``evidence`` reaches ``needed`` (natural logarithms)."""

    votes: int
    evidence: float
    needed: float
    enough: bool
    alarm: Alarm | None


@dataclass(slots=True)
class Detector:
    """
    Watches one series.

    ``threshold`` is the clock's mean time between false alarms, with its safety. After an alarm it starts anew with
    the next vote. No alarm before ``warm_up`` votes on the old line.
    """

    threshold: float
    warm_up: int = 12
    _sums: NDArray[np.float64] = field(default_factory=lambda: np.zeros((_ROOM, 4)))
    _rows: int = 1
    """Rows of running sums in use: of votes, their squares, products of neighbours, and the clock."""
    _start: int = 0
    _dropped: int = 0
    _last: float = 0.0
    _day: float | None = None

    def update(self, observation: Observation) -> State:
        """Take the next vote; say where the series stands, with an alarm when it has moved."""
        self._take(observation)
        votes, needed = self._votes, math.log(self.threshold)
        windows = WINDOWS[: np.searchsorted(WINDOWS, votes - self.warm_up, side="right")]
        if not len(windows):
            return State(votes=votes, evidence=-math.inf, needed=needed, enough=False, alarm=None)
        evidence = float(np.logaddexp.reduce(self._evidence(windows, np.append(windows[0] - 1, windows[:-1]))))
        alarm = self._alarm(votes, evidence) if evidence >= needed else None
        return State(votes=votes, evidence=evidence, needed=needed, enough=True, alarm=alarm)

    def packed(self) -> dict[str, Any]:
        """Return all that it needs to go on, as numbers that JSON keeps exactly."""
        old = max(self._rows - REACH - 1, 0)
        return {
            "sums": self._sums[old : self._rows].tolist(),
            "dropped": self._dropped + old,
            "start": self._start,
            "last": self._last,
            "day": self._day,
        }

    def unpack(self, packed: Mapping[str, Any]) -> None:
        """Go on from what another one `packed`."""
        self._rows = len(packed["sums"])
        self._sums[: self._rows] = packed["sums"]
        self._dropped, self._start = packed["dropped"], packed["start"]
        self._last, self._day = packed["last"], packed["day"]

    @property
    def _votes(self) -> int:
        return self._dropped + self._rows - 1

    def _take(self, seen: Observation) -> None:
        if self._rows == _ROOM:
            self._sums[: REACH + 1] = self._sums[_ROOM - REACH - 1 :]
            self._rows, self._dropped = REACH + 1, self._dropped + _ROOM - REACH - 1
        passed = 1.0 if seen.day is None else max(seen.day - (self._day if self._day is not None else seen.day - 1), 0)
        echo = seen.value * self._last if self._votes else 0.0
        step = seen.value, seen.value**2, echo, passed
        self._sums[self._rows] = self._sums[self._rows - 1] + step
        self._rows, self._last, self._day = self._rows + 1, seen.value, seen.day

    def _evidence(self, windows: NDArray[np.int64], shorter: NDArray[np.int64]) -> NDArray[np.float64]:
        """Weigh the change ``windows`` votes ago, for all moments since the next ``shorter`` window."""
        last, clock = self._rows - 1, self._sums[:, 3]
        with np.errstate(divide="ignore"):  # votes of one moment: no time for a change between them
            passed = np.log(clock[last - shorter] - clock[last - windows])
        return passed + log_evidence(*self._split(windows))

    def _split(self, windows: NDArray[np.int64]) -> tuple[Line, Since]:
        last = self._rows - 1
        whole, then = self._sums[last], self._sums[last - windows]
        before = line(self._dropped + last - windows, then[:, 0], then[:, 1], then[:, 3])
        return before, Since(windows, whole[0] - then[:, 0], whole[1], whole[2])

    def _alarm(self, votes: int, evidence: float) -> Alarm | None:
        windows = np.arange(1, min(REACH, votes - self.warm_up, self._rows - 1) + 1)
        likely = self._evidence(windows, windows - 1)
        window = int(windows[likely.argmax()])
        share = np.exp(likely - np.logaddexp.reduce(likely)).cumsum()
        near, far = windows[np.minimum(np.searchsorted(share, _CREDIBLE), len(windows) - 1)].tolist()
        old, new = self._split(np.array([window]))
        before, after = float(old.mean[0]), float(new.total[0]) / window
        if before == after:
            return None
        margin = _Z * error_of_size(old, new)
        end = self._start + votes
        alarm = Alarm(
            at=end - 1,
            onset=end - window,
            before=before,
            after=after,
            evidence=evidence,
            onset_within=(end - max(far, window), end - min(near, window)),
            size_within=(after - before - margin, after - before + margin),
        )
        self._restart()
        return alarm

    def _restart(self) -> None:
        # not from the onset: votes chosen for leaning one way would make the way back look like a change
        self._start += self._votes
        self._sums[0], self._rows, self._dropped, self._day = 0, 1, 0, None


def alarms(values: Iterable[float], threshold: float, warm_up: int = 12) -> list[Alarm]:
    """Run a detector over a whole sequence; the clock counts votes."""
    detector = Detector(threshold=threshold, warm_up=warm_up)
    return [alarm for value in values if (alarm := detector.update(Observation(value=value)).alarm) is not None]


def votes_between_false_alarms(votes_per_quarter: float, false_alarms_per_quarter: float) -> float:
    """Return the threshold that keeps the stated rate while all series together cast so many votes a quarter."""
    return max(SAFETY * votes_per_quarter / false_alarms_per_quarter, 20.0)


def days_between_false_alarms(series: int, false_alarms_per_quarter: float) -> float:
    """Return the threshold that keeps the stated rate over so many series, at any pace, on a clock of days."""
    return max(SAFETY * QUARTER_DAYS * series / false_alarms_per_quarter, 20.0)
