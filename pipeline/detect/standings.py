"""
Votes -> where every government stands, week by week, and whether it stands elsewhere than four weeks ago. Pure.

A balance is that of 28 days, so that four weeks ago shares no story with now; too few stories say nothing.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from pipeline.detect.series import FEW, VALUES, Vote, mean
from pipeline.domain import Actor, Balance, Point, ReportedShift, Series, Stance, Standing, Voice

WEEKS = 13
"""How far a standing's weeks go back: a quarter."""

_MONTH = timedelta(days=28)
_SURE = 1.645
"""Standard errors: nine times in ten a difference of two balances by chance is smaller."""


def standings(
    votes: Mapping[Series, Sequence[Vote]],
    until: datetime,
    starts: Mapping[Actor, Stance],
    balance_of_votes: Callable[[Sequence[Vote]], float | None] = mean,
) -> list[Standing]:
    """Say where every government stands at ``until`` and stood every week before; ``starts`` are of its support."""
    return [
        _standing(series, cast, until, starts, balance_of_votes)
        for series, cast in votes.items()
        if series.voice is Voice.GOVERNMENT and series.track is None
    ]


def _standing(
    series: Series,
    cast: Sequence[Vote],
    until: datetime,
    starts: Mapping[Actor, Stance],
    balance_of_votes: Callable[[Sequence[Vote]], float | None],
) -> Standing:
    points = []
    for back in reversed(range(WEEKS)):
        end = until - timedelta(weeks=back)
        held = _month(cast, end)
        value = balance_of_votes(held) if len(held) >= FEW else None
        points.append(Point(until=end, stories=len(held), value=value))
    now = _month(cast, until)
    return Standing(
        actor=series.actor,
        balance=series.balance,
        weeks=tuple(points),
        moved=_moved(_month(cast, until - _MONTH), now),
        articles=tuple(vote.article_id for vote in reversed(now)),
        start=starts.get(series.actor) if series.balance is Balance.SUPPORT else None,
    )


def _month(cast: Sequence[Vote], end: datetime) -> list[Vote]:
    return [vote for vote in cast if end - _MONTH <= vote.at < end]


def _moved(before: Sequence[Vote], now: Sequence[Vote]) -> ReportedShift | None:
    """Say which way a balance moved, if by more than chance; None where either month has too few stories."""
    if min(len(before), len(now)) < FEW:
        return None
    difference = sum(v.value for v in now) / len(now) - sum(v.value for v in before) / len(before)
    if abs(difference) <= _SURE * math.sqrt(_variance(before) + _variance(now)):
        return ReportedShift.NONE
    return ReportedShift.TOWARD if difference > 0 else ReportedShift.AWAY


def _variance(votes: Sequence[Vote]) -> float:
    """Return the variance of a mean; one vote of each kind is added, since a few alike are not certain."""
    values = [vote.value for vote in votes] + list(VALUES.values())
    middle = sum(values) / len(values)
    return sum((value - middle) ** 2 for value in values) / len(values) / len(votes)
