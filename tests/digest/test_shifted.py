from datetime import timedelta
from typing import Any

import pytest

from pipeline.digest.build import Past
from pipeline.domain import Act, Actor, Balance, Held, ReportedShift, Section, Shift, ShiftKind, Track, Voice
from tests.detect.told import START, at, backs, hedges, told
from tests.digest.known import digest, items, titles, words
from tests.factories import article, evidence, shift


def report(number: int = 1, **over: Any) -> Shift:
    known: dict[str, Any] = {
        "shift_id": f"shift-{number}",
        "kind": ShiftKind.REPORTED,
        "balance": None,
        "direction": ReportedShift.TOWARD,
        "tracks": (Track.AID,),
        "detected_at": at(number),
        "false_alarms_per_quarter": None,
        "evidence": (evidence(article=article(article_id=f"told {number}")),),
        "confirmed": True,
        "certainty": 0.93,
    }
    return shift(**{**known, **over})


def change(**over: Any) -> Shift:
    known = {
        "kind": ShiftKind.SERIES,
        "onset_from": START,
        "onset_until": START + timedelta(days=2),
        "onset_at": START + timedelta(days=1),
        "detected_at": at(9),
        "before": 0.5,
        "after": -0.25,
        "false_alarms_per_quarter": 1.0,
        "direction": ReportedShift.AWAY,
        "evidence": (evidence(),),
    }
    return shift(**{**known, **over})


def sentence(*shifts: Shift, lang: str = "en") -> str:
    return words(digest(shifts=shifts), Section.SENTENCE, lang)[0]


def test_the_sentence_says_who_moved_which_way_on_what() -> None:
    moves = report(1), report(2, direction=ReportedShift.AWAY, tracks=(Track.RUSSIA_TIES,)), report(3, actor=Actor.KR)
    assert sentence(*moves) == (
        "Japan moved closer to Ukraine (aid) and further from Ukraine (ties with Russia); "
        "South Korea moved closer to Ukraine (aid)."
    )
    assert sentence(report(), lang="uk") == "Японія: ближче до України (допомога)."


def test_one_report_is_said_to_be_one() -> None:
    assert sentence(report(confirmed=False)) == "Japan moved closer to Ukraine (aid, by one report)."


def test_a_quiet_week_says_so_and_counts_what_was_read() -> None:
    tagged = told(1, backs(act=Act.SAID), name="word"), told(2, backs(act=Act.DECIDED), name="deed")
    one = digest(*tagged, told(3, hedges(voice=Voice.OPPOSITION)))
    assert words(one, Section.SENTENCE) == [
        "A quiet week: no government's line moved; 2 stories on governments read, 1 of them with a new step."
    ]
    assert titles(items(one, Section.SENTENCE)) == ["deed", "word"]
    assert words(one, Section.SHIFTED) == []


def test_a_week_without_any_story_is_quiet_too() -> None:
    assert sentence() == "A quiet week: no government story on Ukraine was read."


@pytest.mark.parametrize(
    "over", [{"held": Held.MIX}, {"withdrawn_at": at(20), "withdrawn_why": "gone"}, {"voice": Voice.OPPOSITION}]
)
def test_a_week_in_which_nothing_stands_of_a_government_is_quiet(over: dict[str, Any]) -> None:
    assert sentence(report(**over)).startswith("A quiet week")


def test_a_report_says_what_who_says_so_how_sure_and_that_no_error_rate_is_known() -> None:
    (said,) = words(digest(shifts=(report(),)), Section.SHIFTED)
    assert said == (
        "Japan · cabinet: closer to Ukraine, on aid. Reported: a decision. A second or official source says so, too. "
        "The model's own certainty: 93%. Error rate: not known, nobody has checked the last quarter's alerts yet."
    )


def test_analysts_verdicts_give_the_error_rate_and_mark_what_they_checked() -> None:
    ours, past = report(1), [report(n) for n in range(2, 6)]
    verdicts = {"shift-1": True, "shift-2": True, "shift-3": False, "shift-4": True}
    one = digest(shifts=(ours, past[3]), past=Past(alerted=[ours, *past], verdicts=verdicts))
    later, checked = items(one, Section.SHIFTED)
    assert "Error rate: 1 of the 4 alerts that analysts checked in the last quarter proved wrong." in later.words["en"]
    assert (later.checked, checked.checked) == (False, True)
    assert checked.words["en"].endswith("An analyst confirmed it.")


def test_a_series_says_its_balance_its_onset_and_its_accepted_error_rate() -> None:
    (said,) = words(digest(shifts=(change(),)), Section.SHIFTED)
    assert said == (
        "Japan · cabinet: further from Ukraine, on support for Ukraine. The balance of its stories went from +0.50 to "
        "−0.25: 6 stories since 3 Mar, 20 before. Nine times in ten such a change began between 2 Mar and 4 Mar. "
        "Error rate: we accept 1 false alarm(s) a quarter over all series."
    )


def test_what_is_held_or_withdrawn_is_shown_last_and_says_so() -> None:
    gone = report(1, withdrawn_at=at(30), withdrawn_why="gone")
    one = digest(shifts=(report(2, held=Held.OUTAGE), gone, report(3)))
    stands, *rest = words(one, Section.SHIFTED)
    assert "HELD" not in stands
    assert "WITHDRAWN" not in stands
    assert any("HELD: our own pipeline may explain it (feeds were silent)." in said for said in rest)
    assert any("WITHDRAWN on 3 Mar" in said for said in rest)


def test_the_debate_is_never_said_to_be_the_governments_line() -> None:
    (said,) = words(digest(shifts=(change(voice=Voice.OPPOSITION, balance=Balance.RUSSIA),)), Section.SHIFTED)
    assert said.startswith("Japan · opposition: further from Ukraine, on pressure on Russia. In the debate, not the")


def test_its_evidence_is_all_there_and_its_name_is_the_shifts() -> None:
    (one,) = items(digest(shifts=(report(1),)), Section.SHIFTED)
    (same,) = items(digest(shifts=(report(1, certainty=0.5),)), Section.SHIFTED)
    (other,) = items(digest(shifts=(report(2),)), Section.SHIFTED)
    assert titles([one]) == ["told 1"]
    assert one.item_id == same.item_id != other.item_id
