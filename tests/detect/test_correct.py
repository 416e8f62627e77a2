from collections.abc import Sequence

import pytest
from hypothesis import given, strategies as st

from pipeline.detect.correct import FEWEST, Correction, balance, correction
from pipeline.detect.series import VALUES, Vote, balances, mean
from pipeline.domain import Actor, Balance, Confusion, Series, Stance
from tests.detect.told import backs, told

SERIES = Series(actor=Actor.JP, balance=Balance.SUPPORT)
ERRORS = ((80, 15, 5), (10, 85, 5), (5, 20, 75))


def confusion(rows: Sequence[Sequence[int]]) -> Confusion:
    counts = {label: dict(zip(VALUES, row, strict=True)) for label, row in zip(VALUES, rows, strict=True)}
    return Confusion(model="model-1", counts=counts)


def known(rows: Sequence[Sequence[int]] = ERRORS) -> Correction:
    found = correction(confusion(rows))
    assert found is not None
    return found


def votes(*counts: int) -> list[Vote]:
    stances = [stance for stance, count in zip(VALUES, counts, strict=True) for _ in range(count)]
    return balances([told(n, backs(stance=stance)) for n, stance in enumerate(stances)])[SERIES]


def test_what_a_model_makes_of_known_shares_is_turned_back_into_them() -> None:
    true = (50, 30, 20)
    said = [sum(share * row[place] / 100 for share, row in zip(true, ERRORS, strict=True)) for place in range(3)]
    assert known().mean(votes(*(round(10 * share) for share in said))) == pytest.approx((50 - 20) / 100, abs=0.005)


@given(st.tuples(*[st.integers(0, 30)] * 3).filter(any))
def test_a_corrected_balance_is_a_balance(counts: tuple[int, int, int]) -> None:
    found = known().mean(votes(*counts))
    assert found is not None
    assert -1 <= found <= 1


@given(st.tuples(*[st.integers(0, 9)] * 3).filter(any), st.tuples(*[st.integers(0, 9)] * 3).filter(any))
def test_a_model_without_errors_is_not_corrected(one: tuple[int, int, int], other: tuple[int, int, int]) -> None:
    right = known(((50, 0, 0), (0, 50, 0), (0, 0, 50)))
    assert right.mean(votes(*one)) == pytest.approx(mean(votes(*one)))
    assert right.margin(votes(*one), votes(*other), 0.2) == pytest.approx(0.2)


def test_a_correction_is_less_sure_than_the_votes_and_more_so_the_more_was_labelled() -> None:
    old, new = votes(18, 2, 0), votes(4, 14, 2)
    few, many = (known([[n * number for number in row] for row in ERRORS]) for n in (1, 100))
    assert few.margin(old, new, 0.2) > many.margin(old, new, 0.2) > 0.2


def test_a_line_of_one_stance_keeps_a_margin() -> None:
    assert known().margin(votes(0, 5, 0), votes(0, 5, 0), 0.2) == pytest.approx(0.2)


def test_no_votes_have_no_balance() -> None:
    assert known().mean([]) is None
    assert balance([], None) is None


def test_without_a_measured_confusion_nothing_is_corrected() -> None:
    assert correction(None) is None
    assert balance(votes(1, 1, 0), None) == 0.5


def test_errors_that_were_measured_on_few_texts_are_not_corrected() -> None:
    few = FEWEST - 1
    assert correction(confusion((*ERRORS[:2], (0, 0, few)))) is None
    assert correction(Confusion(model="model-1", counts={Stance.SUPPORTIVE: {Stance.SUPPORTIVE: 99}})) is None


def test_a_model_that_tells_two_stances_hardly_apart_is_not_corrected() -> None:
    assert correction(confusion(((51, 49, 0), (49, 51, 0), (0, 0, 100)))) is None
