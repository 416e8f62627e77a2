"""
Other detectors of a moved mean: votes -> a function from the one setting to the place of the first alarm, row by row.

Every rival estimates its own line from the first ``BASELINE`` votes and raises nothing before. ADWIN and
Page-Hinkley are river's own; they are fed the baseline like the rest.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tests.bench.figures import Missing
from tests.bench.streams import Votes, evidence

BASELINE = 50
WARM_UP = 12
"""What `config/detect.yaml` sets for ours; it raises nothing before ``BASELINE`` either."""
NEVER = 10**9
Places = NDArray[np.int64]
Clock = NDArray[np.float64]
AtSetting = Callable[[float], Places]
Rival = Callable[[Votes, Clock], AtSetting]


def ours(votes: Votes, clock: Clock) -> AtSetting:
    told = evidence(votes, clock, WARM_UP)
    return lambda log_threshold: _first(told >= log_threshold)


def cusum(votes: Votes, _: Clock, slack: float = 0.2) -> AtSetting:
    away = votes - votes[:, :BASELINE].mean(axis=1, keepdims=True)
    rise, fall = _height(away - slack), _height(-away - slack)
    return lambda threshold: np.minimum(_over(rise, threshold), _over(fall, threshold))


def known_cusum(votes: Votes, before: NDArray[np.float64], after: NDArray[np.float64]) -> AtSetting:
    """Know both distributions: nobody can be faster at this rate of false alarms."""
    height = _height(np.log(after / before)[votes.astype(int) + 1])
    return lambda threshold: _over(height, threshold)


def three_sigma(votes: Votes, clock: Clock) -> AtSetting:
    line = votes[:, :BASELINE]
    mean, spread = line.mean(axis=1, keepdims=True), line.std(axis=1, keepdims=True)
    sums = np.concatenate([np.zeros((len(votes), 1)), votes.cumsum(axis=1)], axis=1)
    now = np.arange(1, votes.shape[1] + 1)
    since = np.searchsorted(clock, clock - 28, side="right")
    month = (sums[:, now] - sums[:, since]) / (now - since)
    with np.errstate(divide="ignore", invalid="ignore"):  # a baseline of one value: any other alarms
        far = np.abs(month - mean) / (spread / np.sqrt(now - since))
    return lambda sigmas: _first(far > sigmas)


def page_hinkley(votes: Votes, _: Clock) -> AtSetting:
    return lambda threshold: _river(votes, partial(drift().PageHinkley, threshold=threshold))


def adwin(votes: Votes, _: Clock) -> AtSetting:
    return lambda log_delta: _river(votes, partial(drift().ADWIN, delta=float(np.exp(-log_delta))))


RIVALS: Mapping[str, tuple[Rival, float, float]] = {
    "ours": (ours, 2.0, 16.0),
    "CUSUM k=0.2": (cusum, 2.0, 60.0),
    "Page-Hinkley": (page_hinkley, 2.0, 150.0),
    "ADWIN": (adwin, -2.0, 25.0),
    "3 sigma, 28 days": (three_sigma, 1.0, 12.0),
}
"""Each with the range of its setting, from quick to slow; the slow python loops of river see fewer streams."""

SLOW = frozenset({"Page-Hinkley", "ADWIN"})


def solve(first: AtSetting, low: float, high: float, votes: int, per_alarm: float) -> float:
    """Find the setting at which a stream without a change alarms once in ``per_alarm`` votes after its baseline."""
    for _ in range(12):
        middle = (low + high) / 2
        place = first(middle)
        watched = np.minimum(place + 1, votes) - BASELINE
        low, high = (middle, high) if (place < NEVER).sum() * per_alarm > watched.sum() else (low, middle)
    return high


def _first(crossed: NDArray[np.bool_]) -> Places:
    crossed = crossed.copy()
    crossed[:, :BASELINE] = False
    return np.where(crossed.any(axis=1), crossed.argmax(axis=1), NEVER)


def _height(steps: NDArray[np.floating]) -> NDArray[np.floating]:
    """Climb the steps after the baseline, never below nothing."""
    sums = np.cumsum(steps[:, BASELINE:], axis=1, dtype=np.float64)
    return sums - np.minimum(np.minimum.accumulate(sums, axis=1), 0)


def _over(height: NDArray[np.floating], threshold: float) -> Places:
    crossed = height > threshold
    return np.where(crossed.any(axis=1), crossed.argmax(axis=1) + BASELINE, NEVER)


def _river(votes: Votes, detector: Callable[[], object]) -> Places:
    places = []
    for row in ((votes + 1) / 2).tolist():  # ADWIN's bound is for numbers in [0, 1]
        one: object = detector()
        found = NEVER
        for at, value in enumerate(row):
            one.update(value)  # type: ignore[attr-defined]
            if at >= BASELINE and one.drift_detected:  # type: ignore[attr-defined]
                found = at
                break
        places.append(found)
    return np.array(places)


def drift() -> object:
    """Return river's detectors."""
    try:
        from river import drift as found  # noqa: PLC0415 - only this benchmark needs it
    except ImportError as error:
        message = "river (requirements-bench.in)"
        raise Missing(message) from error
    return found


__all__ = ["BASELINE", "NEVER", "RIVALS", "SLOW", "AtSetting", "Rival", "drift", "known_cusum", "solve"]
