"""What the questions are told of a text: who, where, in what order, and who says so."""

from datetime import UTC, datetime

from hypothesis import given, strategies as st

from pipeline.classify import features
from pipeline.domain import Actor, Text, Voice
from pipeline.language.concepts import Concepts
from pipeline.settings import load

CONCEPTS = Concepts(load({}).concepts)


def read(title: str, lead: str = "", lang: str = "en", on: datetime | None = None) -> features.Reading:
    return features.read(Text(title=title, lead=lead, lang=lang, published_at=on), CONCEPTS)


def position(reading: features.Reading, actor: Actor, voice: Voice = Voice.GOVERNMENT) -> set[str]:
    return set(features.of_position(reading, actor, voice))


def test_the_same_words_about_another_actor_are_other_features() -> None:
    reading = read("Seoul condemns Moscow, Tokyo resumes flights")

    korea, japan = position(reading, Actor.KR), position(reading, Actor.JP)

    assert "after:cue.condemn" in korea
    assert "after:cue.condemn" not in japan
    assert "after:cue.resume" in japan


def test_a_negated_cue_is_another_than_the_cue() -> None:
    assert "concept:cue.give!" in position(read("Tokyo will not send missiles to Ukraine"), Actor.JP)
    assert "concept:cue.give" in position(read("Tokyo will send missiles to Ukraine"), Actor.JP)


def test_a_cue_and_its_target_are_paired_within_a_clause_only() -> None:
    together, apart = read("Tokyo condemns Russia"), read("Tokyo condemns delays; Russia waits")

    assert "pair:RU&cue.condemn" in position(together, Actor.JP)
    assert "pair:RU&cue.condemn" not in position(apart, Actor.JP)


def test_the_word_of_a_third_party_is_named() -> None:
    reading = read("Moscow accuses Seoul of training drone pilots")

    assert "told:RU:cue.accuse" in position(reading, Actor.KR)


def test_who_comes_first_in_the_headline_is_the_subject() -> None:
    reading = read("Kyiv asks Japan for interceptors")

    assert "subject:UA" in position(reading, Actor.JP)
    assert "subject:own" in position(read("Japan sends Ukraine generators"), Actor.JP)


def test_a_text_from_before_the_invasion_says_so() -> None:
    early = read("Japan and Russia talk about gas", on=datetime(2016, 5, 1, tzinfo=UTC))
    late = read("Japan and Russia talk about gas", on=datetime(2024, 5, 1, tzinfo=UTC))

    assert "before:2022" in set(features.of_text(early))
    assert "before:2022" not in set(features.of_text(late))


def test_a_wire_that_names_no_country_writes_of_its_own() -> None:
    assert features.candidates(read("정부, 발전기 지원", lang="ko")) == (Actor.KR,)
    assert features.candidates(read("Aid is needed")) == tuple(Actor)


def test_a_town_names_the_actor_but_speaks_for_no_government() -> None:
    reading = read("札幌の市民団体、ウクライナに医薬品", lang="ja")

    assert features.candidates(reading) == (Actor.JP,)
    assert "first:none" in set(features.of_voice(reading, Actor.JP))


def test_a_party_stands_on_the_side_that_it_was_on_that_day() -> None:
    before, after = (
        read("민주당, 우크라이나 무기 지원 중단 촉구", lang="ko", on=on)
        for on in (datetime(2024, 11, 28, tzinfo=UTC), datetime(2025, 11, 28, tzinfo=UTC))
    )

    assert features.side(before, Actor.KR) is Voice.OPPOSITION
    assert features.side(after, Actor.KR) is Voice.RULING_PARTY
    assert features.side(after, Actor.JP) is None


def test_a_text_that_names_both_sides_leaves_it_open() -> None:
    reading = read("국민의힘·민주당, 우크라이나 결의안 합의", lang="ko", on=datetime(2025, 11, 28, tzinfo=UTC))

    assert features.side(reading, Actor.KR) is None


def test_a_bare_surname_names_an_office_holder_in_the_company_that_makes_it_theirs() -> None:
    on = datetime(2024, 10, 25, tzinfo=UTC)

    assert features.names_actor(read("Opposition slams Yoon's offer to Ukraine", on=on))
    assert not features.names_actor(read("Opposition slams Yoon's budget", on=on))


@given(st.text(max_size=120), st.sampled_from(["en", "ja", "ko", "zh-Hant", "uk"]))
def test_the_same_text_has_the_same_features_in_the_same_order(text: str, lang: str) -> None:
    one, other = read(text, text, lang), read(text, text, lang)

    assert list(features.of_text(one)) == list(features.of_text(other))
    assert list(features.of_position(one, Actor.JP, Voice.SOCIETY)) == list(
        features.of_position(other, Actor.JP, Voice.SOCIETY)
    )
