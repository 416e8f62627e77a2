"""
What the tags are worth and what they cost: ablations, what a model knows of a language or an actor that it never saw,
more and more texts, texts a second. Measured on the real texts of ``$STANCEWATCH_SHARED/eval`` where they are at
hand, else on `models/evaluation`.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline import training
from pipeline.classify import artifact, corpus, encoder, features, model, predict, train
from pipeline.classify.corpus import Sample
from pipeline.classify.measure import FIELDS, Pair
from pipeline.classify.measure import figures as measured
from pipeline.classify.model import Model
from pipeline.domain import Actor
from pipeline.language.concepts import Concepts
from pipeline.settings import ROOT, load
from tests.bench.figures import Figures, table

_PARTS = (8, 4, 2, 1)
_TEXTS, _TEXTS_ENCODED = 4_000, 120
_ONE_CORE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "0",
}


def tagged(known: Model, gold: Sequence[Sample], *, alone: bool = False) -> dict[str, float]:
    """Tag the gold texts and return the figures, rounded."""
    tagger = predict.tagger(replace(known, second=None) if alone else known, load({}))
    tags = tagger.tag([sample.text for sample in gold])
    found = measured([Pair(sample, tag) for sample, tag in zip(gold, tags, strict=True)])
    return {name: round(value, 3) for name, value in found.items()}


def measure() -> Figures:
    settings, shared = load({}), os.environ.get("STANCEWATCH_SHARED")
    path = Path(shared, "eval", "dev.jsonl") if shared else training.EVALUATION
    gold = corpus.labelled(path) if path.is_file() else corpus.corpus(path)
    samples, concepts = corpus.corpus(ROOT / "models" / "corpus"), Concepts(settings.concepts)
    seeds = artifact.load_vectors(ROOT / "models" / "annotations" / "vectors.npz")
    shipped = artifact.current(ROOT / "models")
    whole = _Fits(seeds, train.design(samples, concepts), samples, gold)
    with _wording_only():
        words = tagged(whole.of(train.design(samples, concepts), seeds=None), gold)
    ablation = {
        "seeds only": tagged(_made(train.fit_all(seeds)), gold),
        "corpus, wording alone": words,
        "seeds and corpus, with concepts": tagged(replace(shipped, sharpness={}), gold, alone=True),
        "calibrated": tagged(shipped, gold, alone=True),
    }
    if shipped.second and encoder.load():
        ablation["with the second voter"] = tagged(replace(shipped, sharpness={}), gold)
        ablation["with the second voter, calibrated"] = tagged(shipped, gold)
    return {
        "texts": len(gold),
        "ablation": ablation,
        "without_language": {lang: whole.without_language(lang) for lang in sorted({s.text.lang for s in gold})},
        "without_actor": {actor: whole.without_actor(actor) for actor in Actor},
        "learning_curve": {len(samples) // part: whole.part(part) for part in _PARTS},
        "throughput": _throughput(samples, second=shipped.second is not None),
    }


class _Fits:
    """Fits the first voter to parts of the corpus, each with the seeds."""

    def __init__(
        self, seeds: train.Design, own: train.Design, samples: Sequence[Sample], gold: Sequence[Sample]
    ) -> None:
        self._seeds, self._own, self._samples, self._gold = seeds, own, samples, gold
        self._first = 1 + max(int(each.samples.max()) for each in seeds.values())

    def of(self, own: train.Design, seeds: train.Design | None) -> Model:
        return _made(train.fit_all(train.join(seeds, own) if seeds else own))

    def without_language(self, lang: str) -> dict[str, Mapping[str, float]]:
        gold = [sample for sample in self._gold if sample.text.lang == lang]
        return self._beside([sample.text.lang == lang for sample in self._samples], gold)

    def without_actor(self, actor: Actor) -> dict[str, Mapping[str, float]]:
        """Leave out every text with a position of the actor; measure on those of the gold texts that have one."""

        def has(sample: Sample) -> bool:
            return any(position.actor is actor for position in sample.positions)

        return self._beside(list(map(has, self._samples)), list(filter(has, self._gold)))

    def part(self, part: int) -> Mapping[str, float]:
        return tagged(self._without([bool(place % part) for place in range(len(self._samples))]), self._gold)

    def _beside(self, out: Sequence[bool], gold: Sequence[Sample]) -> dict[str, Mapping[str, float]]:
        known = artifact.current(ROOT / "models")
        return {"without": tagged(self._without(out), gold), "with": tagged(known, gold, alone=True)}

    def _without(self, out: Sequence[bool]) -> Model:
        held: NDArray[np.int64] = np.flatnonzero(out) + self._first
        return _made(train.fit_all(train.join(self._seeds, self._own), without=held))


def _made(questions: Mapping[str, model.Question]) -> Model:
    return Model(version="bench", questions=questions, features_version=features.VERSION)


@contextmanager
def _wording_only() -> Iterator[None]:
    """Let concepts weigh next to nothing (a question may have no other features) while a model is fitted and asked."""
    before, model.CONCEPTS = model.CONCEPTS, 1e-4
    try:
        yield
    finally:
        model.CONCEPTS = before


def _throughput(samples: Sequence[Sample], *, second: bool) -> dict[str, float]:
    """Return texts a second of `./run tag` on one core, its start taken off, and its peak memory."""
    concepts = Concepts(load({}).concepts)
    passed = [s for s in samples if features.concerns_the_war(features.read(s.text, concepts))]
    rejected = [s for s in samples if not features.concerns_the_war(features.read(s.text, concepts))]
    alone = {"STANCEWATCH_SECOND_VOTER": "0"}
    start = min(_tagging([], alone)[0] for _ in range(2))
    found = {
        "rejected_texts_per_s": _TEXTS / (_tagging(_many(rejected, _TEXTS), alone)[0] - start),
        "passed_texts_per_s": _TEXTS / (_tagging(_many(passed, _TEXTS), alone)[0] - start),
    }
    if second:
        start = min(_tagging(passed[:1], {})[0] for _ in range(2))
        seconds, peak = _tagging(passed[:_TEXTS_ENCODED], {})
        found |= {"encoded_texts_per_s": (_TEXTS_ENCODED - 1) / (seconds - start), "peak_mib": peak}
    return {name: round(value, 1) for name, value in found.items()}


def _many(samples: Sequence[Sample], wanted: int) -> list[Sample]:
    return [samples[place % len(samples)] for place in range(wanted)]


def _tagging(samples: Sequence[Sample], environment: Mapping[str, str]) -> tuple[float, float]:
    rows = "".join(
        json.dumps({"id": str(n), "lang": s.text.lang, "title": s.text.title, "lead": s.text.lead}) + "\n"
        for n, s in enumerate(samples)
    )
    started = time.perf_counter()
    command = [sys.executable, "-m", "pipeline", "tag"]
    subprocess.run(
        command,
        input=rows.encode(),
        env={**os.environ, **_ONE_CORE, **environment},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return time.perf_counter() - started, peak


def show(figures: Figures) -> str:
    """Show one table a question."""
    rows = [{"": name, **found} for name, found in figures["ablation"].items()]
    parts = [f"{figures['texts']} texts", table(("", *FIELDS), rows)]
    for name in ("without_language", "without_actor"):
        some = [{"": f"{key} {kind}", **found} for key, both in figures[name].items() for kind, found in both.items()]
        parts.append(f"{name.replace('_', ' ')} (first voter)\n{table(('', *FIELDS), some)}")
    curve = [{"texts": texts, **found} for texts, found in figures["learning_curve"].items()]
    parts += [table(("texts", *FIELDS), curve), json.dumps(figures["throughput"])]
    return "\n\n".join(parts)
