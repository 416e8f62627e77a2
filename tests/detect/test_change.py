import json

import numpy as np
import pytest
from hypothesis import example, given, strategies as st

from pipeline.detect.change import (
    QUARTER_DAYS,
    SAFETY,
    Detector,
    Observation,
    alarms,
    days_between_false_alarms,
    votes_between_false_alarms,
)
from tests.bench.streams import LINES, days, draw, evidence, watch

votes = st.sampled_from([-1, 0, 1])
series = st.lists(votes, max_size=80)
# runs of one value turn often enough to raise alarms
runs = st.lists(st.tuples(st.lists(votes, min_size=1, max_size=3), st.integers(1, 12)), max_size=5).map(
    lambda pieces: [value for pattern, times in pieces for value in pattern * times]
)
QUICK = 30.0
TURNS = [1] * 30 + [-1] * 30 + [0] * 30


@given(votes, st.integers(0, 120))
def test_a_constant_series_never_alarms(value: int, length: int) -> None:
    assert alarms([value] * length, threshold=20, warm_up=1) == []


def test_an_obvious_turn_alarms_soon_and_says_where_it_began() -> None:
    (alarm,) = alarms([1] * 40 + [-1] * 20, threshold=6500)
    assert alarm.onset == 40
    assert 40 < alarm.at <= 46
    assert (alarm.before, alarm.after) == (1, -1)


def test_a_turn_from_mixed_votes_alarms_near_its_onset() -> None:
    values = [1, 1, 0, 1, 1, 1, 0, 1] * 5 + [0, 0, -1, 0] * 8
    first, *_ = alarms(values, threshold=2500)
    assert abs(first.onset - 40) <= 2
    assert first.onset_within[0] <= 40 <= first.onset_within[1]
    assert first.size_within[0] < -0.75 - 0.25 < first.size_within[1]


@given(runs)
@example(TURNS)
def test_negating_a_series_mirrors_its_alarms(values: list[int]) -> None:
    there, back = alarms(values, QUICK, 2), alarms([-value for value in values], QUICK, 2)
    assert [(a.at, a.onset, -a.before, -a.after) for a in there] == [(a.at, a.onset, a.before, a.after) for a in back]
    assert [a.evidence for a in there] == pytest.approx([a.evidence for a in back])


@given(runs, st.integers(0, 180))
@example(TURNS, 45)
def test_later_votes_do_not_change_what_was_found(values: list[int], length: int) -> None:
    found = [alarm for alarm in alarms(values, QUICK) if alarm.at < length]
    assert alarms(values[:length], QUICK) == found


@given(runs)
@example(TURNS)
def test_an_alarm_lies_after_enough_old_votes_and_says_the_means_of_both_lines(values: list[int]) -> None:
    start = 0
    for alarm in alarms(values, QUICK, warm_up=12):
        assert start + 12 <= alarm.onset <= alarm.at < len(values)
        assert alarm.onset_within[0] <= alarm.onset <= alarm.onset_within[1]
        old, new = values[start : alarm.onset], values[alarm.onset : alarm.at + 1]
        assert (alarm.before, alarm.after) == pytest.approx((sum(old) / len(old), sum(new) / len(new)))
        assert alarm.size_within[0] <= alarm.after - alarm.before <= alarm.size_within[1]
        start = alarm.at + 1


def test_after_an_alarm_the_next_turn_is_found_too() -> None:
    found = alarms(TURNS, threshold=1000)
    assert [(a.onset, a.before, a.after) for a in found] == [(30, 1, -1), (60, -1, 0)]


def test_a_turn_is_said_once() -> None:
    assert len(alarms([1] * 40 + [0] * 200, threshold=6500)) == 1


def test_one_stray_vote_never_alarms_however_constant_the_line() -> None:
    assert alarms([1] * 400 + [-1] + [1] * 20, threshold=2500) == []


def test_no_alarm_before_the_warm_up() -> None:
    assert alarms([1] * 5 + [-1] * 7, threshold=1.01, warm_up=12) == []
    state = Detector(threshold=100, warm_up=12).update(Observation(value=1))
    assert (state.votes, state.enough, state.alarm) == (1, False, None)


def test_votes_of_one_moment_leave_no_time_for_a_change() -> None:
    detector = Detector(threshold=QUICK)
    assert not any(detector.update(Observation(value=value, day=5.0)).alarm for value in [1] * 30 + [-1] * 30)


def test_a_long_series_costs_no_more_room_and_is_still_watched() -> None:
    detector, numbers = Detector(threshold=1e9), np.random.default_rng(1)
    room = detector._sums.nbytes
    old = [detector.update(Observation(value=value)) for value in numbers.choice([0, 1], size=3000).tolist()]
    new = [detector.update(Observation(value=-1)).alarm for _ in range(60)]
    (alarm,) = [alarm for alarm in new if alarm]
    assert (detector._sums.nbytes, old[-1].votes) == (room, 3000)
    assert abs(alarm.onset - 3000) <= 2


def test_the_threshold_follows_the_stated_rate() -> None:
    assert votes_between_false_alarms(650, 1) == 650 * SAFETY
    assert votes_between_false_alarms(650, 2) == 325 * SAFETY
    assert votes_between_false_alarms(1, 1) == 20  # so few votes that any threshold below would be noise
    assert days_between_false_alarms(20, 0.5) == pytest.approx(40 * QUARTER_DAYS * SAFETY)


@given(st.lists(st.tuples(votes, st.floats(0, 9)), min_size=1, max_size=150), st.sampled_from([21.0, 300.0]))
@example([(value, 0.7) for value in TURNS], 300.0)
def test_the_benchmarks_twin_alarms_where_update_does(seen: list[tuple[int, float]], threshold: float) -> None:
    clock = np.cumsum([passed for _, passed in seen])
    detector = Detector(threshold=threshold, warm_up=12)
    states = [
        detector.update(Observation(value=value, day=day)) for (value, _), day in zip(seen, clock.tolist(), strict=True)
    ]
    line = np.array([[value for value, _ in seen]], dtype=np.float64)
    found = [at for at, state in enumerate(states) if state.alarm]
    assert watch(line, clock, threshold, 12) == [found]
    until = found[0] if found else len(seen)
    told = [state.evidence for state in states[:until]]
    assert evidence(line, clock, 12)[0, :until] == pytest.approx(told, abs=1e-6)


def last_evidence(values: list[int], per_day: float = 1.0) -> float:
    detector = Detector(threshold=1e12)
    return [detector.update(Observation(value=v, day=at / per_day)).evidence for at, v in enumerate(values)][-1]


def test_the_mean_of_a_past_of_few_days_is_trusted_less() -> None:
    values = [1, 0, 1, -1] * 12 + [0, -1, 0, 0] * 5
    slow, quick = last_evidence(values), last_evidence(values, per_day=10)
    assert quick + np.log(10) < slow  # on the clock alone, ten votes a day would cost a factor of ten


def test_votes_that_repeat_their_neighbours_weigh_less() -> None:
    turn = [-1, 0] * 10
    assert last_evidence([1, 1, 1, 0, 0, 0] * 8 + turn) < last_evidence([1, 0] * 24 + turn)


def test_out_of_a_line_that_leans_up_a_rise_weighs_more_than_a_fall_of_the_same_size() -> None:
    leaning = [1, 0, 1, -1, 1, 1, 0, 1, 0, 1] * 6
    rise, fall = [1, 1, 1, 1, 0, 1, 1, 1, 1, 1] * 2, [1, 0, -1, 0, 1, 0, 0, 1, -1, 0] * 2
    assert last_evidence(leaning + rise) > last_evidence(leaning + fall) + 0.3


@pytest.mark.parametrize("per_week", [3, 10])
def test_without_a_change_alarms_come_no_more_often_than_stated(per_week: int) -> None:
    numbers, quarters, found = np.random.default_rng(per_week), 8, 0
    for _ in range(4):
        clock = days(numbers, 104 * per_week, per_week, weekdays=True)
        shares = np.repeat(np.array(LINES * 4)[:, None], len(clock), axis=1)
        stream = draw(numbers, shares, echo=0.3, clock=clock)
        found += sum(map(len, watch(stream, clock, days_between_false_alarms(20, 1), 12)))
    assert found <= 4 * quarters


@given(st.lists(votes, max_size=60), st.lists(votes, max_size=60), st.booleans())
@example([1, 0] * 700, [-1] * 30, False)
@example(TURNS, TURNS, False)
def test_a_detector_that_was_kept_as_json_goes_on_as_if_never_stopped(before: list, after: list, timed: bool) -> None:
    whole, first, second = (Detector(threshold=QUICK, warm_up=2) for _ in range(3))
    seen = [Observation(value=value, day=place / 7 if timed else None) for place, value in enumerate([*before, *after])]
    said = [whole.update(each) for each in seen]
    for each in seen[: len(before)]:
        first.update(each)
    second.unpack(json.loads(json.dumps(first.packed())))
    assert [second.update(each) for each in seen[len(before) :]] == said[len(before) :]
