"""
Sums of votes before and after a moment -> the evidence that the mean moved there. Pure; arrays of any shape.

A likelihood ratio for a shift of the mean by ``SHIFT``, weighed for each way by itself: on a line that leans up the
votes scatter less after a rise than after a fall. The uncertain mean of a short past is paid for, and the whole is
divided by how much neighbouring votes echo one another.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]

WINDOWS = np.unique(np.round(2 ** np.arange(1, 9 + 1 / 6, 1 / 3)).astype(np.int64))
"""How many votes ago a change is looked for: 2 to 512, three to the octave."""

SHIFT = 0.46
"""The shift of a balance that is looked for; larger ones are found sooner, smaller ones late."""

STRAY = 1.0
"""The most that a vote weighs for each unit by which it lies off, so that one rare vote never alarms."""

GHOSTS = 8.0
"""Votes that the past is given beforehand, half of them hedging."""

SKEWED = 0.5
"""How much of the past's skew is believed: a short past shows little of it, and a leaning line has more room back."""

UNSETTLED = 7.0
SETTLING_DAYS = 10.0
MOST_SETTLED = 4.0
"""What a past is worth: a few votes less than it has, and twice, thrice, five times that after ten days each."""

CAUTION = 0.5
"""Standard errors by which the echo is taken for more than it seems."""

MOST_ECHO = 0.6
_FEW = 4.0
_NARROWEST = 0.3


class Line(NamedTuple):
    """What the votes before a moment say of where the balance stood."""

    votes: Numbers
    mean: Numbers
    square: Numbers
    """Votes times the square of their mean."""
    tilt: Numbers
    """How much a vote weighs for each unit by which it lies off: for a rise, and for a fall."""
    least: Numbers
    """The moves, up and down, below which votes speak against a change: about half of ``SHIFT``."""
    worth: Numbers
    """How many votes its mean counts as."""


class Since(NamedTuple):
    """The votes after a moment and their sum; squares and products of neighbours over all, before and after."""

    votes: Numbers
    total: Numbers
    squares: Numbers
    echo: Numbers


def line(votes: Numbers, total: Numbers, squares: Numbers, days: Numbers) -> Line:
    """Return the line that so many votes of so many days draw, from their sum and the sum of their squares."""
    ghostly, square = total / (votes + GHOSTS), (squares + GHOSTS / 2) / (votes + GHOSTS)
    spread = square - ghostly * ghostly
    skew = SKEWED * ghostly * (1 - 3 * square + 2 * ghostly * ghostly)  # of votes that are -1, 0 or 1
    tilt, least = (np.stack(ways) for ways in zip(_tilt(spread, skew), _tilt(spread, -skew), strict=True))
    settled = 1 + np.minimum(days / SETTLING_DAYS, MOST_SETTLED)
    mean = total / votes
    return Line(votes, mean, total * mean, tilt, least, np.maximum(votes - UNSETTLED, 1) * settled)


def _tilt(spread: Numbers, skew: Numbers) -> tuple[Numbers, Numbers]:
    """
    Return how votes are tilted for a rise by ``SHIFT``, and the move from which on they speak for it.

    The likelihood ratio of a tilted vote is the tilt times how far it lies off, less the logarithm of what that makes
    of the old votes on average, here from their second and third moments.
    """
    tilt = np.minimum(SHIFT / np.maximum(spread + skew * SHIFT / (2 * spread), _NARROWEST * spread), STRAY)
    return tilt, tilt * (spread / 2 + tilt * skew / 6)


def log_evidence(before: Line, since: Since) -> Numbers:
    """
    Return the log likelihood ratio of a change since the line ``before`` against none, the likelier way.

    A moment weighs less the longer ago it is, since long stretches overlap and would count many times.
    """
    moved = since.total / since.votes - before.mean
    rise, fall = (
        tilt * (move - least) for tilt, least, move in zip(before.tilt, before.least, (moved, -moved), strict=True)
    )
    counted = since.votes * before.worth / (since.votes + before.worth)
    gain: Numbers = counted * np.maximum(rise, fall) / dispersion(before, since) - np.log(since.votes) / 2
    return gain


def dispersion(before: Line, since: Since) -> Numbers:
    """Return how many times further means stray than those of independent votes, from the echo on both lines."""
    lines = before.square + since.total * (since.total / since.votes)
    seen = (since.echo - lines) / (since.squares - lines + 1)
    echo = np.clip(seen + CAUTION / np.sqrt(before.votes + since.votes), 0, MOST_ECHO)
    strays: Numbers = (1 + echo) / (1 - echo)
    return strays


def error_of_size(before: Line, since: Since) -> float:
    """Return the standard error of the difference between the means of the two lines."""
    lines = before.square + since.total * since.total / since.votes
    spread = (since.squares - lines + _FEW / 2) / (before.votes + since.votes + _FEW - 2)
    variance = spread * dispersion(before, since) * (1 / before.votes + 1 / since.votes)
    return float(np.sqrt(variance)[0])
