"""The forward pass on a network sixteen times as narrow as the real one; test_encoder.py holds it to the package."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from pipeline.classify import network
from pipeline.classify.network import LAYERS, SHAPES, Scores
from pipeline.classify.second import ACTOR, POSITION, TEXT
from pipeline.domain import Actor, Voice

Floats = NDArray[np.float32]
WIDE, THIN = 24, 3
NAMES = np.array([2, 3, 5, 6, 7])
BY = network.Arithmetic()
SMALL = {name: (out * WIDE // 384, into * WIDE // 384) for name, (out, into) in SHAPES.items()}


def some(*shape: int, size: float = 0.2, chance: np.random.Generator | None = None) -> Floats:
    """Numbers that look random; by default the same ones for a shape."""
    return (chance or np.random.default_rng(shape)).normal(scale=size, size=shape).astype(np.float32)


weights = partial(some, chance=np.random.default_rng(7))

LAYERED = {
    **{f"{name}.w": weights(LAYERS, *shape) for name, shape in SMALL.items()},
    **{f"{name}.b": weights(LAYERS, out) for name, (out, _) in SMALL.items()},
    **{f"{norm}.w": 1 + weights(LAYERS, WIDE) for norm in ("aln", "oln")},
    **{f"{norm}.b": weights(LAYERS, WIDE) for norm in ("aln", "oln")},
}
FIRST = {"eln.w": 1 + weights(WIDE), "eln.b": weights(WIDE)}
FACTORS = {
    **{f"{name}.up": weights(LAYERS, out, THIN, size=0.1) for name, (out, _) in SMALL.items()},
    **{f"{name}.down": weights(LAYERS, THIN, into, size=0.1) for name, (_, into) in SMALL.items()},
}
HEADS = {
    **{f"{part}.mean": weights(WIDE) for part in ("whole", "start")},
    **{f"{part}.spread": 1 + weights(WIDE) ** 2 for part in ("whole", "start")},
    "actors.mean": weights(len(Actor), WIDE),
    "actors.spread": 1 + weights(len(Actor), WIDE) ** 2,
    "voices": weights(len(Voice), WIDE),
    **{
        f"{name}.{kind}": weights(out, *rest)
        for name, out, into in (
            ("text", TEXT, 2 * WIDE),
            ("actor", ACTOR, 2 * WIDE),
            ("joint", WIDE, 3 * WIDE),
            ("position", POSITION, WIDE),
        )
        for kind, rest in (("w", (into,)), ("b", ()))
    },
}


def real(lengths: Sequence[int], longest: int) -> NDArray[np.bool_]:
    return np.arange(longest) < np.array(lengths)[:, None]


def read(vectors: Floats, mask: NDArray[np.bool_]) -> Scores:
    states = network.states(LAYERED, FIRST, vectors, mask, BY)
    return network.scores(HEADS, states, mask, NAMES, BY)


def assert_same(one: Scores, other: Scores, tolerance: float = 1e-4) -> None:
    for part in ("text", "actor", "position"):
        assert getattr(one, part) == pytest.approx(getattr(other, part), abs=tolerance), part


def differs(one: Floats, other: Floats) -> bool:
    return float(np.abs(one - other).max()) > 1e-3


def test_scores_have_a_place_for_every_question_actor_and_voice() -> None:
    found = read(some(2, 9, WIDE), real([9, 8], 9))

    assert found.text.shape == (2, TEXT)
    assert found.actor.shape == (2, len(Actor), ACTOR)
    assert found.position.shape == (2, len(Actor), len(Voice), POSITION)


def test_layers_that_add_nothing_leave_the_first_norm() -> None:
    still = {name: np.zeros_like(array) for name, array in LAYERED.items()}
    still |= {f"{norm}.w": np.ones((LAYERS, WIDE), np.float32) for norm in ("aln", "oln")}
    plain = {"eln.w": np.ones(WIDE, np.float32), "eln.b": np.zeros(WIDE, np.float32)}
    vectors = np.where(np.arange(WIDE) % 2, 5.0, 1.0).astype(np.float32)[None, None].repeat(3, 1)

    found = network.states(still, plain, vectors, real([3], 3), BY)

    assert found == pytest.approx(np.where(np.arange(WIDE) % 2, 1.0, -1.0) * np.ones((1, 3, 1)), abs=1e-5)


def test_attention_without_a_preference_hears_the_mean_of_the_real_pieces() -> None:
    one = {name: np.zeros_like(array[0]) for name, array in LAYERED.items()}
    one |= {"v.w": np.eye(WIDE, dtype=np.float32), "ao.w": np.eye(WIDE, dtype=np.float32)}
    one |= {f"{norm}.w": np.ones(WIDE, np.float32) for norm in ("aln", "oln")}
    by = network.Arithmetic(through=lambda step, state, _: step(state, one, lambda values, _: values))
    vectors = some(1, 4, WIDE, size=1)

    found = network.states({}, FIRST, vectors, real([3], 4), by)

    first = network._norm(vectors, FIRST["eln.w"], FIRST["eln.b"], np)
    wanted = first + first[:, :3].mean(1, keepdims=True)
    wanted = (wanted - wanted.mean(-1, keepdims=True)) / wanted.std(-1, keepdims=True)
    assert found == pytest.approx(wanted, abs=1e-4)


def test_thin_matrices_merged_or_beside_give_the_same_states() -> None:
    vectors, mask = some(2, 9, WIDE), real([9, 8], 9)

    merged = network.states(network.learnt(LAYERED, FACTORS), FIRST, vectors, mask, BY)
    beside = network.states({**LAYERED, **FACTORS}, FIRST, vectors, mask, BY)

    assert merged == pytest.approx(beside, abs=1e-3)
    assert differs(merged, network.states(LAYERED, FIRST, vectors, mask, BY))


def test_a_thin_product_counts_twice_and_touches_its_own_matrix_alone() -> None:
    factors = {name: np.zeros_like(array) for name, array in FACTORS.items()}
    factors["fi.up"][4, 0, 1], factors["fi.down"][4, 1, 5] = 3, 0.5
    wanted = LAYERED["fi.w"].copy()
    wanted[4, 0, 5] += 2 * 3 * 0.5

    found = network.learnt(LAYERED, factors)

    assert set(found) == set(LAYERED)
    for name, array in LAYERED.items():
        assert np.array_equal(found[name], wanted if name == "fi.w" else array), name


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(8, 20), min_size=1, max_size=4), st.integers(1, 12), st.floats(-50, 50))
def test_filling_a_batch_up_further_changes_no_score(lengths: list[int], more: int, rubbish: float) -> None:
    longest = max(lengths)
    vectors, mask = some(len(lengths), longest, WIDE, size=1), real(lengths, longest)
    wider = np.full((len(lengths), longest + more, WIDE), rubbish, np.float32)
    wider[:, :longest] = np.where(mask[..., None], vectors, -rubbish)
    wider[..., 0] += 1  # a row without any spread would not be like a piece's

    assert_same(read(vectors + np.eye(1, WIDE, dtype=np.float32), mask), read(wider, real(lengths, longest + more)))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(8, 20), min_size=2, max_size=5))
def test_a_texts_scores_do_not_depend_on_its_company(lengths: list[int]) -> None:
    vectors, mask = some(len(lengths), max(lengths), WIDE, size=1), real(lengths, max(lengths))

    together = read(vectors, mask)

    for place, length in enumerate(lengths):
        alone = read(vectors[place : place + 1, :length], mask[place : place + 1, :length])
        mine = Scores(*(part[place : place + 1] for part in (together.text, together.actor, together.position)))
        assert_same(alone, mine)


def test_every_real_piece_has_a_say() -> None:
    vectors, mask = some(1, 10, WIDE, size=1), real([9], 10)
    before = read(vectors, mask).text

    for piece in range(10):
        other = vectors.copy()
        other[0, piece] = some(WIDE, size=1)
        assert differs(before, read(other, mask).text) is (piece < 9)


def test_the_heads_look_at_the_mean_of_real_pieces_the_first_and_the_names() -> None:
    states = np.arange(2 * 10 * WIDE, dtype=np.float32).reshape(2, 10, WIDE)

    found = network.pooled(states, real([10, 8], 10), NAMES)

    assert found["whole"][:, 0].tolist() == [4.5 * WIDE, (10 + 3.5) * WIDE]
    assert found["start"][:, 0].tolist() == [0, 10 * WIDE]
    assert found["actors"][1, :, 0].tolist() == [(10 + place) * WIDE for place in NAMES]


@pytest.mark.parametrize("actor", range(len(Actor)))
def test_what_stands_at_a_name_changes_its_actor_alone(actor: int) -> None:
    states, mask, change = some(1, 10, WIDE, size=1), real([10], 10), some(WIDE, size=1)
    other = states.copy()
    other[0, NAMES[actor]] += change
    other[0, 8] -= change  # the mean stays

    one, two = (network.scores(HEADS, each, mask, NAMES, BY) for each in (states, other))

    assert two.text == pytest.approx(one.text, abs=1e-5)
    for place in range(len(Actor)):
        assert differs(one.actor[0, place], two.actor[0, place]) is (place == actor)
        assert differs(one.position[0, place], two.position[0, place]) is (place == actor)


def test_each_voice_is_told_by_its_own_vector() -> None:
    states, mask = some(2, 10, WIDE, size=1), real([10, 9], 10)
    turned = {**HEADS, "voices": HEADS["voices"][::-1]}

    one, two = (network.scores(heads, states, mask, NAMES, BY) for heads in (HEADS, turned))

    assert two.position == pytest.approx(one.position[:, :, ::-1], abs=1e-5)
    assert differs(one.position[:, :, 0], one.position[:, :, 1])
    assert np.array_equal(one.actor, two.actor)


def test_what_all_texts_share_is_taken_away_before_the_heads() -> None:
    states, mask = some(2, 10, WIDE, size=1), real([10, 9], 10)
    shared = some(WIDE, size=1)
    moved = {**HEADS, **{name: 3 * (array + shared) for name, array in HEADS.items() if name.endswith(".mean")}}
    moved |= {name: 3 * array for name, array in HEADS.items() if name.endswith(".spread")}

    assert_same(
        network.scores(HEADS, states, mask, NAMES, BY), network.scores(moved, 3 * (states + shared), mask, NAMES, BY)
    )
