"""
Door: labelled texts on disk -> samples. The corpus is ours; the seed documents are read only where they lie.

The seed papers' sentences are not in the project: an annotation points into a document by its SHA-256 and
character span. Where a document is not at hand, `pipeline.classify.artifact` holds the hashed vectors.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.domain import Act, Actor, ReportedShift, Stance, Text, Track, Voice


class CorpusError(ValueError):
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
    """One labelled text."""

    text: Text
    relevant: bool
    positions: tuple[Label, ...]
    tracks: frozenset[Track]


def corpus(folder: Path) -> list[Sample]:
    """Read every ``*.jsonl`` of a folder, in the order of names and lines."""
    samples = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, row in _lines(path):
            date = row.get("date")
            text = Text(
                title=row.get("title") or "",
                lead=row.get("lead") or "",
                lang=row["lang"],
                published_at=datetime.fromisoformat(date).replace(tzinfo=UTC) if date else None,
            )
            samples.append(_sample(text, row, f"{path}: line {number}"))
    if not samples:
        raise CorpusError(f"{folder}: no labelled texts (*.jsonl)")
    return samples


def seeds(annotations: Path, documents: Path) -> list[Sample]:
    """
    Read the seed documents through their annotations.

    Raises `CorpusError` naming the SHA-256 that is wanted where a document is missing or another.
    """
    rows = list(_lines(annotations))
    texts = _documents(documents, {row["document"] for _, row in rows})
    return [
        _sample(
            Text(title=texts[row["document"]][row["start"] : row["end"]], lead="", lang="en"),
            row,
            f"{annotations}: line {number}",
        )
        for number, row in rows
    ]


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
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise CorpusError(f"{path}: {error.strerror}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise CorpusError(f"{path}: line {number}: not JSON ({error})") from error


def _sample(text: Text, row: Mapping[str, Any], where: str) -> Sample:
    try:
        positions = tuple(
            Label(
                actor=Actor(p["actor"]),
                voice=Voice(p["voice"]),
                stance=Stance(p["stance"]),
                reported_shift=ReportedShift(p["reported_shift"]),
                act=Act(p["act"]),
                allegation=bool(p["allegation"]),
            )
            for p in row["positions"]
        )
        tracks = frozenset(map(Track, row["tracks"]))
        return Sample(text=text, relevant=row["relevant"], positions=positions, tracks=tracks)
    except (KeyError, ValueError, TypeError) as error:
        raise CorpusError(f"{where}: {error}; see docs/codebook.md for the labels") from error
