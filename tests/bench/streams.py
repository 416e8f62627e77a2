"""
Invented streams of votes, and the vectorised twin of `Detector.update` that watches thousands of them at once.

A stream is a row of votes on a clock of days. ``echo`` is the chance that a vote repeats the one before it (its
autocorrelation is then AR of that size); ``weekdays`` thins weekends and leans Mondays and Fridays apart.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.detect.weight import WINDOWS, Line, Since, line, log_evidence

Votes = NDArray[np.float32]
VALUES = np.array([-1.0, 0.0, 1.0])
COMMON = (0.15, 0.30, 0.55)
LINES = (COMMON, (1 / 3, 1 / 3, 1 / 3), (0.1, 0.3, 0.6), (0.02, 0.08, 0.9), (0.45, 0.1, 0.45))
"""Proportions of opposing, hedging and supportive stories on a line that does not move."""

BUSY = np.array([1.2, 1.3, 1.3, 1.3, 1.2, 0.4, 0.3])
LEAN = np.array([0.15, 0.05, 0.0, -0.05, -0.15, 0.0, 0.0])


def moved(line: Sequence[float], by: float) -> tuple[float, ...]:
    """Tilt proportions until their mean has moved ``by`` so much, or as far as it goes."""
    low, high, shares = -12.0, 12.0, np.asarray(line)
    tilted = shares
    for _ in range(50):
        middle = (low + high) / 2
        tilted = shares * np.exp(middle * VALUES)
        tilted /= tilted.sum()
        low, high = (middle, high) if (tilted - shares) @ VALUES < by else (low, middle)
    return tuple(tilted)


def days(numbers: np.random.Generator, votes: int, per_week: float, *, weekdays: bool) -> NDArray[np.float64]:
    """Draw when the votes of a stream are seen, in days, in order."""
    weeks = int(np.ceil(votes / per_week))
    week = BUSY / 7 if weekdays else np.full(7, 1 / 7)
    day = numbers.choice(7 * weeks, size=votes, p=np.tile(week, weeks) / weeks)
    return np.sort(day + numbers.random(votes))


def draw(
    numbers: np.random.Generator,
    shares: NDArray[np.float64],
    *,
    echo: float = 0.0,
    clock: NDArray[np.float64] | None = None,
) -> Votes:
    """Draw rows of votes by ``shares`` (rows, votes or 1, 3); a ``clock`` leans them by weekday."""
    rows, length = shares.shape[:2]
    chance = numbers.random((rows, length))
    low, high = shares[..., 0], shares[..., 0] + shares[..., 1]
    lean = 0.0 if clock is None else LEAN[clock.astype(int) % 7] / 2
    votes = (chance > low - lean).astype(np.float32) + (chance > high - lean) - 1
    fresh = np.where(numbers.random((rows, length)) < echo, 0, np.arange(length))
    return np.take_along_axis(votes, np.maximum.accumulate(fresh, axis=1), axis=1)


def evidence(votes: Votes, clock: NDArray[np.float64], warm_up: int) -> Votes:
    """Return what `Detector.update` says after every vote, row by row, as long as no alarm has been raised."""
    kind, (rows, length) = votes.dtype, votes.shape
    most = kind.type(np.log(np.finfo(kind).max) - 20)
    sums, squares = (_running(part) for part in (votes, votes * votes))
    echo = _running(np.concatenate([np.zeros((rows, 1), kind), votes[:, 1:] * votes[:, :-1]], axis=1))
    clock = np.concatenate([np.zeros_like(clock[..., :1]), clock - clock[..., :1] + 1], axis=-1).astype(kind)
    settled = line(
        np.arange(warm_up, length + 1, dtype=kind), *(part[..., warm_up:] for part in (sums, squares, clock))
    )
    found = np.zeros((rows, length + 1), kind)
    for shorter, window in zip([int(WINDOWS[0]) - 1, *WINDOWS[:-1].tolist()], WINDOWS.tolist(), strict=True):
        lines = length + 1 - window - warm_up
        if lines <= 0:
            break
        before = Line(*(part[..., :lines] for part in settled))
        now, then, soon = (slice(warm_up + ago, warm_up + ago + lines) for ago in (window, 0, window - shorter))
        since = Since(np.asarray(window, kind), sums[:, now] - sums[:, then], squares[:, now], echo[:, now])
        passed = clock[..., soon] - clock[..., then]
        found[:, now] += passed * np.exp(np.minimum(log_evidence(before, since), most))
    with np.errstate(divide="ignore"):
        return np.log(found[:, 1:])


def watch(votes: Votes, clock: NDArray[np.float64], threshold: float, warm_up: int) -> list[list[int]]:
    """Return where a detector would raise its alarms, row by row, starting anew after each."""
    found: list[list[int]] = [[] for _ in votes]
    clock = np.broadcast_to(clock, votes.shape)
    rows, starts = np.arange(len(votes)), np.zeros(len(votes), int)
    while len(rows):
        length = int((votes.shape[1] - starts).max())
        place = np.minimum(starts[:, None] + np.arange(length), votes.shape[1] - 1)
        stream, ticks = votes[rows[:, None], place], clock[rows[:, None], place]
        ends = votes.shape[1] - starts
        crossed = (evidence(stream, ticks, warm_up) >= np.log(threshold)) & (np.arange(length) < ends[:, None])
        again = []
        for each in np.flatnonzero(crossed.any(axis=1)):
            for at in np.flatnonzero(crossed[each]):
                onset = _onset(stream[each, : at + 1], ticks[each, : at + 1], warm_up)
                if onset is not None:
                    found[rows[each]].append(int(starts[each] + at))
                    again.append((rows[each], starts[each] + at + 1))
                    break
        again = [(row, start) for row, start in again if start < votes.shape[1]]
        rows, starts = (np.array(part, int) for part in (zip(*again, strict=True) if again else ((), ())))
    return found


def _onset(row: Votes, clock: NDArray[np.float64], warm_up: int) -> int | None:
    values, votes = row.astype(np.float64), len(row)
    windows = np.arange(1, min(int(WINDOWS[-1]), votes - warm_up) + 1)
    sums, squares = _running(values[None])[0], _running(values[None] ** 2)[0]
    ticks, split = np.concatenate([clock[:1] - 1, clock]), votes - windows
    before = line(split, sums[split], squares[split], ticks[split] - ticks[0])
    whole = np.full(len(windows), squares[-1]), np.full(len(windows), (values[1:] * values[:-1]).sum())
    weight = log_evidence(before, Since(windows, sums[-1] - sums[split], *whole))
    with np.errstate(divide="ignore"):
        onset = int(split[(weight + np.log(ticks[split + 1] - ticks[split])).argmax()])
    return onset if values[:onset].mean() != values[onset:].mean() else None


def _running(values: Votes) -> Votes:
    return np.concatenate([np.zeros((len(values), 1), values.dtype), values.cumsum(axis=1, dtype=values.dtype)], axis=1)
