import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
import yaml
from hypothesis import given, settings, strategies as st

from pipeline.dedup.report import Happenings, Report, amounts, report
from pipeline.dedup.story import WEIGHTS, WINDOW, gather, likeness, neighbourhood
from pipeline.domain import Actor
from pipeline.language.concepts import Concepts
from pipeline.language.text import fold
from pipeline.settings import ROOT, load
from tests.bench import stories
from tests.factories import article

START = datetime(2026, 5, 1, tzinfo=UTC)


@cache
def field() -> tuple[Concepts, Happenings]:
    return Concepts(load().concepts), stories.happenings()


def told(name: str, lang: str, title: str, lead: str = "", hours: float = 0) -> Report:
    at = START + timedelta(hours=hours)
    one = article(article_id=name, source=name, lang=lang, title=title, lead=lead, published_at=at, seen_at=at)
    return report(one, *field())


GENERATORS = [
    told("en", "en", "Japan to send 300 generators to Kharkiv hospitals", "The foreign ministry pledged $40 million."),
    told("ja", "ja", "政府、ハルキウの病院へ発電機300台 4000万ドル", "外務省が供与を決めた。", 3),
    told("ko", "ko", "일본, 하르키우 병원에 발전기 300대 지원…4천만달러", hours=5),
    told("zh-Hant", "zh-Hant", "日本將捐哈爾科夫醫院300台發電機 斥資4000萬美元", hours=6),
    told("zh-Hans", "zh-Hans", "日本将向哈尔科夫医院提供300台发电机 价值4000万美元", hours=6),
    told("uk", "uk", "Японія передасть лікарням Харкова 300 генераторів на 40 млн доларів", hours=7),
    told("ru", "ru", "Япония передаст больницам Харькова 300 генераторов на 40 млн долларов", hours=8),
]
TANKER = told("t", "en", "Taiwan port inspects tanker carrying Russian naphtha", hours=4)


def test_one_happening_in_seven_languages_is_one_story() -> None:
    assert set(gather([*GENERATORS, TANKER], {}).values()) == {"en", "t"}


def test_a_story_is_named_after_the_article_first_seen() -> None:
    assert gather(GENERATORS[1:], {})["ru"] == "ja"


def test_the_same_words_two_weeks_later_are_another_story() -> None:
    later = told("later", "en", "Japan to send 300 generators to Kharkiv hospitals", hours=14 * 24)
    assert gather([GENERATORS[0], later], {})["later"] == "later"


def test_another_actor_doing_the_like_is_another_story() -> None:
    korea = told("kr", "en", "South Korea to send transformers to Odesa", "Seoul's ministry pledged $15 million.", 2)
    assert gather([GENERATORS[0], korea], {})["kr"] == "kr"


def test_near_copies_are_one_story_however_little_they_say() -> None:
    one, other = told("a", "en", "Live: the latest"), told("b", "en", "Live: the latest", hours=1)
    assert gather([one, other], {}) == {"a": "a", "b": "b"}
    assert gather([one, other], {"a": "a", "b": "a"}) == {"a": "a", "b": "a"}


def test_a_text_that_names_neither_an_actor_nor_ukraine_is_compared_with_nothing() -> None:
    assert told("n", "en", "Poland and Germany sign railway agreement in Berlin").keys == ()


def test_a_copy_in_a_story_brings_its_copies_along() -> None:
    mute = told("mute", "en", "Read more", hours=9)
    assert gather([*GENERATORS, mute], {"mute": "g", "uk": "g"})["mute"] == "en"


@pytest.mark.parametrize(
    "text",
    [
        "6 млрд доларів",
        "$6 billion",
        "$6bn",
        "60億ドル",
        "60亿美元",
        "60억 달러",
        "6 миллиардов долларов",
        "US$6 billion",
    ],
)
def test_a_sum_is_the_same_in_every_script(text: str) -> None:
    assert list(amounts(fold(text))) == ["6e+09"]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1億500万ドル", ["1.05e+08"]),
        ("3천만달러", ["3e+07"]),
        ("捐千万元", ["1e+07"]),
        ("千万不要", []),
        ("20 000 снарядів", ["2e+04"]),
        ("1,013명", ["1.01e+03"]),
        ("по 6,8 млн тонн", ["6.8e+06"]),
        ("NT$100 million", ["1e+08"]),
        ("180 K2 tanks", ["180"]),
        ("two of 12 ministers", []),
        ("2026年5月12日", []),
        ("12 травня 2026 року", []),
        ("at 10:30 on 5th of May", []),
    ],
)
def test_amounts_are_read_and_dates_are_not(text: str, read: list[str]) -> None:
    assert list(amounts(fold(text))) == read


def test_an_unknown_time_counts_against_a_pair_and_forbids_none() -> None:
    dated, undated = GENERATORS[0], replace(GENERATORS[1], at=None)
    assert likeness(dated, undated) < likeness(*GENERATORS[:2])


MATTERS = {"purl": 6.0, "thing.tank": 5.0, "event.visit": 3.5, "KR": 2.0, "UA": 1.0, "place.pl": 4.0}


@st.composite
def archives(draw: st.DrawFn) -> tuple[list[Report], dict[str, str]]:
    """Draw up to 14 reports over 40 days that share few matters, some of them copies of one another."""
    reports = []
    for place in range(draw(st.integers(1, 14))):
        held = draw(st.sets(st.sampled_from(sorted(MATTERS)), min_size=1))
        day, lag = draw(st.integers(0, 40)), draw(st.integers(0, 5))
        reports.append(
            Report(
                article_id=f"a{place:02}",
                source="s",
                lang=draw(st.sampled_from(["en", "ko"])),
                at=None if draw(st.integers(0, 9)) == 0 else START + timedelta(days=day),
                seen_at=START + timedelta(days=day, hours=lag),
                matters={matter: MATTERS[matter] for matter in held},
                length=sum(MATTERS[matter] ** 2 for matter in held) ** 0.5,
                actors=frozenset(draw(st.sets(st.sampled_from([Actor.KR, Actor.JP])))),
                voices=frozenset(),
                amounts=frozenset(draw(st.sets(st.sampled_from(["6e+09", "300"])))),
                words=frozenset(draw(st.sets(st.sampled_from("abcde")))),
                keys=tuple(f"{one}+{other}" for one in sorted(held) for other in sorted(held) if one < other),
            )
        )
    groups = draw(st.dictionaries(st.sampled_from([r.article_id for r in reports]), st.sampled_from(["x", "y"])))
    return reports, groups


@given(archives(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(
    archive: tuple[list[Report], dict[str, str]], chance: random.Random
) -> None:
    reports, copies = archive
    shuffled = chance.sample(reports, len(reports))
    assert gather(shuffled, copies) == gather(reports, copies)


@settings(max_examples=150)
@given(archives(), st.data())
def test_gathering_a_neighbourhood_anew_is_gathering_everything_anew(
    archive: tuple[list[Report], dict[str, str]], data: st.DataObject
) -> None:
    reports, copies = archive
    new = data.draw(st.sets(st.sampled_from([r.article_id for r in reports])))
    known = [r for r in reports if r.article_id not in new]
    touched = neighbourhood([r for r in reports if r.article_id in new], known, copies)
    patched = gather(known, copies) | gather([r for r in reports if r.article_id in touched], copies)
    assert new <= touched
    assert patched == gather(reports, copies)


@given(archives())
def test_every_story_is_named_after_its_first_member_and_holds_whole_groups(
    archive: tuple[list[Report], dict[str, str]],
) -> None:
    reports, copies = archive
    found = gather(reports, copies)
    seen = {r.article_id: (r.seen_at, r.article_id) for r in reports}
    for name in set(found.values()):
        assert min((one for one, story in found.items() if story == name), key=seen.__getitem__) == name
    for group in set(copies.values()):
        assert len({found[one] for one, mine in copies.items() if mine == group}) == 1


def test_articles_of_another_season_change_no_story() -> None:
    far = [replace(r, article_id=f"far-{r.article_id}", at=r.at - 20 * WINDOW) for r in GENERATORS if r.at]
    assert gather(GENERATORS, {}).items() <= gather([*GENERATORS, *far], {}).items()


def test_a_crowd_on_one_matter_is_gathered_alike_in_any_order() -> None:
    crowd = [
        replace(GENERATORS[n % 7], article_id=f"c{n:03}", at=START + timedelta(hours=n), seen_at=START)
        for n in range(210)
    ]
    found = gather(crowd, {})
    assert found == gather(crowd[::-1], {})
    assert len(set(found.values())) < len(crowd) / 2


def test_the_weights_are_those_of_the_demo_archive() -> None:
    weights, _ = stories.fitted()
    assert weights == pytest.approx(WEIGHTS, abs=0.3)


def test_how_often_a_concept_stands_is_as_counted() -> None:
    counted = stories.counted()
    shipped = yaml.safe_load((ROOT / "config" / "happenings.yaml").read_bytes())["often"]
    assert not [matter for matter in shipped if abs(counted.get(matter, 0) - shipped[matter]) > 3 + shipped[matter] / 4]


def test_real_reports_come_together_better_than_by_title(shared: object) -> None:
    assert shared
    figures = stories.measure()
    assert figures["story_pair_precision"] >= 0.9
    assert figures["story_pair_f1"] >= 0.7
    assert figures["story_pair_cross_language_f1"] >= 0.6
    assert figures["title_story_pair_f1"] < 0.1
