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
from pipeline.classify import artifact, corpus, encoder, features, model, train
from pipeline.classify.corpus import Sample
from pipeline.classify.measure import FIELDS, figures
from pipeline.classify.model import Model
from pipeline.domain import Actor
from pipeline.language.concepts import Concepts
from pipeline.settings import ROOT, load
from tests.bench.figures import Figures, table

_PARTS = (8, 4, 2, 1)
_TEXTS, _TEXTS_ENCODED = 4_000, 120


def reached(known: Model, gold: Sequence[Sample], *, alone: bool = False) -> dict[str, float]:
    """Tag the gold texts and return the figures, rounded."""
    pairs = training.tagged(replace(known, second=None) if alone else known, load({}), gold)
    return {name: round(value, 3) for name, value in figures(pairs).items()}


def measure() -> Figures:
    settings, shared = load({}), os.environ.get("STANCEWATCH_SHARED")
    path = Path(shared, "eval", "dev.jsonl") if shared else training.EVALUATION
    gold = corpus.labelled(path) if path.is_file() else corpus.corpus(path)
    samples, concepts = corpus.corpus(ROOT / "models" / "corpus"), Concepts(settings.concepts)
    seeds = artifact.load_vectors(ROOT / "models" / "annotations" / "vectors.npz")
    shipped = artifact.current(ROOT / "models")
    whole = _Fits(seeds, train.design(samples, concepts), samples, gold)
    with _wording_only():
        words = reached(whole.of(train.design(samples, concepts), seeds=None), gold)
    ablation = {
        "seeds only": reached(_made(train.fit_all(seeds)), gold),
        "corpus, wording alone": words,
        "seeds and corpus, with concepts": reached(replace(shipped, sharpness={}), gold, alone=True),
        "calibrated": reached(shipped, gold, alone=True),
    }
    if shipped.second and encoder.load():
        ablation["with the second voter"] = reached(replace(shipped, sharpness={}), gold)
        ablation["with the second voter, calibrated"] = reached(shipped, gold)
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
        return reached(self._without([bool(place % part) for place in range(len(self._samples))]), self._gold)

    def _beside(self, out: Sequence[bool], gold: Sequence[Sample]) -> dict[str, Mapping[str, float]]:
        known = artifact.current(ROOT / "models")
        return {"without": reached(self._without(out), gold), "with": reached(known, gold, alone=True)}

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
    """Return texts a second of `./run tag` held to one core, its start taken off, and the runs' highest peak memory."""
    concepts = Concepts(load({}).concepts)
    by_gate: dict[bool, list[Sample]] = {True: [], False: []}
    for sample in samples:
        by_gate[features.concerns_the_war(features.read(sample.text, concepts))].append(sample)
    alone = {"STANCEWATCH_SECOND_VOTER": "0"}
    with _one_core():
        start = min(_tagging([], alone) for _ in range(2))
        found = {
            f"{name}_texts_per_s": _TEXTS / (_tagging(_many(by_gate[passed], _TEXTS), alone) - start)
            for name, passed in (("rejected", False), ("passed", True))
        }
        if second:
            start = min(_tagging(by_gate[True][:1], {}) for _ in range(2))
            seconds = _tagging(by_gate[True][:_TEXTS_ENCODED], {}) - start
            found["encoded_texts_per_s"] = (_TEXTS_ENCODED - 1) / seconds
    found["peak_mib"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {name: round(value, 1) for name, value in found.items()}


@contextmanager
def _one_core() -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _many(samples: Sequence[Sample], wanted: int) -> list[Sample]:
    return [samples[place % len(samples)] for place in range(wanted)]


def _tagging(samples: Sequence[Sample], environment: Mapping[str, str]) -> float:
    """Return the seconds that a run takes."""
    rows = "".join(
        json.dumps({"id": str(n), "lang": s.text.lang, "title": s.text.title, "lead": s.text.lead}) + "\n"
        for n, s in enumerate(samples)
    )
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "pipeline", "tag"],
        input=rows.encode(),
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - started


def show(found: Figures) -> str:
    """Show one table a question."""
    rows = [{"": name, **row} for name, row in found["ablation"].items()]
    parts = [f"{found['texts']} texts", table(("", *FIELDS), rows)]
    for name in ("without_language", "without_actor"):
        some = [{"": f"{key} {kind}", **row} for key, both in found[name].items() for kind, row in both.items()]
        parts.append(f"{name.replace('_', ' ')} (first voter)\n{table(('', *FIELDS), some)}")
    curve = [{"texts": texts, **row} for texts, row in found["learning_curve"].items()]
    parts += [table(("texts", *FIELDS), curve), json.dumps(found["throughput"])]
    return "\n\n".join(parts)
