"""
Door: models and the seeds' vectors on disk, as plain arrays (npz) that cannot execute code on load.

A folder ``<version>/`` holds ``model.npz``, ``metrics.json`` and ``card.md``; the file ``current`` beside it names
one version and the SHA-256 of its ``model.npz``, and nothing else is loaded.
"""

import hashlib
import io
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from scipy.sparse import csr_matrix

from pipeline.classify.current import named
from pipeline.classify.features import VERSION as FEATURES_VERSION
from pipeline.classify.model import DIMENSIONS, Model, Question
from pipeline.classify.second import WEIGHTS, Second
from pipeline.classify.train import Design, Table
from pipeline.domain import RefusalError

_SECOND = "second/"


class ArtifactError(RefusalError):
    """A model or vector file cannot be used: the message names it and the mend."""


def save(folder: Path, model: Model, metrics: Mapping[str, Any], card: str) -> str:
    """Write a model's folder; returns the SHA-256 of its arrays. Written whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    second = model.second
    arrays: dict[str, Any] = {
        "meta": _text(
            {
                "version": model.version,
                "features": model.features_version,
                "labels": {name: question.labels for name, question in model.questions.items()},
                "sharpness": dict(model.sharpness),
                "encoder": second.encoder if second else None,
            }
        )
    }
    arrays |= _arrays(model.questions)
    if second:
        arrays |= {f"{_SECOND}{name}": array for name, array in second.weights.items()}
    body = _npz(arrays)
    _replace(folder / "model.npz", body)
    _replace(folder / "metrics.json", (json.dumps(metrics, indent=2) + "\n").encode())
    _replace(folder / "card.md", card.encode())
    return hashlib.sha256(body).hexdigest()


def metrics(folder: Path) -> dict[str, Any]:
    """Return what a model reached when it was made."""
    path = folder / "metrics.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{path}: {error}; name the folder of a trained model") from error
    return found


def promote(models: Path, version: str, sha256: str) -> None:
    """Make one version the current one."""
    _replace(models / "current", f"{version} {sha256}\n".encode())


def current(*places: Path) -> Model:
    """Load the current model of the first place that names one; its digest must match."""
    if found := named(*places):
        return load(*found)
    raise ArtifactError(f"no model: none of {', '.join(map(str, places))} holds a file `current`; run `./run train`")


def current_second(*places: Path) -> tuple[Second, Mapping[str, float], Mapping[str, Any]] | None:
    """Load the current model's second voter, its powers (for first voters of any features) and what it was held to."""
    if not (found := named(*places)):
        return None
    with _opened(*found) as (_, arrays):
        meta = _meta(arrays)
        second = _second(meta, arrays)
        powers = {name: power for name, power in meta["sharpness"].items() if name.endswith("/both")}
    return (second, powers, metrics(found[0]).get("held_back_of_own_corpus", {})) if second else None


def load(folder: Path, sha256: str | None = None) -> Model:
    """Load one model folder; with ``sha256`` only when the arrays' digest is that."""
    with _opened(folder, sha256) as (path, arrays):
        meta = _of_these_features(_meta(arrays), path, "run `./run train`")
        return Model(
            version=meta["version"],
            questions=_questions(meta["labels"], arrays),
            features_version=meta["features"],
            second=_second(meta, arrays),
            sharpness=meta["sharpness"],
        )


@contextmanager
def _opened(folder: Path, sha256: str | None) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    path = folder / "model.npz"
    try:
        body = path.read_bytes()
    except OSError as error:
        raise ArtifactError(f"{path}: {error.strerror}; run `./run train`") from error
    if sha256 is not None and (found := hashlib.sha256(body).hexdigest()) != sha256:
        raise ArtifactError(f"{path}: its SHA-256 is {found}, not the {sha256} that `current` names: not loaded")
    with _reading(path), np.load(io.BytesIO(body), allow_pickle=False) as arrays:
        yield path, arrays


def _second(meta: Mapping[str, Any], arrays: Mapping[str, Any]) -> Second | None:
    if not meta["encoder"]:
        return None
    return Second(meta["encoder"], {name: arrays[f"{_SECOND}{name}"] for name in WEIGHTS})


def _arrays(questions: Mapping[str, Question]) -> dict[str, Any]:
    return {
        f"{name}/{part}": getattr(question, part)
        for name, question in questions.items()
        for part in ("columns", "weights", "bias")
    }


def _questions(labels: Mapping[str, Any], arrays: Mapping[str, Any]) -> dict[str, Question]:
    return {
        name: Question(tuple(of_it), *(arrays[f"{name}/{part}"] for part in ("columns", "weights", "bias")))
        for name, of_it in labels.items()
    }


def save_vectors(path: Path, vectors: Design) -> None:
    """Write the hashed vectors of the seed documents; they hold no wording."""
    labels = {family: dict(table.labels) for family, table in vectors.items()}
    arrays: dict[str, Any] = {"meta": _text({"features": FEATURES_VERSION, "labels": labels})}
    for family, table in vectors.items():
        arrays |= {
            f"{family}/data": table.rows.data.astype(np.float64),
            f"{family}/indices": table.rows.indices,
            f"{family}/indptr": table.rows.indptr,
            f"{family}/samples": table.samples,
            f"{family}/who": table.who,
        }
    _replace(path, _npz(arrays))


def load_vectors(path: Path) -> Design:
    """Load the seeds' vectors; raises `ArtifactError` where they are missing or of other features."""
    mend = "run `./run train --seeds DIR` with the folder of the seed documents"
    if not path.is_file():
        raise ArtifactError(f"{path}: missing; {mend}")
    with _reading(path), np.load(path, allow_pickle=False) as arrays:
        meta = _of_these_features(_meta(arrays), path, mend)
        return {
            family: Table(
                rows=csr_matrix(
                    (arrays[f"{family}/data"], arrays[f"{family}/indices"], arrays[f"{family}/indptr"]),
                    shape=(len(arrays[f"{family}/samples"]), DIMENSIONS),
                ),
                samples=arrays[f"{family}/samples"],
                labels={question: tuple(answers) for question, answers in labels.items()},
                who=arrays[f"{family}/who"],
            )
            for family, labels in meta["labels"].items()
        }


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Name the file where its bytes are not ours: cut off, of another kind, or objects, which would be code."""
    try:
        yield
    except (ValueError, KeyError, TypeError, EOFError, BadZipFile, zlib.error) as error:
        raise ArtifactError(f"{path}: not arrays of ours ({error}); run `./run train`") from error


def _meta(arrays: Mapping[str, Any]) -> dict[str, Any]:
    meta: dict[str, Any] = json.loads(str(arrays["meta"]))
    return meta


def _of_these_features(meta: dict[str, Any], path: Path, mend: str) -> dict[str, Any]:
    if meta["features"] != FEATURES_VERSION:
        raise ArtifactError(
            f"{path}: made with features version {meta['features']}, this is {FEATURES_VERSION}; {mend}"
        )
    return meta


def _text(value: object) -> np.ndarray[Any, np.dtype[np.str_]]:
    return np.array(json.dumps(value, sort_keys=True))


def _npz(arrays: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _replace(path: Path, body: bytes) -> None:
    """Write beside, then rename: a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(body)
    beside.replace(path)
