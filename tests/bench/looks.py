"""
What a look of `flows.detect` costs on an embedded store: at everything, and from a checkpoint, by length of history.

Stories are invented, 28 a week in 50 articles, and nothing moves. For the comparison by length the detectors accept so
few false alarms that chance raises none; ordinary days have the default settings, with what chance has raised and what
is held: each vote of a series that is held has everything looked at.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count, islice
from statistics import mean, median

import structlog

from pipeline import flows
from pipeline.domain import TaggedArticle
from pipeline.shapes import DetectSettings
from tests.bench import faults
from tests.bench.figures import Figures
from tests.bench.invented import told
from tests.house import House, house

SIZES = 1_000, 4_000, 16_000
NEW, TIMES, MORE = 5, 9, 400
DAYS = 3
_BLOCK_DAYS = 224.0
_A_LOOK = timedelta(minutes=10)
_STRICT = DetectSettings(false_alarms_per_quarter=1e-12)


def measure(sizes: Sequence[int] = SIZES, days: int = DAYS) -> Figures:
    """Time looks after so many articles, and in ordinary days."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    try:
        return _compared(_tagged(sizes[-1] + MORE), sizes, days)
    finally:
        structlog.reset_defaults()


def _compared(known: Sequence[TaggedArticle], sizes: Sequence[int], days: int) -> Figures:
    found = Figures()
    for size in sizes:
        found |= {f"look_{name}_{size}": value for name, value in _after(known, size).items()}
    small, large = sizes[0], sizes[-1]
    for kind in "whole", "short":
        ratio = found[f"look_{kind}_seconds_{large}"] / found[f"look_{kind}_seconds_{small}"]
        found[f"look_{kind}_{large}_against_{small}"] = round(ratio, 2)
    for size in sizes:
        found |= {f"looks_{name}_{size}": value for name, value in _ordinary(known, size, days).items()}
    return found


def _after(known: Sequence[TaggedArticle], size: int) -> Figures:
    """Time a look at everything, looks after a few new articles, and looks after none."""
    with house(sources=tuple(faults._SOURCES.values()), feeds=faults._FEEDS, detect=_STRICT) as home:
        _read(home, known[:size])
        flows.detect(home.services)
        home.store.checkpoints.clear()
        whole, _ = _look(home)
        short, quiet = list[tuple[float, int]](), list[tuple[float, int]]()
        for start in range(size, size + NEW * TIMES, NEW):
            _read(home, known[start : start + NEW])
            short.append(_look(home))
            quiet.append(_look(home))
    return {
        "whole_seconds": round(whole, 3),
        "short_seconds": round(median(seconds for seconds, _ in short), 4),
        "quiet_seconds": round(median(seconds for seconds, _ in quiet), 4),
        "short_share": round(mean(shorts for _, shorts in short), 2),
    }


def _ordinary(known: Sequence[TaggedArticle], size: int, days: int) -> Figures:
    """Look every ten minutes for some days: how many looks were short, and what a look took on average."""
    with house(sources=tuple(faults._SOURCES.values()), feeds=faults._FEEDS) as home:
        _read(home, known[:size])
        flows.detect(home.services)
        looks, place, until = list[tuple[float, int]](), size, home.clock() + timedelta(days=days)
        while home.clock() < until:
            home.clock.forward(seconds=_A_LOOK.total_seconds())
            later = next(n for n in count(place) if known[n].article.seen_at > home.clock())
            _write(home, known[place:later])
            place = later
            looks.append(_look(home))
        held = sum(shift.held is not None for shift in home.store.shifts.all())
    return {
        "taken": len(looks),
        "short_share": round(mean(shorts for _, shorts in looks), 4),
        "seconds_mean": round(mean(seconds for seconds, _ in looks), 4),
        "articles_new": place - size,
        "held": held,
    }


def _tagged(number: int) -> list[TaggedArticle]:
    """Tell so many articles, one invented world after the other."""
    tellings = (
        replace(
            one,
            story=f"{block}-{one.story}",
            title=f"{block} {one.title}",
            seen=one.seen + _BLOCK_DAYS * block,
            published=one.published + _BLOCK_DAYS * block,
        )
        for block in count()
        for one in told(block)
    )
    known = islice(tellings, number + 1_000)  # the last stories of one world are still told in the next
    return sorted(map(faults._tagged, known), key=lambda one: one.article.seen_at)[:number]


def _read(home: House, some: Sequence[TaggedArticle]) -> None:
    """Write articles and set the clock to the last of them."""
    _write(home, some)
    home.clock.at = some[-1].article.seen_at + timedelta(minutes=1)


def _write(home: House, some: Sequence[TaggedArticle]) -> None:
    known = home.store.articles
    for start in range(0, len(some), 500):
        part = some[start : start + 500]
        known.record([(one.article.article_id, one.article) for one in part])
        known.gather([one.article for one in part], (), (), home.clock())
        known.record_tags({one.article.article_id: one.tag for one in part})


def _look(home: House) -> tuple[float, int]:
    """Look; the seconds that it took, and whether it was short."""
    started = time.process_time()
    counts = flows.detect(home.services)
    return time.process_time() - started, counts.get("short", 0)
