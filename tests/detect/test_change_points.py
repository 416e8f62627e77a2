import math

import numpy as np
from hypothesis import given, strategies as st

from pipeline.detect.change import change_points

numbers = st.lists(st.floats(-100, 100), max_size=60)


def noise(length: int, seed: int, echo: float = 0.0) -> list[float]:
    fresh, line = np.random.default_rng(seed).normal(size=length), [0.0]
    for value in fresh:
        line.append(echo * line[-1] + value)
    return line[1:]


def test_a_step_is_found_where_it_is() -> None:
    (place,) = change_points([value + 4 * (at >= 60) for at, value in enumerate(noise(100, 1))])
    assert abs(place - 60) <= 1


def test_two_steps_are_found_in_order() -> None:
    found = change_points([value + 5 * (40 <= at < 90) for at, value in enumerate(noise(140, 2))])
    assert [round(place, -1) for place in found] == [40, 90]


def test_noise_that_echoes_is_seldom_cut() -> None:
    assert sum(bool(change_points(noise(150, seed, echo=0.5))) for seed in range(20)) <= 3


def test_what_is_missing_is_passed_over() -> None:
    values = noise(40, 3) + [math.nan] * 5 + [value + 6 for value in noise(40, 4)]
    (place,) = change_points(values)
    assert 40 <= place <= 46


@given(st.floats(-1e6, 1e6), st.integers(0, 60))
def test_a_constant_line_has_no_change(value: float, length: int) -> None:
    assert change_points([value] * length) == []


@given(numbers)
def test_places_lie_within_in_order_and_once(values: list[float]) -> None:
    found = change_points(values)
    assert found == sorted(set(found))
    assert all(0 < place < len(values) for place in found)


@given(numbers)
def test_negating_changes_nothing(values: list[float]) -> None:
    assert change_points([-value for value in values]) == change_points(values)
