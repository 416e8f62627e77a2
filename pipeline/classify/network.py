"""
Vectors of a text's pieces -> scores for every question, actor and voice. Pure arithmetic, for numpy and for JAX.

A BERT encoder (Devlin et al. 2019). Every text is read behind the names of the five actors: what stands at a name
after the last layer answers for that actor, the mean of all for the text. The encoder's weights stay as they are;
what is learnt is a product of two thin matrices beside each of them (LoRA, Hu et al. 2021), and the heads.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import erf

Array = Any
"""An array of numpy or of JAX."""
Weights = Mapping[str, Array]
Drop = Callable[[Array, int], Array]
"""Sets some values to nothing at random while learning; the number tells the places apart where it is done."""
Step = Callable[[Array, Weights, Drop], Array]

LAYERS, HEADS = 12, 12
SHAPES = {"q": (384, 384), "k": (384, 384), "v": (384, 384), "ao": (384, 384), "fi": (1536, 384), "fo": (384, 1536)}
"""Each layer's matrices, rows x columns: query, key, value, attention's output, in and out of the feed-forward part."""
WIDTH = 384
SCALE = 2.0
"""By which the thin matrices' product counts."""
_EPSILON = 1e-12


def _whole(values: Array, _place: int) -> Array:
    return values


def _one_after_another(step: Step, state: Array, layers: Weights) -> Array:
    for number in range(LAYERS):
        state = step(state, {name: stacked[number] for name, stacked in layers.items()}, _whole)
    return state


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Whose arrays are reckoned with; ``through`` passes a state through the layers."""

    xp: Any = np
    erf: Callable[[Array], Array] = erf
    through: Callable[[Step, Array, Weights], Array] = _one_after_another
    drop: Drop = _whole


@dataclass(frozen=True, slots=True)
class Scores:
    """Log-odds, a row a text: of the text, of each actor, of each actor's voices."""

    text: Array
    actor: Array
    position: Array


def learnt(layers: Weights, thin: Weights) -> dict[str, Array]:
    """Return the encoder's layers with the thin matrices' products added once and for all."""
    added = {f"{name}.w": SCALE * thin[f"{name}.up"] @ thin[f"{name}.down"] for name in SHAPES}
    return {name: known + added.get(name, 0) for name, known in layers.items()}


def states(layers: Weights, first: Weights, vectors: Array, mask: Array, by: Arithmetic) -> Array:
    """Return texts x pieces x `WIDTH`: each piece's vector after the last layer. ``mask`` is true for real pieces."""
    xp = by.xp
    state = by.drop(_norm(vectors, first["eln.w"], first["eln.b"], xp), 9)
    bias = xp.where(mask[:, None, None, :], xp.float32(0), xp.float32(-1e9))
    return by.through(lambda x, weights, drop: _layer(x, weights, bias, by, drop), state, layers)


def scores(heads: Weights, states: Array, mask: Array, names: Array, by: Arithmetic) -> Scores:
    """Read the answers off the last states; ``names`` are the places of the actors' names."""
    xp = by.xp
    mean, start, actors = (
        (part - heads[f"{name}.mean"]) / heads[f"{name}.spread"] for name, part in pooled(states, mask, names).items()
    )
    text = xp.concatenate([mean, start], 1)
    beside = xp.broadcast_to(mean[:, None], actors.shape)
    voices = heads["voices"]
    shape = (*actors.shape[:2], *voices.shape)
    parts = (actors[:, :, None], mean[:, None, None], voices)
    joint = xp.concatenate([xp.broadcast_to(part, shape) for part in parts], -1)
    hidden = by.drop(xp.tanh(_linear(joint, heads, "joint")), 7)
    return Scores(
        text=_linear(text, heads, "text"),
        actor=_linear(xp.concatenate([actors, beside], -1), heads, "actor"),
        position=_linear(hidden, heads, "position"),
    )


def pooled(states: Array, mask: Array, names: Array) -> dict[str, Array]:
    """Return the mean of all pieces, the first one, and those of the actors: what the heads look at."""
    mean = (states * mask[..., None]).sum(1) / mask.sum(1)[:, None]
    return {"whole": mean, "start": states[:, 0], "actors": states[:, names]}


def _layer(x: Array, w: Weights, bias: Array, by: Arithmetic, drop: Drop) -> Array:
    xp = by.xp
    texts, pieces, width = x.shape

    def split(name: str) -> Array:
        return _linear(x, w, name).reshape(texts, pieces, HEADS, -1).transpose(0, 2, 1, 3)

    weight = split("q") @ split("k").transpose(0, 1, 3, 2) / xp.sqrt(xp.float32(width // HEADS)) + bias
    weight = xp.exp(weight - weight.max(-1, keepdims=True))
    weight = drop(weight / weight.sum(-1, keepdims=True), 0)
    heard = (weight @ split("v")).transpose(0, 2, 1, 3).reshape(texts, pieces, width)
    x = _norm(x + drop(_linear(heard, w, "ao"), 1), w["aln.w"], w["aln.b"], xp)
    inner = _linear(x, w, "fi")
    inner = inner * xp.float32(0.5) * (1 + by.erf(inner * xp.float32(0.5**0.5)))  # GELU, exact
    return _norm(x + drop(_linear(inner, w, "fo"), 2), w["oln.w"], w["oln.b"], xp)


def _linear(x: Array, weights: Weights, name: str) -> Array:
    known = x @ weights[f"{name}.w"].T + weights[f"{name}.b"]
    if f"{name}.up" not in weights:
        return known
    return known + SCALE * ((x @ weights[f"{name}.down"].T) @ weights[f"{name}.up"].T)


def _norm(x: Array, weight: Array, bias: Array, xp: Any) -> Array:  # noqa: ANN401 - numpy or JAX
    centred = x - x.mean(-1, keepdims=True)
    return centred / xp.sqrt((centred * centred).mean(-1, keepdims=True) + xp.float32(_EPSILON)) * weight + bias
