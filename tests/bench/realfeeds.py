"""
Do the real-input feeds come out whole? Polls ``$STANCEWATCH_SHARED/realfeeds`` over loopback and dedups.

Of each feed: entries expected, found, lost, duplicated, not in the manifest; and of those found how many have
another date (to the minute), language, title or lead than the manifest says.
"""

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline import bootstrap, flows
from pipeline.demo.server import loopback
from pipeline.domain import Entry
from pipeline.settings import load
from tests.bench.figures import Figures, Missing, table

_COUNTRIES = {"ja": "JP", "ko": "KR", "zh-Hant": "TW", "zh-Hans": "CN", "uk": "UA", "ru": "RU", "en": "GB"}
_FIELDS = ("published_at", "lang", "title", "lead")
_COLUMNS = ("file", "name", "expected", "found", "lost", "duplicated", "extra", *_FIELDS, "oddity")


def manifest() -> list[dict[str, Any]]:
    shared = os.environ.get("STANCEWATCH_SHARED")
    if not shared or not (Path(shared) / "realfeeds" / "manifest.json").is_file():
        raise Missing("the real-input feeds: set STANCEWATCH_SHARED to the folder that holds realfeeds/manifest.json")
    feeds: list[dict[str, Any]] = json.loads((Path(shared) / "realfeeds" / "manifest.json").read_text("utf-8"))
    for feed in feeds:
        feed["body"] = (Path(shared) / "realfeeds" / feed["file"]).read_bytes()
    return feeds


@contextmanager
def served(feeds: list[dict[str, Any]], config: Path) -> Iterator[None]:
    """Serve the feeds on loopback, and write the configuration that polls them."""
    answers = {f"/{feed['file']}": (feed["body"], feed["headers"]) for feed in feeds}
    with loopback(answers.get) as place:
        config.mkdir()
        rows = [
            {
                "name": feed["name"],
                "url": f"http://{place}/{feed['file']}",
                "lang": feed["lang"],
                "country": _COUNTRIES[feed["lang"]],
                "kind": "wire",
                "terms": "open",
                "timezone": f"+{feed['utc_offset_minutes'] // 60:02}:{feed['utc_offset_minutes'] % 60:02}",
                "allow_private": True,
                "min_gap": 0,
            }
            for feed in feeds
        ]
        (config / "feeds.yaml").write_text(json.dumps({"feeds": rows}), encoding="utf-8")
        (config / "sources.yaml").write_text('{"sources": []}', encoding="utf-8")
        yield


def measure() -> Figures:
    feeds = manifest()
    with tempfile.TemporaryDirectory() as folder, served(feeds, Path(folder) / "config"):
        settings = load({"STANCEWATCH_CONFIG_DIR": f"{folder}/config", "STANCEWATCH_VAR_DIR": f"{folder}/var"})
        clock = [bootstrap.now()]
        services = bootstrap.services(settings, clock=lambda: clock[0])
        polled, deduped = flows.poll(services), flows.dedup(services)
        clock[0] += timedelta(days=1)
        again = flows.poll(services)
        entries = services.store.entries.of_feeds([feed["name"] for feed in feeds])
        rows = services.store.counts()
        services.store.close()
    found = [_compare(feed, [entry for entry in entries if entry.feed == feed["name"]]) for feed in feeds]
    counted = [column for column in _COLUMNS if column not in {"file", "name", "oddity"}]
    return {
        "total": {column: sum(feed[column] for feed in found) for column in counted},
        "polled": polled,
        "polled_again": again,
        "deduped": deduped,
        "rows": rows,
        "feeds": found,
    }


def show(figures: Figures) -> str:
    total = {"file": "all", **figures["total"]}
    differences = [
        f"{feed['file']} {one['id']} {one['field']}: wanted {one['wanted']!r}, got {one['got']!r}"
        for feed in figures["feeds"]
        for one in feed["differences"]
    ]
    said = f"polled {figures['polled']}, a day later {figures['polled_again']}, dedup {figures['deduped']}"
    return "\n".join([table(_COLUMNS, [*figures["feeds"], total]), said, *differences])


def _compare(feed: dict[str, Any], entries: list[Entry]) -> dict[str, Any]:
    by_link = {entry.url: entry for entry in entries}
    wanted = {one["link"]: one for one in feed["entries"]}
    counts = Counter(entry.url for entry in entries)
    differences = [
        {"id": one["id"], "field": field, "wanted": value, "got": got}
        for link, one in wanted.items()
        if link in by_link
        for field, value, got in _fields(feed, one, by_link[link])
        if value != got
    ]
    wrong = Counter(one["field"] for one in differences)
    return {
        "file": feed["file"],
        "name": feed["name"],
        "oddity": feed["oddity"] or "",
        "expected": len(wanted),
        "found": len(wanted.keys() & counts.keys()),
        "lost": len(wanted.keys() - counts.keys()),
        "duplicated": sum(counts[link] - 1 for link in wanted if counts[link]),
        "extra": sum(number for link, number in counts.items() if link not in wanted),
        **{field: wrong[field] for field in _FIELDS},
        "differences": differences,
    }


def _fields(feed: dict[str, Any], wanted: dict[str, Any], entry: Entry) -> Iterator[tuple[str, Any, Any]]:
    yield "published_at", wanted["published_at"], _to_the_minute(entry.published_at)
    yield "lang", feed["lang"], entry.lang
    yield "title", wanted["title"], entry.title
    # a summary that only repeats the title is none
    yield "lead", "" if wanted["lead"] == wanted["title"] else wanted["lead"], entry.lead


def _to_the_minute(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%MZ") if at else None
