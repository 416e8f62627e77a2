"""
Collecting: ours against `reader`, newsboat and what curl, expat and SQLite alone allow; near-copies; stories.

All in one run, on one corpus of synthetic feeds behind nginx. In-process times; only ratios mean anything.
"""

import multiprocessing
import os
import resource
import sqlite3
import statistics
import subprocess
import tempfile
import time
import xml.parsers.expat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from pipeline import bootstrap, flows
from pipeline.domain import Feed, FeedKind, Terms
from pipeline.settings import load
from tests.bench.figures import Figures, Missing, table
from tests.bench.publisher import Publishers, publishers

FEEDS = 1_000
FEEDS_WITHOUT_304 = 200
CURVE = (100, 1_000, 10_000)
CURVE_ITEMS = 10
RUNS, QUIET_RUNS = 3, 7


class Clock:
    """Stands still but for what a benchmark moves it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


class Ours:
    """The pipeline's own poll on an empty SQLite file."""

    def __init__(self, place: Publishers, folder: Path) -> None:
        feeds = tuple(
            Feed(
                name=f"feed {n}",
                url=place.url(n),
                country="JP",
                kind=FeedKind.WIRE,
                terms=Terms.OPEN,
                timezone="UTC",
                allow_private=True,
                min_gap_s=0,
            )
            for n in range(place.feeds)
        )
        settings = load({"STANCEWATCH_VAR_DIR": str(folder)})
        pace = settings.poll.model_copy(update={"connections": 64, "shard_seconds": 600})
        self._clock = Clock()
        self._services = bootstrap.services(replace(settings, feeds=feeds, poll=pace), clock=self._clock)

    def poll(self) -> dict[str, int]:
        counts = flows.poll(self._services)
        self._clock.at += timedelta(minutes=40)  # due again, and within what conditions are trusted for
        return counts

    def entries(self) -> int:
        return self._services.store.counts()["entries"]


class Reader:
    """The library `reader`, 8 workers."""

    def __init__(self, place: Publishers, folder: Path) -> None:
        try:
            from reader import make_reader  # noqa: PLC0415 - only benchmarks have it
        except ImportError as error:
            raise Missing("reader (installed by ./run bench)") from error
        self._reader = make_reader(str(folder / "reader.db"))
        for number in range(place.feeds):
            self._reader.add_feed(place.url(number))

    def poll(self) -> None:
        self._reader.update_feeds(workers=8, scheduled=False)

    def entries(self) -> int:
        return self._reader.get_entry_counts().total or 0


class Newsboat:
    """newsboat, 8 threads, without its interface; it sends validators from its third reload on."""

    def __init__(self, place: Publishers, folder: Path) -> None:
        self._call = [
            "newsboat",
            "-q",
            "-u",
            str(folder / "urls"),
            "-c",
            str(folder / "n.db"),
            "-C",
            str(folder / "n.conf"),
        ]
        (folder / "urls").write_text("\n".join(place.url(n) for n in range(place.feeds)))
        (folder / "n.conf").write_text("reload-threads 8\n")

    def poll(self) -> None:
        subprocess.run([*self._call, "-x", "reload"], check=True, capture_output=True)


def measure() -> Figures:
    figures: Figures = {}
    with publishers(FEEDS) as place:
        figures |= _against_peers(place)
    with publishers(FEEDS_WITHOUT_304, honest=False) as place, tempfile.TemporaryDirectory() as name:
        ours, reader = Ours(place, Path(name)), Reader(place, Path(name))
        ours.poll(), reader.poll()
        figures["same_body_vs_reader"] = _ratio(reader.poll, ours.poll)
    return figures | _curve() | _copies_and_stories()


def _copies_and_stories() -> Figures:
    """Add what belongs to collecting and has a benchmark of its own; stories need the folder of real texts."""
    from tests.bench import copies, stories  # noqa: PLC0415 - scikit-learn would be counted as a poll's memory

    wanted = ("near_duplicate_texts_per_s", "near_duplicate_recall", "near_duplicate_precision")
    figures = {name: value for name, value in copies.measure().items() if name in wanted}
    try:
        told = stories.measure()
    except Missing as error:
        return figures | {"story_pair_f1": None, "story_pair_precision": None, "stories_missing": str(error)}
    return figures | {name: value for name, value in told.items() if name.startswith("story_pair_")}


def _against_peers(place: Publishers) -> Figures:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours, reader = Ours(place, folder), Reader(place, folder)
        first_ours, first_reader = _seconds(ours.poll), _seconds(reader.poll)
        quiet = [(_seconds(reader.poll), _seconds(ours.poll)) for _ in range(QUIET_RUNS)]
        newsboat = Newsboat(place, folder)
        for _ in range(3):
            newsboat.poll()
        half = []
        for run in range(1, RUNS + 1):
            place.write(range(place.feeds // 2), added=2 * run)
            half.append(
                (_seconds(reader.poll), _seconds(newsboat.poll), _seconds(ours.poll), _limit(place, folder, run))
            )
        return {
            "feeds": place.feeds,
            "entries_ours": ours.entries(),
            "entries_reader": reader.entries(),
            "first_feeds_per_s": round(place.feeds / first_ours),
            "first_vs_reader": round(first_reader / first_ours, 2),
            "all304_feeds_per_s": round(place.feeds / statistics.median(o for _, o in quiet)),
            "all304_vs_reader": round(statistics.median(r / o for r, o in quiet), 2),
            "steady_feeds_per_s": round(place.feeds / statistics.median(o for _, _, o, _ in half)),
            "steady_vs_reader": round(statistics.median(r / o for r, _, o, _ in half), 2),
            "steady_vs_newsboat": round(statistics.median(n / o for _, n, o, _ in half), 2),
            "fraction_of_limit": round(statistics.median(x / o for _, _, o, x in half), 3),
            "peak_mib": round(_peak_mib(place)),
        }


def _curve() -> Figures:
    """Poll more and more feeds of ten items: what one costs in ms of processors' time, and against one of a hundred."""
    figures: Figures = {}
    for feeds in CURVE:
        with publishers(feeds, documents=1_000, items=CURVE_ITEMS) as place, tempfile.TemporaryDirectory() as name:
            ours, runs = Ours(place, Path(name)), RUNS if feeds < CURVE[-1] else 1
            cost = {"first": _processor_seconds(ours.poll)}
            ours.poll()  # the rhythm of every feed is reckoned once
            cost["all304"] = statistics.median(_processor_seconds(ours.poll) for _ in range(runs))
            half = []
            for run in range(1, runs + 1):
                place.write(range(place.documents // 2), added=2 * run)
                half.append(_processor_seconds(ours.poll))
            cost["steady"] = statistics.median(half)
        for phase, seconds in cost.items():
            milliseconds = figures.setdefault(f"curve_{phase}_ms_a_feed", {})
            milliseconds[str(feeds)] = round(1000 * seconds / feeds, 3)
            against = figures.setdefault(f"curve_{phase}_vs_{CURVE[0]}", {})
            against[str(feeds)] = round(milliseconds[str(feeds)] / milliseconds[str(CURVE[0])], 2)
    return figures


def _limit(place: Publishers, folder: Path, run: int) -> float:
    """Time curl --parallel, expat without callbacks on the changed half, and raw SQLite: nothing can be faster."""
    target = folder / f"limit{run}"
    target.mkdir()
    listing = target / "list"
    listing.write_text("".join(f'url = "{place.url(n)}"\noutput = "{target}/{n}"\n' for n in range(place.feeds // 2)))
    started = time.perf_counter()
    subprocess.run(
        ["curl", "-s", "--parallel", "--parallel-max", "64", "--config", str(listing)], check=True, capture_output=True
    )
    for number in range(place.feeds // 2):
        xml.parsers.expat.ParserCreate().Parse((target / str(number)).read_bytes(), True)
    with sqlite3.connect(target / "db") as database:
        database.execute("CREATE TABLE entries (id TEXT PRIMARY KEY, title TEXT, lead TEXT)")
        rows = ((f"{run}-{n}", "title" * 10, "lead" * 200) for n in range(place.feeds))
        database.executemany("INSERT INTO entries VALUES (?, ?, ?)", rows)
    database.close()
    return time.perf_counter() - started


def _peak_mib(place: Publishers) -> float:
    """Poll twice in a process of its own; return the most that it and its parsers held at one moment."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return float(pool.apply(_poll_twice, (place,)))


def _poll_twice(place: Publishers) -> float:
    bootstrap.log_to_stderr()
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(1) as watcher:
        over = Event()
        peak = watcher.submit(_watched_mib, os.getpid(), over)
        try:
            ours = Ours(place, Path(name))
            ours.poll(), ours.poll()
        finally:
            over.set()
        return peak.result()


def _watched_mib(process: int, over: Event) -> float:
    """Sum what a process and its children hold, again and again (of children, ``getrusage`` knows the largest only)."""
    peak = 0
    while not over.wait(0.02):
        held = (_text(Path(f"/proc/{each}/statm")).split() for each in {str(process), *_children(process)})
        peak = max(peak, sum(int(pages[1]) for pages in held if pages))
    return peak * resource.getpagesize() / 2**20


def _children(process: int) -> list[str]:
    return [c for t in Path(f"/proc/{process}/task").iterdir() for c in _text(t / "children").split()]


def _text(place: Path) -> str:
    """Read what may be gone by now."""
    try:
        return place.read_text(encoding="ascii")
    except OSError:
        return ""


def _ratio(theirs: Callable[[], object], ours: Callable[[], object]) -> float:
    return round(statistics.median(_seconds(theirs) / _seconds(ours) for _ in range(RUNS)), 2)


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _processor_seconds(call: Callable[[], object]) -> float:
    """Time a call and its processes, ended or not, not what else this machine does."""
    started = _processors()
    call()
    return _processors() - started


def _processors() -> float:
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    alive = (_text(Path(f"/proc/{child}/stat")).rpartition(")")[2].split() for child in _children(os.getpid()))
    ticks = sum(int(fields[11]) + int(fields[12]) for fields in alive if fields)
    return sum(each.ru_utime + each.ru_stime for each in spent) + ticks / os.sysconf("SC_CLK_TCK")


def show(figures: Figures) -> str:
    return table(("figure", "value"), [{"figure": name, "value": value} for name, value in figures.items()])
