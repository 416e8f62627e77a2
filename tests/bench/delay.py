"""
How soon a moved mean is noticed, ours beside the rivals, all at one false alarm a quarter over twenty series.

Two settings: a plain stream whose mean moves right after the baseline (the hardest moment for a detector that
learns its past), and a mix of moves of 0.2 to 0.6 in echoing, weekly streams at any time of the following year. The
streams lean up (their mean is 0.4), so that a fall has more room than a rise: each way is counted by itself, at the
same setting.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.detect.change import days_between_false_alarms
from tests.bench.figures import Figures
from tests.bench.rivals import BASELINE, NEVER, RIVALS, SLOW, Places, Rival, known_cusum, solve
from tests.bench.streams import COMMON, Votes, days, draw, moved

PER_WEEK, SERIES, WEEKS = 10, 20, 104
PER_ALARM = PER_WEEK * 365.25 / 7 / 4 * SERIES
"""Votes of all series in a quarter: one alarm in so many."""

ROWS, SLOW_ROWS = 3000, 400
AFTER = 520
"""Votes after the change, a year: what is not found in it is missed."""

SIZES = (0.2, 0.4, 0.6)
WAYS = {"falls": -1, "rises": 1}
ECHO = 0.3
AS_SET = float(np.log(days_between_false_alarms(SERIES, 1)))
"""Where the product's own threshold stands, on its clock of days."""


def measure() -> Figures:
    """Return delays by method and size, and over the mix."""
    quick = {name: rival for name, rival in RIVALS.items() if name not in SLOW}
    as_set = plain(BASELINE, {"ours": RIVALS["ours"]}, set_to=AS_SET)
    at_once, later, mixed = plain(BASELINE, RIVALS), plain(BASELINE + 250, quick), mix()
    return {
        "plain": at_once["falls"],
        "rises": at_once["rises"],
        "as set": as_set["falls"],
        "rises as set": as_set["rises"],
        "later": later["falls"],
        "mix": mixed["falls"],
        "mix of rises": mixed["rises"],
        "limit": limit(-1),
        "limit of rises": limit(1),
    }


def plain(at: int, rivals: Mapping[str, tuple[Rival, float, float]], set_to: float | None = None) -> Figures:
    """Independent votes; the mean falls or rises by each size after ``at``. ``set_to`` leaves nothing to solve."""
    numbers = np.random.default_rng(53)
    clock = days(numbers, WEEKS * PER_WEEK, PER_WEEK, weekdays=False)
    still = draw(numbers, np.broadcast_to(COMMON, (ROWS, len(clock), 3)))
    moves = {
        (way, size): draw(numbers, _moving(np.full(ROWS, WAYS[way] * size), np.full(ROWS, at), at + AFTER))
        for way in WAYS
        for size in SIZES
    }
    found: Figures = {way: {} for way in WAYS}
    for name, (first, low, high) in rivals.items():
        rows = slice(SLOW_ROWS if name in SLOW else ROWS)
        setting = set_to or solve(first(still[rows], clock), low, high, len(clock), PER_ALARM)
        for way in WAYS:
            found[way][name] = {"setting": round(setting, 3)} | {
                str(size): delays(first(moves[way, size][rows], clock[: at + AFTER])(setting), np.full(ROWS, at)[rows])
                for size in SIZES
            }
    return found


def mix() -> Figures:
    """Moves of any size at any time, in streams with an echo and weekdays."""
    numbers = np.random.default_rng(54)
    clock = days(numbers, WEEKS * PER_WEEK, PER_WEEK, weekdays=True)
    still = draw(numbers, np.broadcast_to(COMMON, (ROWS, len(clock), 3)), echo=ECHO, clock=clock)
    at = numbers.integers(BASELINE, BASELINE + 520, ROWS)
    length = BASELINE + 520 + AFTER
    clock_after = days(numbers, length, PER_WEEK, weekdays=True)
    votes = {
        way: draw(numbers, _moving(sign * numbers.uniform(0.2, 0.6, ROWS), at, length), echo=ECHO, clock=clock_after)
        for way, sign in WAYS.items()
    }
    found: Figures = {way: {} for way in WAYS}
    for name, (first, low, high) in RIVALS.items():
        rows = slice(SLOW_ROWS if name in SLOW else ROWS)
        setting = solve(first(still[rows], clock), low, high, len(clock), PER_ALARM)
        for way in WAYS:
            waited = delays(first(votes[way][rows], clock_after)(setting), at[rows])
            found[way][name] = {"setting": round(setting, 3), **waited}
    return found


def limit(sign: int) -> Figures:
    """CUSUM that knows both distributions, set for one size and one way at a time."""
    numbers = np.random.default_rng(55)
    length = WEEKS * PER_WEEK
    still = draw(numbers, np.broadcast_to(COMMON, (ROWS, length, 3)))
    found: Figures = {}
    for size in SIZES:
        before, after = np.array(COMMON), np.array(moved(COMMON, sign * size))
        setting = solve(known_cusum(still, before, after), 1.0, 9.0, length, PER_ALARM)
        votes = draw(numbers, _moving(np.full(ROWS, sign * size), np.full(ROWS, BASELINE), BASELINE + AFTER))
        found[str(size)] = delays(known_cusum(votes, before, after)(setting), np.full(ROWS, BASELINE))
    return found


def delays(place: Places, at: Sequence[int] | NDArray[np.int64]) -> dict[str, Any]:
    """Say how many votes (and days) after the change the alarm came, among streams without an earlier one."""
    at = np.asarray(at)
    clean = place >= at
    after = np.where(place[clean] < NEVER, place[clean] + 1 - at[clean], NEVER)
    after = np.where(after > AFTER, NEVER, after)
    median, late = (float(np.quantile(np.minimum(after, AFTER + 1), q, method="lower")) for q in (0.5, 0.9))
    return {
        "median": median,
        "median_days": round(median * 7 / PER_WEEK, 1),
        "late": late if late <= AFTER else None,
        "late_days": round(late * 7 / PER_WEEK, 1) if late <= AFTER else None,
        "mean": round(float(np.minimum(after, AFTER).mean()), 1),
        "missed": round(float((after == NEVER).mean()), 4),
    }


def _moving(size: NDArray[np.float64], at: NDArray[np.int64], length: int) -> NDArray[np.float64]:
    kinds = np.round(size, 2)
    after = {kind: np.array(moved(COMMON, kind)) for kind in np.unique(kinds)}
    new = np.stack([after[kind] for kind in kinds])
    return np.where((np.arange(length) < at[:, None])[..., None], np.array(COMMON), new[:, None, :])


__all__ = ["ROWS", "Votes", "measure"]
