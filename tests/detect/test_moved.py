from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.detect.moved import anew, moved
from pipeline.detect.series import balances
from pipeline.domain import Actor, Balance, ReportedShift, Shift, ShiftKind, Stance, TaggedArticle, Track
from tests.detect.told import at, backs, hedges, opposes, told

POSITIONS = {1: backs, 0: hedges, -1: opposes}


def line(values: Sequence[int], **over: object) -> list[TaggedArticle]:
    return [told(hour, POSITIONS[value](), **over) for hour, value in enumerate(values)]  # type: ignore[arg-type]


def shifts(tagged: Sequence[TaggedArticle], rate: float = 1) -> list[Shift]:
    return moved(
        balances(tagged),
        {one.article.article_id: one for one in tagged},
        false_alarms_per_quarter=rate,
        stories_per_quarter=650,
        min_stories=12,
    )


TURN = [1] * 30 + [0] * 3 + [-1] * 7


def test_a_turn_is_one_shift_with_its_numbers() -> None:
    (shift,) = shifts(line([1] * 30 + [0] * 20))
    assert (shift.kind, shift.actor, shift.balance) == (ShiftKind.SERIES, Actor.JP, Balance.SUPPORT)
    assert (shift.direction, shift.before, shift.after) == (ReportedShift.AWAY, 1, 0)
    assert (shift.stories_before, shift.onset_at) == (30, at(30))
    assert shift.detected_at == at(30 + shift.stories_after - 1)
    assert shift.false_alarms_per_quarter == 1
    assert (shift.act, shift.confirmed) == (None, True)


def test_the_words_count_what_a_reader_can_count() -> None:
    (shift,) = shifts(line([1] * 28 + [0, 0] + [0] * 20))
    assert shift.words == (
        f"{shift.stories_after} of the last {shift.stories_after} government stories hedge, against 0 of 28 before: "
        "further from Ukraine; we accept one false alarm of this kind a quarter"
    )


def test_the_words_name_the_stance_that_grew_most() -> None:
    (shift,) = shifts(line([1] * 30 + [-1, -1, 0, -1, -1]))
    assert shift.words.startswith("2 of the last 3 government stories oppose, against 0 of 30 before")


def test_a_turn_toward_ukraine_is_said_so() -> None:
    (shift,) = shifts(line([0] * 30 + [1] * 20))
    assert shift.direction is ReportedShift.TOWARD
    assert "support, against 0 of 30 before: closer to Ukraine" in shift.words


def test_the_accepted_rate_is_said() -> None:
    (shift,) = shifts(line(TURN), rate=0.5)
    assert shift.words.endswith("we accept 0.5 false alarms of this kind a quarter")
    assert shift.false_alarms_per_quarter == 0.5


def test_the_evidence_is_what_pulled_furthest_the_newest_first() -> None:
    (shift,) = shifts(line([1] * 30 + [0, -1, 0, -1, -1, 0, -1, -1]))
    stances = [piece.stance for piece in shift.evidence]
    assert stances == sorted(stances, key=[Stance.OPPOSING, Stance.HEDGING].index)
    for stance in set(stances):
        times = [piece.article.seen_at for piece in shift.evidence if piece.stance is stance]
        assert times == sorted(times, reverse=True)
    assert {piece.influence for piece in shift.evidence} == {2.0, 1.0}


def test_at_most_eight_stories_are_kept_as_evidence() -> None:
    (shift,) = shifts(line([1, 0] * 20 + [0, 0, 1, 0, -1] * 8))[:1] or (None,)
    assert shift is not None
    assert shift.stories_after > 8
    assert len(shift.evidence) == 8


def test_the_evidence_counts_the_outlets_of_each_story() -> None:
    tagged = line([1] * 30 + [0] * 20)
    tagged += [told(49.5, hedges(), story_id=tagged[40].article.story_id, source="another")]
    pieces = shifts(tagged)[0].evidence
    assert {piece.articles for piece in pieces} <= {1, 2}


def test_only_stories_after_the_onset_are_evidence() -> None:
    (shift,) = shifts(line(TURN))
    assert all(shift.onset_at <= piece.article.seen_at <= shift.detected_at for piece in shift.evidence)


def test_the_tracks_of_the_new_stories_are_named_the_commonest_first() -> None:
    old = line([1] * 30, tracks=[Track.MILITARY])
    new = [told(30 + n, opposes(), tracks=[Track.AID, *([Track.DIALOGUE] if n % 2 else [])]) for n in range(10)]
    (shift,) = shifts(old + new)
    assert shift.tracks == (Track.AID, Track.DIALOGUE)


def test_a_shift_found_in_history_is_history() -> None:
    (old,) = shifts(line(TURN, history=True))
    (new,) = shifts(line(TURN))
    assert (old.history, new.history) == (True, False)


def test_a_shift_that_a_new_story_completes_is_not_history() -> None:
    length = 30 + shifts(line(TURN))[0].stories_after
    tagged = [*line(TURN[: length - 1], history=True), told(length, POSITIONS[TURN[length - 1]]())]
    assert [shift.history for shift in shifts(tagged)] == [False]


def test_the_two_balances_of_one_government_move_apart() -> None:
    tagged = line([1] * 50) + [
        told(hour + 0.5, POSITIONS[value](), tracks=[Track.SANCTIONS]) for hour, value in enumerate(TURN)
    ]
    assert [shift.balance for shift in shifts(tagged)] == [Balance.RUSSIA]


@pytest.mark.parametrize("value", [-1, 0, 1])
def test_a_line_that_holds_never_shifts(value: int) -> None:
    assert shifts(line([value] * 100)) == []


def test_shifts_come_in_the_order_in_which_they_became_known() -> None:
    tagged = line([1] * 30 + [-1] * 30 + [1] * 30)
    tagged += [told(hour + 0.5, POSITIONS[value](actor=Actor.KR)) for hour, value in enumerate([1] * 40 + [-1] * 20)]
    found = shifts(tagged)
    assert [shift.actor for shift in found] == [Actor.JP, Actor.KR, Actor.JP]
    assert [shift.detected_at for shift in found] == sorted(shift.detected_at for shift in found)


@given(st.lists(st.sampled_from([-1, 0, 1]), max_size=25), st.integers(10, 60))
def test_what_was_found_stays_found_under_its_name_when_later_stories_come(later: list[int], length: int) -> None:
    values = [1] * 20 + [-1] * 20 + [0] * 10 + later
    then, now = shifts(line(values[:length])), shifts(line(values))
    assert now[: len(then)] == then


def test_the_same_votes_give_the_same_shifts() -> None:
    assert shifts(line(TURN)) == shifts(list(reversed(line(TURN))))


def flipped() -> tuple[list[TaggedArticle], list[TaggedArticle]]:
    """A turn, and the same with a copy that turns the vote which raised the alarm."""
    tagged = line([1] * 30 + [0] * 12)
    (shift,) = shifts(tagged)
    last = next(one for one in tagged if one.article.seen_at == shift.detected_at)
    sure = {Stance.SUPPORTIVE: 0.99, Stance.HEDGING: 0.01}
    return tagged, [*tagged, told(41.5, backs(stance_probabilities=sure), story_id=last.article.story_id)]


def test_a_copy_that_turns_a_vote_of_the_past_does_not_raise_the_same_alarm_under_a_new_name() -> None:
    before, after = (shifts(tagged) for tagged in flipped())
    assert {shift.shift_id for shift in before}.isdisjoint(shift.shift_id for shift in after)
    assert anew(after, before) == []


def test_what_was_only_history_has_not_been_said() -> None:
    before, after = (shifts(tagged) for tagged in flipped())
    assert anew(after, [replace(shift, history=True) for shift in before]) == after


def test_a_further_change_in_the_same_direction_is_said() -> None:
    (first, second) = shifts(line([1] * 30 + [0] * 30 + [-1] * 30))
    assert first.direction is second.direction
    assert anew([first, second], [first]) == [first, second]
    assert anew([second], [first]) == [second]


def test_another_series_hides_nothing() -> None:
    before, after = (shifts(tagged) for tagged in flipped())
    for other in ({"actor": Actor.KR}, {"balance": Balance.RUSSIA}, {"direction": ReportedShift.TOWARD}):
        assert anew(after, [replace(before[0], **other)]) == after


def test_what_is_found_as_it_was_known_stays() -> None:
    found = shifts(line(TURN))
    assert anew(found, found) == found
    assert anew(found, []) == found
