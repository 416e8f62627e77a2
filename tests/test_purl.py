"""
The PURL case through the real flows, the current model and a stand-in for Slack: what a person sees in the channel.

The texts are in ``purl.py``. What is asserted is what a desk needs of it; how it reads is in ``data/screens/purl.txt``.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.domain import Actor
from tests.purl import BEFORE, DENIED, REPORTED, REVIEWED, THREATENED, Case, case, feb, transcript
from tests.slack.blocks import complaint, pings, words

pytestmark = pytest.mark.timeout(400)

SCREENS = Path(__file__).parent / "data" / "screens"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            patch.delenv(name, raising=False)
        with case(tmp_path_factory.mktemp("purl")) as the_case:
            the_case.read(*BEFORE)
            the_case.play(*REPORTED)
            the_case.reported = transcript(the_case.place)
            the_case.play(*DENIED)
            the_case.until(feb(19, 20))
            the_case.denied = transcript(the_case.place)
            the_case.play(*REVIEWED)
            the_case.until(feb(20, 20))
            the_case.reviewed = transcript(the_case.place)
            the_case.play(*THREATENED)
            the_case.until(feb(23, 20))
            yield the_case


def test_the_report_of_one_agency_is_one_message_that_says_on_what_it_rests(played: Case) -> None:
    assert played.reported.startswith("[10 Feb 00:40 UTC]\nJapan · government · decides · PURL: closer to Ukraine\n")
    assert "How sure: Very likely; one source; no official source yet." in played.reported
    assert "Was supportive (3 stories in the 90 days before); now decides, closer to Ukraine." in played.reported
    assert "10 Feb 2026 02:30 Kyiv, 09:30 Tokyo" in played.reported
    assert played.reported.count(" UTC") == 1


def test_the_denial_rewrites_it_and_answers_in_its_thread(played: Case) -> None:
    assert played.denied.startswith("[10 Feb 00:40 UTC, rewritten since]\nDENIED · Japan · government · decides · PURL")
    assert played.denied.count("DENIED by government, Tokyo, 10 Feb") == 2
    assert "Told before: was supportive" in played.denied
    assert "    | New on Japan · government · decides · PURL: closer to Ukraine" in played.denied
    (first,) = played.place.top()[:1]
    assert len(played.place.thread(first["ts"])) == 1


def test_a_headline_that_readers_cannot_read_has_an_english_one_of_its_story_under_it(played: Case) -> None:
    assert "» Japan to join NATO's PURL scheme for Ukraine, Sakura Tsushin reports\n" in played.denied
    assert "(Harbor Wire, in English)" in played.denied


def test_a_review_ten_days_later_is_in_the_evenings_roll_up_with_its_condition(played: Case) -> None:
    new = played.reviewed.removeprefix(played.denied).strip()
    assert new.startswith("[20 Feb 15:15 UTC]\nFri 20 Feb · 1 without a message of its own\n")
    assert "B · South Korea · government · considers · PURL: closer to Ukraine (very likely; two sources or more" in new
    assert "condition: “if civilians are attacked on a large scale”" in new
    assert "» South Korea reviewing joining NATO's PURL scheme for Ukraine, presidential office says\n" in new


def test_threats_from_moscow_are_nobodys_shift(played: Case) -> None:
    assert transcript(played.place) == played.reviewed
    assert [shift.actor for shift in played.home.store.shifts.all()] == [Actor.JP, Actor.KR]


def test_slack_takes_every_message_and_nobody_is_pinged(played: Case) -> None:
    assert played.place.refused == []
    for message in played.place.messages["C000DESK"]:
        assert complaint(message["blocks"]) is None
        assert pings(message) == []
        assert "Japan moved" not in "\n".join(words(message["blocks"]))


def test_it_reads_as_the_golden_screen_does(played: Case) -> None:
    path, shown = SCREENS / "purl.txt", f"{transcript(played.place)}\n"
    if os.environ.get("STANCEWATCH_WRITE_GOLDENS") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == shown
