"""What is said of a shift in words: who, what, the change, how sure, on which condition."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from pipeline.alert.message import message
from pipeline.alert.wording import Capital, change, conditions, headline, how_sure, matter, moment, owned
from pipeline.domain import (
    Act,
    Actor,
    Balance,
    Gloss,
    Held,
    Owner,
    ReportedShift,
    Severity,
    Shift,
    ShiftKind,
    Source,
    Track,
    Voice,
)
from tests.factories import NOW, article, evidence, shift

NAMES = {Actor.JP: "Japan", Actor.KR: "South Korea", Actor.TW: "Taiwan", Actor.CN: "China", Actor.KP: "North Korea"}
SOURCES = {
    "Kyodo": Source(name="Kyodo", owner=Owner.PRIVATE, country="JP", tier=1),
    "Kantei": Source(name="Kantei", owner=Owner.STATE, country="JP", tier=1, official=Actor.JP),
}
REPORTED = shift(kind=ShiftKind.REPORTED, balance=None, before=None, evidence=(evidence(),), stories_before=0)
TOKYO = Capital(name="Tokyo", zone="Asia/Tokyo")


# --- who, what ---


@pytest.mark.parametrize("actor", list(Actor))
@pytest.mark.parametrize("balance", [None, *Balance])
def test_a_government_is_named_by_its_country(actor: Actor, balance: Balance | None) -> None:
    assert headline(shift(actor=actor, balance=balance), NAMES).startswith(f"{NAMES[actor]} · government · ")


@pytest.mark.parametrize(
    ("voice", "named"),
    [
        (Voice.RULING_PARTY, "Ruling-party deputies in Taiwan · less support for Ukraine"),
        (Voice.OPPOSITION, "The opposition in Taiwan · less support for Ukraine"),
        (Voice.PARLIAMENT, "Parliament in Taiwan · less support for Ukraine"),
        (Voice.BUSINESS, "Firms in Taiwan · less support for Ukraine"),
        (Voice.SOCIETY, "Debate in Taiwan · less support for Ukraine"),
    ],
)
def test_any_other_voice_is_somebody_in_it(voice: Voice, named: str) -> None:
    assert headline(shift(actor=Actor.TW, voice=voice, direction=ReportedShift.AWAY), NAMES) == named


any_voice = st.builds(
    lambda voice, actor, kind, title, balance, act, before: shift(
        voice=voice,
        actor=actor,
        kind=kind,
        words="",
        balance=balance,
        act=act,
        before=before,
        evidence=(evidence(article=article(title=title)),),
    ),
    st.sampled_from(sorted(set(Voice) - {Voice.GOVERNMENT})),
    st.sampled_from(Actor),
    st.sampled_from(ShiftKind),
    st.text(alphabet="ab <>&", max_size=400),
    st.sampled_from([None, *Balance]),
    st.sampled_from([None, *Act]),
    st.sampled_from([None, -1.0, 0.3]),
)


@given(any_voice)
def test_no_voice_but_a_governments_yields_a_message_that_names_the_country_as_having_moved(found: Shift) -> None:
    name = NAMES[found.actor]
    said = message(found, NAMES, {}, severity=Severity.B)
    for text in (str(said.blocks[0]["text"]["text"]), said.text):  # type: ignore[index]
        assert f" in {name} · " in text
        assert name not in text.replace(f" in {name} · ", "", 1)
        assert "government" not in text.replace("not the government's line", "")


def test_a_reported_step_is_named_by_its_act_and_by_what_its_weightiest_story_is_about() -> None:
    purl = replace(evidence(), gloss=Gloss(en="", uk="", matter_en="PURL", matter_uk="PURL"))
    one = replace(REPORTED, act=Act.CONSIDERING, evidence=(evidence(), purl))
    assert headline(one, NAMES) == "Japan · government · considers · PURL: closer to Ukraine"
    assert matter(replace(one, evidence=())) == "arms"
    assert matter(replace(one, evidence=(), tracks=(Track.AID, Track.NATO_EU, Track.CULTURE))) == (
        "aid and NATO, EU and G7"
    )
    assert headline(replace(one, evidence=(), tracks=()), NAMES) == "Japan · government · considers · closer to Ukraine"


def test_a_track_is_named() -> None:
    one = shift(actor=Actor.JP, track=Track.RUSSIA_TIES, direction=ReportedShift.AWAY)
    assert headline(one, NAMES) == "Japan · government · ties with Russia: further from Ukraine"


def test_what_is_held_or_withdrawn_is_shown_as_such() -> None:
    held, gone = shift(held=Held.MIX), shift(withdrawn_at=NOW, withdrawn_why="a story was denied")
    assert headline(held, NAMES).startswith("Held · ")
    assert how_sure(held) == "held: our own pipeline may explain it"
    assert headline(gone, NAMES).startswith("Withdrawn · ")
    assert how_sure(gone) == "withdrawn: a story was denied"


# --- the change ---


def test_a_change_of_a_series_is_said_with_where_it_was_and_where_it_is() -> None:
    one = shift(before=0.9, after=-0.1)
    assert change(one) == "was supportive (20 stories until 12 May); now hedging (6 stories since)"
    assert change(replace(one, after=0.8)) == (
        "was supportive (20 stories until 12 May); now supportive, but more so (6 stories since)"
    )
    assert change(replace(one, voice=Voice.BUSINESS)).endswith("; the debate, not the government's line")


def test_a_reported_change_is_said_with_where_the_government_stood_if_that_is_known() -> None:
    one = replace(REPORTED, before=0.5, stories_before=14)
    assert change(one) == ("was mostly supportive (14 stories in the 90 days before); now decides, closer to Ukraine")
    assert change(REPORTED) == "now decides, closer to Ukraine; too few stories before to say where it stood"


@given(st.floats(-1.2, 1.2), st.floats(-1.2, 1.2))
def test_where_a_voice_stands_has_words_for_every_balance(before: float, after: float) -> None:
    said = change(shift(before=before, after=after))
    assert said.startswith("was ")
    assert "; now " in said


# --- how sure ---


def test_how_sure_is_said_in_words() -> None:
    assert how_sure(REPORTED, SOURCES) == "very likely; one source; no official source yet"
    assert how_sure(replace(REPORTED, certainty=0.8), SOURCES).startswith("likely; one source; ")
    assert how_sure(replace(REPORTED, confirmed=True), SOURCES) == (
        "very likely; two sources or more; no official source yet"
    )
    own = evidence(article=article(source="Kantei"))
    assert (
        how_sure(replace(REPORTED, evidence=(own,), confirmed=True), SOURCES) == "very likely; its own source says so"
    )
    assert how_sure(shift(stories_after=6)) == "likely real; 6 stories since 12 May 2026 11:00 Kyiv"


def test_another_governments_own_page_confirms_nothing() -> None:
    own = evidence(article=article(source="Kantei"))
    assert "no official source yet" in how_sure(
        replace(REPORTED, actor=Actor.KR, evidence=(own,), confirmed=True), SOURCES
    )


def test_a_condition_is_quoted_once_a_story_as_readers_can_read_it_if_they_can() -> None:
    korean = article(lang="ko", title="민간인이 공격받을 경우 무기 지원 검토", lead="")
    english = article(lang="en", title="Seoul may send arms if civilians are attacked", lead="", source="Wire")
    one = replace(REPORTED, act=Act.CONSIDERING, evidence=(evidence(article=korean, readable=english), evidence()))
    assert [(quoted, told.source) for quoted, told in conditions(one)] == [("if civilians are attacked", "Wire")]
    plain = replace(english, title="Seoul may send arms")
    one = replace(one, evidence=(evidence(article=korean, readable=plain),))
    assert [(quoted, told.source) for quoted, told in conditions(one)] == [("민간인이 공격받을 경우", "Kyodo")]
    assert list(conditions(replace(one, kind=ShiftKind.SERIES))) == []
    assert list(conditions(replace(one, act=Act.SAID))) == []


# --- when, whose ---


def test_a_time_is_kyivs_and_the_capitals_with_its_day_where_that_is_another() -> None:
    assert moment(NOW) == "12 May 2026 12:30 Kyiv"
    assert moment(NOW, TOKYO) == "12 May 2026 12:30 Kyiv, 18:30 Tokyo"
    late = datetime(2026, 12, 31, 21, tzinfo=UTC)
    assert moment(late, TOKYO) == "31 Dec 2026 23:00 Kyiv, 01 Jan 06:00 Tokyo"


def test_an_outlet_is_named_with_its_owner_where_that_is_known() -> None:
    assert owned("Kyodo", SOURCES) == "Kyodo (private, JP)"
    assert owned("Some Blog", SOURCES) == "Some Blog"
