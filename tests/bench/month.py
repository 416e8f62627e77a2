"""
Thirty days of 200 outlets and their whims (`world`) through the real `flows.poll`, every ten minutes as the DAG does;
then a year of 200 healthy outlets, holidays and all, past `incidents` alone: what it says of them is a false alarm.

The world's ledger is the truth. *Lost* was handed to the reader and is not stored; *missed by pace* left the
document before we asked, *hidden* while the server said 304. The reader of fixed pace beside ours is reckoned: it
asks every outlet at every mark, and gets all that is on offer.
"""

import multiprocessing
import statistics
import tempfile
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np

from pipeline import bootstrap, flows
from pipeline.collect import FEW_FOR_A_RHYTHM
from pipeline.domain import Entry, Feed, FeedState, Fetched, Incident, IncidentKind, PollOutcome, Terms
from pipeline.poll.health import MANY, incidents as said
from pipeline.poll.schedule import RHYTHM_DAYS, rhythm as rhythm_of
from pipeline.settings import load
from tests.bench.figures import Figures, table
from tests.bench.world import (
    BEFORE,
    DAY,
    DAYS,
    HOUR,
    KINDS,
    PLACES,
    SEARCH,
    START,
    WHIMS,
    WIRE,
    WORDS,
    ZONES,
    Item,
    Outlet,
    appearances,
)
from tests.fakes import Clock

FEEDS = 200
PROCESSES = 2
PASS_S = 600
_END = DAYS * DAY
_FIXED = (10, 30)
_FLOODABLE = 10  # items a day; what has more may take 50 at once for a good day
_FAULTS = (
    "lost", "duplicated", "wrongly_new", "wrong_date", "edit_lost", "missed_by_pace", "hidden", "given_up", "impatient",
    "unknown", "removals_wrong",
)  # fmt: skip


def measure() -> Figures:
    parts = [range(n, FEEDS, PROCESSES) for n in range(PROCESSES)]
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        rows = [row for part in pool.map(play, parts) for row in part]
        years = [alarm for part in pool.map(year, parts) for alarm in part]
    return summary(rows) | alarms(years)


def play(numbers: Iterable[int]) -> list[dict[str, Any]]:
    """Live the month with some of the outlets; one row of raw figures each."""
    world, clock = World(numbers), Clock(START)
    with tempfile.TemporaryDirectory() as name:
        settings = load({"STANCEWATCH_VAR_DIR": name})
        settings = replace(settings, feeds=tuple(one.feed for one in world.outlets.values()))
        services = replace(bootstrap.services(settings, clock=clock), fetch=world.fetch)
        for second in range(0, _END, PASS_S):
            clock.at = START + timedelta(seconds=second)
            flows.poll(services)
        entries = services.store.entries
        incidents = entries.incidents()
        rows = [
            score(one, entries.of_feeds([feed]), [i for i in incidents if i.feed == feed])
            for feed, one in world.outlets.items()
        ]
        services.store.close()
    return rows


class World:
    """Outlets by name, and the door to them."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self.outlets = {one.feed.name: one for one in map(outlet, numbers)}

    def fetch(self, asked: Sequence[tuple[Feed, FeedState]], at: datetime, each: Callable[[Fetched], None]) -> None:
        """Answer every request."""
        second = int((at - START).total_seconds())
        for feed, state in asked:
            each(self.outlets[feed.name].answer(feed, state, second))


def outlet(number: int) -> Outlet:
    """Make one of the outlets; its kind, place and whim go by its number."""
    rng = np.random.default_rng(number)
    kind, whim = KINDS[number % len(KINDS)], WHIMS[number % len(WHIMS)]
    country = PLACES[number % len(PLACES)]
    rate, window = float(rng.uniform(*kind.rates)), int(rng.integers(kind.windows[0], kind.windows[1] + 1))
    before = BEFORE if kind in {WIRE, SEARCH} else 3 * BEFORE
    start = START - timedelta(days=before)
    births = [at - before * DAY for at in appearances(kind, rate, country, start, before + DAYS, rng)]
    bursts = [day * DAY + 5 * HOUR for day in (12, 20, 26)] if whim == "bursts" else []
    births = sorted([*births, *(at for at in bursts for _ in range(50))])
    if whim == "old":
        births = [at - 3000 * DAY for at in births if at < 0]
    feed = Feed(
        name=f"outlet-{number}",
        url=f"https://outlet-{number}.example/rss",
        country=country,
        kind=kind.feed,
        terms=Terms.OPEN,
        timezone="Europe/Moscow" if (whim, country) == ("names_zone", "UA") else ZONES[country],
    )
    items = [_item(feed, n, at, whim, rng) for n, at in enumerate(births)]
    moments = (at for item in items for at in (item.born, *item.edits, *(item.gone or ())))
    return Outlet(
        feed=feed,
        kind=kind,
        rate=rate,
        window=window,
        whim=whim,
        items=items,
        births=births,
        troubles=sorted(_troubles(whim, rng)),
        changes=sorted([*moments, 11 * DAY]),
        bursts=bursts,
        frozen=8 * DAY if "zombie" in whim else None,
    )


def _item(feed: Feed, number: int, born: int, whim: str, rng: np.random.Generator) -> Item:
    likely = 0.4 if whim in {"edits", "guid_of_edit"} else 0.1
    edits = sorted(born + int(at) for at in rng.integers(600, DAY, rng.integers(1, 4))) if rng.random() < likely else ()
    gone = None
    if rng.random() < (0.1 if whim in {"deletes", "comes_back"} else 0.01):
        since = born + int(rng.integers(HOUR, DAY))
        gone = (since, since + 6 * HOUR if whim == "comes_back" else 10_000 * DAY)
    return Item(
        number=number,
        born=born,
        token=f"{feed.name}-{number}",
        words=[str(word) for word in rng.choice(WORDS[feed.country].split(), 9)],
        edits=tuple(edits),
        gone=gone,
        section=int(rng.integers(3)),
    )


def _troubles(whim: str, rng: np.random.Generator) -> list[tuple[int, int, str]]:
    """From when until when what is wrong."""
    daily = {"shut_at_night": (16, 21, "404"), "busy": (3, 5, "429")}
    once = {
        "forbidden": ((6.0, 6.3, "403"), (13.0, 15.0, "403"), (22.0, 22.1, "403")),
        "gone": ((9.0, 12.0, "410"),),
        "broken": ((10.0, 11.0, "broken"),),
        "page": ((10.0, 11.0, "page"),),
        "time_outs": ((17.0, 18.5, "0"),),
    }
    found = [(int(a * DAY), int(b * DAY), what) for a, b, what in once.get(whim, ())]
    if whim in daily:
        since, until, what = daily[whim]
        found += [(day * DAY + since * HOUR, day * DAY + until * HOUR, what) for day in range(DAYS)]
    if whim in {"server_errors", "time_outs"}:
        what = "503" if whim == "server_errors" else "0"
        for at in rng.integers(0, 16, 12):
            found.append((int(at) * DAY + 7 * HOUR, int(at) * DAY + 7 * HOUR + int(rng.integers(1800, 6 * HOUR)), what))
    return found


def score(outlet: Outlet, entries: list[Entry], incidents: list[Incident]) -> dict[str, Any]:
    """Hold what is stored of one outlet against its ledger."""
    counts: Counter[str] = Counter(asked=len(outlet.asked), not_modified=sum(s == 304 for _, s in outlet.asked))
    stored: dict[str, list[Entry]] = {}
    for entry in entries:
        stored.setdefault(entry.title.rpartition(" ")[2], []).append(entry)
    delays: dict[str, list[float]] = {"ours": [], **{f"every {m} min": [] for m in _FIXED}}
    for item in outlet.items:
        found = sorted(stored.pop(item.token, ()), key=lambda entry: entry.seen_at)
        counts.update(_judged(outlet, item, found))
        if item.born >= 0 and outlet.frozen is None:
            if found:
                delays["ours"].append(_second(found[0].seen_at) - item.born)
            for minutes in _FIXED:
                mark = _mark(outlet, item, minutes * 60)
                if mark is not None:
                    delays[f"every {minutes} min"].append(mark - item.born)
                elif _why(outlet, item) != "never_on_offer":
                    counts[f"missed_{minutes}"] += 1
    counts["unknown"] = sum(map(len, stored.values()))
    pause = max(later - earlier for earlier, later in pairwise([0, *(at for at, _ in outlet.asked), _END]))
    counts.update(impatient=outlet.impatient, given_up=pause > DAY + PASS_S)
    counts.update({f"removals_{verdict}": number for verdict, number in outlet.removals.items()})
    return {
        "feed": outlet.feed.name,
        "whim": outlet.whim,
        "fast": outlet.kind is WIRE,
        "rate": round(outlet.rate, 1),
        "counts": dict(counts),
        "delays": delays,
        "health": [*_health(outlet, incidents)],
    }


def _judged(outlet: Outlet, item: Item, found: list[Entry]) -> Iterable[str]:
    """Name what became of one item."""
    if item.born >= 0:
        yield "published"
    if item.handed is None:
        if found:
            yield "unknown"
        elif item.born >= 0:
            yield _why(outlet, item)
        return
    if not found:
        yield "lost"
        return
    for extra in found[1:]:
        yield "wrongly_new" if item.edits and item.edits[0] <= _second(extra.seen_at) else "duplicated"
    if found[0].published_at != item.printed:
        yield "wrong_date"
    if (found[-1].title, found[-1].lead) not in {item.text, item.said(_END)}:  # a broken document may say the latest
        yield "edit_lost"


def _why(outlet: Outlet, item: Item) -> str:
    """Say why an item was never handed out."""
    since, until = max(item.born, 0), min(outlet.rolled(item), item.gone[0] if item.gone else _END)
    if outlet.frozen is not None and item.born > outlet.frozen:
        return "never_on_offer"
    if outlet.whim == "most_read":
        return "never_on_offer"
    if outlet.rolled(item) >= _END and not item.gone:
        return "to_come"
    if any(since <= at < until and status == 304 for at, status in outlet.asked):
        return "hidden"
    if until <= since or all(outlet.trouble(at) for at in range(since, until, 300)):
        return "never_on_offer"
    return "missed_by_pace"


def _mark(outlet: Outlet, item: Item, step: int) -> int | None:
    """When a reader that asks at every mark gets an item."""
    until = min(outlet.rolled(item), item.gone[0] if item.gone else _END)
    marks = range(-(-item.born // step) * step, min(until, _END), step)
    return next((mark for mark in marks if not outlet.trouble(mark)), None)


def _health(outlet: Outlet, incidents: list[Incident]) -> Iterable[tuple[str, str, float]]:
    """Yield kind, verdict and delay in hours of each incident, of those that should have been, and of the ends."""
    truths = {
        IncidentKind.BROKEN: [(a, b) for a, b, what in outlet.troubles if what != "broken"],  # most of it can be read
        IncidentKind.MOVED: [(4 * DAY, _END)] if outlet.whim in {"moves", "moves_back"} else [],
        IncidentKind.SILENT: _silences(outlet),
        IncidentKind.FLOODED: [(at, at + DAY) for at in outlet.bursts],
    }
    for kind, spans in truths.items():
        mine = [i for i in incidents if i.kind == kind]
        lasted = [(_second(i.started_at), _second(i.ended_at) if i.ended_at else _END) for i in mine]
        for since, until in lasted:
            true = next(((a, b) for a, b in spans if a <= since <= b + DAY), None)
            if true is None:
                yield kind, "false", (until - since) / HOUR
            elif since <= true[1]:
                yield kind, "true", (since - true[0]) / HOUR
                if true[1] < _END:
                    yield kind, "recovered" if until < _END else "never ended", (until - true[1]) / HOUR
        for a, b in spans:
            if not any(since <= b and until >= a for since, until in lasted):
                spared = outlet.whim == "lies" or (kind is IncidentKind.FLOODED and outlet.rate > _FLOODABLE)
                demanded = b - a >= DAY and not spared
                yield kind, "missed" if demanded else "short", (b - a) / HOUR


def _silences(outlet: Outlet) -> list[tuple[int, int]]:
    if outlet.whim == "old":
        return [(0, _END)]
    if outlet.frozen is not None:
        return [(outlet.frozen, _END)]
    return [(0, 4 * DAY)] if outlet.whim == "lies" else []


def _second(at: datetime) -> int:
    return int((at - START).total_seconds())


def summary(rows: list[dict[str, Any]]) -> Figures:
    total: Counter[str] = Counter()
    whims: dict[str, Counter[str]] = {}
    health: dict[str, list[float]] = {}
    for row in rows:
        total.update(row["counts"])
        whims.setdefault(row["whim"] or "none", Counter()).update({k: row["counts"].get(k, 0) for k in _FAULTS})
        for kind, verdict, hours in row["health"]:
            health.setdefault(f"{kind} {verdict}", []).append(hours)
    figures: Figures = {"feeds": len(rows), "days": DAYS, **dict(sorted(total.items()))}
    figures["share_304"] = round(total["not_modified"] / total["asked"], 3)
    figures |= {f"requests_every_{minutes}": len(rows) * _END // (minutes * 60) for minutes in _FIXED}
    calm = [row for row in rows if not row["whim"]]
    groups = {"": rows, " fast": [row for row in rows if row["fast"]], " calm": calm}
    groups[" calm and fast"] = [row for row in calm if row["fast"]]
    for name in rows[0]["delays"]:
        for group, wanted in groups.items():
            minutes = sorted(delay / 60 for row in wanted for delay in row["delays"][name])
            figures[f"delay_min {name}{group}"] = [_quantile(minutes, 0.5), _quantile(minutes, 0.95)]
    figures["incidents"] = {name: _spread(hours) for name, hours in sorted(health.items())}
    figures["by_whim"] = {whim: {k: n for k, n in counts.items() if n} for whim, counts in sorted(whims.items())}
    return figures


def year(numbers: Iterable[int]) -> list[tuple[str, str, float]]:
    """Yield the alarms over healthy outlets, and after how many hours one that stops is found silent."""
    start, days = datetime(2025, 12, 1, tzinfo=UTC), 28 + 365
    found: list[tuple[str, str, float]] = []
    for number in numbers:
        rng = np.random.default_rng(FEEDS + number)
        kind, place = KINDS[number % len(KINDS)], PLACES[number % len(PLACES)]
        seconds = appearances(kind, float(rng.uniform(*kind.rates)), place, start, days, rng)
        times = [start + timedelta(seconds=second) for second in seconds]
        stops = set(rng.integers(40, days, 3).tolist())
        known: dict[IncidentKind, Incident] = {}
        for day in range(28, days):
            midnight = start + timedelta(days=day)
            rhythm = _rhythm(times, midnight)
            for hour in range(0, 24, 3):
                for incident in _looked_at(times, rhythm, midnight + timedelta(hours=hour), known):
                    known[incident.kind] = incident
                    if incident.ended_at is None:
                        found.append(("false alarms of a year", f"{incident.kind} {kind.feed}", 0.0))
                    else:
                        del known[incident.kind]
            if day in stops:
                hours = _found_after(times[: bisect_left(times, midnight)], rhythm)
                found.append(("hours until found", str(kind.feed), hours))
    return found


def _rhythm(times: list[datetime], now: datetime) -> str:
    month = times[bisect_left(times, now - timedelta(days=RHYTHM_DAYS)) : bisect_left(times, now)]
    return rhythm_of(month) if len(month) >= FEW_FOR_A_RHYTHM else ""


def _looked_at(
    times: list[datetime], rhythm: str, now: datetime, known: Mapping[IncidentKind, Incident]
) -> list[Incident]:
    seen = bisect_left(times, now)
    state = FeedState(feed="", rhythm=rhythm, newest_at=times[seen - 1] if seen else None, outcome=PollOutcome.NEW)
    today = seen - bisect_left(times, now - timedelta(days=1))
    many = today >= MANY or IncidentKind.FLOODED in known
    month = times[bisect_left(times, now - timedelta(days=RHYTHM_DAYS)) : seen] if many else None
    return list(said(state, known.values(), now, month))


def _found_after(times: list[datetime], rhythm: str) -> float:
    state = FeedState(feed="", rhythm=rhythm, newest_at=times[-1], outcome=PollOutcome.UNCHANGED)
    return next(hour for hour in range(1, 24 * 60) if list(said(state, (), times[-1] + timedelta(hours=hour))))


def alarms(found: list[tuple[str, str, float]]) -> Figures:
    figures: dict[str, dict[str, Any]] = {"false alarms of a year": {}, "hours until found": {}}
    for figure, what in sorted({(figure, what) for figure, what, _ in found}):
        values = [value for one, other, value in found if (one, other) == (figure, what)]
        figures[figure][what] = len(values) if figure.startswith("false") else _spread(values)
    return figures


def _spread(values: list[float]) -> list[float]:
    """How many, the median, the largest."""
    return [len(values), round(statistics.median(values), 1), round(max(values), 1)]


def _quantile(values: list[float], q: float) -> float | None:
    return round(values[int(len(values) * q)], 1) if values else None


def show(figures: Figures) -> str:
    rows = [
        {"figure": name, "value": value} if part is None else {"figure": f"{name}: {part}", "value": value}
        for name, whole in figures.items()
        for part, value in (whole.items() if isinstance(whole, dict) else [(None, whole)])
        if value != {}
    ]
    return table(("figure", "value"), rows)
