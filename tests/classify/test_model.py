from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.sparse import csr_matrix

from pipeline.classify.model import (
    DIMENSIONS,
    SEEN_IN,
    Asked,
    Model,
    Question,
    build_model,
    fit,
    hashed,
    sharpened,
    who,
)
from pipeline.classify.second import ACTOR, POSITION, TEXT, Said
from pipeline.domain import Actor, Stance, Voice
from pipeline.language.concepts import Concepts
from pipeline.settings import load

YES_NO, FOUR = ("no", "yes"), ("a", "b", "c", "d")


def rows(labels: Sequence[str]) -> csr_matrix:
    """Rows that tell the labels apart, with a little in common."""
    return hashed([f"={label}", f"={label}{label}", "=all", f"label:{label}", "of:all"] for label in labels)


def trained(labels: Sequence[str], order: Sequence[str]) -> Question:
    return fit(rows(labels), labels, order)


def answers(question: Question, labels: Sequence[str]) -> list[str]:
    return [question.labels[place] for place in question.probabilities(rows(labels)).argmax(axis=1)]


@pytest.mark.parametrize(
    ("present", "order"),
    [
        (("no", "yes"), YES_NO),
        (("a", "b", "c", "d"), FOUR),
        (("a", "c", "d"), FOUR),
        (("b", "d"), FOUR),
        (("d", "a"), FOUR),
        (("c",), FOUR),
        (("yes",), YES_NO),
        (("no",), YES_NO),
    ],
)
def test_whatever_labels_occur_the_answer_is_a_distribution_over_all_in_their_order(
    present: tuple[str, ...], order: tuple[str, ...]
) -> None:
    labels = list(present) * 4
    question = trained(labels, order)
    assert question.labels == order
    found = question.probabilities(rows([*labels, "never seen"]))
    assert found.shape == (len(labels) + 1, len(order))
    assert found.sum(axis=1) == pytest.approx(1)
    assert (found >= 0).all()
    assert answers(question, labels) == labels
    for label in set(order) - set(present):
        assert (found[:, order.index(label)] < 1e-12).all()


def test_a_single_label_is_always_the_answer() -> None:
    question = trained(["c"] * 5, FOUR)
    assert question.weights.shape == (4, 0)
    assert answers(question, ["anything", "else"]) == ["c", "c"]


def test_two_labels_among_four_are_as_likely_as_they_would_be_alone() -> None:
    labels = ["b", "d", "b", "d", "b", "b", "d", "d"]
    alone = trained(["yes" if label == "d" else "no" for label in labels], YES_NO)
    among = trained(labels, FOUR)
    asked = rows(["b", "d", "never seen"])
    assert among.probabilities(asked)[:, 3] == pytest.approx(
        fit(rows(labels), labels, ("b", "d")).probabilities(asked)[:, 1], abs=1e-6
    )
    assert alone.weights.shape[0] == 1


def test_a_feature_that_is_too_rare_does_not_count() -> None:
    labels = ["a", "b"] * 4
    names = [[f"={label}", *(["=rare"] if n < SEEN_IN - 1 else [])] for n, label in enumerate(labels)]
    question = fit(hashed(names), labels, ("a", "b"))
    assert len(question.columns) == 2


def test_fitting_twice_gives_the_same_bits() -> None:
    labels = list(FOUR) * 5
    one, other = trained(labels, FOUR), trained(labels, FOUR)
    assert np.array_equal(one.weights, other.weights)
    assert np.array_equal(one.bias, other.bias)


@given(
    st.lists(st.floats(-300, 300), min_size=8, max_size=8),
    st.lists(st.floats(-50, 50), min_size=4, max_size=4),
)
def test_probabilities_sum_to_one_whatever_the_weights(weights: list[float], bias: list[float]) -> None:
    columns = np.array([1, 5])
    whole = csr_matrix((np.ones(3), ([0, 1, 1], [1, 1, 5])), shape=(3, DIMENSIONS))
    softmax = Question(FOUR, columns, np.array(weights, np.float32).reshape(4, 2), np.array(bias))
    yes_no = Question(YES_NO, columns, np.array(weights[:2], np.float32).reshape(1, 2), np.array(bias[:1]))
    for question in (softmax, yes_no):
        found = question.probabilities(whole)
        assert found.sum(axis=1) == pytest.approx(1)
        assert ((found >= 0) & (found <= 1)).all()


@given(st.lists(st.lists(st.text(min_size=1, max_size=5), max_size=6), min_size=1, max_size=5))
def test_hashing_gives_one_row_a_text_with_wording_and_concepts_scaled_apart(names: list[list[str]]) -> None:
    found = hashed(names)
    assert found.shape == (len(names), DIMENSIONS)
    for row, texts in zip(found, names, strict=True):
        families = {":" in name for name in texts}
        assert np.abs(row.data).max(initial=0) <= len(families) + 1e-9


def test_plain_texts_and_labels_are_enough_to_fit_a_pipeline() -> None:
    model = build_model(Concepts(load({}).concepts))
    texts = ["Japan backs Ukraine", "Tokyo supports Kyiv", "岸田首相、ウクライナ支援を表明"] * 3
    others = ["The cup final was a draw", "Rain on Sunday", "桜が満開になった"] * 3
    labels = ["yes"] * len(texts) + ["no"] * len(others)
    model.fit(texts + others, labels)
    assert list(model.predict([*texts[:3], *others[:3]])) == ["yes"] * 3 + ["no"] * 3
    assert model.predict_proba(["", "Japan aids Ukraine"]).sum(axis=1) == pytest.approx(1)


# --- two voters ---

PLACES = np.array([0, 1, 0])
WHO = np.array(
    [who(Actor.JP, Voice.GOVERNMENT), who(Actor.JP, Voice.GOVERNMENT), who(Actor.KR, Voice.SOCIETY)], np.int8
)


def constant(labels: Sequence[str], *chances: float) -> Question:
    """A regression that always says the same."""
    bias = np.log(chances) if len(chances) > 1 else np.log([chances[0] / (1 - chances[0])])
    return Question(tuple(labels), np.array([], np.int64), np.zeros((len(bias), 0), np.float32), bias)


def asked(said: Said | None) -> Asked:
    return Asked(csr_matrix((3, DIMENSIONS)), said, PLACES, WHO)


def second() -> Said:
    """Two texts: even odds but for what is set here."""
    text = np.zeros((2, TEXT), np.float32)
    position = np.zeros((2, len(Actor), len(Voice), POSITION), np.float32)
    text[1, 0] = np.log(4)
    position[(0, *who(Actor.KR, Voice.SOCIETY), 1)] = np.log(5)
    return Said(text, np.zeros((2, len(Actor), ACTOR), np.float32), position)


MODEL = Model(
    version="m",
    questions={"relevant": constant(YES_NO, 0.2), "stance": constant(tuple(Stance), 0.4, 0.3, 0.2, 0.1)},
    features_version="2",
    sharpness={"relevant/one": 2.0, "stance/both": 2.0},
)


def test_two_voters_are_joined_by_their_shares_each_asked_of_its_own_text_actor_and_voice() -> None:
    assert MODEL.answer("relevant", asked(second()))[:, 1] == pytest.approx([0.38, 0.56, 0.38])
    sharp = np.array([[0.31, 0.27, 0.23, 0.19]] * 2 + [[0.235, 0.495, 0.155, 0.115]]) ** 2
    assert MODEL.answer("stance", asked(second())) == pytest.approx(sharp / sharp.sum(axis=1, keepdims=True))


def test_one_voter_alone_is_heard_as_sure_as_it_was_found_to_be() -> None:
    assert MODEL.answer("relevant", asked(None))[:, 1] == pytest.approx([0.04 / 0.68] * 3)
    assert MODEL.answer("stance", asked(None))[0] == pytest.approx([0.4, 0.3, 0.2, 0.1])


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6).filter(lambda p: sum(p) > 0.01), st.floats(0.5, 3))
def test_sharpening_keeps_the_order_and_the_whole(numbers: list[float], power: float) -> None:
    said = np.array([numbers]) / sum(numbers)
    found = sharpened(said, power)
    assert found.sum() == pytest.approx(1)
    assert found[0, said[0].argmax()] == found[0].max()
