"""
The estimators: hashed features and logistic regressions, one a question. scikit-learn does the work.

A second voter (`pipeline.classify.second`) answers the same questions where its encoder is at hand; the
weighted mean of the two probabilities counts. `build_model` is what others may fit on plain texts and labels. A `Model`
is the fitted questions as plain arrays: nothing in it can execute, and no wording can be read from it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import normalize

from pipeline.classify import features
from pipeline.classify.second import Said, Second, shares, yes_or_no
from pipeline.domain import Actor, Text, Voice
from pipeline.language.concepts import Concepts
from pipeline.language.text import language

DIMENSIONS = 2**17
WORDING, CONCEPTS = 1.0, 1.0
"""How much each family weighs; chosen on the development texts."""
SECONDS_SHARE = 0.6
"""Of the mean of both voters; chosen on the development texts, .5 and .65 are nearly as good."""
SEEN_IN = 3
"""A feature has to stand in this many training rows to count."""

_HASHER = FeatureHasher(DIMENSIONS, input_type="string", dtype=np.float64)


@dataclass(frozen=True)
class Question:
    """One fitted regression: ``weights`` is labels x columns (one row for a yes-or-no question)."""

    labels: tuple[str, ...]
    columns: NDArray[np.int64]
    weights: NDArray[np.float32]
    bias: NDArray[np.float64]

    def probabilities(self, rows: csr_matrix) -> NDArray[np.float64]:
        """Return the distribution over ``labels`` for every row; each sums to 1."""
        scores = rows[:, self.columns] @ self.weights.T.astype(np.float64) + self.bias
        return yes_or_no(scores[:, 0]) if scores.shape[1] == 1 else shares(scores)


@dataclass(frozen=True)
class Asked:
    """What a question is asked of: hashed rows; for the second voter its answers, and of each row text and speaker."""

    rows: csr_matrix
    said: Said | None
    places: NDArray[np.int64]
    who: NDArray[np.int8]


@dataclass(frozen=True)
class Model:
    """Every question's answerer, and what they were made from. ``sharpness`` sets right how sure each voter is."""

    version: str
    questions: Mapping[str, Question]
    features_version: str
    second: Second | None = None
    sharpness: Mapping[str, float] = field(default_factory=dict)

    def answer(self, question: str, asked: Asked) -> NDArray[np.float64]:
        """Return the distribution over a question's labels for every row: one voter's, or the mean of both."""
        said = self.questions[question].probabilities(asked.rows)
        if asked.said is None:
            return sharpened(said, self.sharpness.get(f"{question}/one", 1.0))
        second = asked.said.of(question, asked.places, asked.who)
        both = (1 - SECONDS_SHARE) * said + SECONDS_SHARE * second
        return sharpened(both, self.sharpness.get(f"{question}/both", 1.0))


def sharpened(said: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    """Return distributions raised to a power and made whole again: above 1 surer, below 1 less sure."""
    raised = np.power(np.maximum(said, 1e-12), power)
    whole: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return whole


def who(actor: Actor | None = None, voice: Voice | None = None) -> tuple[int, int]:
    """Return the places of an actor and a voice among all, -1 for none."""
    return (-1 if actor is None else list(Actor).index(actor), -1 if voice is None else list(Voice).index(voice))


def hashed(rows: Iterable[Iterable[str]]) -> csr_matrix:
    """
    Hash each row's feature names into `DIMENSIONS` columns.

    Wording and concepts are scaled to length 1 apart, so that a dozen concepts are not drowned by hundreds of
    letter runs: only a name with a colon is not a piece of wording.
    """
    wording, concepts = [], []
    for row in rows:
        parts: tuple[list[str], list[str]] = ([], [])
        for name in row:
            parts[":" in name].append(name)
        wording.append(parts[0])
        concepts.append(parts[1])
    both = normalize(_HASHER.transform(wording)) * WORDING + normalize(_HASHER.transform(concepts)) * CONCEPTS
    return csr_matrix(both)


def alone(question: Question, names: Iterable[str]) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """
    Answer a question for one row, and return what each of its features adds to every label's score.

    The parts and the constant sum up to the scores, so nothing is estimated.
    """
    counted = Counter(names)
    kinds = [":" in name for name in counted]
    weights = np.zeros((DIMENSIONS, len(question.labels)))
    weights[question.columns, -len(question.weights) :] = question.weights.T  # a yes-or-no question has weights of yes
    each = _HASHER.transform([[name] * times for name, times in counted.items()])
    length = [_length([name for name in counted.elements() if (":" in name) is kind]) for kind in (False, True)]
    scale = np.array([(WORDING, CONCEPTS)[kind] / length[kind] for kind in kinds])
    added = (each @ weights) * scale[:, None]
    return question.probabilities(hashed([counted.elements()]))[0], dict(zip(counted, added, strict=True))


def _length(names: Sequence[str]) -> float:
    return float(np.sqrt(_HASHER.transform([names]).power(2).sum())) or 1.0


class TextFeatures(BaseEstimator, TransformerMixin):  # type: ignore[misc]
    """Plain texts -> hashed features, for use in scikit-learn pipelines; needs no fitting."""

    def __init__(self, concepts: Concepts) -> None:
        self.concepts = concepts

    def fit(self, _texts: Sequence[str], _labels: Sequence[str] | None = None) -> "TextFeatures":
        """Learn nothing: hashing has no vocabulary."""
        return self

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Return one row for every text."""
        read = (features.read(Text(title=t, lead="", lang=language(t)), self.concepts) for t in texts)
        return hashed(features.of_text(reading) for reading in read)


def regression(*, inverse_penalty: float = 5.0, balanced: bool = True) -> LogisticRegression:
    """Return an unfitted regression; converged tightly, so that the same data gives the same weights."""
    return LogisticRegression(
        C=inverse_penalty,
        class_weight="balanced" if balanced else None,
        solver="newton-cg",  # nine times as fast as lbfgs here, and closer to the one best fit
        tol=1e-6,
        max_iter=300,
    )


def build_model(concepts: Concepts) -> Pipeline:
    """Return an unfitted scikit-learn pipeline from plain texts to labels."""
    return Pipeline([("features", TextFeatures(concepts)), ("regression", regression())])


def fit(
    rows: csr_matrix,
    labels: Sequence[str],
    order: Sequence[str],
    **settings: Any,  # noqa: ANN401
) -> Question:
    """
    Fit one question on rows and their labels; ``order`` fixes the labels' places.

    A label that never occurs keeps probability 0; one label alone is always the answer.
    """
    present = [label for label in order if label in set(labels)]
    columns = np.flatnonzero(rows.getnnz(axis=0) >= SEEN_IN).astype(np.int64)
    places = {label: place for place, label in enumerate(present)}
    if len(present) == 1:
        return Question(tuple(order), columns[:0], np.zeros((len(order), 0), np.float32), _never(order, present))
    fitted = regression(**settings).fit(rows[:, columns], [places[label] for label in labels])
    weights, bias = fitted.coef_, fitted.intercept_
    if len(present) == 2 and len(order) > 2:  # noqa: PLR2004 - a two-label fit is written out as two rows
        weights, bias = np.vstack([-weights / 2, weights / 2]), np.concatenate([-bias / 2, bias / 2])
    if len(present) < len(order) and len(order) > 2:  # noqa: PLR2004
        whole = np.zeros((len(order), weights.shape[1]))
        offset = _never(order, present)
        for label, row, constant in zip(present, weights, bias, strict=True):
            whole[order.index(label)] = row
            offset[order.index(label)] = constant
        weights, bias = whole, offset
    return Question(tuple(order), columns, weights.astype(np.float32), np.asarray(bias, np.float64))


def _never(order: Sequence[str], present: Sequence[str]) -> NDArray[np.float64]:
    return np.array([0.0 if label in present else -50.0 for label in order])
