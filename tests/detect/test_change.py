from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.detect.change import SAFETY, Alarm, Detector, alarms, votes_between_false_alarms

votes = st.sampled_from([-1, 0, 1])
series = st.lists(votes, max_size=80)
# runs of one value turn often enough to raise alarms
runs = st.lists(st.tuples(st.lists(votes, min_size=1, max_size=3), st.integers(1, 12)), max_size=5).map(
    lambda pieces: [value for pattern, times in pieces for value in pattern * times]
)
QUICK = 30.0
TWO_ONSETS_EQUALLY_LIKELY = [
    *(-1, 1, -1, 0, 1, -1, 1, -1, -1, 1, 0, 0, 1, *[0] * 18, 1, 0, 1, -1, 0, -1, 0, -1, 1, -1, -1, 0, -1, 1),
    *(0, 0, 1, 0, 0, 0, 1, -1, 1, 1, 0, -1, 0, 0, 1, 0, *[1] * 42),
]


@given(votes, st.integers(0, 120))
def test_a_constant_series_never_alarms(value: int, length: int) -> None:
    assert alarms([value] * length, threshold=1.01, warm_up=1) == []


def test_an_obvious_turn_alarms_soon_and_says_where_it_began() -> None:
    (alarm,) = alarms([1] * 40 + [-1] * 20, threshold=1300)
    assert alarm.onset == 40
    assert 40 < alarm.at <= 46
    assert (alarm.before, alarm.after) == (1, -1)


def test_a_turn_from_mixed_votes_alarms_near_its_onset() -> None:
    values = [1, 1, 0, 1, 1, 1, 0, 1] * 5 + [0, 0, -1, 0] * 8
    first, *_ = alarms(values, threshold=500)
    assert abs(first.onset - 40) <= 2
    assert first.before == pytest.approx(0.75, abs=0.05)
    assert first.after < 0.1


def test_the_new_votes_start_at_the_onset() -> None:
    (alarm,) = alarms([0] * 20 + [1] * 15, threshold=100)
    assert (alarm.before, alarm.after, alarm.onset) == (0, 1, 20)


@given(runs)
@example([1] * 30 + [-1] * 30 + [0] * 30)
@example(TWO_ONSETS_EQUALLY_LIKELY)
def test_negating_a_series_mirrors_its_alarms(values: list[int]) -> None:
    there, back = alarms(values, QUICK, 2), alarms([-value for value in values], QUICK, 2)
    assert [(a.at, a.onset, -a.before, -a.after) for a in there] == [(a.at, a.onset, a.before, a.after) for a in back]
    assert [a.evidence for a in there] == pytest.approx([a.evidence for a in back])


@given(runs, st.integers(0, 180))
@example([1] * 30 + [-1] * 30 + [0] * 30, 45)
def test_later_votes_do_not_change_what_was_found(values: list[int], length: int) -> None:
    found = [alarm for alarm in alarms(values, QUICK) if alarm.at < length]
    assert alarms(values[:length], QUICK) == found


@given(runs)
def test_an_alarm_lies_within_the_series_after_enough_old_votes(values: list[int]) -> None:
    start = 0
    for alarm in alarms(values, QUICK, warm_up=12):
        assert start + 12 <= alarm.onset <= alarm.at < len(values)
        assert alarm.before != alarm.after
        start = alarm.onset


@given(runs)
def test_means_are_those_of_the_votes_before_and_after_the_onset(values: list[int]) -> None:
    start = 0
    for alarm in alarms(values, QUICK):
        old, new = values[start : alarm.onset], values[alarm.onset : alarm.at + 1]
        assert (alarm.before, alarm.after) == pytest.approx((sum(old) / len(old), sum(new) / len(new)))
        start = alarm.onset


def test_after_an_alarm_the_new_line_is_the_next_ones_past() -> None:
    found = alarms([1] * 30 + [-1] * 30 + [1] * 30, threshold=200)
    assert [(a.onset, a.before, a.after) for a in found] == [(30, 1, -1), (60, -1, 1)]


def test_a_turn_is_said_once() -> None:
    assert len(alarms([1] * 40 + [0] * 200, threshold=1300)) == 1


def test_no_alarm_before_the_warm_up() -> None:
    assert alarms([1] * 5 + [-1] * 7, threshold=1.01, warm_up=12) == []
    assert [a.at for a in alarms([1] * 12 + [-1] * 7, threshold=1.5, warm_up=12)][:1] == [12]


@given(series)
def test_a_detector_fed_one_by_one_finds_what_the_whole_sequence_gives(values: list[int]) -> None:
    detector = Detector(threshold=QUICK)
    assert [alarm for value in values if (alarm := detector.update(value))] == alarms(values, QUICK)


def test_the_threshold_follows_the_stated_rate() -> None:
    assert votes_between_false_alarms(650, 1) == 650 * SAFETY
    assert votes_between_false_alarms(650, 2) == 325 * SAFETY
    assert votes_between_false_alarms(1, 1) == 20  # so few votes that any threshold below would be noise


def false_alarms(proportions: Sequence[float], quarters: int, seed: int) -> int:
    """Count alarms of ten unmoved series with 65 votes a quarter each, watched without a break."""
    threshold = votes_between_false_alarms(650, 1)
    numbers = np.random.default_rng(seed)
    found: list[Alarm] = []
    for _ in range(10):
        found += alarms(numbers.choice([-1, 0, 1], size=65 * quarters, p=proportions).tolist(), threshold)
    return len(found)


@pytest.mark.parametrize("proportions", [(1 / 3, 1 / 3, 1 / 3), (0.1, 0.3, 0.6), (0.02, 0.08, 0.9)])
def test_without_a_change_alarms_come_no_more_often_than_stated(proportions: tuple[float, ...]) -> None:
    quarters, runs = 5, 2
    assert sum(false_alarms(proportions, quarters, seed) for seed in range(runs)) <= quarters * runs
