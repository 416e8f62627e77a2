from typing import Any

from hypothesis import given, strategies as st

from pipeline.detect.allegations import allegations
from pipeline.digest.debate import MOST, TakenBack
from pipeline.digest.statements import citation
from pipeline.domain import Act, Actor, Owner, ReportedShift, Section, Source, TaggedArticle, Voice
from tests.detect.told import at, backs, hedges, opposes, told, turns
from tests.digest.known import digest, items, titles, words
from tests.factories import article, shift

SOURCES = {
    name: Source(name=name, owner=Owner.STATE, country=country, tier=1)
    for name, country in (("Kremlin", "RU"), ("Daily", "JP"), ("Wire", "GB"))
}


def claims(*tagged: TaggedArticle) -> list[Any]:
    return allegations(tagged, SOURCES)


def test_the_debate_is_grouped_by_who_speaks_and_never_a_government() -> None:
    one = digest(
        told(1, opposes(voice=Voice.OPPOSITION), name="party"),
        told(2, hedges(voice=Voice.BUSINESS), name="firm"),
        told(3, backs(voice=Voice.SOCIETY), name="scholar"),
        told(4, backs(voice=Voice.SOCIETY), name="editorial", title="【社説】支える意思"),
        told(5, backs(), name="government"),
    )
    assert [(item.group, *titles([item])) for item in items(one, Section.DEBATE)] == [
        ("politics", "party"),
        ("business", "firm"),
        ("society", "scholar"),
        ("editorials", "editorial"),
    ]


def test_changes_and_deeds_come_before_words_and_the_rest_is_left_out() -> None:
    said = [told(hour, backs(voice=Voice.OPPOSITION, act=Act.SAID), name=f"word {hour}") for hour in range(20)]
    deed = told(0.5, backs(voice=Voice.OPPOSITION, act=Act.CARRIED_OUT), name="deed")
    turn = told(0.2, turns(ReportedShift.AWAY, voice=Voice.OPPOSITION), name="turn")
    found = titles(items(digest(*said, deed, turn), Section.DEBATE))
    assert found[:2] == ["turn", "deed"]
    assert len(found) == MOST


def test_only_the_weeks_news_is_debated_and_no_archive_that_was_read_in_it() -> None:
    one = digest(
        told(-1, backs(voice=Voice.OPPOSITION), name="before"),
        told(1, backs(voice=Voice.OPPOSITION), name="archive", published_at=at(-100)),
        told(2, backs(voice=Voice.OPPOSITION), name="news"),
    )
    assert titles(items(one, Section.DEBATE)) == ["news"]


def test_what_others_say_stands_apart_moscow_beijing_and_pyongyang_first() -> None:
    tagged = (
        told(1, hedges(allegation=True), name="wire", source="Wire"),
        told(2, hedges(actor=Actor.KR, allegation=True), name="kremlin", source="Kremlin"),
    )
    one = digest(*tagged, claims=claims(*tagged))
    assert [(item.group, item.words["en"]) for item in items(one, Section.ALLEGATIONS)] == [
        ("rivals", "Moscow on South Korea: hedges; 1 story this week."),
        ("others", "United Kingdom on Japan: hedges; 1 story this week."),
    ]
    assert words(one, Section.ALLEGATIONS, "uk")[0] == "Москва про Південну Корею: вагається; 1 сюжет цього тижня."
    assert titles(items(one, Section.ALLEGATIONS)) == ["kremlin", "wire"]


rows = st.lists(st.tuples(st.sampled_from(list(Voice)), st.booleans(), st.booleans()), max_size=12).map(
    lambda rows: [
        told(hour, opposes(voice=voice, allegation=claim, unsure=unsure))
        for hour, (voice, claim, unsure) in enumerate(rows)
    ]
)


@given(rows)
def test_no_text_stands_in_two_of_the_line_the_debate_and_the_allegations(tagged: list[TaggedArticle]) -> None:
    one = digest(*tagged, claims=claims(*tagged))
    governments = {t for i in items(one, Section.LINE) if i.voice is Voice.GOVERNMENT for t in titles([i])}
    debate, alleged = (set(titles(items(one, section))) for section in (Section.DEBATE, Section.ALLEGATIONS))
    assert not governments & debate
    assert not governments & alleged
    assert not debate & alleged


def test_a_line_without_a_gloss_is_made_of_its_tags() -> None:
    one = digest(told(1, turns(ReportedShift.AWAY, voice=Voice.OPPOSITION, gloss=None)))
    assert words(one, Section.DEBATE) == [
        "Japan · opposition: a step under consideration, hedges (a change is reported: further from Ukraine)"
    ]


def test_what_was_taken_back_says_how_when_and_what_the_newest_first() -> None:
    denial = citation(article(article_id="denial", title="外務省は否定"), None, 1)
    claim = citation(article(article_id="claim"), backs().gloss, 3)
    found = (
        TakenBack(how="denied", at=at(5), name="story", evidence=(denial, claim)),
        TakenBack(how="withdrawn", at=at(30), name="shift-1", evidence=(), shift=shift()),
    )
    one = digest(taken_back=found)
    withdrawn, denied = words(one, Section.TAKEN_BACK)
    assert withdrawn == "Withdrawn by us on 3 Mar: Japan · cabinet: closer to Ukraine, on support for Ukraine."
    assert denied == "Denied on 2 Mar: Tokyo · government · decides · toward Ukraine."
    assert titles(items(one, Section.TAKEN_BACK)) == ["denial", "claim"]
