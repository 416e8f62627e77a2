"""A line of votes that raised an alarm -> what each new vote did to it, by leaving it out of the detector. Pure."""

import copy
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pipeline.detect.change import Detector, Observation
from pipeline.detect.series import Vote

MOST_WEIGHED = 12
MOST_LEFT_OUT = 8


@dataclass(frozen=True, slots=True)
class Weighed:
    """The new votes that pull furthest, the weightiest first, with how much log evidence falls without each."""

    votes: Sequence[tuple[Vote, float]]
    rests_on: int | None
    """How few of them, in that order, have to be left out for no alarm; None for many."""


def weighed(old: Sequence[Vote], new: Sequence[Vote], threshold: float, warm_up: int) -> Weighed:
    """Weigh the ``new`` votes of an alarm against the ``old`` line."""
    before = Detector(threshold=math.inf, warm_up=warm_up)  # weighs on, past what is an alarm
    for vote in old:
        before.update(_seen(vote))
    whole = _evidence(before, new, ())
    falls = {place: round(min(whole - _evidence(before, new, {place}), whole), 4) for place in _pulling(old, new)}
    places = sorted(falls, key=lambda place: (-falls[place], -place))
    rests_on = next(
        (
            number
            for number in range(1, min(len(places), MOST_LEFT_OUT) + 1)
            if _evidence(before, new, places[:number]) < math.log(threshold)
        ),
        None,
    )
    return Weighed([(new[place], falls[place]) for place in places], rests_on)


def _pulling(old: Sequence[Vote], new: Sequence[Vote]) -> list[int]:
    """Choose the votes that are worth leaving out: those furthest on the side that the line moved to."""
    then, now = (sum(vote.value for vote in votes) / max(len(votes), 1) for votes in (old, new))
    side = 1 if now > then else -1
    return sorted(range(len(new)), key=lambda place: (-side * new[place].value, -place))[:MOST_WEIGHED]


def _evidence(before: Detector, new: Sequence[Vote], without: Collection[int]) -> float:
    detector, evidence = copy.deepcopy(before), -math.inf
    for place, vote in enumerate(new):
        if place not in without:
            evidence = detector.update(_seen(vote)).evidence
    return evidence


def _seen(vote: Vote) -> Observation:
    return Observation(value=vote.value, day=vote.day)
