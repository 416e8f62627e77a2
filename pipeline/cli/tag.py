"""
JSON Lines of texts -> JSON Lines of tags: the door for annotation, back-fill and measuring.

Keys are added here, never renamed. A line that cannot be read is named on stderr and does not stop the rest.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from pipeline import bootstrap
from pipeline.domain import Tag, Text
from pipeline.flows import BATCH
from pipeline.language.text import language
from pipeline.settings import load


class LineError(ValueError):
    """A line is not a text; the message says what is wanted."""


def tag(arguments: argparse.Namespace) -> int:
    """Tag what comes on stdin. Exit status 1 where a line was refused."""
    tagger = bootstrap.tagger(load(), arguments.model)
    refused = 0
    for batch in _batches(sys.stdin.buffer):
        good: list[tuple[str, Text]] = []
        for number, line in batch:
            try:
                good.append(read(line))
            except LineError as error:
                refused += 1
                print(f"line {number}: {error}", file=sys.stderr)
        for (name, text), found in zip(good, tagger.tag([text for _, text in good]), strict=True):
            row = written(name, found)
            if arguments.why:
                for said, position in zip(row["positions"], found.positions, strict=True):
                    said["why"] = [asdict(reason) for reason in tagger.why(text, position)]
            # ASCII: an id may hold what this terminal, or UTF-8 itself, cannot
            sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()
    return 1 if refused else 0


def read(line: bytes) -> tuple[str, Text]:
    """Read one line: ``id`` and ``lang`` are strings, ``title`` and ``lead`` may be empty, lead and date null."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise LineError(f"not JSON: {error}") from error
    if not isinstance(row, dict):
        raise LineError("not a JSON object")
    values = {key: row.get(key) for key in ("id", "lang", "title", "lead", "date")}
    for key in ("id", "lang", "title"):
        if not isinstance(values[key], str):
            raise LineError(f"`{key}` has to be a string")
    if not isinstance(values["lead"], str | None):
        raise LineError("`lead` has to be a string or null")
    title, lead = (str(values[key] or "").encode("utf-8", "ignore").decode() for key in ("title", "lead"))
    lang = language(f"{title} {lead}", values["lang"])
    return str(values["id"]), Text(title=title, lead=lead, lang=lang, published_at=_date(values["date"]))


def written(name: str, found: Tag) -> dict[str, Any]:
    """Return a tag as the keys that are promised."""
    return {
        "id": name,
        "relevant": found.relevant,
        "relevance": found.relevance,
        "positions": [
            {
                "actor": p.actor,
                "voice": p.voice,
                "stance": p.stance,
                "stance_probabilities": p.stance_probabilities,
                "reported_shift": p.reported_shift,
                "shift_probabilities": p.shift_probabilities,
                "act": p.act,
                "allegation": p.allegation,
                "unsure": p.unsure,
                "gloss": asdict(p.gloss) if p.gloss else None,
            }
            for p in found.positions
        ],
        "tracks": found.tracks,
        "model": found.model,
    }


def _date(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise LineError("`date` has to be an ISO date or null") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _batches(lines: Iterable[bytes]) -> Iterator[Sequence[tuple[int, bytes]]]:
    batch: list[tuple[int, bytes]] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            batch.append((number, line))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
