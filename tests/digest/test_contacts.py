"""The texts are invented; offices stand for persons."""

import pytest

from pipeline.digest.contacts import Contact, Level
from pipeline.domain import Act, Actor, Coverage, Position, Section, TaggedArticle, Voice
from tests.detect.told import START, backs, told
from tests.digest.known import digest, finder, heard, items, titles, words


def text(
    title: str, lang: str = "en", *positions: Position, lead: str = "", hours: float = 1, **over: object
) -> TaggedArticle:
    return told(hours, *(positions or (backs(),)), title=title, lead=lead, lang=lang, **over)


def read(one: TaggedArticle) -> list[Contact]:
    return list(finder().read(one, 1))


def found(title: str, lang: str = "en", *positions: Position, lead: str = "") -> set[tuple[str | None, Level]]:
    return {(contact.side, contact.level) for contact in read(text(title, lang, *positions, lead=lead))}


@pytest.mark.parametrize(
    ("title", "lang", "side", "level"),
    [
        ("Japanese, Ukrainian foreign ministers speak by phone", "en", "UA", Level.MINISTER),
        ("首相、ウクライナ大統領と電話会談", "ja", "UA", Level.LEADER),
        ("외교부 장관, 우크라이나 외교장관과 전화 통화", "ko", "UA", Level.MINISTER),
        ("외교차관 키이우 방문", "ko", "UA", Level.OTHER),
        ("Deputy foreign minister receives Ukrainian lawmakers", "en", "UA", Level.OTHER),
        ("Trade minister, Russian ambassador meet in Tokyo", "en", "RU", Level.OTHER),
        ("外交部長布拉格會晤烏國議員", "zh-Hant", "UA", Level.MINISTER),
        ("外务次官がモスクワ訪問", "ja", "RU", Level.OTHER),
        ("Міністр зустрівся у Празі з українськими депутатами", "uk", "UA", Level.MINISTER),
        ("У Сеулі приймали делегацію російського МЗС", "uk", "RU", Level.OTHER),
    ],
)
def test_a_call_a_meeting_and_a_visit_are_contacts_at_the_lower_level_that_is_named(
    title: str, lang: str, side: str, level: Level
) -> None:
    assert found(title, lang) == {(side, level)}


@pytest.mark.parametrize(
    ("title", "lang"),
    [
        ("Cabinet meets on aid for Ukraine", "en"),
        ("Prime minister to visit Kyiv next month", "en"),
        ("Foreign minister's visit to Kyiv postponed", "en"),
        ("외교장관 키이우 방문 추진", "ko"),
        ("首相「ウクライナ支援は揺るがない」", "ja"),
        ("Third batch of transformers arrives in Ukraine", "en"),
        ("韓露関係の正常化を議論", "ja"),
        ("首脳会談でウクライナ情勢を協議", "ja"),
        ("中法外长会谈 讨论乌克兰问题", "zh-Hans"),
    ],
)
def test_talk_of_the_war_plans_and_goods_are_none(title: str, lang: str) -> None:
    assert found(title, lang) == set()


def test_the_headline_says_with_whom_before_the_summary_does() -> None:
    lead = "Russia's president had called the day before, officials said of the meeting with Russia's envoy."
    assert found("Prime minister speaks by phone with Ukrainian president", lead=lead) == {("UA", Level.LEADER)}


def test_one_that_names_both_sides_is_with_neither() -> None:
    assert found("Special envoy visits Kyiv, Moscow for talks") == {(None, Level.OTHER)}


@pytest.mark.parametrize("voice", [Voice.PARLIAMENT, Voice.RULING_PARTY, Voice.OPPOSITION])
def test_a_deputys_trip_is_at_parliaments_level_and_not_its_governments(voice: Voice) -> None:
    both = (backs(voice=voice), backs())
    assert found("Deputy lands in Moscow, cabinet regrets the visit", "en", *both) == {("RU", Level.PARLIAMENT)}


@pytest.mark.parametrize(
    "position",
    [
        backs(allegation=True),
        backs(unsure=True),
        backs(act=Act.CONSIDERING),
        backs(act=Act.DENIED),
        backs(voice=Voice.BUSINESS),
    ],
)
def test_a_claim_a_plan_a_denial_and_a_firm_are_no_contact(position: Position) -> None:
    assert found("Foreign ministers of Japan and Ukraine: phone call with Ukrainian side", "en", position) == set()


def test_the_days_since_the_last_contact_are_told_by_level_and_what_was_not_seen_is_said() -> None:
    call = text("首相、ウクライナ大統領と電話会談", "ja", hours=24, name="call")
    older = text("首相、ウクライナ大統領と電話会談", "ja", hours=2, name="older")
    one = digest(older, call)
    kyiv, moscow, *_ = words(one, Section.CONTACTS)
    assert kyiv == (
        "Japan with Kyiv: leaders 6 days ago (3 Mar); ministers, parliaments, level not named or lower: none seen in "
        "6 days."
    )
    assert moscow == "Japan with Moscow: none seen at any level in 6 days."
    assert titles(items(one, Section.CONTACTS)) == ["call"]
    assert words(one, Section.CONTACTS, "uk")[0].startswith("Японія з Києвом: лідери — 6 днів тому (3 бер.)")


def test_what_cannot_be_told_is_said_with_its_evidence() -> None:
    one = digest(text("Special envoy visits Kyiv, Moscow for talks", name="both"))
    for said, item in zip(words(one, Section.CONTACTS)[:2], items(one, Section.CONTACTS)[:2], strict=True):
        assert said.endswith("not counted, since both Kyiv and Moscow are named: 1 story.")
        assert titles([item]) == ["both"]


def test_nothing_is_concluded_from_the_silence_of_a_government_that_is_hardly_watched() -> None:
    one = digest(told(1, backs()), hearings=heard(Coverage.NONE))
    assert all("cannot be told" in said and "none seen" not in said for said in words(one, Section.CONTACTS))


def test_every_actor_has_a_line_for_each_side() -> None:
    assert len(words(digest(), Section.CONTACTS)) == 2 * len(Actor)
    assert START
