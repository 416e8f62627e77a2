"""How grave a shift is, by the project's own rubric and by any other; and the sums that headlines name."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from pipeline.alert.amount import amount_usd
from pipeline.alert.severity import severity
from pipeline.domain import Act, Actor, ReportedShift, Rule, Severity, Shift, ShiftKind, Track, Voice
from pipeline.settings import load
from tests.factories import article, evidence, shift

RUBRIC = load({}).rubric


def report(act: Act, *tracks: Track, voice: Voice = Voice.GOVERNMENT, title: str = "") -> Shift:
    told = (evidence(article=article(title=title)),)
    return shift(kind=ShiftKind.REPORTED, act=act, tracks=tracks, voice=voice, evidence=told)


any_shift = st.builds(
    lambda kind, voice, act, tracks, direction: shift(
        kind=kind, voice=voice, act=act, tracks=tuple(tracks), direction=direction
    ),
    st.sampled_from(ShiftKind),
    st.sampled_from(Voice),
    st.sampled_from([None, *Act]),
    st.frozensets(st.sampled_from(Track), max_size=3),
    st.sampled_from([ReportedShift.TOWARD, ReportedShift.AWAY]),
)
any_rule = st.builds(
    Rule,
    severity=st.sampled_from(Severity),
    voices=st.frozensets(st.sampled_from(Voice), max_size=2),
    tracks=st.frozensets(st.sampled_from(Track), max_size=2),
    kinds=st.frozensets(st.sampled_from(ShiftKind), max_size=1),
    amount_usd=st.sampled_from([0.0, 1e9]),
)


def test_a_series_of_a_government_interrupts_and_one_of_another_voice_does_not() -> None:
    assert severity(shift(), RUBRIC) is Severity.A
    assert severity(shift(track=Track.AID, tracks=(Track.AID,)), RUBRIC) is Severity.A
    for voice in set(Voice) - {Voice.GOVERNMENT}:
        assert severity(shift(voice=voice), RUBRIC) is Severity.B


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (report(Act.DECIDED, Track.NATO_EU), Severity.A),
        (report(Act.REFUSED, Track.AID), Severity.A),
        (report(Act.CARRIED_OUT, Track.MILITARY), Severity.A),
        (report(Act.CARRIED_OUT, Track.SANCTIONS, Track.AID), Severity.A),
        (report(Act.CARRIED_OUT, Track.DIALOGUE), Severity.A),
        (report(Act.CONSIDERING, Track.MILITARY), Severity.B),
        (report(Act.SAID, Track.RUSSIA_TIES), Severity.B),
        (report(Act.CARRIED_OUT, Track.RUSSIA_TIES), Severity.B),
        (report(Act.CARRIED_OUT, Track.AID), Severity.C),
        (report(Act.CARRIED_OUT, Track.AID, title="Tokyo hands over $99 million"), Severity.C),
        (report(Act.CARRIED_OUT, Track.AID, title="Tokyo hands over $100 million"), Severity.B),
        (report(Act.SAID, voice=Voice.RULING_PARTY), Severity.B),
        (report(Act.DECIDED, Track.MILITARY, voice=Voice.OPPOSITION, title="Opposition wants $3bn"), Severity.C),
        (report(Act.DECIDED, voice=Voice.BUSINESS), Severity.C),
        (report(Act.SAID, voice=Voice.SOCIETY), Severity.C),
    ],
)
def test_the_rubric_says_what_the_page_says(found: Shift, wanted: Severity) -> None:
    assert severity(found, RUBRIC) is wanted


def test_another_table_replaces_it_and_its_first_fitting_rule_decides() -> None:
    seoul = Rule(severity=Severity.B, actors=frozenset({Actor.KR}))
    rest = Rule(severity=Severity.A)
    assert severity(shift(actor=Actor.KR), (seoul, rest)) is Severity.B
    assert severity(shift(actor=Actor.KR), (rest, seoul)) is Severity.A
    assert severity(shift(actor=Actor.JP), (seoul,)) is Severity.C


@given(any_shift, st.lists(any_rule, max_size=4))
def test_every_shift_has_a_severity_whatever_the_rubric(found: Shift, rubric: list[Rule]) -> None:
    assert severity(found, rubric) in {rule.severity for rule in rubric} | {Severity.C}
    assert severity(found, rubric) is severity(replace(found), tuple(rubric))


@pytest.mark.parametrize(
    ("title", "dollars"),
    [
        ("Tokyo adds $500 million", 5e8),
        ("日本、5億ドルの支援", 5e8),
        ("한국 5억 달러 지원", 5e8),
        ("台灣捐贈5000萬美元", 5e7),
        ("日本提供1,500億日元", 1e9),
        ("日本、3千万ドル", 3e7),
        ("Японія дасть 4,5 млрд доларів", 4.5e9),
        ("Сеул виділить 70 000 доларів", 7e4),
        ("a 500-million-dollar loan", 5e8),
        ("US$1.5bn after $2", 1.5e9),
        ("NT$320 million to Kyiv", 1e7),
        ("10 tanks, 500 million people, May 2026", 0.0),
    ],
)
def test_the_largest_sum_of_a_headline_is_read_in_dollars(title: str, dollars: float) -> None:
    assert amount_usd(title) == pytest.approx(dollars)


@given(st.text(alphabet="0123456789,. $€億万mb兆ドル달러元", max_size=60))
def test_no_text_breaks_the_reading_of_sums(title: str) -> None:
    assert amount_usd(title) >= 0
