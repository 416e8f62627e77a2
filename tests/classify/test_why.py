"""What is said of why: the parts sum up to the score, and a clause weighs what leaving it out changes."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from pipeline.classify import features
from pipeline.classify.features import Reading, read
from pipeline.classify.model import DIMENSIONS, Question, alone, hashed
from pipeline.classify.second import ACTOR, POSITION, TEXT, Reader, Said
from pipeline.classify.why import MOST, Why, reasons
from pipeline.domain import Act, Actor, ReportedShift, Stance, Text, Voice
from pipeline.language.concepts import Concepts
from pipeline.settings import load
from tests.factories import position

NO_YES = ("no", "yes")
TITLE = "Tokyo sends generators to Kyiv, rain falls; the cabinet doubts more aid"
TEXT_OF_OURS = Text(title=TITLE, lead="Generators again.", lang="en")
POSITION_OF_OURS = position(actor=Actor.JP, voice=Voice.GOVERNMENT, stance=Stance.SUPPORTIVE)


def question(labels: Sequence[str], seed: int = 0, columns: NDArray[np.int64] | None = None) -> Question:
    """A regression over all columns, or those named, with any weights."""
    numbers = np.random.default_rng(seed)
    known = np.arange(DIMENSIONS) if columns is None else columns
    height = 1 if len(labels) == 2 else len(labels)
    weights = numbers.normal(size=(height, len(known))).astype(np.float32)
    return Question(tuple(labels), known, weights, numbers.normal(size=height))


def scores(asked: Question, rows: csr_matrix) -> NDArray[np.float64]:
    found: NDArray[np.float64] = (rows[:, asked.columns] @ asked.weights.T.astype(np.float64) + asked.bias)[0]
    return found


# --- the hashed voter ---

FOUR, TWO = question(tuple(Stance), 1), question(NO_YES, 2)
SOME = question(tuple(Stance), 3, np.arange(0, DIMENSIONS, 2))
NAMES = st.lists(
    st.one_of(st.text(max_size=5), st.sampled_from(["a", "a:b", "own:title", "=war", "рос"])), min_size=1, max_size=30
)


@given(NAMES)
def test_the_parts_and_the_constant_sum_up_to_the_scores_of_every_label(names: list[str]) -> None:
    for asked in (FOUR, SOME):
        said, added = alone(asked, names)
        assert set(added) == set(names)
        assert sum(added.values()) + asked.bias == pytest.approx(scores(asked, hashed([names])), abs=1e-9)
        assert said == pytest.approx(asked.probabilities(hashed([names]))[0], abs=1e-12)


@given(NAMES)
def test_the_parts_and_the_constant_sum_up_to_the_score_of_yes(names: list[str]) -> None:
    said, added = alone(TWO, names)
    yes = sum(part[1] for part in added.values()) + TWO.bias[0]
    assert yes == pytest.approx(scores(TWO, hashed([names]))[0], abs=1e-9)
    assert said[1] == pytest.approx(1 / (1 + np.exp(-yes)))
    assert all(part[0] == 0 for part in added.values())


def test_a_question_with_one_answer_needs_no_parts() -> None:
    asked = Question(NO_YES, np.array([], np.int64), np.zeros((2, 0), np.float32), np.array([0.0, -50.0]))
    said, added = alone(asked, ["a", "b:c"])
    assert said == pytest.approx([1, 0])
    assert not any(part.any() for part in added.values())


# --- reasons ---


@pytest.fixture(scope="module")
def reading() -> Reading:
    return read(TEXT_OF_OURS, Concepts(load({}).concepts))


def asked_of(columns: NDArray[np.int64] | None = None) -> dict[str, Question]:
    labels = {"stance": Stance, "shift": ReportedShift, "act": Act}
    return {name: question(tuple(of_it), seed, columns) for seed, (name, of_it) in enumerate(labels.items())}


def test_there_is_a_reason_for_stance_shift_and_act_and_one_voter_has_no_clauses(reading: Reading) -> None:
    found = list(reasons(asked_of(), reading, POSITION_OF_OURS, None))
    assert [(why.question, why.label) for why in found] == [
        ("stance", "supportive"),
        ("shift", "toward"),
        ("act", "decided"),
    ]
    for why in found:
        assert (why.second, why.clauses) == (None, ())
        weights = [abs(weight) for _, weight in why.features]
        assert len(weights) == MOST
        assert weights == sorted(weights, reverse=True)
        assert {name for name, _ in why.features} <= set(features.of_position(reading, Actor.JP, Voice.GOVERNMENT))


def test_the_weights_shown_are_the_scores_lead_over_the_mean_of_all_labels(reading: Reading) -> None:
    names = ["actor:JP", "voice:government", "actor:JP|government"]
    columns = np.unique(hashed([[name] for name in names]).indices).astype(np.int64)
    questions = asked_of(columns)
    found = next(reasons(questions, reading, POSITION_OF_OURS, None))
    row = hashed([list(features.of_position(reading, Actor.JP, Voice.GOVERNMENT))])
    asked = questions["stance"]
    lead = scores(asked, row) - asked.bias
    assert dict(found.features).keys() == set(names)
    assert sum(weight for _, weight in found.features) == pytest.approx(lead[0] - lead.mean(), abs=2e-4)
    assert found.one == pytest.approx(asked.probabilities(row)[0, 0], abs=1e-4)


class Parrot:
    """A second voter that knows two words: generators speak for support, doubts against."""

    def __init__(self) -> None:
        self.texts: list[Text] = []

    def read(self, texts: Sequence[Text]) -> Said:
        self.texts += texts
        said = np.zeros((len(texts), len(Actor), len(Voice), POSITION), np.float32)
        for place, text in enumerate(texts):
            words = f"{text.title} {text.lead}".lower()
            said[place, 0, 0, 0] = 2 * words.count("generators") - words.count("doubts")
        return Said(
            np.zeros((len(texts), TEXT), np.float32), np.zeros((len(texts), len(Actor), ACTOR), np.float32), said
        )


def heard(reading: Reading, parrot: Parrot) -> Why:
    reader: Reader = parrot  # type: ignore[assignment]  # hand-written in its place
    return next(reasons(asked_of(np.arange(9)), reading, POSITION_OF_OURS, reader))


def test_a_clause_weighs_by_how_much_less_likely_the_label_is_without_it(reading: Reading) -> None:
    found = heard(reading, Parrot())
    weights = dict(found.clauses)

    def likely(score: float) -> float:
        return float(np.exp(score) / (np.exp(score) + len(Stance) - 1))

    assert found.second == pytest.approx(likely(3), abs=1e-4)
    assert weights == {
        "Tokyo sends generators to Kyiv,": pytest.approx(likely(3) - likely(1), abs=1e-4),
        "Generators again.": pytest.approx(likely(3) - likely(1), abs=1e-4),
        "the cabinet doubts more aid": pytest.approx(likely(3) - likely(4), abs=1e-4),
    }
    assert list(weights)[-1] == "the cabinet doubts more aid"  # weighs least; rain weighs nothing and is not shown
    assert weights["the cabinet doubts more aid"] < 0 < weights["Generators again."]


def test_every_clause_is_left_out_once_and_nothing_else_changes(reading: Reading) -> None:
    parrot = Parrot()
    heard(reading, parrot)
    whole, *less = parrot.texts
    assert whole == reading.text
    assert [text.title + text.lead for text in less] == [
        "rain falls; the cabinet doubts more aidGenerators again.",
        "Tokyo sends generators to Kyiv, the cabinet doubts more aidGenerators again.",
        "Tokyo sends generators to Kyiv, rain falls; Generators again.",
        TITLE,
    ]


@given(st.text(alphabet="ab ,.!。、！\n", max_size=40), st.text(alphabet="ab ,.!。、！\n", max_size=40))
def test_any_text_has_reasons_and_what_is_left_out_is_a_piece_of_it(title: str, lead: str) -> None:
    parrot, text = Parrot(), Text(title=title, lead=lead, lang="en")
    heard(Reading(text=text, placed=(), pieces=()), parrot)
    assert parrot.texts[0] == text
    for less in parrot.texts[1:]:
        assert len(less.title) + len(less.lead) < len(title) + len(lead)
        assert (less.title == title) is not (less.lead == lead)


def test_a_clause_said_twice_is_shown_once() -> None:
    twice = Text(title="Generators arrive. Generators arrive.", lead="", lang="en")
    found = heard(Reading(text=twice, placed=(), pieces=()), Parrot())
    assert [clause for clause, _ in found.clauses] == ["Generators arrive."]
    assert found.clauses[0][1] > 0


def test_the_speaker_asked_about_is_the_one_of_the_position(reading: Reading) -> None:
    other = replace(POSITION_OF_OURS, actor=Actor.KP)
    reader: Reader = Parrot()  # type: ignore[assignment]
    found = next(reasons(asked_of(), reading, other, reader))
    assert found.second == pytest.approx(1 / len(Stance))
    assert found.clauses == ()
