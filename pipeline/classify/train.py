"""
Samples -> a fitted model and its cross-validated figures. Pure: the same samples give the same model.

A `Design` is the samples as hashed rows, one table for each family of questions; designs of the seed
documents can be kept and joined without their texts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.metrics import f1_score
from sklearn.model_selection import KFold

from pipeline.classify import features
from pipeline.classify.corpus import Sample
from pipeline.classify.model import Question, fit, hashed
from pipeline.domain import Act, ReportedShift, Stance, Track, Voice
from pipeline.language.concepts import Concepts

NO_YES = ("no", "yes")
FOLDS = 3


@dataclass(frozen=True)
class Table:
    """One family: hashed rows, the sample each came from, and a label a row for every question."""

    rows: csr_matrix
    samples: NDArray[np.int64]
    labels: Mapping[str, tuple[str, ...]]


Design = Mapping[str, Table]

QUESTIONS: Mapping[str, tuple[str, tuple[str, ...], Mapping[str, Any]]] = {
    "relevant": ("text", NO_YES, {}),
    **{f"track:{track}": ("tracks", NO_YES, {}) for track in Track},
    "actor": ("actor", NO_YES, {"balanced": False}),
    "voice": ("voice", tuple(Voice), {}),
    "stance": ("position", tuple(Stance), {}),
    "shift": ("position", tuple(ReportedShift), {}),
    "act": ("position", tuple(Act), {}),
    "allegation": ("position", NO_YES, {}),
}
"""Each question: its family, its labels in order, how it is fitted."""


def design(samples: Sequence[Sample], concepts: Concepts) -> Design:
    """Turn samples into tables of hashed rows."""
    read = [features.read(sample.text, concepts) for sample in samples]
    passed = [i for i, r in enumerate(read) if features.concerns_the_war(r)]
    relevant = [i for i, sample in enumerate(samples) if sample.relevant]
    pairs = [(i, actor) for i in relevant for actor in features.candidates(read[i])]
    main = [(i, p) for i in relevant for p in {p.actor: p for p in reversed(samples[i].positions)}.values()]
    positions = [(i, p) for i in relevant for p in samples[i].positions]
    return {
        "text": _table(
            passed,
            (features.of_text(read[i]) for i in passed),
            {"relevant": [NO_YES[samples[i].relevant] for i in passed]},
        ),
        "tracks": _table(
            relevant,
            (features.of_text(read[i]) for i in relevant),
            {f"track:{t}": [NO_YES[t in samples[i].tracks] for i in relevant] for t in Track},
        ),
        "actor": _table(
            [i for i, _ in pairs],
            (features.of_actor(read[i], actor) for i, actor in pairs),
            {"actor": [NO_YES[any(p.actor is a for p in samples[i].positions)] for i, a in pairs]},
        ),
        "voice": _table(
            [i for i, _ in main],
            (features.of_voice(read[i], p.actor) for i, p in main),
            {"voice": [p.voice for _, p in main]},
        ),
        "position": _table(
            [i for i, _ in positions],
            (features.of_position(read[i], p.actor, p.voice) for i, p in positions),
            {
                "stance": [p.stance for _, p in positions],
                "shift": [p.reported_shift for _, p in positions],
                "act": [p.act for _, p in positions],
                "allegation": [NO_YES[p.allegation] for _, p in positions],
            },
        ),
    }


def join(one: Design, other: Design) -> Design:
    """Put two designs together, ``one`` first."""
    shift = 1 + max((int(table.samples.max()) for table in one.values() if len(table.samples)), default=-1)
    return {
        family: Table(
            rows=vstack([table.rows, other[family].rows]).tocsr(),
            samples=np.concatenate([table.samples, other[family].samples + shift]),
            labels={q: (*labels, *other[family].labels[q]) for q, labels in table.labels.items()},
        )
        for family, table in one.items()
    }


def fit_all(whole: Design, *, without: NDArray[np.int64] | None = None) -> dict[str, Question]:
    """Fit every question on the design, leaving out the samples ``without``."""
    fitted = {}
    for question, (family, labels, settings) in QUESTIONS.items():
        table = whole[family]
        chosen = np.flatnonzero(~np.isin(table.samples, without if without is not None else []))
        answers = [table.labels[question][i] for i in chosen]
        fitted[question] = fit(table.rows[chosen], answers, labels, **settings)
    return fitted


def seeds_only(seeds: Design, own: Design) -> dict[str, float]:
    """Return the same figures for a model of the seeds alone, on the whole of our corpus."""
    fitted = fit_all(seeds)
    true, said = _answers(fitted, own, np.unique(np.concatenate([table.samples for table in own.values()])))
    return _figures(true, said)


def cross_validated(seeds: Design, own: Design) -> dict[str, float]:
    """
    Return the macro-F1 of every question (tracks: micro-F1) over `FOLDS` folds of our own corpus.

    The seeds are always trained on and never tested on. Positions are asked for the true actor and voice, so
    these figures are above what `./run tag` reaches on whole texts.
    """
    whole = join(seeds, own)
    first = 1 + max(int(table.samples.max()) for table in seeds.values())
    last = max(int(table.samples.max()) for table in whole.values())
    true: dict[str, list[str]] = {question: [] for question in QUESTIONS}
    said: dict[str, list[str]] = {question: [] for question in QUESTIONS}
    for held in _folds(first, last):
        fitted = fit_all(whole, without=held)
        for kept, answers in zip((true, said), _answers(fitted, whole, held), strict=True):
            for question, labels in answers.items():
                kept[question] += labels
    return _figures(true, said)


def _answers(
    fitted: Mapping[str, Question], asked: Design, held: NDArray[np.int64]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the true and the said labels of every question for the samples ``held``."""
    true: dict[str, list[str]] = {}
    said: dict[str, list[str]] = {}
    for question, (family, labels, _) in QUESTIONS.items():
        table = asked[family]
        chosen = np.flatnonzero(np.isin(table.samples, held))
        best = fitted[question].probabilities(table.rows[chosen]).argmax(axis=1)
        said[question] = [labels[b] for b in best]
        true[question] = [table.labels[question][i] for i in chosen]
    return true, said


def _folds(first: int, last: int) -> Iterator[NDArray[np.int64]]:
    own = np.arange(first, last + 1)
    for _, held in KFold(FOLDS, shuffle=True, random_state=0).split(own):
        yield own[held]


def _figures(true: Mapping[str, Sequence[str]], said: Mapping[str, Sequence[str]]) -> dict[str, float]:
    figures = {
        question: float(f1_score(true[question], said[question], average="macro", zero_division=0))
        for question in QUESTIONS
        if not question.startswith("track:")
    }
    tracks = [question for question in QUESTIONS if question.startswith("track:")]
    all_true = [answer for question in tracks for answer in true[question]]
    all_said = [answer for question in tracks for answer in said[question]]
    figures["tracks"] = float(f1_score(all_true, all_said, pos_label="yes"))
    return {name: round(value, 4) for name, value in figures.items()}


def _table(samples: Sequence[int], rows: Iterator[Iterator[str]], labels: Mapping[str, Sequence[str]]) -> Table:
    return Table(
        rows=hashed(rows),
        samples=np.asarray(samples, dtype=np.int64),
        labels={question: tuple(map(str, answers)) for question, answers in labels.items()},
    )
