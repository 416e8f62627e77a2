"""
Door: labelled texts on disk -> samples. The corpus is ours; the seed documents are read only where they lie.

The seed papers' sentences are not in the project: an annotation points into a document by its SHA-256 and
character span. Where a document is not at hand, `pipeline.classify.artifact` holds the hashed vectors.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.domain import Act, Actor, RefusalError, ReportedShift, Stance, Text, Track, Voice


class CorpusError(RefusalError):
    """A labelled text cannot be used: the message names file, line and mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What an annotator says of one position."""

    actor: Actor
    voice: Voice
    stance: Stance
    reported_shift: ReportedShift
    act: Act
    allegation: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One labelled text; texts on one happening share a ``story``."""

    name: str
    story: str
    text: Text
    relevant: bool
    positions: tuple[Label, ...]
    tracks: frozenset[Track]


def corpus(folder: Path) -> list[Sample]:
    """Read every ``*.jsonl`` of a folder, in the order of names and lines."""
    samples = [sample for path in sorted(folder.glob("*.jsonl")) for sample in labelled(path)]
    if not samples:
        raise CorpusError(f"{folder}: no labelled texts (*.jsonl)")
    return samples


def labelled(path: Path) -> list[Sample]:
    """Read one file of labelled texts, in the order of lines."""
    return [_sample(row, f"{path}: line {number}", _own_text) for number, row in _lines(path)]


def seeds(annotations: Path, documents: Path) -> list[Sample]:
    """
    Read the seed documents through their annotations.

    Raises `CorpusError` naming the SHA-256 that is wanted where a document is missing or another.
    """
    rows = list(_lines(annotations))
    texts = _documents(documents, {row["document"] for _, row in rows if "document" in row})

    def text_of(row: Mapping[str, Any]) -> Text:
        whole, start, end = texts[row["document"]], row["start"], row["end"]
        if not 0 <= start < end <= len(whole):
            raise ValueError(f"{start} to {end} is no span of a document with {len(whole)} characters")
        return Text(title=whole[start:end], lead="", lang="en")

    return [_sample(row, f"{annotations}: line {number}", text_of) for number, row in rows]


def digest(paths: Iterable[Path]) -> str:
    """Return one SHA-256 over files, names and bytes: what a model was made from."""
    whole = hashlib.sha256()
    for path in sorted(paths, key=lambda p: p.name):
        whole.update(f"{path.name}\0{digest_of(path)}\0".encode())
    return whole.hexdigest()


def digest_of(path: Path) -> str:
    """Return the SHA-256 of one file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _documents(folder: Path, wanted: set[str]) -> dict[str, str]:
    if not folder.is_dir():
        raise CorpusError(f"{folder}: no such folder; name the one that holds the seed documents")
    found = {}
    for path in sorted(folder.iterdir()):
        if path.is_file():
            body = path.read_bytes()
            found[hashlib.sha256(body).hexdigest()] = body
    if missing := sorted(wanted - set(found)):
        raise CorpusError(
            f"{folder}: no document with SHA-256 {' or '.join(missing)}; "
            f"of its {len(found)} files none has that digest (an edited copy does not serve)"
        )
    return {sha: found[sha].decode("utf-8") for sha in wanted}


def _lines(path: Path) -> Iterable[tuple[int, dict[str, Any]]]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # splitlines() also cuts at U+2028, inside a text
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: {error}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                raise CorpusError(f"{path}: line {number}: not JSON ({error})") from error
            if not isinstance(row, dict):
                raise CorpusError(f"{path}: line {number}: not a JSON object")
            yield number, row


def _own_text(row: Mapping[str, Any]) -> Text:
    date = row.get("date")
    return Text(
        title=row.get("title") or "",
        lead=row.get("lead") or "",
        lang=row["lang"],
        published_at=datetime.fromisoformat(date).replace(tzinfo=UTC) if date else None,
    )


def _sample(row: Mapping[str, Any], where: str, text_of: Callable[[Mapping[str, Any]], Text]) -> Sample:
    try:
        positions = tuple(
            Label(
                actor=Actor(p["actor"]),
                voice=Voice(p["voice"]),
                stance=Stance(p["stance"]),
                reported_shift=ReportedShift(p["reported_shift"]),
                act=Act(p["act"]),
                allegation=_flag(p["allegation"]),
            )
            for p in row["positions"]
        )
        tracks = frozenset(map(Track, row["tracks"]))
        name = str(row.get("id", where))
        story = str(row.get("story") or name)
        return Sample(
            name=name,
            story=story,
            text=text_of(row),
            relevant=_flag(row["relevant"]),
            positions=positions,
            tracks=tracks,
        )
    except KeyError as error:
        raise CorpusError(f"{where}: {error} is missing; see docs/codebook.md for the labels") from error
    except (ValueError, TypeError) as error:
        raise CorpusError(f"{where}: {error}; see docs/codebook.md for the labels") from error


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value
