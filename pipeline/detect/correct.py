"""
How a model confuses stances -> balances without its known errors, and how sure those are. Pure.

What was said is what is true, seen through the confusion (said = confusion x true), so that its inverse gives the
true shares back (Saerens et al. 2002); shares below nothing are cut. The correction's own uncertainty is that of the
labelled texts behind the confusion (delta method).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.detect.series import VALUES, Vote, mean
from pipeline.domain import Confusion

FEWEST = 20
"""Labelled positions of a stance; with fewer its errors are not known."""

MOST_SPREAD = 8.0
"""A confusion whose inverse would spread errors further than that is not inverted."""

_Z = 1.645
_Numbers = NDArray[np.float64]
_WORTH = np.array(list(VALUES.values()))


@dataclass(frozen=True, slots=True)
class Correction:
    """Corrects balances: ``_labelled`` counts the labels of each stance, ``_said`` holds what is said of each."""

    _labelled: _Numbers
    _said: _Numbers

    def mean(self, votes: Sequence[Vote]) -> float | None:
        """Return the balance of some votes as it would be without errors; None for none."""
        return float(self._true(_shares(votes)) @ _WORTH) if votes else None

    def margin(self, old: Sequence[Vote], new: Sequence[Vote], margin: float) -> float:
        """Return how far the corrected change may be off, nine times in ten; ``margin`` is that of the votes."""
        pull = np.linalg.solve(self._said, _WORTH)  # of each said stance on the corrected balance
        both = _shares([*old, *new])
        raw = _variance(both, _WORTH)
        wider = _variance(both, pull) / raw if raw else 1.0
        moved = self._true(_shares(new)) - self._true(_shares(old))
        errors = [_variance(row, pull) / count for row, count in zip(self._said, self._labelled, strict=True)]
        return float(np.sqrt(margin**2 * wider + _Z**2 * (moved**2 @ np.array(errors))))

    def _true(self, said: _Numbers) -> _Numbers:
        found = np.clip(np.linalg.solve(self._said.T, said), 0, None)
        true: _Numbers = found / found.sum()
        return true


def correction(confusion: Confusion | None) -> Correction | None:
    """Return what corrects a model's errors; None where they are not known well enough."""
    if confusion is None:
        return None
    counts = np.array(
        [[confusion.counts.get(label, {}).get(said, 0) for said in VALUES] for label in VALUES], dtype=np.float64
    )
    labelled = counts.sum(axis=1)
    if labelled.min() < FEWEST:
        return None
    said = counts / labelled[:, None]
    return Correction(labelled, said) if np.linalg.cond(said) < MOST_SPREAD else None


def balance(votes: Sequence[Vote], corrected: Correction | None) -> float | None:
    """Return the balance of some votes, corrected where the errors are known; None for no votes."""
    return corrected.mean(votes) if corrected else mean(votes)


def _shares(votes: Sequence[Vote]) -> _Numbers:
    cast = Counter(vote.stance for vote in votes)
    return np.array([cast[stance] for stance in VALUES]) / max(len(votes), 1)


def _variance(shares: _Numbers, worth: _Numbers) -> float:
    return float(shares @ worth**2 - (shares @ worth) ** 2)
