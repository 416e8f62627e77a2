"""The matching rules of config/concepts/README.md, each with a concept of its own."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from pipeline.domain import Actor, Text, Voice
from pipeline.language.concepts import Concepts, joined
from pipeline.settings import load
from pipeline.vocabulary import Concept

ON = datetime(2026, 5, 12, tzinfo=UTC)


def concept(*forms: str, **over: Any) -> Concept:
    return Concept.model_validate({"id": "it", "kind": "word", "forms": {"any": forms}, **over})


def text(title: str, lead: str = "", lang: str = "en", on: datetime | None = ON) -> Text:
    return Text(title=title, lead=lead, lang=lang, published_at=on)


def found(what: Text | str, *concepts: Concept) -> list[str]:
    """Name what was found: the words of the folded text that each mention covers."""
    where = text(what) if isinstance(what, str) else what
    return [joined(where)[m.start : m.end] for m in Concepts(concepts).find(where)]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Korea speaks", ["korea"]),
        ("KOREA", ["korea"]),
        ("in Korea.", ["korea"]),
        ("(Korea)", ["korea"]),
        ("Korea's", ["korea"]),
        ("Korea-Japan", ["korea"]),
        ("Ｋｏｒｅａ", ["korea"]),
        ("Koreans", []),
        ("Koreatown", []),
        ("eKorea", []),
        ("Korea2", []),
        ("Korea韓国 支持Korea的", ["korea", "korea"]),
        ("Koreaの支援", ["korea"]),
        ("Korea가", ["korea"]),
    ],
)
def test_a_form_of_letters_begins_and_ends_with_the_word(title: str, words: list[str]) -> None:
    assert found(title, concept("Korea")) == words


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Ukraine", ["ukraine"]),
        ("Ukrainians'", ["ukrainians"]),
        ("ukrain", ["ukrain"]),
        ("pro-Ukrainian", ["ukrainian"]),
        ("Euroukraine", []),
        ("Ukraine支援", ["ukraine"]),
    ],
)
def test_a_star_at_the_end_lets_any_letters_follow(title: str, words: list[str]) -> None:
    assert found(title, concept("ukrain*")) == words


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Південна Корея", ["південна корея"]),
        ("уряд Південної Кореї.", ["південної кореї"]),
        ("Південнокорейський", []),
        ("південн коре", ["південн коре"]),
        ("напівденна Корея", []),
        ("Південна й Північна Кореї", []),
    ],
)
def test_a_star_inside_a_form_ends_each_of_its_words(title: str, words: list[str]) -> None:
    assert found(title, concept("південн* коре*")) == words


def test_a_form_with_an_inner_star_still_ends_with_its_word() -> None:
    assert found("National Assembly of Korea and Koreans", concept("assembl* of Korea")) == ["assembly of korea"]
    assert found("assembly of Koreans", concept("assembl* of Korea")) == []


@pytest.mark.parametrize(
    ("form", "title", "words"),
    [
        ("烏克蘭", "援助烏克蘭人民", ["烏克蘭"]),
        ("ウクライナ", "対ウクライナ支援", ["ウクライナ"]),
        ("우크라", "대우크라이나전", ["우크라"]),
        ("MLF操作", "央行MLF操作結果", ["mlf操作"]),
        ("日 정부", "日 정부는", ["日 정부"]),
    ],
)
def test_a_form_of_ideographs_or_hangul_stands_anywhere(form: str, title: str, words: list[str]) -> None:
    assert found(title, concept(form)) == words


def test_title_and_lead_are_read_and_no_form_runs_over_from_one_to_the_other() -> None:
    assert found(text("Seoul waits", "Korea too"), concept("Seoul"), concept("Korea", id="two")) == ["seoul", "korea"]
    assert found(text("South", "Korea"), concept("South Korea"), concept("South . Korea", id="two")) == [
        "south . korea"
    ]
    assert joined(text("Only a title")) == "only a title"


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Cho Hyun, the minister", ["cho hyun"]),
        ("Foreign Minister Cho Hyun", ["cho hyun"]),
        ("Cho Hyun was there", []),
        ("Cho Hyun will administer it", []),
        ("the ministers met Cho Hyun", []),
        ("Чо Хён и министры", ["чо хён"]),
        ("Чо Хён приехал", []),
        ("조현 장관은", ["조현"]),
    ],
)
def test_near_asks_for_company_by_the_rules_for_forms(title: str, words: list[str]) -> None:
    assert found(title, concept("Cho Hyun", "Чо Хён", "조현", near=["minister", "министр*", "장관"])) == words


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("South Korea", ["korea"]),
        ("North Korea", []),
        ("North Korean troops in Korea", ["korea"]),
        ("N Korea", []),
        ("we learn Korean", ["korean"]),
        ("in ten Koreans", ["koreans"]),
        ("Korea Times", []),
        ("Korea Timeshare", ["korea"]),
        ("Korea Times報道", []),
        ("Korea War Korea Wars", ["korea"]),
    ],
)
def test_a_mention_inside_a_word_of_not_in_does_not_count(title: str, words: list[str]) -> None:
    traps = ["North Korea*", "N Korea*", "Korea Times", "Korea War"]
    assert found(title, concept("Korea", "Korean", "Koreans", not_in=traps)) == words


def test_traps_may_overlap() -> None:
    trap = concept("中方", not_in=["集中方", "中方可", "台北中"])
    assert found("集中方可", trap) == []
    assert found("台北中方可", trap) == []
    assert found("台北中方说集中方案", trap) == ["中方"]


def test_a_trap_with_a_digit_before_an_ideograph_stands_anywhere_too() -> None:
    assert found("20대만 반대", concept("대만", not_in=["0대만"])) == []


def test_a_concept_counts_only_in_its_languages() -> None:
    office = concept("首相", langs=["ja"])
    assert found(text("首相が表明", lang="ja"), office) == ["首相"]
    assert found(text("首相訪問", lang="zh-Hant"), office) == []


@pytest.mark.parametrize(
    ("on", "counts"),
    [
        (date(2025, 10, 20), False),
        (date(2025, 10, 21), True),
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),
    ],
)
def test_a_concept_counts_from_its_first_to_its_last_day(on: date, counts: bool) -> None:
    term = concept("Takaichi", valid_from=date(2025, 10, 21), valid_to=date(2026, 9, 30))
    at = datetime(on.year, on.month, on.day, 23, 59, tzinfo=UTC)
    assert bool(found(text("Takaichi", on=at), term)) is counts


def test_an_undated_text_is_read_as_of_todays_office_holders() -> None:
    assert found(text("Takaichi", on=None), concept("Takaichi", valid_from=date(2025, 10, 21))) == ["takaichi"]
    assert found(text("Kishida", on=None), concept("Kishida", valid_to=date(2024, 10, 1))) == []
    assert found(text("Kishida"), concept("Kishida")) == ["kishida"]


def test_of_two_overlapping_mentions_the_longer_counts() -> None:
    short, long = concept("Korea", id="short", actor=Actor.KR), concept("Bank of Korea", id="long", actor=Actor.KR)
    assert found("Bank of Korea", short, long) == ["bank of korea"]
    assert found("Bank of Korea, Korea", short, long) == ["bank of korea", "korea"]


def test_a_word_inside_a_longer_word_of_another_family_is_kept() -> None:
    track, cue = concept("military aid", id="track.military"), concept("aid", id="cue.support")
    assert found("military aid", track, cue) == ["military aid", "aid"]
    assert found("military aid", track, concept("aid", id="track.aid")) == ["military aid"]


def test_a_form_listed_in_several_languages_is_one_mention() -> None:
    twice = Concept.model_validate({"id": "it", "kind": "word", "forms": {"ja": ["停止"], "zh-Hans": ["停止"]}})
    assert found(text("停止", lang="ja"), twice) == ["停止"]


def test_an_actor_inside_a_longer_word_of_no_actor_is_kept() -> None:
    plan, country = concept("Japan-Ukraine plan", id="plan"), concept("Japan", id="country", actor=Actor.JP)
    assert found("Japan-Ukraine plan", plan, country) == ["japan-ukraine plan", "japan"]
    nobody = concept("Ukraine", id="nobody")
    assert found("Japan-Ukraine plan", plan, nobody) == ["japan-ukraine plan"]


def test_two_actors_of_one_word_are_both_found() -> None:
    mentions = Concepts([concept("日韓", id="jp", actor=Actor.JP), concept("日韓", id="kr", actor=Actor.KR)]).find(
        text("日韓首脳", lang="ja")
    )
    assert [mention.actor for mention in mentions] == [Actor.JP, Actor.KR]


def test_a_mention_speaks_with_its_concepts_voice() -> None:
    (mention,) = Concepts([concept("Kantei", actor=Actor.JP, voice=Voice.GOVERNMENT)]).find(text("Kantei"))
    assert (mention.actor, mention.voice, mention.start, mention.end) == (Actor.JP, Voice.GOVERNMENT, 0, 6)


def test_no_concepts_find_nothing() -> None:
    assert found("anything") == []
    assert found("anything", concept("*", " ")) == []


REAL = Concepts(load({}).concepts)


@settings(deadline=None, max_examples=150)
@given(
    st.text(st.characters(exclude_categories=[]), max_size=120)
    | st.lists(
        st.sampled_from(["日韓", "North Korea", "우크라", "Korea", " ", "Південної Кореї", "日", "中", "*", "'"])
    ).map("".join)
)
def test_any_text_is_read_in_order_and_within_bounds(title: str) -> None:
    mentions = REAL.find(text(title))
    size = len(joined(text(title)))
    assert all(0 <= mention.start < mention.end <= size for mention in mentions)
    assert [mention.start for mention in mentions] == sorted(mention.start for mention in mentions)
