"""
Texts -> tags, in batches. Decides which actors and voices have a position, and how sure it is.

The most probable label always stands; ``unsure`` marks those that people should read before they count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.classify import features
from pipeline.classify.features import Reading
from pipeline.classify.model import Model, hashed
from pipeline.domain import Act, Actor, Position, ReportedShift, Stance, Tag, Text, Track, Voice
from pipeline.language.concepts import Concepts

RELEVANT = 0.5
HAS_POSITION = 0.5
SECOND_VOICE = 0.42
HAS_TRACK = 0.5
ALLEGATION = 0.5
SURE_STANCE = 0.55
IRRELEVANT = 0.01
"""What a text gets that names no watched actor or nothing of the war."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A voice of an actor in the text at ``place`` of the batch."""

    place: int
    actor: Actor
    voice: Voice


class Tagger:
    """Tags texts with one model. Holds no state between calls."""

    def __init__(self, model: Model, concepts: Concepts) -> None:
        self._model = model
        self._concepts = concepts

    @property
    def version(self) -> str:
        """The model version that its tags carry."""
        return self._model.version

    def tag(self, texts: Sequence[Text]) -> list[Tag]:
        """Return one tag for every text, in order."""
        read = [features.read(text, self._concepts) for text in texts]
        passed = [i for i, r in enumerate(read) if features.concerns_the_war(r)]
        tags = [Tag(relevant=False, relevance=IRRELEVANT, positions=(), tracks=(), model=self.version)] * len(texts)
        if not passed:
            return tags
        rows = hashed(features.of_text(read[i]) for i in passed)
        relevance = self._model.questions["relevant"].probabilities(rows)[:, 1]
        tracks = {track: self._model.questions[f"track:{track}"].probabilities(rows)[:, 1] for track in Track}
        relevant = [i for i, p in zip(passed, relevance, strict=True) if p >= RELEVANT]
        positions = self._positions(read, relevant)
        for place, (i, p) in enumerate(zip(passed, relevance, strict=True)):
            tags[i] = Tag(
                relevant=bool(p >= RELEVANT),
                relevance=round(float(p), 6),
                positions=tuple(positions.get(i, ())),
                tracks=tuple(t for t in Track if tracks[t][place] >= HAS_TRACK) if p >= RELEVANT else (),
                model=self.version,
            )
        return tags

    def _positions(self, read: Sequence[Reading], relevant: Sequence[int]) -> dict[int, list[Position]]:
        asked = self._voices(read, self._actors(read, relevant))
        if not asked:
            return {}
        rows = hashed(features.of_position(read[a.place], a.actor, a.voice) for a in asked)
        answers = {q: self._model.questions[q].probabilities(rows) for q in ("stance", "shift", "act", "allegation")}
        found: dict[int, list[Position]] = {}
        for i, a in enumerate(asked):
            stance, shift = answers["stance"][i], answers["shift"][i]
            found.setdefault(a.place, []).append(
                Position(
                    actor=a.actor,
                    voice=a.voice,
                    stance=_best(Stance, stance),
                    stance_probabilities=_whole(Stance, stance),
                    reported_shift=_best(ReportedShift, shift),
                    shift_probabilities=_whole(ReportedShift, shift),
                    act=_best(Act, answers["act"][i]),
                    allegation=bool(answers["allegation"][i][1] >= ALLEGATION),
                    unsure=bool(stance.max() < SURE_STANCE),
                )
            )
        return found

    def _actors(self, read: Sequence[Reading], relevant: Sequence[int]) -> list[tuple[int, Actor]]:
        """Choose the actors with a position: every likely one, the likeliest first, and at least one."""
        pairs = [(i, actor) for i in relevant for actor in features.candidates(read[i])]
        if not pairs:
            return []
        rows = hashed(features.of_actor(read[i], actor) for i, actor in pairs)
        likely = self._model.questions["actor"].probabilities(rows)[:, 1]
        by_text: dict[int, list[tuple[float, Actor]]] = {}
        for (i, actor), p in zip(pairs, likely, strict=True):
            by_text.setdefault(i, []).append((float(p), actor))
        return [
            (i, actor)
            for i, choices in by_text.items()
            for place, (p, actor) in enumerate(sorted(choices, reverse=True))
            if p >= HAS_POSITION or place == 0
        ]

    def _voices(self, read: Sequence[Reading], chosen: Sequence[tuple[int, Actor]]) -> list[_Asked]:
        if not chosen:
            return []
        rows = hashed(features.of_voice(read[i], actor) for i, actor in chosen)
        answers = self._model.questions["voice"].probabilities(rows)
        voices = list(Voice)
        asked = []
        for (i, actor), p in zip(chosen, answers, strict=True):
            ranked = np.argsort(-p, kind="stable")
            asked += [_Asked(i, actor, voices[v]) for n, v in enumerate(ranked) if n == 0 or p[v] >= SECOND_VOICE]
        return asked


_Label = TypeVar("_Label", Stance, ReportedShift, Act)


def _best(labels: type[_Label], p: NDArray[np.float64]) -> _Label:
    return list(labels)[int(p.argmax())]


def _whole(labels: type[_Label], p: NDArray[np.float64]) -> dict[_Label, float]:
    return {label: round(float(x), 6) for label, x in zip(labels, p, strict=True)}
