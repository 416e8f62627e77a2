"""
Collecting: ours against `reader`, newsboat and what curl, expat and SQLite alone allow; near-copies; stories.

All in one run, on one corpus of synthetic feeds behind nginx. In-process times; only ratios mean anything.
"""

import multiprocessing
import resource
import sqlite3
import statistics
import subprocess
import tempfile
import time
import xml.parsers.expat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline import bootstrap, flows
from pipeline.domain import Feed, FeedKind, Terms
from pipeline.settings import load
from tests.bench.figures import Figures, Missing, table
from tests.bench.publisher import Publishers, publishers

FEEDS = 1_000
FEEDS_WITHOUT_304 = 200
RUNS = 3


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
        self._clock.at += timedelta(hours=5)
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
    return figures


def _against_peers(place: Publishers) -> Figures:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours, reader = Ours(place, folder), Reader(place, folder)
        first_ours, first_reader = _seconds(ours.poll), _seconds(reader.poll)
        quiet = [(_seconds(reader.poll), _seconds(ours.poll)) for _ in range(RUNS)]
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


def _limit(place: Publishers, folder: Path, run: int) -> float:
    """Time curl --parallel, expat without callbacks on the changed half, and raw SQLite: nothing can be faster."""
    target = folder / f"limit{run}"
    target.mkdir()
    listing = target / "list"
    listing.write_text("".join(f'url = "{place.url(n)}"\noutput = "{target}/{n}"\n' for n in range(place.feeds // 2)))
    started = time.perf_counter()
    subprocess.run(["curl", "-s", "--parallel", "--parallel-max", "64", "--config", str(listing)], check=True)
    for number in range(place.feeds // 2):
        xml.parsers.expat.ParserCreate().Parse((target / str(number)).read_bytes(), True)
    with sqlite3.connect(target / "db") as database:
        database.execute("CREATE TABLE entries (id TEXT PRIMARY KEY, title TEXT, lead TEXT)")
        rows = ((f"{run}-{n}", "title" * 10, "lead" * 200) for n in range(place.feeds))
        database.executemany("INSERT INTO entries VALUES (?, ?, ?)", rows)
    database.close()
    return time.perf_counter() - started


def _peak_mib(place: Publishers) -> float:
    """Poll twice in a process of its own, and read its high-water mark."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return float(pool.apply(_poll_twice, (place,)))


def _poll_twice(place: Publishers) -> float:
    with tempfile.TemporaryDirectory() as name:
        ours = Ours(place, Path(name))
        ours.poll(), ours.poll()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _ratio(theirs: Callable[[], object], ours: Callable[[], object]) -> float:
    return round(statistics.median(_seconds(theirs) / _seconds(ours) for _ in range(RUNS)), 2)


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def show(figures: Figures) -> str:
    return table(("figure", "value"), [{"figure": name, "value": value} for name, value in figures.items()])
