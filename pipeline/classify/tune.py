"""
Samples -> what the second voter learns on top of its encoder. Needs JAX and optax (requirements-tune.lock).

Adam with decoupled decay (Loshchilov & Hutter 2019), a tenth of all values dropped at random, the rate rising for the
first steps and falling to nothing. The same samples and seed give the same weights on one kind of machine.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import structlog
from jax.scipy.special import erf
from numpy.typing import NDArray

from pipeline.classify import network
from pipeline.classify.corpus import Sample
from pipeline.classify.encoder import Encoder, filled
from pipeline.classify.network import SHAPES, WIDTH, Array, Weights
from pipeline.classify.second import ACTOR, PARTS, POSITION, TEXT, Second
from pipeline.domain import Act, Actor, ReportedShift, Stance, Track, Voice

ROUNDS, AT_ONCE, RANK = 5, 16, 16
RATE, HEADS_RATE, WARMING, DECAY, DROPPED = 1e-3, 1e-3, 0.06, 0.01, 0.1
_LOOKED_AT, _LEAST = 256, 1e-3
_BUCKET = 16  # lengths are filled up to a multiple of it: each length is compiled once
_ACTORS, _VOICES, _TRACKS = list(Actor), list(Voice), list(Track)
log = structlog.get_logger()


def fit(samples: Sequence[Sample], encoder: Encoder, *, rounds: int = ROUNDS, seed: int = 0) -> Second:
    """Learn from labelled texts; a few hundred texts a minute and round on two cores."""
    rows = [encoder.pieces(sample.text) for sample in samples]
    steps = rounds * -(-len(samples) // AT_ONCE)
    optimiser = _optimiser(steps)
    known = encoder.layers()
    weights = jax.tree.map(jnp.asarray, _fresh(np.random.default_rng(seed)) | _usual(rows, encoder, known))
    layers, first = (jax.tree.map(jnp.asarray, dict(each)) for each in (known, encoder.first))
    state = optimiser.init(weights)

    @partial(jax.jit, donate_argnums=(0, 1))
    def step(weights: Weights, state: Any, given: Mapping[str, Array], key: Array) -> tuple[Weights, Any, Array]:  # noqa: ANN401
        loss, slope = jax.value_and_grad(_loss)(weights, layers, first, given, encoder.names, key)
        change, state = optimiser.update(slope, state, weights)
        return optax.apply_updates(weights, change), state, loss

    seen = 0.0
    for number, chosen in enumerate(_batches([len(row) for row in rows], rounds, random.Random(seed))):
        given = _given([rows[i] for i in chosen], [samples[i] for i in chosen], encoder)
        weights, state, loss = step(weights, state, given, jax.random.fold_in(jax.random.PRNGKey(seed), number))
        seen = float(loss) if not number else 0.98 * seen + 0.02 * float(loss)
        if number % 25 == 0:
            log.info("tuning", step=number, of=steps, loss=round(seen, 3))
    return Second(encoder.version, {name: np.asarray(array, dtype=np.float16) for name, array in weights.items()})


def _fresh(chance: np.random.Generator) -> dict[str, NDArray[np.float32]]:
    """Start with products of nothing, and small heads."""
    made: dict[str, NDArray[Any]] = {}
    for name, (out, into) in SHAPES.items():
        made[f"{name}.down"] = chance.normal(size=(network.LAYERS, RANK, into)) / np.sqrt(into)
        made[f"{name}.up"] = np.zeros((network.LAYERS, out, RANK))
    heads = {"text": (TEXT, 2), "actor": (ACTOR, 2), "joint": (WIDTH, 3), "position": (POSITION, 1)}
    for name, (out, parts) in heads.items():
        made[f"{name}.w"] = chance.uniform(-1, 1, (out, parts * WIDTH)) / np.sqrt(parts * WIDTH)
        made[f"{name}.b"] = np.zeros(out)
    made["voices"] = chance.normal(size=(len(Voice), WIDTH)) * 0.02
    return {name: array.astype(np.float32) for name, array in made.items()}


def _usual(rows: Sequence[Sequence[int]], encoder: Encoder, layers: Weights) -> dict[str, NDArray[np.float32]]:
    """
    Say what the untaught encoder gives for any text: mean and spread of what the heads look at.

    Its vectors all point nearly the same way; only what is left without that tells texts apart.
    """
    found: dict[str, list[Array]] = {}
    for at in range(0, min(len(rows), _LOOKED_AT), AT_ONCE):
        pieces, mask = filled(rows[at : at + AT_ONCE], encoder.nothing)
        states = network.states(layers, encoder.first, encoder.vectors(pieces), mask, network.Arithmetic())
        for name, part in network.pooled(states, mask, encoder.names).items():
            found.setdefault(name, []).append(part)
    whole = {name: np.concatenate(parts) for name, parts in found.items()}
    return {f"{name}.mean": part.mean(0) for name, part in whole.items()} | {
        f"{name}.spread": part.std(0) + _LEAST for name, part in whole.items()
    }


def _optimiser(steps: int) -> optax.GradientTransformation:
    def rate(top: float) -> optax.Schedule:
        warm = max(1, int(steps * WARMING))
        rise, fall = optax.linear_schedule(0, top, warm), optax.linear_schedule(top, 0, steps - warm)
        return optax.join_schedules([rise, fall], [warm])

    def kind(weights: Weights) -> dict[str, str]:
        kinds = {".up": "thin", ".down": "thin", ".mean": "fixed", ".spread": "fixed"}
        return {name: next((k for end, k in kinds.items() if name.endswith(end)), "head") for name in weights}

    rates = {"thin": RATE, "head": HEADS_RATE}
    learning = {k: optax.adamw(rate(top), weight_decay=DECAY) for k, top in rates.items()}
    return optax.chain(
        optax.clip_by_global_norm(1.0), optax.multi_transform({**learning, "fixed": optax.set_to_zero()}, kind)
    )


def _batches(lengths: Sequence[int], rounds: int, chance: random.Random) -> Iterator[list[int]]:
    """Shuffle, then put texts of like length together, so that little is filled up."""
    for _ in range(rounds):
        order = list(range(len(lengths)))
        chance.shuffle(order)
        batches = []
        for at in range(0, len(order), 8 * AT_ONCE):
            some = sorted(order[at : at + 8 * AT_ONCE], key=lengths.__getitem__)
            batches += [some[i : i + AT_ONCE] for i in range(0, len(some), AT_ONCE)]
        chance.shuffle(batches)
        yield from batches


def _given(rows: Sequence[Sequence[int]], samples: Sequence[Sample], encoder: Encoder) -> dict[str, NDArray[Any]]:
    """Put a batch and its labels into arrays of `AT_ONCE` texts; -1 marks what nothing is said about."""
    longest = -(-max(map(len, rows)) // _BUCKET) * _BUCKET
    empty = [[encoder.nothing]] * (AT_ONCE - len(rows))
    pieces, mask = filled([*rows, *empty], encoder.nothing, longest)
    text = np.full((AT_ONCE, TEXT), -1, np.float32)
    actor = np.full((AT_ONCE, len(Actor), ACTOR), -1, np.float32)
    labels = np.full((4, AT_ONCE, len(Actor), len(Voice)), -1, np.int32)
    for i, sample in enumerate(samples):
        text[i, 0] = sample.relevant
        if sample.relevant:
            text[i, 1:] = [track in sample.tracks for track in _TRACKS]
            actor[i, :, 0] = [any(p.actor is a for p in sample.positions) for a in _ACTORS]
        for p in sample.positions:
            a, v = _ACTORS.index(p.actor), _VOICES.index(p.voice)
            actor[i, a, 1:] = np.maximum(actor[i, a, 1:], 0)
            actor[i, a, 1 + v] = 1
            labels[:, i, a, v] = (
                list(Stance).index(p.stance),
                list(ReportedShift).index(p.reported_shift),
                list(Act).index(p.act),
                p.allegation,
            )
    return {"vectors": encoder.vectors(pieces), "mask": mask, "text": text, "actor": actor, "labels": labels}


def _loss(
    weights: Weights, layers: Weights, first: Weights, given: Mapping[str, Array], names: Array, key: Array
) -> Array:
    """Sum the mean cross-entropies of all questions."""

    def through(step: network.Step, state: Array, stacked: Weights) -> Array:
        def one(state: Array, layer: tuple[Weights, Array]) -> tuple[Array, None]:
            return step(state, layer[0], _dropping(jax.random.fold_in(key, layer[1]))), None

        return jax.lax.scan(one, state, (stacked, jnp.arange(network.LAYERS)))[0]

    by = network.Arithmetic(xp=jnp, erf=erf, through=through, drop=_dropping(jax.random.fold_in(key, network.LAYERS)))
    thin = {f"{name}.{part}": weights[f"{name}.{part}"] for name in SHAPES for part in ("up", "down")}
    states = network.states({**layers, **thin}, first, given["vectors"], given["mask"], by)
    said = network.scores(weights, states, given["mask"], names, by)
    stance, shift, act, allegation = given["labels"]
    of_stance, of_shift, of_act, of_allegation = (said.position[..., part] for part in PARTS.values())
    return (
        _doubt(said.text[:, 0], given["text"][:, 0])
        + 5 * _doubt(said.text[:, 1:], given["text"][:, 1:])
        + 2 * _doubt(said.actor[..., 0], given["actor"][..., 0])
        + 3 * _doubt(said.actor[..., 1:], given["actor"][..., 1:])
        + _surprise(of_stance, stance)
        + _surprise(of_shift, shift)
        + _surprise(of_act, act)
        + _doubt(of_allegation[..., 0], allegation)
    )


def _dropping(key: Array) -> network.Drop:
    def drop(values: Array, place: int) -> Array:
        kept = jax.random.bernoulli(jax.random.fold_in(key, place), 1 - DROPPED, values.shape)
        return jnp.where(kept, values / (1 - DROPPED), 0)

    return drop


def _doubt(scores: Array, wanted: Array) -> Array:
    """Return the mean cross-entropy of yes-or-no questions; where -1 is wanted nothing is."""
    asked = wanted >= 0
    return (asked * (jax.nn.softplus(scores) - wanted * scores)).sum() / jnp.maximum(asked.sum(), 1)


def _surprise(scores: Array, wanted: Array) -> Array:
    """Return the same for one label of several."""
    asked = wanted >= 0
    said = jnp.take_along_axis(jax.nn.log_softmax(scores, -1), jnp.maximum(wanted, 0)[..., None], -1)[..., 0]
    return -(asked * said).sum() / jnp.maximum(asked.sum(), 1)
