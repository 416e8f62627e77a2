from typing import Any

import pytest

from pipeline.digest.build import Past
from pipeline.digest.watching import NAMED
from pipeline.domain import Actor, Coverage, Hearing, Incident, IncidentKind, Section, Voice
from tests.detect.told import at
from tests.digest.known import digest, heard, items, titles, words
from tests.factories import article, evidence, shift


def ill(feed: str, kind: IncidentKind = IncidentKind.SILENT, hours: float = 24) -> Incident:
    return Incident(feed=feed, kind=kind, started_at=at(hours))


def watching(lang: str = "en", **over: Any) -> list[str]:
    return words(digest(**{"feeds": tuple("abcde"), **over}), Section.WATCHING, lang)


def test_all_healthy_is_one_line() -> None:
    assert watching() == ["5 of 5 feeds healthy."]


def test_ill_feeds_are_named_with_their_fault_and_since_when() -> None:
    faults = (ill("b"), ill("c", IncidentKind.BROKEN, 2))
    assert watching(incidents=faults, never=("e",)) == [
        "2 of 5 feeds healthy; 3 not: c broken since Monday 2 Mar, b silent since Tuesday 3 Mar, e never read."
    ]
    assert watching("uk", incidents=faults)[0] == (
        "Справні стрічки: 3 з 5; несправні — 2: c не читається з 2 березня, b мовчить з 3 березня."
    )


def test_a_feed_with_two_faults_counts_once_by_the_graver_and_one_that_moved_is_healthy() -> None:
    faults = (ill("a", IncidentKind.SILENT), ill("a", IncidentKind.BROKEN), ill("b", IncidentKind.MOVED))
    assert watching(incidents=faults) == ["4 of 5 feeds healthy; 1 not: a broken since Tuesday 3 Mar."]


def test_a_feed_that_is_ill_and_was_never_read_counts_once() -> None:
    assert watching(incidents=(ill("a", IncidentKind.BROKEN),), never=("a",))[0].startswith("4 of 5")


def test_of_many_ill_feeds_some_are_named_and_the_rest_is_counted() -> None:
    names = tuple(f"feed-{n:02}" for n in range(NAMED + 5))
    (said,) = watching(feeds=names, incidents=tuple(ill(name) for name in names))
    assert said.startswith(f"0 of {NAMED + 5} feeds healthy; {NAMED + 5} not: feed-00")
    assert said.endswith("feed-09 silent since Tuesday 3 Mar, 5 more.")


@pytest.mark.parametrize(
    ("coverage", "words_of_it"),
    [
        (Coverage.SEARCH, "Seen only through search feeds: Japan (government)."),
        (Coverage.NONE, "Not watched at this moment: Japan (government)."),
        (Coverage.DOWN, "Not watched at this moment: Japan (government)."),
    ],
)
def test_whose_silence_means_little_is_said(coverage: Coverage, words_of_it: str) -> None:
    one = Hearing(actor=Actor.JP, voice=Voice.GOVERNMENT, coverage=coverage, feeds=(), lost=())
    rest = tuple(each for each in heard() if (each.actor, each.voice) != (Actor.JP, Voice.GOVERNMENT))
    assert watching(hearings=(one, *rest))[1:] == [words_of_it]


def test_that_beijing_has_no_opposition_to_listen_to_is_no_gap() -> None:
    nobody = tuple(each for each in heard(Coverage.NONE) if each.actor is Actor.CN)
    assert watching(hearings=nobody)[1:] == ["Not watched at this moment: China (government)."]


def test_alerts_that_nobody_checked_are_said_to_be_unchecked() -> None:
    one = digest(past=Past(alerted=[shift()], verdicts={}))
    assert words(one, Section.RECORD) == [
        (
            "1 alert in the thirteen weeks before the cut-off: 0 denied or corrected since, 0 withdrawn by us. "
            "Nobody has checked yet whether they were right."
        )
    ]


def test_verdicts_denials_and_withdrawals_are_counted_and_cited_first() -> None:
    alerts = [
        shift(shift_id=str(n), evidence=(evidence(article=article(article_id=str(n))),), withdrawn_at=when)
        for n, when in enumerate([None, None, at(3), None])
    ]
    past = Past(alerted=alerts, overturned=["3"], verdicts={"0": True, "1": False, "unheard of": True})
    one = digest(past=past)
    assert words(one, Section.RECORD) == [
        (
            "4 alerts in the thirteen weeks before the cut-off: 1 denied or corrected since, 1 withdrawn by us. "
            "Analysts checked 2: 1 right, 1 wrong."
        )
    ]
    assert titles(items(one, Section.RECORD)) == ["1", "2", "3", "0"]
