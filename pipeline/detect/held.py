"""
A change in a line of votes -> what of our own pipeline may explain it. Outcomes: `pipeline.domain.Held`. Pure.

Each explanation says what the line would be without the fault. Where that line raises no alarm, the fault explains
the change, and the line without it is watched on, so that a true change is found as soon as it shows there.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import numpy as np
from scipy.special import bdtrc, ndtr

from pipeline.detect.series import Vote
from pipeline.detect.shares import kept_to
from pipeline.domain import Feed, Held, Incident, IncidentKind, Source
from pipeline.language.text import fold

Line = Sequence[Vote]

MUCH = 0.25
"""Of a change: what another mix of outlets makes of it, before it is suspected."""
STRUCK = 0.1
"""Of the earlier stories: what outlets carried that are silent now, before they are suspected."""
LATE_SHARE = 0.1
"""Of the new stories: what was read late at one moment, before it is suspected."""
MORE = 0.1
"""The chance that an outlet tells so much more by itself, before it is suspected."""
SURPRISE = 0.0005
"""That chance times the one of moving so much further than the others."""
_SURE = 2.0
_SHRINK = 4.0
_CROWD = 3
_NEW = ""
_SOON = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A fault that may explain a change: in words, and ``without``, which gives a line as it is without the fault."""

    cause: Held
    words: str
    without: Callable[[Line], list[Vote]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """An outlet of which nothing could be read for a time."""

    outlet: str
    since: datetime
    until: datetime | None


def outages(incidents: Iterable[Incident], feeds: Iterable[Feed], sources: Mapping[str, Source]) -> list[Outage]:
    """Return the outlets whose feeds were silent or broken, and when."""
    outlet = {feed.name: sources[feed.source].name for feed in feeds if feed.source and feed.source in sources}
    return [
        Outage(outlet=outlet[each.feed], since=each.started_at, until=each.ended_at)
        for each in incidents
        if each.feed in outlet and each.kind in {IncidentKind.BROKEN, IncidentKind.SILENT}
    ]


def explanations(line: Line, onset: int, sources: Mapping[str, Source], out: Sequence[Outage]) -> Iterator[Explanation]:
    """Yield what may explain that the votes of ``line`` since ``onset`` differ from those before."""
    old, new = line[:onset], line[onset:]
    usual, overall = _usual(old, sources)
    burst, mix = partial(_burst, usual=usual), partial(_mix, usual=usual, overall=overall, out=out)
    for suspect in (_model, _duplicate, _backfill, burst, mix):
        found = suspect(old, new)
        if found is not None:
            yield found


def _model(old: Line, new: Line) -> Explanation | None:
    models = {vote.model for vote in (*old, *new)}
    if len(models) < 2:  # noqa: PLR2004 - one
        return None
    return Explanation(
        Held.MODEL,
        "earlier and later stories were tagged by different models",
        lambda line: [vote for vote in line if vote.model == line[-1].model],
    )


def _duplicate(old: Line, new: Line) -> Explanation | None:
    again = len(old) + len(new) - len(_once((*old, *new)))
    return Explanation(Held.DUPLICATE, f"{again} stories came again under another name", _once) if again else None


def _once(line: Line) -> list[Vote]:
    """Leave out what another outlet had printed under the same headline and date: a feed that is there twice."""
    first: dict[tuple[str, datetime | None], str] = {}
    return [
        vote
        for vote in line
        if vote.published_at is None
        or first.setdefault((fold(vote.title), vote.published_at), vote.outlet) == vote.outlet
    ]


def _backfill(old: Line, new: Line) -> Explanation | None:
    moments = Counter(moment for vote in new if (moment := _read_late(vote)) is not None)
    moment, number = max(moments.items(), key=lambda each: each[1], default=(None, 0))
    before = sum(_read_late(vote) == moment for vote in old)
    if moment is None or number < max(_CROWD, LATE_SHARE * len(new)) or before >= len(old) / 2:
        return None
    return Explanation(
        Held.BACKFILL,
        f"{number} of the new stories are of earlier days and were read at one moment",
        lambda line: [vote for vote in line if _read_late(vote) != moment],
    )


def _read_late(vote: Vote) -> datetime | None:
    """Return the hour in which a story of an earlier day was read, None for one that was read in time."""
    if vote.published_at is None or vote.seen_at - vote.published_at <= _SOON:
        return None
    return vote.seen_at.replace(minute=0, second=0, microsecond=0)


def _burst(old: Line, new: Line, usual: Callable[[Vote], float]) -> Explanation | None:
    """Suspect who tells so much more, and moves so much further than the others, as chance seldom lets one."""
    before = Counter(vote.outlet for vote in old)
    once = sum(number == 1 for number in before.values())  # how often the next outlet is a new one (Good & Turing)
    shares = {outlet: (number + 0.5) / (len(old) + 1) for outlet, number in before.items()}
    shares[_NEW] = min((once + 0.5) / (len(old) + 1), 0.5)
    moves = defaultdict[str, list[float]](list)
    for vote in new:
        moves[_who(vote, shares)].append(vote.value - usual(vote))
    spread = float(np.std([vote.value for vote in (*old, *new)]))
    excess = {}
    for outlet, own in moves.items():
        by, chance = _excess(
            own, [by for other in moves if other != outlet for by in moves[other]], before[outlet], spread
        )
        often = float(bdtrc(len(own) - 1, len(new), shares[outlet]))
        if len(own) >= _CROWD and often < MORE and often * chance < SURPRISE:
            excess[outlet] = by
    if not excess:
        return None
    limited, number = {outlet: shares[outlet] for outlet in excess}, sum(len(moves[outlet]) for outlet in excess)
    since, known = ({vote.article_id for vote in votes} for votes in (new, (*old, *new)))

    def as_the_others(vote: Vote) -> Vote:
        by = excess.get(_who(vote, shares), 0.0) if vote.article_id in since else 0.0
        return replace(vote, value=float(np.clip(vote.value - by, -1, 1))) if by else vote

    def without(line: Line) -> list[Vote]:
        """Keep them to their share and to the others' move; what they tell later is left out."""
        told = [as_the_others(v) for v in line if _who(v, shares) not in excess or v.article_id in known]
        return kept_to(told, limited, lambda vote: _who(vote, shares))

    who = ", ".join(sorted(outlet or "outlets not heard before" for outlet in excess))
    words = f"{who} told {number} of the {len(new)} new stories, more and otherwise than the others do"
    return Explanation(Held.BURST, words, without)


def _who(vote: Vote, known: Container[str]) -> str:
    """Name a vote's outlet; all that were never heard before are one."""
    return vote.outlet if vote.outlet in known else _NEW


def _excess(own: Sequence[float], rest: Sequence[float], before: int, spread: float) -> tuple[float, float]:
    """Return how much further the one moved than the rest, the way that all moved, and the chance of that."""
    if not rest or not spread:
        return 0.0, 1.0
    by = float(np.mean(own) - np.mean(rest))
    by = max(by, 0.0) if sum(own) + sum(rest) > 0 else min(by, 0.0)
    error = spread * math.sqrt(1 / len(own) + 1 / (before + _SHRINK) + 1 / len(rest))
    return by, float(ndtr(-abs(by) / error))


def _mix(
    old: Line, new: Line, usual: Callable[[Vote], float], overall: float, out: Sequence[Outage]
) -> Explanation | None:
    """Suspect another mix of outlets: compare each with what it said itself before."""
    then, now = (np.array([usual(vote) for vote in votes]) for votes in (old, new))
    change = float(np.mean([vote.value for vote in new])) - overall
    part = float(now.mean() - then.mean())
    if part * change <= 0 or abs(part) < MUCH * abs(change):
        return None
    struck = {each.outlet for each in out if _strikes(each, new)}
    share = sum(vote.outlet in struck for vote in old) / len(old)
    spread = float(np.concatenate([then, now]).std()) * math.sqrt(1 / len(old) + 1 / len(new))
    if share < STRUCK and abs(part) < _SURE * spread:
        return None
    cause, words = Held.MIX, f"other outlets or languages speak than before, which makes {part / change:.0%} of it"
    if share >= STRUCK:
        cause, words = Held.OUTAGE, f"outlets that carried {share:.0%} of the earlier stories are silent or broken"

    def without(line: Line) -> list[Vote]:
        return [replace(vote, value=float(np.clip(vote.value - usual(vote) + overall, -1, 1))) for vote in line]

    return Explanation(cause, words, without)


def _strikes(outage: Outage, new: Line) -> bool:
    return outage.since <= new[-1].at and (outage.until is None or outage.until >= new[0].at)


def _usual(old: Line, sources: Mapping[str, Source]) -> tuple[Callable[[Vote], float], float]:
    """Return what each outlet's stories usually were, those of few drawn to the others of its language and owner."""
    by_kind, by_outlet = defaultdict[object, list[float]](list), defaultdict[object, list[float]](list)
    for vote in old:
        by_kind[_kind(vote, sources)].append(vote.value)
        by_outlet[vote.outlet].append(vote.value)
    overall = float(np.mean([vote.value for vote in old]))

    def usual(vote: Vote) -> float:
        return _drawn(by_outlet.get(vote.outlet), _drawn(by_kind.get(_kind(vote, sources)), overall))

    return usual, overall


def _drawn(values: Sequence[float] | None, to: float) -> float:
    return (sum(values or ()) + _SHRINK * to) / (len(values or ()) + _SHRINK)


def _kind(vote: Vote, sources: Mapping[str, Source]) -> object:
    known = sources.get(vote.outlet)
    return vote.lang, known.owner if known else None
