"""The tagger with the model that is shipped: no test here is about its being right, only about its being whole."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import training
from pipeline.classify import artifact
from pipeline.classify.predict import IRRELEVANT, RELEVANT, SURE_STANCE, Tagger
from pipeline.domain import ReportedShift, Stance, Tag, Text
from pipeline.language.concepts import Concepts
from pipeline.settings import load

TEXTS = [
    Text(title="Japan pledges air defence for Ukraine", lead="Tokyo decided on Friday.", lang="en"),
    Text(title="政府、ウクライナへ発電機を供与", lead="", lang="ja", published_at=datetime(2026, 3, 1, tzinfo=UTC)),
    Text(title="대통령실, 우크라이나 지원 재검토", lead="야당은 환영했다.", lang="ko"),
    Text(title="外交部：中方不是乌克兰危机的当事方", lead="", lang="zh-Hans"),
    Text(title="立院國民黨團批評援助烏克蘭預算", lead="", lang="zh-Hant"),
    Text(title="КНДР відправила нову партію снарядів до Росії", lead="", lang="uk"),
    Text(title="Северная Корея и Россия подписали договор", lead="", lang="ru"),
    Text(title="Spring sale: half price on umbrellas", lead="Only this weekend.", lang="en"),
    Text(title="", lead="", lang="en"),
    Text(title="", lead="Japan and Korea discuss Ukraine.", lang="en"),
]


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return shipped()


def shipped() -> Tagger:
    return Tagger(artifact.current(training.MODELS), Concepts(load({}).concepts))


def assert_whole(tag: Tag) -> None:
    assert tag.relevant is (tag.relevance >= RELEVANT)
    assert tag.relevant or not (tag.positions or tag.tracks)
    assert not tag.relevant or tag.positions
    assert len({(p.actor, p.voice) for p in tag.positions}) == len(tag.positions)
    for p in tag.positions:
        assert list(p.stance_probabilities) == list(Stance)
        assert list(p.shift_probabilities) == list(ReportedShift)
        assert sum(p.stance_probabilities.values()) == pytest.approx(1, abs=1e-5)
        assert sum(p.shift_probabilities.values()) == pytest.approx(1, abs=1e-5)
        assert p.stance_probabilities[p.stance] == max(p.stance_probabilities.values())
        assert p.shift_probabilities[p.reported_shift] == max(p.shift_probabilities.values())
        assert p.unsure is (p.stance_probabilities[p.stance] < SURE_STANCE) or (
            abs(p.stance_probabilities[p.stance] - SURE_STANCE) < 1e-5
        )


def test_a_batch_is_tagged_as_its_texts_one_by_one(tagger: Tagger) -> None:
    assert tagger.tag(TEXTS) == [tag for text in TEXTS for tag in tagger.tag([text])]


def test_tags_come_in_the_order_of_the_texts(tagger: Tagger) -> None:
    assert tagger.tag(TEXTS[::-1]) == tagger.tag(TEXTS)[::-1]


def test_every_tag_is_whole_and_carries_the_models_version(tagger: Tagger) -> None:
    for tag in tagger.tag(TEXTS):
        assert_whole(tag)
        assert tag.model == tagger.version


def test_something_of_the_war_is_found_in_every_language(tagger: Tagger) -> None:
    assert sum(tag.relevant for tag in tagger.tag(TEXTS[:7])) >= 5


def test_a_text_with_nothing_of_the_war_is_not_relevant(tagger: Tagger) -> None:
    for title, lang in (("Spring sale on umbrellas", "en"), ("桜が満開", "ja"), ("봄 세일", "ko"), ("12345", "en")):
        (tag,) = tagger.tag([Text(title=title, lead="", lang=lang)])
        assert (tag.relevant, tag.relevance, tag.positions, tag.tracks) == (False, IRRELEVANT, (), ())


def test_an_empty_text_is_not_relevant(tagger: Tagger) -> None:
    for lang in ("en", "ja", ""):
        (tag,) = tagger.tag([Text(title="", lead="", lang=lang)])
        assert not tag.relevant


def test_nothing_to_tag_gives_no_tags(tagger: Tagger) -> None:
    assert tagger.tag([]) == []


def test_a_batch_of_which_nothing_is_relevant_is_tagged(tagger: Tagger) -> None:
    assert [tag.relevant for tag in tagger.tag([TEXTS[7], TEXTS[8]])] == [False, False]


@pytest.mark.parametrize(
    "piece", ["Japan sends aid to Ukraine. ", "日本政府はウクライナを支援。", "a", "<", "우크라이나 "]
)
@pytest.mark.parametrize("where", ["title", "lead"])
def test_a_text_of_200_000_characters_is_tagged_in_time(tagger: Tagger, piece: str, where: str) -> None:
    whole = (piece * 200_000)[:200_000]
    started = time.monotonic()
    (tag,) = tagger.tag([Text(**{"title": "", "lead": "", where: whole}, lang="en")])
    assert time.monotonic() - started < 5
    assert_whole(tag)


anything = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=("Cs",)), st.sampled_from("日本ウクライナ支援 Japan Ukraine Росія")
    ),
    max_size=60,
)
told = st.lists(
    st.sampled_from(
        ["Japan", "Ukraine", "Росія", "北朝鮮", "시진핑", "sanctions", "ends", "considers", "denies", "-", "。"]
    ),
    max_size=12,
).map(" ".join)
langs = st.sampled_from(["en", "ja", "ko", "zh-Hant", "zh-Hans", "uk", "ru", "xx", ""])
TAGGER = shipped()


@settings(max_examples=60)
@given(
    st.lists(st.builds(Text, title=st.one_of(anything, told), lead=st.one_of(anything, told), lang=langs), max_size=5)
)
def test_any_texts_are_tagged_whole_and_alike_in_every_company(texts: list[Text]) -> None:
    tags = TAGGER.tag(texts)
    assert len(tags) == len(texts)
    for tag in tags:
        assert_whole(tag)
    assert [tag for text in texts for tag in TAGGER.tag([text])] == tags
