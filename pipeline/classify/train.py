"""
Samples -> a fitted model and its cross-validated figures. Pure: the same samples give the same model.

A `Design` is the samples as hashed rows, one table for each family of questions; designs of the seed
documents can be kept and joined without their texts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.metrics import f1_score
from sklearn.model_selection import KFold

from pipeline.classify import features
from pipeline.classify.corpus import Sample
from pipeline.classify.model import Asked, Model, Question, fit, hashed, sharpened, who
from pipeline.classify.second import Said
from pipeline.domain import Act, Actor, ReportedShift, Stance, Track, Voice
from pipeline.language.concepts import Concepts

NO_YES = ("no", "yes")
FOLDS = 3


@dataclass(frozen=True)
class Table:
    """One family: what is asked, the sample each row came from, and a label a row for every question."""

    rows: csr_matrix
    samples: NDArray[np.int64]
    labels: Mapping[str, tuple[str, ...]]
    who: NDArray[np.int8]

    def asked(self, chosen: NDArray[np.int64], said: Said | None = None) -> Asked:
        """Return the chosen rows as they are asked; ``said`` is of all samples."""
        return Asked(self.rows[chosen], said, self.samples[chosen], self.who[chosen])


Design = Mapping[str, Table]

QUESTIONS: Mapping[str, tuple[str, tuple[str, ...], Mapping[str, Any]]] = {
    "relevant": ("text", NO_YES, {}),
    **{f"track:{track}": ("tracks", NO_YES, {}) for track in Track},
    "actor": ("actor", NO_YES, {"balanced": False}),
    **{f"voice:{voice}": ("voice", NO_YES, {"balanced": False}) for voice in Voice},
    "stance": ("position", tuple(Stance), {}),
    "shift": ("position", tuple(ReportedShift), {}),
    "act": ("position", tuple(Act), {}),
    "allegation": ("position", NO_YES, {}),
}
"""Each question: its family, its labels in order, how it is fitted."""
SHARPENED = ("stance", "shift")
"""Questions whose probabilities are counted with, not only compared."""


def design(samples: Sequence[Sample], concepts: Concepts) -> Design:
    """Turn samples into tables of hashed rows."""
    read = [features.read(sample.text, concepts) for sample in samples]
    passed = [i for i, r in enumerate(read) if features.concerns_the_war(r)]
    relevant = [i for i, sample in enumerate(samples) if sample.relevant]
    pairs = [(i, actor) for i in relevant for actor in features.candidates(read[i])]
    reported = [(i, actor) for i in relevant for actor in dict.fromkeys(p.actor for p in samples[i].positions)]
    positions = [(i, p) for i in relevant for p in samples[i].positions]
    return {
        "text": _table(
            [(i, who()) for i in passed],
            (features.of_text(read[i]) for i in passed),
            {"relevant": [NO_YES[samples[i].relevant] for i in passed]},
        ),
        "tracks": _table(
            [(i, who()) for i in relevant],
            (features.of_text(read[i]) for i in relevant),
            {f"track:{t}": [NO_YES[t in samples[i].tracks] for i in relevant] for t in Track},
        ),
        "actor": _table(
            [(i, who(actor)) for i, actor in pairs],
            (features.of_actor(read[i], actor) for i, actor in pairs),
            {"actor": [NO_YES[any(p.actor is a for p in samples[i].positions)] for i, a in pairs]},
        ),
        "voice": _table(
            [(i, who(actor)) for i, actor in reported],
            (features.of_voice(read[i], actor) for i, actor in reported),
            {f"voice:{v}": [NO_YES[_speaks(samples[i], a, v)] for i, a in reported] for v in Voice},
        ),
        "position": _table(
            [(i, who(p.actor, p.voice)) for i, p in positions],
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
            who=np.vstack([table.who, other[family].who]),
        )
        for family, table in one.items()
    }


def fit_all(whole: Design, *, without: NDArray[np.int64] | None = None) -> dict[str, Question]:
    """Fit every question on the design's rows, leaving out the samples ``without``."""
    return {
        question: fit(whole[family].rows[chosen], answers, labels, **settings)
        for question, (family, labels, settings) in QUESTIONS.items()
        for chosen, answers in [_kept(whole[family], question, without)]
    }


def _kept(table: Table, question: str, without: NDArray[np.int64] | None) -> tuple[NDArray[np.int64], list[str]]:
    chosen = np.flatnonzero(~np.isin(table.samples, without if without is not None else []))
    return chosen, [table.labels[question][i] for i in chosen]


def seeds_only(seeds: Design, own: Design) -> dict[str, float]:
    """Return the figures of a model of the seeds alone, one voter, on the whole of our corpus."""
    model = Model(version="seeds", questions=fit_all(seeds), features_version=features.VERSION)
    return _figures(_said(model, own, np.unique(np.concatenate([table.samples for table in own.values()]))))


@dataclass(frozen=True)
class Judged:
    """Figures on texts that were not learnt from, and the powers that make the probabilities true."""

    figures: Mapping[str, float] = field(default_factory=dict)
    sharpness: Mapping[str, float] = field(default_factory=dict)


def cross_validated(seeds: Design, own: Design) -> Judged:
    """
    Judge the hashed voter alone over `FOLDS` folds of our own corpus: macro-F1 a question, micro of tracks and voices.

    The seeds are always trained on and never tested on. Positions are asked for the true actor and voice, so
    these figures are above what `./run tag` reaches on whole texts.
    """
    whole = join(seeds, own)
    first = 1 + max(int(table.samples.max()) for table in seeds.values())
    last = max(int(table.samples.max()) for table in whole.values())
    said: _Answers = {}
    for held in _folds(first, last):
        model = Model(version="", questions=fit_all(whole, without=held), features_version=features.VERSION)
        for question, (labels, p) in _said(model, whole, held).items():
            known, before = said.get(question, ((), p[:0]))
            said[question] = ((*known, *labels), np.vstack([before, p]))
    return _judged(said, "one")


def held_back(model: Model, own: Design, said: Said, held: NDArray[np.int64]) -> Judged:
    """Judge both voters together on the samples ``held``, which neither learnt from; ``said`` is of all samples."""
    return _judged(_said(model, own, held, said), "both")


def _judged(said: "_Answers", voters: str) -> Judged:
    powers = {f"{q}/{voters}": _sharpness(said[q], QUESTIONS[q][1]) for q in SHARPENED}
    return Judged(figures=_figures(said), sharpness=powers)


_Answers = dict[str, tuple[tuple[str, ...], NDArray[np.float64]]]
"""Each question's true labels and what was said, a row each."""


def _said(model: Model, asked: Design, held: NDArray[np.int64], second: Said | None = None) -> _Answers:
    """Answer every question for the samples ``held``."""
    found: _Answers = {}
    for question, (family, _, _) in QUESTIONS.items():
        table = asked[family]
        chosen = np.flatnonzero(np.isin(table.samples, held))
        true = tuple(table.labels[question][i] for i in chosen)
        found[question] = (true, model.answer(question, table.asked(chosen, second)))
    return found


def _sharpness(answers: tuple[tuple[str, ...], NDArray[np.float64]], labels: Sequence[str]) -> float:
    """Return the power under which the true labels are likeliest, so that 70 of 100 said at 0.7 are right."""
    true, said = answers
    places = np.array([labels.index(label) for label in true])
    rows = np.arange(len(places))
    powers = [round(0.5 + 0.05 * step, 2) for step in range(51)]
    return max(powers, key=lambda power: float(np.log(sharpened(said, power)[rows, places] + 1e-12).sum()))


def _folds(first: int, last: int) -> Iterator[NDArray[np.int64]]:
    own = np.arange(first, last + 1)
    for _, held in KFold(FOLDS, shuffle=True, random_state=0).split(own):
        yield own[held]


def _figures(said: _Answers) -> dict[str, float]:
    best = {q: [QUESTIONS[q][1][b] for b in p.argmax(axis=1)] for q, (_, p) in said.items()}
    figures = {
        question: float(f1_score(true, best[question], average="macro", zero_division=0))
        for question, (true, _) in said.items()
        if ":" not in question
    }
    for name, start in (("tracks", "track:"), ("voice", "voice:")):
        of_it = [question for question in said if question.startswith(start)]
        true = [label for question in of_it for label in said[question][0]]
        figures[name] = float(f1_score(true, [label for q in of_it for label in best[q]], pos_label="yes"))
    return {name: round(value, 4) for name, value in figures.items()}


def _table(
    asked: Sequence[tuple[int, tuple[int, int]]],
    rows: Iterator[Iterator[str]],
    labels: Mapping[str, Sequence[str]],
) -> Table:
    return Table(
        rows=hashed(rows),
        samples=np.array([i for i, _ in asked], dtype=np.int64),
        labels={question: tuple(map(str, answers)) for question, answers in labels.items()},
        who=np.array([whom for _, whom in asked], dtype=np.int8).reshape(-1, 2),
    )


def _speaks(sample: Sample, actor: Actor, voice: Voice) -> bool:
    return any(p.actor is actor and p.voice is voice for p in sample.positions)
