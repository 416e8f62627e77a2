from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings, strategies as st

from pipeline.detect.change import days_between_false_alarms
from pipeline.detect.moved import SHARES, kind_of, threshold
from pipeline.detect.series import all_series
from pipeline.detect.shifts import Around, outlooks, shifts as found_in
from pipeline.domain import (
    Actor,
    Balance,
    Confusion,
    Outlook,
    ReportedShift,
    Series,
    Shift,
    ShiftKind,
    Stance,
    TaggedArticle,
    Track,
    Voice,
)
from pipeline.shapes import DetectSettings
from tests.detect.told import at, backs, hedges, opposes, told

POSITIONS = {1: backs, 0: hedges, -1: opposes}


DAY = 8.0
"""Hours between stories."""


def line(values: Sequence[int], **over: object) -> list[TaggedArticle]:
    position = {name: over.pop(name) for name in ("voice", "actor", "allegation") if name in over}
    return [told(DAY * n, POSITIONS[value](**position), **over) for n, value in enumerate(values)]  # type: ignore[arg-type]


def shifts(tagged: Sequence[TaggedArticle], rate: float = 1, **around: object) -> list[Shift]:
    wanted = DetectSettings(false_alarms_per_quarter=rate)
    return found_in(tagged, wanted, Around(sources={}, **around))  # type: ignore[arg-type]


TURN = [1] * 30 + [0] * 3 + [-1] * 20


def test_a_turn_is_one_shift_with_its_numbers() -> None:
    (shift,) = shifts(line([1] * 30 + [0] * 20))
    assert (shift.kind, shift.actor, shift.balance) == (ShiftKind.SERIES, Actor.JP, Balance.SUPPORT)
    assert (shift.voice, shift.track, shift.held) == (Voice.GOVERNMENT, None, None)
    assert (shift.direction, shift.before, shift.after) == (ReportedShift.AWAY, 1, 0)
    assert (shift.stories_before, shift.onset_at) == (30, at(30 * DAY))
    assert shift.detected_at == at((30 + shift.stories_after - 1) * DAY)
    assert shift.false_alarms_per_quarter == 1
    assert (shift.act, shift.confirmed, shift.model) == (None, True, "model-1")


def test_onset_and_size_have_intervals_that_hold_them() -> None:
    (shift,) = shifts(line([1] * 28 + [0, 1] + [0] * 20))
    assert shift.onset_from is not None
    assert shift.onset_until is not None
    assert shift.onset_from <= shift.onset_at <= shift.onset_until <= shift.detected_at
    assert shift.before is not None
    assert shift.after is not None
    assert shift.size_low is not None
    assert shift.size_high is not None
    assert shift.size_low < shift.after - shift.before < shift.size_high < 0


def test_the_words_count_what_a_reader_can_count() -> None:
    (shift,) = shifts(line([1] * 28 + [0, 0] + [0] * 20))
    assert shift.words == (
        f"{shift.stories_after} of the last {shift.stories_after} government stories hedge, against 0 of 28 before: "
        "further from Ukraine; balance +1.00 before, +0.00 since, as tagged, the model's errors not corrected; "
        "without the weightiest story it would not have fired; "
        "likely real; we accept one false alarm of this kind a quarter"
    )


def test_the_words_name_the_stance_that_grew_most() -> None:
    (shift,) = shifts(line([1] * 30 + [-1, -1, 0, -1, -1, -1] * 3))
    opposing = shift.stories_after - 1
    said = f"{opposing} of the last {shift.stories_after} government stories oppose, against 0 of 30 before"
    assert shift.words.startswith(said)


def test_a_turn_toward_ukraine_is_said_so() -> None:
    (shift,) = shifts(line([0] * 30 + [1] * 20))
    assert shift.direction is ReportedShift.TOWARD
    assert "support, against 0 of 30 before: closer to Ukraine" in shift.words


def test_the_accepted_rate_is_said() -> None:
    (shift,) = shifts(line([1] * 30 + [-1] * 20), rate=0.5)
    assert shift.words.endswith("we accept 0.5 false alarms of this kind a quarter")
    assert shift.false_alarms_per_quarter == 0.5


def test_who_accepts_fewer_false_alarms_waits_longer() -> None:
    (soon,), (late,) = (shifts(line([1] * 30 + [0] * 30), rate) for rate in (4, 0.1))
    assert soon.detected_at < late.detected_at


def test_governments_and_debate_share_four_fifths_of_the_false_alarms_and_tracks_have_the_rest() -> None:
    assert SHARES["government"] + SHARES["debate"] == pytest.approx(0.8)
    assert SHARES["track"] == pytest.approx(0.2)
    for series in all_series():
        kind = kind_of(series)
        number = sum(kind_of(other) == kind for other in all_series())
        assert threshold(series, 2) == pytest.approx(days_between_false_alarms(number, 2 * SHARES[kind]))


@pytest.mark.parametrize("voice", [voice for voice in Voice if voice is not Voice.GOVERNMENT])
def test_a_debate_that_moves_is_no_move_of_the_country(voice: Voice) -> None:
    (shift,) = shifts(line([1] * 30 + [-1] * 20, voice=voice))
    assert (shift.voice, shift.direction) == (voice, ReportedShift.AWAY)
    assert "in the debate, not the government's line" in shift.words
    assert "government stories" not in shift.words


def test_a_track_that_moves_alone_is_a_shift_of_the_track() -> None:
    mixed = [told(DAY * n + 1 + k, POSITIONS[k - 1](), tracks=[Track.CULTURE]) for n in range(62) for k in range(3)]
    (shift,) = shifts([*line([1] * 50 + [-1] * 12), *mixed])
    assert (shift.track, shift.balance) == (Track.AID, Balance.SUPPORT)
    assert "government stories on aid oppose" in shift.words


def test_a_track_that_moves_with_the_whole_balance_is_not_said_apart() -> None:
    assert [shift.track for shift in shifts(line([1] * 30 + [-1] * 30))] == [None]


def test_a_track_of_few_stories_has_no_series() -> None:
    rare = [told(24 * 15 * n, POSITIONS[value]()) for n, value in enumerate([1] * 30 + [-1] * 20)]
    assert all(look.series.track is None for look in looks(rare))
    assert any(look.series.track is Track.AID for look in looks(line([1] * 30)))


def test_a_month_of_history_does_not_collapse_into_the_moment_in_which_it_was_read() -> None:
    values = [1] * 40 + [-1] * 20
    told_then = [told(DAY * n, POSITIONS[value]()) for n, value in enumerate(values)]
    read_later = [
        told(DAY * n, POSITIONS[value](), seen_at=at(9_000), history=True, name=f"article-{DAY * n:06g}")
        for n, value in enumerate(values)
    ]
    (then,), (later,) = shifts(told_then), shifts(read_later)
    assert (later.shift_id, later.stories_after) == (then.shift_id, then.stories_after)
    assert (later.onset_from, later.history, then.history) == (then.onset_from, True, False)


def test_the_evidence_is_what_the_alarm_rests_on_the_weightiest_first() -> None:
    (shift,) = shifts(line([1] * 30 + [0, -1, 0, -1, -1, 0, -1, -1] * 3))
    weights = [piece.influence for piece in shift.evidence]
    assert weights == sorted(weights, reverse=True)
    assert shift.evidence[0].stance is Stance.OPPOSING
    assert weights[0] > 0


def test_without_the_stories_named_it_would_not_have_fired() -> None:
    tagged = line([1, 1, 0] * 12 + [0, -1, 0, -1, 0] * 12)
    (shift,) = shifts(tagged)
    assert shift.rests_on is not None
    leading = {piece.article.article_id for piece in shift.evidence[: shift.rests_on]}
    by_then = [one for one in tagged if one.article.seen_at <= shift.detected_at]
    assert shifts(by_then) == [shift]
    assert shifts([one for one in by_then if one.article.article_id not in leading]) == []


def test_at_most_eight_stories_are_kept_as_evidence() -> None:
    (shift,) = shifts(line([1, 1, 1, 0] * 10 + [0, 0, 1, 0, -1] * 16))
    assert shift.stories_after > 8
    assert len(shift.evidence) == 8


def test_the_evidence_counts_the_outlets_of_each_story() -> None:
    tagged = line([1] * 30 + [0] * 20)
    tagged += [told(49.5 * DAY, hedges(), story_id=tagged[40].article.story_id, source="another")]
    pieces = shifts(tagged)[0].evidence
    assert {piece.articles for piece in pieces} <= {1, 2}


def test_only_stories_after_the_onset_are_evidence() -> None:
    (shift,) = shifts(line(TURN))
    assert all(shift.onset_at <= piece.article.seen_at <= shift.detected_at for piece in shift.evidence)


def test_the_tracks_of_the_new_stories_are_named_the_commonest_first() -> None:
    old = line([1] * 30, tracks=[Track.MILITARY])
    new = [told(DAY * (30 + n), opposes(), tracks=[Track.AID, *([Track.DIALOGUE] if n % 2 else [])]) for n in range(10)]
    (shift,) = shifts(old + new)
    assert shift.tracks == (Track.AID, Track.DIALOGUE)


def test_a_shift_found_in_history_is_history() -> None:
    (old,) = shifts(line(TURN, history=True))
    (new,) = shifts(line(TURN))
    assert (old.history, new.history) == (True, False)


def test_a_shift_that_a_new_story_completes_is_not_history() -> None:
    (whole,) = shifts(line(TURN))
    length = whole.stories_before + whole.stories_after
    tagged = [*line(TURN[: length - 1], history=True), told(DAY * length, POSITIONS[TURN[length - 1]]())]
    assert [shift.history for shift in shifts(tagged)] == [False]


def test_the_two_balances_of_one_government_move_apart() -> None:
    tagged = line([1] * 50) + [
        told(DAY * n + 0.5, POSITIONS[value](), tracks=[Track.SANCTIONS]) for n, value in enumerate(TURN)
    ]
    assert [shift.balance for shift in shifts(tagged)] == [Balance.RUSSIA]


@pytest.mark.parametrize("value", [-1, 0, 1])
def test_a_line_that_holds_never_shifts(value: int) -> None:
    assert shifts(line([value] * 100)) == []


def test_shifts_come_in_the_order_in_which_they_became_known() -> None:
    tagged = line([1] * 30 + [-1] * 30 + [1] * 30)
    tagged += [told(DAY * n + 0.5, POSITIONS[value](actor=Actor.KR)) for n, value in enumerate([1] * 40 + [-1] * 20)]
    found = shifts(tagged)
    assert [shift.actor for shift in found] == [Actor.JP, Actor.KR, Actor.JP]
    assert [shift.detected_at for shift in found] == sorted(shift.detected_at for shift in found)


@settings(max_examples=30)
@given(st.lists(st.sampled_from([-1, 0, 1]), max_size=25), st.integers(10, 60))
def test_what_was_found_stays_found_under_its_name_when_later_stories_come(later: list[int], length: int) -> None:
    values = [1] * 20 + [-1] * 20 + [0] * 10 + later
    then, now = shifts(line(values[:length])), shifts(line(values))
    assert now[: len(then)] == then


def test_the_same_votes_give_the_same_shifts() -> None:
    assert shifts(line(TURN)) == shifts(list(reversed(line(TURN))))


@given(st.permutations(range(len(TURN))))
@settings(max_examples=8)
def test_shifts_do_not_depend_on_the_order_in_which_stories_are_read(order: list[int]) -> None:
    tagged = line(TURN)
    assert shifts([tagged[place] for place in order]) == shifts(tagged)


def test_a_story_that_was_denied_or_corrected_does_not_count() -> None:
    tagged = line(TURN)
    oppose = frozenset(one.article.story_id for one in tagged[30:])
    assert shifts(tagged) != []
    assert shifts(tagged, taken_back=oppose) == []


CONFUSION = Confusion(
    model="model-1",
    counts={
        Stance.SUPPORTIVE: {Stance.SUPPORTIVE: 80, Stance.HEDGING: 20},
        Stance.HEDGING: {Stance.HEDGING: 90, Stance.SUPPORTIVE: 10},
        Stance.OPPOSING: {Stance.OPPOSING: 50},
    },
)


def test_the_models_known_errors_are_taken_out_of_the_balance_and_the_words_say_so() -> None:
    tagged = line([1, 1, 1, 0, 1] * 8 + [0, 0, 0, 1, 0] * 12)
    (as_tagged,), (corrected,) = shifts(tagged), shifts(tagged, confusion=CONFUSION)
    assert corrected.shift_id == as_tagged.shift_id
    assert corrected.before == 1.0
    assert corrected.after is not None
    assert as_tagged.after is not None
    assert corrected.after < as_tagged.after
    assert "corrected for the model's known errors" in corrected.words
    assert span(corrected) > span(as_tagged)


def span(shift: Shift) -> float:
    assert shift.size_low is not None
    assert shift.size_high is not None
    return shift.size_high - shift.size_low


def test_what_another_model_tagged_is_not_corrected() -> None:
    tagged = line([1, 1, 1, 0, 1] * 8 + [0, 0, 0, 1, 0] * 12)
    assert shifts(tagged, confusion=replace(CONFUSION, model="model-2")) == shifts(tagged)


# --- where a series stands ---


def looks(tagged: Sequence[TaggedArticle], **around: object) -> list[Outlook]:
    return outlooks(tagged, DetectSettings(), Around(sources={}, **around))  # type: ignore[arg-type]


def look(tagged: Sequence[TaggedArticle], **around: object) -> Outlook:
    wanted = Series(actor=Actor.JP, balance=Balance.SUPPORT)
    return next(each for each in looks(tagged, **around) if each.series == wanted)


def test_of_a_series_with_few_stories_there_is_too_little_to_tell() -> None:
    few, enough = look(line([1] * 10)), look(line([1] * 20))
    assert (few.stories, few.stands, few.since) == (10, None, at(0))
    assert (enough.stories, enough.stands, enough.corrected) == (20, 1.0, False)


def test_a_series_stands_where_it_stood_since_its_last_shift() -> None:
    tagged = line([1] * 30 + [-1] * 30)
    (shift,) = shifts(tagged)
    found = look(tagged)
    assert (found.stands, found.stories) == (-1.0, 30 - shift.stories_after)
    assert found.since == shift.detected_at + timedelta(hours=DAY)


def test_where_a_series_stands_is_corrected_too() -> None:
    found = look(line([1, 1, 1, 0, 1] * 8), confusion=CONFUSION)
    assert (found.stands, found.corrected) == (1.0, True)


def test_a_series_without_a_story_has_no_outlook() -> None:
    assert looks([]) == []
