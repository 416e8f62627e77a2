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

from pipeline.classify.features import VERSION as FEATURES_VERSION
from pipeline.classify.model import DIMENSIONS, Model, Question
from pipeline.classify.train import Design, Table
from pipeline.domain import RefusalError


class ArtifactError(RefusalError):
    """A model or vector file cannot be used: the message names it and the mend."""


def save(folder: Path, model: Model, metrics: Mapping[str, Any], card: str) -> str:
    """Write a model's folder; returns the SHA-256 of its arrays. Written whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {
        "meta": _text(
            {
                "version": model.version,
                "features": model.features_version,
                "labels": {name: question.labels for name, question in model.questions.items()},
            }
        )
    }
    for name, question in model.questions.items():
        arrays |= {
            f"{name}/columns": question.columns,
            f"{name}/weights": question.weights,
            f"{name}/bias": question.bias,
        }
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
    for models in places:
        if (models / "current").is_file():
            version, _, sha256 = (models / "current").read_text(encoding="utf-8").strip().partition(" ")
            return load(models / version, sha256)
    raise ArtifactError(f"no model: none of {', '.join(map(str, places))} holds a file `current`; run `./run train`")


def load(folder: Path, sha256: str | None = None) -> Model:
    """Load one model folder; with ``sha256`` only when the arrays' digest is that."""
    path = folder / "model.npz"
    try:
        body = path.read_bytes()
    except OSError as error:
        raise ArtifactError(f"{path}: {error.strerror}; run `./run train`") from error
    if sha256 is not None and (found := hashlib.sha256(body).hexdigest()) != sha256:
        raise ArtifactError(f"{path}: its SHA-256 is {found}, not the {sha256} that `current` names: not loaded")
    with _reading(path), np.load(io.BytesIO(body), allow_pickle=False) as arrays:
        meta = _meta(path, arrays, "run `./run train`")
        questions = {
            name: Question(tuple(labels), arrays[f"{name}/columns"], arrays[f"{name}/weights"], arrays[f"{name}/bias"])
            for name, labels in meta["labels"].items()
        }
    return Model(version=meta["version"], questions=questions, features_version=meta["features"])


def save_vectors(path: Path, vectors: Design) -> None:
    """Write the hashed vectors of the seed documents; no wording can be read from them."""
    arrays: dict[str, Any] = {
        "meta": _text({"features": FEATURES_VERSION, "labels": {f: dict(t.labels) for f, t in vectors.items()}})
    }
    for family, table in vectors.items():
        arrays |= {
            f"{family}/data": table.rows.data.astype(np.float64),
            f"{family}/indices": table.rows.indices,
            f"{family}/indptr": table.rows.indptr,
            f"{family}/samples": table.samples,
        }
    _replace(path, _npz(arrays))


def load_vectors(path: Path) -> Design:
    """Load the seeds' vectors; raises `ArtifactError` where they are missing or of other features."""
    mend = "run `./run train --seeds DIR` with the folder of the seed documents"
    if not path.is_file():
        raise ArtifactError(f"{path}: missing; {mend}")
    with _reading(path), np.load(path, allow_pickle=False) as arrays:
        meta = _meta(path, arrays, mend)
        return {
            family: Table(
                rows=csr_matrix(
                    (arrays[f"{family}/data"], arrays[f"{family}/indices"], arrays[f"{family}/indptr"]),
                    shape=(len(arrays[f"{family}/samples"]), DIMENSIONS),
                ),
                samples=arrays[f"{family}/samples"],
                labels={question: tuple(answers) for question, answers in labels.items()},
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


def _meta(path: Path, arrays: Mapping[str, Any], mend: str) -> dict[str, Any]:
    meta: dict[str, Any] = json.loads(str(arrays["meta"]))
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
