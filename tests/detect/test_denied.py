"""What is denied in the story that tells it: the report is taken back, what comes long after it is not."""

from collections.abc import Sequence
from typing import Any

import pytest

from pipeline.detect.shifts import Around, denials, standing
from pipeline.domain import Act, Actor, Position, ReportedShift, Stance, TaggedArticle, Voice
from tests.detect.told import at, backs, told, turns


def report(hours: float, **over: Any) -> TaggedArticle:
    known = {"story_id": "s", "source": "Agency", "copy_id": f"copy {hours}"}
    return told(hours, turns(ReportedShift.TOWARD, act=Act.DECIDED), **{**known, **over})


def denial(hours: float, **over: Any) -> TaggedArticle:
    return told(hours, denying(**over), story_id="s", source="Kantei", copy_id=f"copy {hours}")


def denying(**over: Any) -> Position:
    return backs(**{"stance": Stance.HEDGING, "act": Act.DENIED, **over})


def left(*tagged: TaggedArticle) -> Sequence[float]:
    kept = standing(tagged, Around(sources={}))
    return [(one.article.seen_at - at(0)).total_seconds() / 3600 for one in kept]


def test_a_report_that_is_denied_in_its_own_story_is_taken_back_and_the_denial_stays() -> None:
    assert left(report(0), report(1, source="Daily"), denial(6)) == [6]
    assert denials([report(0), denial(7), denial(6)]) == {("s", Actor.JP): at(6)}


def test_an_outlet_that_still_prints_what_was_denied_is_taken_back_too() -> None:
    assert left(report(0), denial(6), report(9)) == [6]
    assert left(report(0), denial(6), report(9, source="Daily", origin="Agency")) == [6]


def test_what_is_reported_long_after_a_denial_or_by_another_stands() -> None:
    assert left(report(0), denial(6), report(19)) == [6, 19]
    assert left(report(0), denial(6), report(9, source="Daily")) == [6, 9]


@pytest.mark.parametrize(
    "over", [{"voice": Voice.OPPOSITION}, {"allegation": True}, {"unsure": True}, {"actor": Actor.KR}]
)
def test_who_is_not_the_government_that_it_is_about_denies_nothing(over: dict[str, Any]) -> None:
    assert left(report(0), denial(6, **over)) == [0, 6]


def test_a_denial_of_another_story_is_known_by_its_link_alone() -> None:
    assert left(report(0, story_id="other"), denial(6)) == [0, 6]
    whole = standing([report(0), denial(6)], Around(sources={}, taken_back=frozenset({"s"})))
    assert whole == []


def test_what_reports_no_change_is_not_taken_back() -> None:
    assert left(told(0, backs(), story_id="s"), denial(6)) == [0, 6]
