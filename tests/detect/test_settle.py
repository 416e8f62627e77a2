from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.detect.settle import anew, withdrawn
from pipeline.domain import Actor, Balance, ReportedShift, Shift, ShiftKind, Track, Voice
from tests.detect.test_moved import DAY, line, shifts
from tests.factories import article, evidence, shift

TURNED = [1] * 30 + [-1] * 30


def gone(found: Sequence[Shift], known: Sequence[Shift], **over: object) -> dict[str, str]:
    return withdrawn(found, known, **{"model": "model-1", "false_alarms_per_quarter": 1, **over})  # type: ignore[arg-type]


def renamed() -> tuple[list[Shift], list[Shift]]:
    """A turn as it was found, and as it is found once a late copy has turned the vote that had raised the alarm."""
    before = shifts(line([1] * 30 + [-1] * 20))
    later = before[0].detected_at + timedelta(hours=DAY)
    return before, [replace(before[0], shift_id="another", detected_at=later)]


def test_a_copy_that_turns_a_vote_of_the_past_does_not_raise_the_same_alarm_under_a_new_name() -> None:
    before, after = renamed()
    assert anew(after, before) == []
    assert gone(after, before) == {}


def test_a_reported_shift_that_another_text_of_its_story_stands_for_is_the_same() -> None:
    known = shift(kind=ShiftKind.REPORTED, evidence=(evidence(article=article(article_id="first", story_id="matter")),))
    again = replace(
        known, shift_id="another", evidence=(evidence(article=article(article_id="earlier", story_id="matter")),)
    )
    other = replace(
        known, shift_id="another", evidence=(evidence(article=article(article_id="other", story_id="other")),)
    )
    assert (anew([again], [known]), gone([again], [known])) == ([], {})
    assert anew([other], [known]) == [other]


def test_what_was_only_history_has_not_been_said() -> None:
    before, after = renamed()
    history = [replace(s, history=True) for s in before]
    assert anew(after, history) == after
    assert gone(after, history) == {}


def test_a_further_change_in_the_same_direction_is_said() -> None:
    (first, second) = shifts(line([1] * 30 + [0] * 60 + [-1] * 60))
    assert first.direction is second.direction
    assert anew([first, second], [first]) == [first, second]
    assert anew([second], [first]) == [second]


@pytest.mark.parametrize(
    "other",
    [
        {"actor": Actor.KR},
        {"balance": Balance.RUSSIA},
        {"direction": ReportedShift.TOWARD},
        {"voice": Voice.OPPOSITION},
        {"track": Track.AID},
    ],
)
def test_another_series_hides_nothing(other: dict[str, object]) -> None:
    before, after = renamed()
    another = replace(before[0], **other)  # type: ignore[arg-type]
    assert anew(after, [another]) == after
    assert set(gone(after, [another])) == {another.shift_id}


def test_what_is_found_as_it_was_known_stays() -> None:
    found = shifts(line(TURNED))
    assert anew(found, found) == found
    assert anew(found, []) == found
    assert gone(found, found) == {}


def test_what_is_found_no_more_is_withdrawn_for_late_or_edited_stories() -> None:
    known = shifts(line(TURNED))
    edited = line([1] * len(TURNED))

    why = "not found any more with stories that came late or were edited"
    assert gone(shifts(edited), known) == {known[0].shift_id: why}


def test_a_denial_is_why_a_shift_is_withdrawn() -> None:
    known = shift(false_alarms_per_quarter=None, evidence=(evidence(),))
    (why,) = gone([], [known], taken_back=frozenset({"story-1"})).values()
    assert why == "a story that it rests on was denied or corrected"


def test_another_model_is_why_a_shift_is_withdrawn() -> None:
    (why,) = gone([], [shift(model="model-0", false_alarms_per_quarter=1)]).values()
    assert why == "not found in the same stories as tagged by model-1"


def test_other_settings_are_why_a_shift_is_withdrawn() -> None:
    (why,) = gone([], [shift(model="model-1", false_alarms_per_quarter=4)]).values()
    assert why == "not found at 1 accepted false alarms a quarter"
