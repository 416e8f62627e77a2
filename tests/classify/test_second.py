"""The second voter: its answers question by question, what it remembers, and how the two voters are heard together."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from pipeline.classify.model import DIMENSIONS, SECONDS_SHARE, Asked, Model, Question, sharpened, who
from pipeline.classify.network import LAYERS, SHAPES
from pipeline.classify.second import ACTOR, POSITION, RANKS, TEXT, WEIGHTS, Reader, Said, Second, blended
from pipeline.classify.train import QUESTIONS
from pipeline.domain import Act, Actor, ReportedShift, Stance, Text, Track, Voice

Floats = NDArray[np.float32]
WIDE, ROOM = 24, 3
HEADS = {"text": (TEXT, 2), "actor": (ACTOR, 2), "joint": (WIDE, 3), "position": (POSITION, 1)}


def numbers(*shape: int, chance: np.random.Generator) -> Floats:
    return chance.normal(scale=0.3, size=shape).astype(np.float32)


def small(out: int, into: int) -> tuple[int, int]:
    return out * WIDE // 384, into * WIDE // 384


class Letters:
    """Stands in for the encoder: a piece a letter, a sixteenth of the width; keeps the titles that it cut."""

    nothing = 0
    names = np.array([1, 2, 3, 4, 5])

    def __init__(self) -> None:
        self.cut: list[str] = []
        chance = np.random.default_rng(3)
        self._layers = {f"{name}.w": numbers(LAYERS, *small(*shape), chance=chance) for name, shape in SHAPES.items()}
        self._layers |= {
            f"{name}.b": numbers(LAYERS, small(*shape)[0], chance=chance) for name, shape in SHAPES.items()
        }
        self._layers |= {f"{norm}.w": np.ones((LAYERS, WIDE), np.float32) for norm in ("aln", "oln")}
        self._layers |= {f"{norm}.b": np.zeros((LAYERS, WIDE), np.float32) for norm in ("aln", "oln")}
        self.first = {"eln.w": np.ones(WIDE, np.float32), "eln.b": np.zeros(WIDE, np.float32)}
        self._table = numbers(200, WIDE, chance=chance)

    def layers(self) -> dict[str, Floats]:
        return self._layers

    def pieces(self, text: Text) -> list[int]:
        self.cut.append(text.title)
        return [1, 2, 3, 4, 5, 6, *(ord(letter) % 190 + 7 for letter in f"{text.title}|{text.lead}")]

    def vectors(self, pieces: NDArray[np.int64]) -> Floats:
        return self._table[pieces]


def learnt() -> Second:
    chance = np.random.default_rng(5)
    made = {f"{name}.up": numbers(LAYERS, small(*shape)[0], 2, chance=chance) for name, shape in SHAPES.items()}
    made |= {f"{name}.down": numbers(LAYERS, 2, small(*shape)[1], chance=chance) for name, shape in SHAPES.items()}
    made |= {f"{name}.w": numbers(out, parts * WIDE, chance=chance) for name, (out, parts) in HEADS.items()}
    made |= {f"{name}.b": numbers(out, chance=chance) for name, (out, _) in HEADS.items()}
    for part, shape in (("whole", (WIDE,)), ("start", (WIDE,)), ("actors", (len(Actor), WIDE))):
        made |= {f"{part}.mean": numbers(*shape, chance=chance), f"{part}.spread": np.ones(shape, np.float32)}
    made["voices"] = numbers(len(Voice), WIDE, chance=chance)
    return Second("letters-1", {name: array.astype(np.float16) for name, array in made.items()})


SECOND = learnt()


def reader(kept: int = ROOM) -> tuple[Letters, Reader]:
    letters = Letters()
    return letters, Reader(letters, SECOND, kept)  # type: ignore[arg-type]


def text(title: str, lead: str = "") -> Text:
    return Text(title=title, lead=lead, lang="en")


def texts(titles: Sequence[str]) -> list[Text]:
    return [text(title) for title in titles]


def assert_same(one: Said, other: Said) -> None:
    for part in ("text", "actor", "position"):
        assert getattr(one, part) == pytest.approx(getattr(other, part), abs=1e-4), part


def alone(title: str) -> Said:
    return reader()[1].read([text(title)])


def said(size: int = 3) -> Said:
    chance = np.random.default_rng(size)
    shapes = ((TEXT,), (len(Actor), ACTOR), (len(Actor), len(Voice), POSITION))
    return Said(*(30 * numbers(size, *shape, chance=chance) for shape in shapes))


EVERYONE = np.array([who(actor, voice) for actor in Actor for voice in Voice], dtype=np.int8)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_is_answered_by_distributions_over_its_labels(question: str) -> None:
    family, labels, _ = QUESTIONS[question]
    asked = EVERYONE if family in {"actor", "voice", "position"} else np.full((4, 2), -1, np.int8)

    found = said().of(question, np.arange(len(asked)) % 3, asked)

    assert found.shape == (len(asked), len(labels))
    assert found.dtype == np.float64
    assert found.sum(axis=1) == pytest.approx(1)
    assert (found >= 0).all()


POSITIONS: list[tuple[str, str]] = [
    *(("stance", label) for label in Stance),
    *(("shift", label) for label in ReportedShift),
]
POSITIONS += [*(("act", label) for label in Act), ("allegation", "yes")]


@pytest.mark.parametrize(("place", "question", "label"), [(n, *asked) for n, asked in enumerate(POSITIONS)])
def test_one_score_of_one_voice_speaks_for_its_label_alone(place: int, question: str, label: str) -> None:
    scores = np.zeros((2, len(Actor), len(Voice), POSITION), np.float32)
    scores[1, 2, 3, place] = 40
    answers = Said(np.zeros((2, TEXT), np.float32), np.zeros((2, len(Actor), ACTOR), np.float32), scores)
    asked = np.array([who(Actor.TW, Voice.PARLIAMENT), who(Actor.TW, Voice.BUSINESS), who(Actor.KP, Voice.PARLIAMENT)])

    labels = QUESTIONS[question][1]
    found = answers.of(question, np.array([1, 1, 1]), asked.astype(np.int8))
    before = answers.of(question, np.array([0]), asked[:1].astype(np.int8))

    assert found[0] == pytest.approx([float(one == label) for one in labels])
    assert [*found[1], *found[2], *before[0]] == pytest.approx([1 / len(labels)] * 3 * len(labels))
    for other in {asked for asked, _ in POSITIONS} - {question}:
        assert np.ptp(answers.of(other, np.array([1]), asked[:1].astype(np.int8))) == pytest.approx(0)


def test_relevance_and_tracks_are_the_texts_actors_and_voices_the_actors() -> None:
    of_text = np.tile(np.arange(TEXT, dtype=np.float32) / np.float32(10), (2, 1))
    of_actor = np.zeros((2, len(Actor), ACTOR), np.float32)
    of_actor[1, 4] = np.arange(ACTOR) / 10
    answers = Said(of_text, of_actor, np.zeros((2, len(Actor), len(Voice), POSITION), np.float32))
    pyongyang = np.array([who(Actor.KP)], dtype=np.int8)

    def odds(question: str, place: int = 1) -> float:
        no, yes = answers.of(question, np.array([place]), pyongyang)[0]
        return round(float(np.log(yes / no)), 4)

    assert [odds("relevant"), *(odds(f"track:{track}") for track in Track)] == [n / 10 for n in range(TEXT)]
    assert [odds("actor"), *(odds(f"voice:{voice}") for voice in Voice)] == [n / 10 for n in range(ACTOR)]
    assert odds("actor", 0) == odds("voice:society", 0) == 0


@given(st.lists(st.floats(-600, 600, width=32), min_size=POSITION, max_size=POSITION))
def test_scores_however_large_give_distributions(scores: list[float]) -> None:
    rows = np.tile(np.array(scores, np.float32), (1, len(Actor), len(Voice), 1))
    answers = Said(np.zeros((1, TEXT), np.float32), np.zeros((1, len(Actor), ACTOR), np.float32), rows)

    for question in ("stance", "shift", "act", "allegation"):
        found = answers.of(question, np.zeros(1, np.int64), EVERYONE[:1])
        assert found.sum() == pytest.approx(1)
        assert np.isfinite(found).all()


def test_answers_are_spread_to_their_places_and_the_others_stay_even() -> None:
    some = said(2)

    found = some.spread(np.array([3, 1]), 5)

    for part in ("text", "actor", "position"):
        whole, two = getattr(found, part), getattr(some, part)
        assert len(whole) == 5
        assert np.array_equal(whole[[3, 1]], two)
        assert not whole[[0, 2, 4]].any()
    assert found.of("stance", np.array([0]), EVERYONE[:1]).tolist() == [[0.25] * 4]
    assert found.of("relevant", np.array([4]), EVERYONE[:1]).tolist() == [[0.5, 0.5]]


def test_a_text_read_before_is_not_cut_again_and_gets_the_same_answer() -> None:
    letters, reading = reader()

    first = reading.read(texts("ab"))
    again = reading.read(texts("ba"))

    assert sorted(letters.cut) == ["a", "b"]
    assert np.array_equal(first.position[::-1], again.position)
    assert np.array_equal(first.text[::-1], again.text)


def test_answers_beyond_its_room_are_forgotten_the_oldest_first() -> None:
    letters, reading = reader(kept=2)
    for title in "abc":
        reading.read(texts(title))

    reading.read(texts("cb"))
    assert letters.cut == ["a", "b", "c"]
    reading.read(texts("a"))
    assert letters.cut == ["a", "b", "c", "a"]


@pytest.mark.parametrize("kept", [0, 1, 3])
def test_a_batch_larger_than_its_room_is_answered_whole(kept: int) -> None:
    titles = [letter * 3 for letter in "qwertyuiopasdfghjklzxcvbnm"]
    letters, reading = reader(kept)
    reading.read(texts(titles[4:6]))

    found = reading.read(texts(titles))

    assert len(found.text) == 26
    for place in (0, 4, 5, 25):
        one = alone(titles[place])
        assert found.text[place] == pytest.approx(one.text[0], abs=1e-4)
        assert found.position[place] == pytest.approx(one.position[0], abs=1e-4)
    assert len(letters.cut) <= 28


def test_the_same_text_twice_in_a_batch_is_read_once() -> None:
    letters, reading = reader()

    found = reading.read(texts(["aid", "no", "aid"]))

    assert sorted(letters.cut) == ["aid", "no"]
    assert np.array_equal(found.text[0], found.text[2])
    assert not np.array_equal(found.text[0], found.text[1])


def test_answers_come_in_the_order_of_the_texts_whatever_their_length() -> None:
    titles = ["a long headline about generators", "b", "", "援助", "a middling one", "\ud83d", "b\0"]

    found = reader()[1].read(texts(titles))

    for place, title in enumerate(titles):
        one = alone(title)
        mine = Said(*(part[place : place + 1] for part in (found.text, found.actor, found.position)))
        assert_same(mine, one)


def test_a_title_is_not_taken_for_a_lead() -> None:
    letters, reading = reader()

    found = reading.read([text("a", "b"), text("ab"), text("", "ab"), text("a|b")])

    assert len(letters.cut) == 4
    assert len({row.tobytes() for row in found.text}) == 4


NO_YES = ("no", "yes")


def says(yes: float) -> Question:
    return Question(NO_YES, np.arange(5), np.zeros((1, 5), np.float32), np.array([np.log(yes / (1 - yes))]))


def asked(yes: float | None) -> Asked:
    """Two texts; the second voter, where there is one, is this sure of the second."""
    heard = None
    if yes is not None:
        heard = Said(*(np.zeros_like(part) for part in (said(2).text, said(2).actor, said(2).position)))
        heard.text[1, 0] = np.log(yes / (1 - yes))
    nobody = np.array([who(), who()], dtype=np.int8)
    return Asked(csr_matrix((2, DIMENSIONS)), heard, np.array([1, 0]), nobody)


MODEL = Model(version="m", questions={"relevant": says(0.2)}, features_version="2", second=SECOND)


def mixed(yes: float) -> float:
    return 0.2 + SECONDS_SHARE * (yes - 0.2)


def test_two_voters_are_heard_by_their_shares_and_one_alone_as_it_is() -> None:
    assert 0 < SECONDS_SHARE < 1
    assert MODEL.answer("relevant", asked(0.8))[:, 1] == pytest.approx([mixed(0.8), mixed(0.5)])
    assert MODEL.answer("relevant", asked(None))[:, 1] == pytest.approx([0.2, 0.2])


def test_how_sure_one_voter_is_and_both_are_is_set_right_apart() -> None:
    one, both = (replace(MODEL, sharpness={f"relevant/{voters}": 2.0}) for voters in ("one", "both"))
    squared = [yes**2 / (yes**2 + (1 - yes) ** 2) for yes in (mixed(0.8), mixed(0.5))]

    assert one.answer("relevant", asked(None))[:, 1] == pytest.approx([0.04 / 0.68] * 2)
    assert one.answer("relevant", asked(0.8))[:, 1] == pytest.approx([mixed(0.8), mixed(0.5)])
    assert both.answer("relevant", asked(None))[:, 1] == pytest.approx([0.2, 0.2])
    assert both.answer("relevant", asked(0.8))[:, 1] == pytest.approx(squared)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6).filter(lambda p: sum(p) > 0.01), st.floats(0.5, 3))
def test_sharpening_keeps_the_order_and_the_whole(shares: list[float], power: float) -> None:
    before = np.array([shares]) / sum(shares)

    found = sharpened(before, power)

    assert found.sum() == pytest.approx(1)
    assert found[0, before[0].argmax()] == found[0].max()


def products(second: Second, name: str) -> Floats:
    up, down = (second.weights[f"{name}.{part}"].astype(np.float32) for part in ("up", "down"))
    return up @ down


@pytest.mark.parametrize("share", [0.0, 0.7, 1.0])
def test_a_blend_is_the_mean_of_two_voters_and_of_their_matrices_products(share: float) -> None:
    known, fresh = learnt(), learnt()
    fresh = Second("fresh", {name: array * np.float16(-0.5) for name, array in fresh.weights.items()})
    blend = blended(known, fresh, share)
    assert (blend.encoder, set(blend.weights)) == ("fresh", set(WEIGHTS))
    for name in SHAPES:
        wanted = (1 - share) * products(known, name) + share * products(fresh, name)
        np.testing.assert_allclose(products(blend, name), wanted, atol=0.01)
    wanted = (1 - share) * known.weights["text.b"] + share * fresh.weights["text.b"]
    np.testing.assert_allclose(blend.weights["text.b"], wanted, atol=0.01)


def test_a_blend_of_blends_grows_no_thicker() -> None:
    blend = learnt()
    for _ in range(3):
        blend = blended(blend, learnt(), 0.5)
    assert max(blend.weights[f"{name}.up"].shape[-1] for name in SHAPES) <= RANKS
