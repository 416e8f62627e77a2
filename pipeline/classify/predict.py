"""
Texts -> tags, in batches. Decides which actors and voices have a position, and how sure it is.

The most probable label always stands; ``unsure`` marks those that people should read before they count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from pipeline.classify import features
from pipeline.classify.encoder import Encoder
from pipeline.classify.features import Reading
from pipeline.classify.model import Asked, Model, hashed, who
from pipeline.domain import Act, Actor, Position, ReportedShift, Stance, Tag, Text, Track, Voice
from pipeline.language.concepts import Concepts

RELEVANT = 0.5
HAS_POSITION = 0.5
HAS_VOICE = 0.45
HAS_TRACK = 0.5
ALLEGATION = 0.5
SURE_STANCE = 0.55
IRRELEVANT = 0.01
"""What a text gets that names no watched actor or nothing of the war."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Texts read, with their vectors: no columns where no encoder is at hand."""

    read: Sequence[Reading]
    vectors: NDArray[np.float32]

    def asked(self, rows: csr_matrix, whom: Sequence[tuple[int, tuple[int, int]]]) -> Asked:
        """Join hashed rows with the vectors of their texts and who is asked about."""
        places = [place for place, _ in whom]
        return Asked(rows, self.vectors[places], np.array([w for _, w in whom], dtype=np.int8).reshape(-1, 2))


@dataclass(frozen=True, slots=True)
class _Speaker:
    """A voice of an actor in the text at ``place`` of the batch."""

    place: int
    actor: Actor
    voice: Voice


class Tagger:
    """Tags texts with one model, and with an encoder where its version is the one that the model knows."""

    def __init__(self, model: Model, concepts: Concepts, encoder: Encoder | None = None) -> None:
        self._model = model
        self._concepts = concepts
        known = model.second.encoder if model.second else None
        self._encoder = encoder if encoder is not None and encoder.version == known else None

    @property
    def version(self) -> str:
        """The version that its tags carry: the model's, and a mark where the encoder has a say in them."""
        return f"{self._model.version}+e" if self._encoder else self._model.version

    def tag(self, texts: Sequence[Text]) -> list[Tag]:
        """Return one tag for every text, in order."""
        tags = [Tag(relevant=False, relevance=IRRELEVANT, positions=(), tracks=(), model=self.version)] * len(texts)
        read = [features.read(text, self._concepts) for text in texts]
        passed = [i for i, r in enumerate(read) if features.concerns_the_war(r)]
        if not passed:
            return tags
        texts_passed = [texts[i] for i in passed]
        vectors = self._encoder.vectors(texts_passed) if self._encoder else np.zeros((len(passed), 0), np.float32)
        batch = _Batch([read[i] for i in passed], vectors)
        asked = batch.asked(hashed(map(features.of_text, batch.read)), [(i, who()) for i in range(len(passed))])
        relevance = self._model.answer("relevant", asked)[:, 1]
        tracks = {track: self._model.answer(f"track:{track}", asked)[:, 1] for track in Track}
        relevant = [i for i, p in enumerate(relevance) if p >= RELEVANT]
        positions = self._positions(batch, relevant)
        for place, p in enumerate(relevance):
            tags[passed[place]] = Tag(
                relevant=bool(p >= RELEVANT),
                relevance=round(float(p), 6),
                positions=tuple(positions.get(place, ())),
                tracks=tuple(t for t in Track if tracks[t][place] >= HAS_TRACK) if p >= RELEVANT else (),
                model=self.version,
            )
        return tags

    def _positions(self, batch: _Batch, relevant: Sequence[int]) -> dict[int, list[Position]]:
        speakers = self._speakers(batch, self._actors(batch, relevant))
        if not speakers:
            return {}
        rows = hashed(features.of_position(batch.read[s.place], s.actor, s.voice) for s in speakers)
        asked = batch.asked(rows, [(s.place, who(s.actor, s.voice)) for s in speakers])
        answers = {q: self._model.answer(q, asked) for q in ("stance", "shift", "act", "allegation")}
        found: dict[int, list[Position]] = {}
        for i, speaker in enumerate(speakers):
            stance, shift = answers["stance"][i], answers["shift"][i]
            found.setdefault(speaker.place, []).append(
                Position(
                    actor=speaker.actor,
                    voice=speaker.voice,
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

    def _actors(self, batch: _Batch, relevant: Sequence[int]) -> list[tuple[int, Actor]]:
        """Choose the actors with a position: every likely one, the likeliest first, and at least one."""
        pairs = [(i, actor) for i in relevant for actor in features.candidates(batch.read[i])]
        if not pairs:
            return []
        rows = hashed(features.of_actor(batch.read[i], actor) for i, actor in pairs)
        likely = self._model.answer("actor", batch.asked(rows, [(i, who(actor)) for i, actor in pairs]))[:, 1]
        by_text: dict[int, list[tuple[float, Actor]]] = {}
        for (i, actor), p in zip(pairs, likely, strict=True):
            by_text.setdefault(i, []).append((float(p), actor))
        return [
            (i, actor)
            for i, choices in by_text.items()
            for place, (p, actor) in enumerate(sorted(choices, reverse=True))
            if p >= HAS_POSITION or place == 0
        ]

    def _speakers(self, batch: _Batch, chosen: Sequence[tuple[int, Actor]]) -> list[_Speaker]:
        if not chosen:
            return []
        rows = hashed(features.of_voice(batch.read[i], actor) for i, actor in chosen)
        asked = batch.asked(rows, [(i, who(actor)) for i, actor in chosen])
        likely = np.column_stack([self._model.answer(f"voice:{voice}", asked)[:, 1] for voice in Voice])
        voices = list(Voice)
        speakers = []
        for (i, actor), p in zip(chosen, likely, strict=True):
            ranked = np.argsort(-p, kind="stable")
            speakers += [_Speaker(i, actor, voices[v]) for n, v in enumerate(ranked) if n == 0 or p[v] >= HAS_VOICE]
        return speakers


_Label = TypeVar("_Label", Stance, ReportedShift, Act)


def _best(labels: type[_Label], p: NDArray[np.float64]) -> _Label:
    return list(labels)[int(p.argmax())]


def _whole(labels: type[_Label], p: NDArray[np.float64]) -> dict[_Label, float]:
    return {label: round(float(x), 6) for label, x in zip(labels, p, strict=True)}
