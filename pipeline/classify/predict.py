"""
Texts -> tags, in batches. Decides which actors and voices have a position, and how sure it is.

The most probable label always stands; ``unsure`` marks those that people should read before they count.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from pipeline.classify import encoder, features
from pipeline.classify.encoder import Encoder
from pipeline.classify.features import Reading
from pipeline.classify.gloss import Glossary
from pipeline.classify.model import Asked, Model, hashed, who
from pipeline.classify.second import Reader, Said
from pipeline.classify.why import Why, reasons
from pipeline.domain import Act, Actor, Position, ReportedShift, Stance, Tag, Text, Track, Voice
from pipeline.language.concepts import Concepts
from pipeline.settings import Settings

RELEVANT = 0.5
HAS_POSITION = 0.5
HAS_VOICE = 0.45
HAS_TRACK = 0.5
ALLEGATION = 0.5
SURE_STANCE = 0.55
UNNAMED = 0.23
"""
What the odds of relevance shrink to where no watched actor is named: our corpus teaches such cases more often than they
occur (odds .77 against .18 in `models/evaluation`; Saerens et al. 2002, correction for another prior).
"""
SECOND_MARK = "+e"
IRRELEVANT = 0.01
"""What a text gets that names no watched actor or nothing of the war."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Texts read, and what the second voter says of them where its encoder is at hand."""

    read: Sequence[Reading]
    said: Said | None

    def asked(self, rows: csr_matrix, whom: Sequence[tuple[int, tuple[int, int]]]) -> Asked:
        """Join hashed rows with their texts and who is asked about."""
        places = np.array([place for place, _ in whom], dtype=np.int64)
        return Asked(rows, self.said, places, np.array([w for _, w in whom], dtype=np.int8).reshape(-1, 2))


@dataclass(frozen=True, slots=True)
class _Speaker:
    """A voice of an actor in the text at ``place`` of the batch."""

    place: int
    actor: Actor
    voice: Voice


class Tagger:
    """Tags texts with one model, and with an encoder where its version is the one that the model knows."""

    def __init__(self, model: Model, concepts: Concepts, glossary: Glossary, encoder: Encoder | None = None) -> None:
        self._model = model
        self._concepts = concepts
        self._glossary = glossary
        second = model.second
        fits = encoder is not None and second is not None and encoder.version == second.encoder
        self._reader = Reader(encoder, second) if encoder and second and fits else None

    @property
    def version(self) -> str:
        """The version that its tags carry: the model's, and a mark where the second voter has a say in them."""
        return f"{self._model.version}{SECOND_MARK}" if self._reader else self._model.version

    def tag(self, texts: Sequence[Text]) -> list[Tag]:
        """Return one tag for every text, in order."""
        tags = [Tag(relevant=False, relevance=IRRELEVANT, positions=(), tracks=(), model=self.version)] * len(texts)
        read = [features.read(text, self._concepts) for text in texts]
        passed = [i for i, r in enumerate(read) if features.concerns_the_war(r)]
        if not passed:
            return tags
        said = self._reader.read([texts[i] for i in passed]) if self._reader else None
        batch = _Batch([read[i] for i in passed], said)
        asked = batch.asked(hashed(map(features.of_text, batch.read)), [(i, who()) for i in range(len(passed))])
        relevance = _among_real(self._model.answer("relevant", asked)[:, 1], batch.read)
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

    def why(self, text: Text, position: Position) -> list[Why]:
        """Say what made a position of a text what it was tagged as."""
        reading = features.read(text, self._concepts)
        return list(reasons(self._model.questions, reading, position, self._reader))

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
            said = Position(
                actor=speaker.actor,
                voice=speaker.voice,
                stance=_best(Stance, stance),
                stance_probabilities=_whole(Stance, stance),
                reported_shift=_best(ReportedShift, shift),
                shift_probabilities=_whole(ReportedShift, shift),
                act=_best(Act, answers["act"][i]),
                allegation=bool(answers["allegation"][i][1] >= ALLEGATION),
                unsure=bool(stance.max() < SURE_STANCE),
                gloss=None,
            )
            said = replace(said, gloss=self._glossary.line(batch.read[speaker.place], said))
            found.setdefault(speaker.place, []).append(said)
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
            _right_side(p, features.side(batch.read[i], actor))
            ranked = np.argsort(-p, kind="stable")
            speakers += [_Speaker(i, actor, voices[v]) for n, v in enumerate(ranked) if n == 0 or p[v] >= HAS_VOICE]
        return speakers


def _among_real(relevance: NDArray[np.float64], read: Sequence[Reading]) -> NDArray[np.float64]:
    """Correct how relevant texts are for how seldom those that name nobody are."""
    odds = np.where([features.names_actor(reading) for reading in read], 1.0, UNNAMED)
    corrected: NDArray[np.float64] = odds * relevance / (odds * relevance + 1 - relevance)
    return corrected


def _right_side(likely: NDArray[np.float64], side: Voice | None) -> None:
    """Let the side that a party was on that day be the likelier one: who governed when is known, not learnt."""
    if side is not None:
        other = next(voice for voice in features.SIDES if voice is not side)
        places = [list(Voice).index(side), list(Voice).index(other)]
        likely[places] = sorted(likely[places], reverse=True)


def tagger(model: Model, settings: Settings) -> Tagger:
    """Make a tagger of a model, with the encoder where its package is installed and nobody switched it off."""
    second = encoder.load() if settings.second_voter and model.second is not None else None
    return Tagger(model, Concepts(settings.concepts), Glossary(settings.actors), second)


_Label = TypeVar("_Label", Stance, ReportedShift, Act)


def _best(labels: type[_Label], p: NDArray[np.float64]) -> _Label:
    return list(labels)[int(p.argmax())]


def _whole(labels: type[_Label], p: NDArray[np.float64]) -> dict[_Label, float]:
    return {label: round(float(x), 6) for label, x in zip(labels, p, strict=True)}
