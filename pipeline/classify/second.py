"""
The second voter: texts -> what the tuned encoder says of every question, actor and voice.

Reads each text once for all questions, the shorter ones together, and keeps the last answers by the text's hash.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from pipeline.classify import network
from pipeline.classify.encoder import Encoder, filled
from pipeline.domain import Act, Actor, ReportedShift, Stance, Text, Track, Voice

_SIZES = {"stance": len(Stance), "shift": len(ReportedShift), "act": len(Act), "allegation": 1}
PARTS = {
    part: slice(end - size, end) for (part, size), end in zip(_SIZES.items(), accumulate(_SIZES.values()), strict=True)
}
"""What is asked of a position, and where among its scores the answer stands."""
TEXT, ACTOR, POSITION = 1 + len(Track), 1 + len(Voice), sum(_SIZES.values())
"""How many scores a text, an actor of it and a voice of that have."""
WEIGHTS = (
    *(f"{name}.{part}" for name in network.SHAPES for part in ("up", "down")),
    *(f"{head}.{part}" for head in ("text", "actor", "joint", "position") for part in "wb"),
    *(f"{seen}.{part}" for seen in ("whole", "start", "actors") for part in ("mean", "spread")),
    "voices",
)
"""The names of all that is learnt; none may be missing."""
RANKS = 32
"""How many thin columns a blend keeps of each matrix."""
_AT_ONCE = 16
_BY_NUMPY = network.Arithmetic()


@dataclass(frozen=True, slots=True)
class Second:
    """What was learnt on top of one version of the encoder: plain arrays, thin matrices and heads."""

    encoder: str
    weights: Mapping[str, NDArray[np.float16]]


def blended(known: Second, fresh: Second, share: float) -> Second:
    """
    Average two tunings of one encoder, ``share`` for the fresh one: they err in different places.

    Wortsman et al. 2022. What is averaged of the thin matrices is their product; its `RANKS` largest parts are kept.
    """
    both = {name: (known.weights[name].astype(np.float32), fresh.weights[name].astype(np.float32)) for name in WEIGHTS}
    plain = (name for name in WEIGHTS if not name.endswith((".up", ".down")))
    mean = {name: (1 - share) * both[name][0] + share * both[name][1] for name in plain}
    for name in network.SHAPES:
        up = np.concatenate([(1 - share) * both[f"{name}.up"][0], share * both[f"{name}.up"][1]], axis=-1)
        mean[f"{name}.up"], mean[f"{name}.down"] = _thin(up @ np.concatenate(both[f"{name}.down"], axis=-2))
    return Second(fresh.encoder, {name: array.astype(np.float16) for name, array in mean.items()})


def _thin(products: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    left, size, right = np.linalg.svd(products, full_matrices=False)
    root = np.sqrt(size[..., :RANKS])
    return left[..., :RANKS] * root[..., None, :], root[..., None] * right[..., :RANKS, :]


@dataclass(frozen=True, slots=True)
class Said:
    """Log-odds for a batch of texts: texts x `TEXT`, x actors x `ACTOR`, x actors x voices x `POSITION`."""

    text: NDArray[np.float32]
    actor: NDArray[np.float32]
    position: NDArray[np.float32]

    def of(self, question: str, places: NDArray[np.int64], who: NDArray[np.int8]) -> NDArray[np.float64]:
        """Return one distribution a row: of the text at a place, of an actor in it, of a voice of that actor."""
        actor, voice = who[:, 0], who[:, 1]
        kind, _, name = question.partition(":")
        if kind == "relevant":
            return yes_or_no(self.text[places, 0])
        if kind == "track":
            return yes_or_no(self.text[places, 1 + list(Track).index(Track(name))])
        if kind == "actor":
            return yes_or_no(self.actor[places, actor, 0])
        if kind == "voice":
            return yes_or_no(self.actor[places, actor, 1 + list(Voice).index(Voice(name))])
        found = self.position[places, actor, voice, PARTS[kind]]
        return yes_or_no(found[:, 0]) if kind == "allegation" else shares(found)

    def spread(self, places: NDArray[np.int64], size: int) -> "Said":
        """Return these answers at their places among ``size`` texts, the others left at even odds."""
        spread = [np.zeros((size, *part.shape[1:]), np.float32) for part in (self.text, self.actor, self.position)]
        for whole, part in zip(spread, (self.text, self.actor, self.position), strict=True):
            whole[places] = part
        return Said(*spread)


class Reader:
    """Reads texts with the encoder and what was learnt. Weights are joined at the first text: 100 MB."""

    def __init__(self, encoder: Encoder, second: Second, kept: int = 4_096) -> None:
        """Hold the last ``kept`` answers, 2 kB each."""
        self._encoder = encoder
        self._weights = {name: array.astype(np.float32) for name, array in second.weights.items()}
        self._room = kept
        self._kept: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()

    def read(self, texts: Sequence[Text]) -> Said:
        """Say of every text what the voter thinks, in order."""
        keys = [
            blake2b(f"{len(t.title)} {t.title}{t.lead}".encode("utf-8", "replace"), digest_size=16).digest()
            for t in texts
        ]
        known = {key: self._kept[key] for key in keys if key in self._kept}
        known |= self._fresh({key: text for key, text in zip(keys, texts, strict=True) if key not in known})
        self._kept |= known
        while len(self._kept) > self._room:
            self._kept.popitem(last=False)
        rows = np.vstack([known[key] for key in keys])
        text, actor = TEXT, TEXT + len(Actor) * ACTOR
        return Said(
            rows[:, :text],
            rows[:, text:actor].reshape(-1, len(Actor), ACTOR),
            rows[:, actor:].reshape(-1, len(Actor), len(Voice), POSITION),
        )

    @cached_property
    def _layers(self) -> dict[str, NDArray[np.float32]]:
        return network.learnt(self._encoder.layers(), self._weights)

    def _fresh(self, wanted: Mapping[bytes, Text]) -> dict[bytes, NDArray[np.float32]]:
        pieces = {key: self._encoder.pieces(text) for key, text in wanted.items()}
        by_length = sorted(pieces, key=lambda key: (len(pieces[key]), key))
        found: dict[bytes, NDArray[np.float32]] = {}
        for at in range(0, len(by_length), _AT_ONCE):
            some = by_length[at : at + _AT_ONCE]
            found |= dict(zip(some, self._scores([pieces[key] for key in some]), strict=True))
        return found

    def _scores(self, rows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        pieces, mask = filled(rows, self._encoder.nothing)
        vectors = self._encoder.vectors(pieces)
        states = network.states(self._layers, self._encoder.first, vectors, mask, _BY_NUMPY)
        said = network.scores(self._weights, states, mask, self._encoder.names, _BY_NUMPY)
        flat = [part.reshape(len(rows), -1) for part in (said.text, said.actor, said.position)]
        return np.concatenate(flat, axis=1).astype(np.float32)


def yes_or_no(scores: NDArray[Any]) -> NDArray[np.float64]:
    """Return the probabilities of no and of yes for log-odds of yes, a row each."""
    yes = expit(scores.astype(np.float64))
    return np.column_stack([1.0 - yes, yes])


def shares(scores: NDArray[Any]) -> NDArray[np.float64]:
    """Return the probabilities of several labels for their scores, a row each."""
    whole: NDArray[np.float64] = softmax(scores.astype(np.float64), axis=1)
    return whole
