"""
A text and one of its positions -> why it was tagged so: for each voter its own say. Pure.

The hashed voter's features add up, with a constant, to the score before it becomes a probability. The second voter's
reasons are the differences that it makes to leave one clause out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.classify import features
from pipeline.classify.clauses import BREAK
from pipeline.classify.model import Question, alone, who
from pipeline.classify.second import Reader
from pipeline.domain import Position, Text

MOST = 8
"""So many reasons are shown of each voter."""
_MOST_CLAUSES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """One question's label, each voter's probability of it, and what weighed most for and against."""

    question: str
    label: str
    one: float
    features: tuple[tuple[str, float], ...]
    second: float | None
    clauses: tuple[tuple[str, float], ...]


def reasons(
    questions: Mapping[str, Question], reading: features.Reading, position: Position, reader: Reader | None
) -> Iterator[Why]:
    """Yield the reasons for stance, reported shift and act."""
    names = list(features.of_position(reading, position.actor, position.voice))
    for question, label in (("stance", position.stance), ("shift", position.reported_shift), ("act", position.act)):
        asked = questions[question]
        place = asked.labels.index(label)
        said, added = alone(asked, names)
        second, clauses = _left_out(reader, reading.text, question, position, place) if reader else (None, ())
        yield Why(
            question=question,
            label=label,
            one=round(float(said[place]), 4),
            features=_most({name: float(each[place] - each.mean()) for name, each in added.items()}),
            second=second,
            clauses=clauses,
        )


def _left_out(
    reader: Reader, text: Text, question: str, position: Position, place: int
) -> tuple[float | None, tuple[tuple[str, float], ...]]:
    """Return the second voter's probability, and by how much each clause raises it."""
    clauses = list(_clauses(text))[:_MOST_CLAUSES]
    said = reader.read([text, *(less for _, less in clauses)])
    places = np.arange(len(clauses) + 1)
    whom = np.array([who(position.actor, position.voice)] * len(places), dtype=np.int8)
    p: NDArray[np.float64] = said.of(question, places, whom)[:, place]
    return round(float(p[0]), 4), _most({clause: float(p[0] - p[1 + n]) for n, (clause, _) in enumerate(clauses)})


def _clauses(text: Text) -> Iterator[tuple[str, Text]]:
    """Yield each clause, and the text without it."""
    for clause, rest in _without(text.title):
        yield clause, replace(text, title=rest)
    for clause, rest in _without(text.lead):
        yield clause, replace(text, lead=rest)


def _without(whole: str) -> Iterator[tuple[str, str]]:
    """Yield each clause with the mark that ends it, and what is left without both."""
    ends = [len(whole) - len(whole[found.end() :].lstrip()) for found in BREAK.finditer(whole)] + [len(whole)]
    for start, end in pairwise([0, *ends]):
        if clause := whole[start:end].strip():
            yield clause, whole[:start] + whole[end:]


def _most(weights: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    ranked = sorted(weights.items(), key=lambda item: (-abs(item[1]), item[0]))
    return tuple((name, round(weight, 4)) for name, weight in ranked[:MOST] if weight)
