"""
The estimators: hashed features and logistic regressions, one a question. scikit-learn does the work.

A second voter answers the same questions from sentence vectors where an encoder is at hand; the probabilities of
the two are then averaged. `build_model` is what others may fit on plain texts and labels. A `Model` is the fitted
questions as plain arrays: nothing in it can execute, and no wording can be read from it.
"""

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
from pipeline.domain import Actor, Text, Voice
from pipeline.language.concepts import Concepts
from pipeline.language.text import language

DIMENSIONS = 2**17
WORDING, CONCEPTS = 1.0, 1.0
"""How much each family weighs; chosen on the development texts."""
WHOLE, TITLE, OF_ACTOR = 3.0, 2.0, 0.7
"""The same for the second voter's families."""
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

    def probabilities(self, rows: csr_matrix | NDArray[Any]) -> NDArray[np.float64]:
        """Return the distribution over ``labels`` for every row; each sums to 1."""
        scores = rows[:, self.columns] @ self.weights.T.astype(np.float64) + self.bias
        if scores.shape[1] == 1:
            yes = 1.0 / (1.0 + np.exp(-scores[:, 0]))
            return np.column_stack([1.0 - yes, yes])
        scores -= scores.max(axis=1, keepdims=True)
        powers = np.exp(scores)
        whole: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
        return whole


@dataclass(frozen=True)
class Second:
    """The second voter: regressions on sentence vectors, centred, of one version of an encoder."""

    encoder: str
    centre: NDArray[np.float32]
    questions: Mapping[str, Question]


@dataclass(frozen=True)
class Asked:
    """What a question is asked of: hashed rows, and for the second voter a vector, an actor and a voice a row."""

    rows: csr_matrix
    vectors: NDArray[np.float32]
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
        voters = "one"
        if self.second is not None and question in self.second.questions and asked.vectors.shape[1]:
            rows = beside(asked, self.second.centre)
            said = (said + self.second.questions[question].probabilities(rows)) / 2
            voters = "both"
        return sharpened(said, self.sharpness.get(f"{question}/{voters}", 1.0))


def sharpened(said: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    """Return distributions raised to a power and made whole again: above 1 surer, below 1 less sure."""
    raised = np.power(np.maximum(said, 1e-12), power)
    whole: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return whole


def who(actor: Actor | None = None, voice: Voice | None = None) -> tuple[int, int]:
    """Return the places of an actor and a voice among all, -1 for none."""
    return (-1 if actor is None else list(Actor).index(actor), -1 if voice is None else list(Voice).index(voice))


def beside(asked: Asked, centre: NDArray[np.float32]) -> NDArray[np.float64]:
    """
    Return the second voter's rows: the centred vectors of whole text and title, who is asked about, and both joined.

    The whole text's vector stands a second time in its actor's own columns, so that each actor has a say of its own.
    """
    half = len(centre) // 2
    vectors = asked.vectors.astype(np.float64) - centre
    whole, title = normalize(vectors[:, :half]) * WHOLE, normalize(vectors[:, half:]) * TITLE
    actors = (asked.who[:, :1] == np.arange(len(Actor))).astype(np.float64)
    voices = (asked.who[:, 1:] == np.arange(len(Voice))).astype(np.float64)
    of_actor = (actors[:, :, None] * whole[:, None, :] * OF_ACTOR).reshape(len(whole), -1)
    return np.hstack([whole, title, actors, voices, of_actor])


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
    rows: csr_matrix | NDArray[np.float64],
    labels: Sequence[str],
    order: Sequence[str],
    **settings: Any,  # noqa: ANN401
) -> Question:
    """
    Fit one question on rows and their labels; ``order`` fixes the labels' places.

    A label that never occurs keeps probability 0; one label alone is always the answer.
    """
    present = [label for label in order if label in set(labels)]
    often = np.count_nonzero(rows, axis=0) if isinstance(rows, np.ndarray) else rows.getnnz(axis=0)
    columns = np.flatnonzero(often >= SEEN_IN).astype(np.int64)
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
