"""
The model's own flow: train -> evaluate -> promote. Deterministic: the same labelled texts give the same model.

A model is trained into a folder of its own and serves only after `promote`, which refuses one below a floor
of ``models/floors.json``.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from pipeline.classify import artifact, corpus, encoder, features, train
from pipeline.classify.model import Model
from pipeline.domain import RefusalError
from pipeline.language.concepts import Concepts
from pipeline.settings import ROOT, Settings

MODELS = ROOT / "models"
FLOORS = MODELS / "floors.json"
_ANNOTATIONS = Path("annotations", "seeds.jsonl")
_VECTORS = Path("annotations", "vectors.npz")

log = structlog.get_logger()


class BelowFloorError(RefusalError):
    """A model's figure is below its floor: the message names each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A trained model: where it lies and what it reached. ``difference`` is to the shipped one of its version."""

    version: str
    folder: Path
    sha256: str
    metrics: Mapping[str, Any]
    difference: float | None


def fit(
    settings: Settings,
    *,
    seeds: Path | None = None,
    into: Path | None = None,
    only_seeds: bool = False,
    models: Path = MODELS,
) -> Trained:
    """
    Train on the seed documents and our corpus, both of ``models``, and write into ``into`` (default: var/models).

    With ``seeds`` the documents are read there and their vectors made anew; without, the stored vectors serve.
    Raises `corpus.CorpusError` for a missing document, `artifact.ArtifactError` for vectors of other features.
    """
    concepts = Concepts(settings.concepts)
    reader = encoder.load()
    second = reader.version if reader else None
    annotations = models / _ANNOTATIONS
    made_from = corpus.digest([annotations, *(models / "corpus").glob("*.jsonl"), *_concept_files(settings)])
    own = train.design(corpus.corpus(models / "corpus"), concepts, reader)
    if seeds is not None:
        vectors = train.design(corpus.seeds(annotations, seeds), concepts, reader)
        if into is not None and into.resolve() == models.resolve():
            artifact.save_vectors(models / _VECTORS, vectors, second)
    else:
        vectors = artifact.load_vectors(models / _VECTORS, second)
    whole = vectors if only_seeds else train.join(vectors, own)
    version = f"{'seeds' if only_seeds else 'stance'}-{features.VERSION}-{made_from[:10]}{'' if second else '-alone'}"
    judged = None if only_seeds else train.cross_validated(vectors, own, second)
    model = Model(
        version=version,
        questions=train.fit_all(whole),
        features_version=features.VERSION,
        second=train.fit_second(whole, second) if second else None,
        sharpness=judged.sharpness if judged else {},
    )
    metrics = {
        "made_from_sha256": made_from,
        "encoder": second,
        "texts": {"seed_sentences": _texts(vectors), "own": 0 if only_seeds else _texts(own)},
        "cross_validated_on_own_corpus": {
            "seeds_only": train.seeds_only(vectors, own),
            "seeds_and_corpus": judged.one if judged else {},
            "with_encoder": judged.both if judged and second else {},
        },
        "sharpness": judged.sharpness if judged else {},
    }
    folder = (into or settings.var_dir / "models") / version
    sha256 = artifact.save(folder, model, metrics, _card(version, metrics))
    log.info("trained", version=version, folder=str(folder))
    return Trained(
        version=version, folder=folder, sha256=sha256, metrics=metrics, difference=_difference(model, models / version)
    )


def evaluate(folder: Path, floors: Path = FLOORS) -> dict[str, tuple[float, float]]:
    """Return each figure that has a floor, with the floor. Raises `BelowFloorError` where one is missed."""
    reached = artifact.metrics(folder)["cross_validated_on_own_corpus"]["seeds_and_corpus"]
    wanted: dict[str, float] = json.loads(floors.read_text(encoding="utf-8"))
    held = {name: (float(reached.get(name, 0.0)), floor) for name, floor in wanted.items()}
    if low := [f"{name} {value:.3f} < {floor:.3f}" for name, (value, floor) in held.items() if not value >= floor]:
        raise BelowFloorError(f"{folder.name}: below its floor: {', '.join(low)}; see models/README.md")
    return held


def promote(folder: Path, floors: Path = FLOORS) -> str:
    """Make an evaluated model the current one of the folder that it lies in; returns its version."""
    evaluate(folder, floors)
    artifact.load(folder)
    artifact.promote(folder.parent, folder.name, corpus.digest_of(folder / "model.npz"))
    log.info("promoted", version=folder.name)
    return folder.name


def newest(settings: Settings) -> Path:
    """Return the folder of the model trained last."""
    made = sorted((settings.var_dir / "models").glob("*/model.npz"), key=lambda path: path.stat().st_mtime)
    if not made:
        raise artifact.ArtifactError(f"{settings.var_dir / 'models'}: no trained model; run `./run train`")
    return made[-1].parent


def _concept_files(settings: Settings) -> list[Path]:
    folder = settings.config_dir / "concepts"
    return sorted((folder if folder.exists() else ROOT / "config" / "concepts").glob("*.yaml"))


def _texts(design: train.Design) -> int:
    return 1 + max(int(table.samples.max(initial=-1)) for table in design.values())


def _difference(model: Model, shipped: Path) -> float | None:
    """Return the largest difference of any coefficient from the shipped model's, or None without one."""
    if not (shipped / "model.npz").is_file():
        return None
    known = artifact.load(shipped).questions
    pairs = [(question, known[name]) for name, question in model.questions.items()]
    if not all(np.array_equal(one.columns, other.columns) for one, other in pairs):
        return math.inf  # fitted by other code
    return max(
        float(np.abs(mine - theirs).max(initial=0.0))
        for one, other in pairs
        for mine, theirs in ((one.weights, other.weights), (one.bias, other.bias))
    )


def _card(version: str, metrics: Mapping[str, Any]) -> str:
    figures = metrics["cross_validated_on_own_corpus"]
    rows = "\n".join(
        f"| {name} | {figures['seeds_only'].get(name, float('nan')):.3f} | {value:.3f} |"
        for name, value in (figures["seeds_and_corpus"] or figures["seeds_only"]).items()
    )
    return f"""# Model {version}

**For** tagging short news texts (headline and summary) in English, Japanese, Korean, Chinese, Ukrainian and
Russian with the labels of docs/codebook.md. **Not for** judging persons, or texts outside this field.

**Made from** {metrics["texts"]["seed_sentences"]} annotated sentences of two seed papers (as hashed vectors) and
{metrics["texts"]["own"]} invented texts of our own (models/corpus). One hashed logistic regression a question.

**Figures** by three-fold cross-validation on our own corpus, given the true actor and voice (macro-F1; tracks
micro-F1). Real news is harder: see the README for a measurement on real texts.

| question | seeds only | seeds and corpus |
|---|---|---|
{rows}

**Known limits.** The texts are invented, one author a file; k_diplomacy, culture, accountability and the voices
ruling_party and parliament are thin. Probabilities are not calibrated beyond what the regression gives.
Tags under 0.55 are marked unsure and never count in a series.
"""
