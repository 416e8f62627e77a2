"""
Sums of votes before and after a moment -> the evidence that the mean moved there. Pure; arrays of any shape.

The likelihood ratio of votes tilted towards their ends: exact for votes of -1, 0 and 1 with proportions as those
before, so that one rare vote never weighs more than its surprise. Two tilts share the prior, a small step and a turn.
The uncertain mean of a short past is paid for, and the whole is divided by how much neighbouring votes echo
one another.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]

WINDOWS = np.unique(np.round(2 ** np.arange(1, 9 + 1 / 6, 1 / 3)).astype(np.int64))
"""How many votes ago a change is looked for: 2 to 512, three to the octave."""

TILTS = (0.75, 0.9), (2.0, 0.1)
"""Tilt and share of the prior: steps of about 0.4 on a common line, and turns from end to end."""

SETTLED = 35.0
"""Votes after which a past counts double: the price of an unknown mean falls faster than a flat prior would have it."""

GHOSTS = 4.0
"""Votes that the past is given beforehand, half of them hedging."""

MOST_ECHO = 0.6


class Sums(NamedTuple):
    """Votes before, their squares, votes after; squares and products of neighbours over both."""

    past: Numbers
    past_squares: Numbers
    new: Numbers
    squares: Numbers
    echo: Numbers


def log_evidence(sums: Sums, past: Numbers, new: Numbers) -> Numbers:
    """Return the log likelihood ratio of a change after ``past`` votes against none, with ``new`` votes since."""
    mean = sums.past / (past + GHOSTS)
    square = (sums.past_squares + GHOSTS / 2) / (past + GHOSTS)
    spread = square - mean * mean
    way = np.sign(sums.new * past - sums.past * new)
    moved = np.abs(sums.new - sums.past * (new / past))
    held = past * (1 + past / SETTLED)
    mean = way * mean
    best: Numbers = np.array(-np.inf, mean.dtype)
    for tilt, share in TILTS:
        eased = tilt * held / (held + new)
        cost = np.log1p(mean * np.sinh(eased) + square * (np.cosh(eased) - 1)) - eased * mean
        gain = eased * moved - new * cost - (eased * new) ** 2 / (2 * held) * spread
        gain = gain / dispersion(sums, past, new) + np.log(share / 2)
        best = np.maximum(best, gain)
    return best


def dispersion(sums: Sums, past: Numbers, new: Numbers) -> Numbers:
    """Return how many times further means stray than those of independent votes, from the echo on both lines."""
    lines = sums.past * sums.past / past + sums.new * sums.new / new
    echo = np.clip((sums.echo - lines) / (sums.squares - lines + 1), 0, MOST_ECHO)
    return (1 + echo) / (1 - echo)


def error_of_size(sums: Sums, past: float, new: float) -> float:
    """Return the standard error of the difference between the means of the two lines."""
    lines = sums.past * sums.past / past + sums.new * sums.new / new
    spread = (sums.squares - lines + GHOSTS / 2) / (past + new + GHOSTS - 2)
    both = np.array(past), np.array(new)
    return float(np.sqrt(spread * dispersion(sums, *both) * (1 / past + 1 / new))[0])
