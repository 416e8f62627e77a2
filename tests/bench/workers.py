"""
Two workers against one, on PostgreSQL: feeds polled and texts tagged a second, side by side in one run.

A worker is a process that is there already, as Celery's are: its start and the model's loading are left out. Feeds
answer as late as publishers far away do. Runs of one and of two workers take turns; medians are told.
"""

import json
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select

from pipeline import bootstrap, flows
from pipeline.domain import Article, Feed, FeedKind, Terms
from pipeline.services import Services
from pipeline.settings import ROOT, load
from pipeline.storage import tables as t
from pipeline.storage.store import Store
from tests import postgres
from tests.bench.figures import Figures, table
from tests.bench.slow import Slow, overlaps, slow

FEEDS, SHARDS, GAP_S = 240, 4, 1.0
TEXTS = 128
RUNS, PATIENCE_S = 3, 240.0
"""Turns wanted, and after how long no further one is begun."""
_AT = datetime(2026, 3, 4, tzinfo=UTC)
_services: list[Services] = []


def measure() -> Figures:
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as docker-compose.yml has it: workers started from here inherit it
    with postgres.server() as url, slow(FEEDS) as place, tempfile.TemporaryDirectory() as var:
        pools = {number: _pool(number, url, place, Path(var)) for number in (1, 2)}
        try:
            return {
                "polling": _polling(pools, url, place),
                "tagging": _tagging(pools, url),
                "feeds": FEEDS,
                "texts": TEXTS,
            }
        finally:
            for pool in pools.values():
                pool.close()
                pool.join()


def _polling(pools: dict[int, Pool], url: str, place: Slow) -> Figures:
    store, faults, twice, shortest = Store(url), 0, 0, float("inf")

    def run(pool: Pool, turn: int) -> float:
        nonlocal faults, twice, shortest
        took = _timed(pool, _poll, [(shard, turn) for shard in range(SHARDS)])
        asked = place.asked()
        at_once, pause = overlaps(asked)
        faults, shortest = faults + at_once, min(shortest, pause)
        twice += len(asked) - len({feed for _, feed, _, _ in asked})
        if len({feed for _, feed, _, _ in asked}) != FEEDS:
            raise RuntimeError(f"{len(asked)} questions to {FEEDS} feeds")
        return FEEDS / took

    run(pools[2], -1)  # the first poll of a feed brings everything
    found = _turns(pools, run)
    entries = store.counts()["entries"]
    store.close()
    politeness = {"asked_twice": twice, "asked_while_answering": faults, "shortest_pause_s": round(shortest, 2)}
    return {**found, **politeness, "entries": entries}


def _tagging(pools: dict[int, Pool], url: str) -> Figures:
    store = Store(url)

    def run(pool: Pool, number: int) -> float:
        with store._database.write() as connection:
            for name in (t.entries, t.versions, t.tags, t.articles):
                connection.execute(delete(name))
        store.articles.record([(article.article_id, article) for article in _texts(number // 2)])
        took = _timed(pool, _tag, [(n, 0) for n in range(pool._processes)])  # type: ignore[attr-defined]
        with store._database.read() as connection:
            tagged = connection.scalar(select(func.count()).select_from(t.tags))
        if tagged != TEXTS:
            raise RuntimeError(f"{tagged} tags of {TEXTS} texts")
        return TEXTS / took

    found = _turns(pools, run)
    shares = [dict(one.totals) for one in store.passes.all() if one.verb == "classify"]
    store.close()
    return {**found, "tagged_in_all": shares[0]["tagged"], "wanted_in_all": TEXTS * 2 * len(found["ratios"])}


def _turns(pools: dict[int, Pool], run: Callable[[Pool, int], float]) -> Figures:
    """Let one and two workers take turns; returns medians and the ratio of every turn."""
    runs, began = count(), time.monotonic()
    rates: dict[int, list[float]] = {1: [], 2: []}
    for turn in range(RUNS):
        if turn and time.monotonic() - began > PATIENCE_S:
            break
        for number in (1, 2) if turn % 2 else (2, 1):
            rates[number].append(run(pools[number], next(runs)))
    ratios = [two / one for one, two in zip(rates[1], rates[2], strict=True)]
    return {
        "one_per_s": round(statistics.median(rates[1]), 1),
        "two_per_s": round(statistics.median(rates[2]), 1),
        "ratio": round(statistics.median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in ratios],
    }


def _timed(pool: Pool, work: Callable[[tuple[int, int]], Any], tasks: Sequence[tuple[int, int]]) -> float:
    started = time.monotonic()
    pool.map(work, tasks, chunksize=1)
    return time.monotonic() - started


def _pool(number: int, url: str, place: Slow, var: Path) -> Pool:
    urls = [place.url(feed) for feed in range(FEEDS)]
    pool = multiprocessing.get_context("spawn").Pool(number, _begin, (url, urls, str(var)))
    pool.map(_ready, range(4 * number), chunksize=1)
    return pool


def _begin(url: str, urls: list[str], var: str) -> None:
    """Become a worker."""
    bootstrap.log_to_stderr()
    settings = load({"STANCEWATCH_VAR_DIR": var, "STANCEWATCH_DATABASE_URL": url})
    known = {"country": "JP", "kind": FeedKind.WIRE, "terms": Terms.OPEN, "timezone": "UTC", "allow_private": True}
    feeds = tuple(Feed(name=f"feed {n}", url=address, min_gap_s=GAP_S, **known) for n, address in enumerate(urls))  # type: ignore[arg-type]
    _services.append(bootstrap.services(replace(settings, feeds=feeds)))
    _services[0].tagger().tag([article.text for article in _texts(RUNS)[:8]])


def _ready(_: int) -> None:
    time.sleep(0.2)  # every worker takes one


def _poll(task: tuple[int, int]) -> dict[str, int]:
    shard, turn = task
    began, started = time.monotonic(), _AT + timedelta(days=turn)  # a day on, all are due again
    clock = replace(_services[0], now=lambda: started + timedelta(seconds=time.monotonic() - began))
    return flows.poll(clock, shard, SHARDS)


def _tag(_: tuple[int, int]) -> dict[str, int]:
    return flows.classify(_services[0])


def _texts(turn: int) -> list[Article]:
    """Read the texts of one turn: a worker remembers what it has read, so each turn has others."""
    files = sorted((ROOT / "models" / "evaluation").glob("*.jsonl"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [_article(number, json.loads(line)) for number, line in enumerate(lines[TEXTS * turn :][:TEXTS])]


def _article(number: int, row: dict[str, Any]) -> Article:
    name = f"text-{number}"
    return Article(
        article_id=name,
        copy_id=name,
        story_id=name,
        source="",
        origin="",
        url="",
        lang=row["lang"],
        title=row["title"],
        lead=row["lead"],
        published_at=None,
        seen_at=_AT + timedelta(seconds=number),
        history=False,
    )


def show(figures: Figures) -> str:
    rows = [
        {
            "": name,
            "one worker": f"{figures[name]['one_per_s']}/s",
            "two workers": f"{figures[name]['two_per_s']}/s",
            "ratio": f"{figures[name]['ratio']} {figures[name]['ratios']}",
        }
        for name in ("polling", "tagging")
    ]
    polite = figures["polling"]
    return (
        f"{table(['', 'one worker', 'two workers', 'ratio'], rows)}\n"
        f"{figures['feeds']} feeds, four to a host; {figures['texts']} texts; medians\n"
        f"asked twice {polite['asked_twice']}, a host asked while answering {polite['asked_while_answering']}, "
        f"shortest pause at a host {polite['shortest_pause_s']} s (wanted {GAP_S})"
    )
