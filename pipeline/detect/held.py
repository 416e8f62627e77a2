"""
A change in a line of votes -> what of our own pipeline may explain it. Outcomes: `pipeline.domain.Held`. Pure.

Each explanation says what the line would be without the fault. Where that line raises no alarm, the fault explains
the change, and the line without it is watched on, so that a true change is found as soon as it shows there.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from pipeline.detect.series import Vote
from pipeline.domain import Feed, Held, Incident, IncidentKind, Source
from pipeline.language.text import fold

Line = Sequence[Vote]

MUCH = 0.25
"""Of a change: what another mix of outlets makes of it, before it is suspected."""
STRUCK = 0.1
"""Of the earlier stories: what outlets carried that are silent now, before they are suspected."""
SURPRISE = 0.05
"""The chance that an outlet speaks so much more often by itself. No proof: it has to carry the alarm, too."""
_SURE = 2.0
_SHRINK = 4.0
_CROWD = 3
_TOKENS = 2.0
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
    for suspect in (_model, _duplicate, _backfill, _burst):
        found = suspect(old, new)
        if found is not None:
            yield found
    found = _mix(old, new, sources, out)
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
    if moment is None or number < max(_CROWD, len(new) / 2) or before >= len(old) / 2:
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


def _burst(old: Line, new: Line) -> Explanation | None:
    """Suspect outlets, and all that are new together, whose share has grown beyond chance: keep their old share."""
    before, after = (Counter(vote.outlet for vote in votes) for votes in (old, new))
    strangers = {outlet: "" for outlet in after if outlet not in before}
    once = sum(number == 1 for number in before.values())  # how often the next outlet is a new one (Good & Turing)
    shares = {outlet: (before[outlet] + 0.5) / (len(old) + 1) for outlet in after if outlet not in strangers}
    shares[""] = min((once + 0.5) / (len(old) + 1), 0.5)
    counts = Counter(strangers.get(vote.outlet, vote.outlet) for vote in new)
    many = {
        name: shares[name]
        for name, number in counts.items()
        if number >= _CROWD
        and number >= 2 * shares[name] * len(new)
        and _tail(number, len(new), shares[name]) < SURPRISE
    }
    if not many:
        return None
    number = sum(counts[name] for name in many)
    who = ", ".join(sorted(name or "outlets not heard before" for name in many))
    words = f"{who} published {number} of the {len(new)} new stories, far more than before"
    known = frozenset(before)
    return Explanation(Held.BURST, words, lambda line: _thinned(line, many, known))


def _tail(number: int, of: int, share: float) -> float:
    """Return the chance that so many or more of the stories are from an outlet with this share."""
    return sum(math.comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(number, of + 1))


def _thinned(line: Line, shares: Mapping[str, float], known: frozenset[str]) -> list[Vote]:
    """Keep each outlet of ``shares`` to its share; every other vote lets a little more of it through."""
    kept, tokens = [], dict.fromkeys(shares, 1.0)
    for vote in line:
        name = vote.outlet if vote.outlet in known else ""
        if name not in shares:
            kept.append(vote)
            for each, share in shares.items():
                tokens[each] = min(tokens[each] + share / (1 - share), _TOKENS)
        elif tokens[name] >= 1:
            kept.append(vote)
            tokens[name] -= 1
    return kept


def _mix(old: Line, new: Line, sources: Mapping[str, Source], out: Sequence[Outage]) -> Explanation | None:
    """Suspect another mix of outlets: compare each with what it said itself before."""
    usual, overall = _usual(old, sources)
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
