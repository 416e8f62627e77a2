from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from pipeline.dedup.links import Telling, corrects, denies, links
from pipeline.dedup.report import Happenings, report
from pipeline.domain import Link, LinkKind
from pipeline.language.concepts import Concepts
from pipeline.settings import load
from tests.bench import stories
from tests.factories import article

START = datetime(2026, 5, 1, tzinfo=UTC)


@cache
def field() -> tuple[Concepts, Happenings]:
    return Concepts(load().concepts), stories.happenings()


def told(lang: str, title: str, lead: str = "", *, days: float = 0, source: str = "Wire") -> list[Telling]:
    at = START + timedelta(days=days)
    one = article(article_id=title, source=source, lang=lang, title=title, lead=lead, published_at=at, seen_at=at)
    return [Telling(article=one, report=report(one, *field()))]


def found(**told_stories: Sequence[Telling]) -> list[Link]:
    return links(told_stories)


CLAIM = told("en", "Kremlin says Seoul asked to resume direct flights to Moscow", "An aide spoke of quiet talks.")


@pytest.mark.parametrize(
    ("title", "lead"),
    [
        ("Seoul denies plan to resume flights to Moscow", ""),
        ("Report of shells for Kyiv", "The ministry called the claim groundless."),
        ("Tokyo dismisses media reports of an envoy", ""),
        ("外務省、特使派遣の報道を否定", ""),
        ("派遣報道は「事実無根」と官房長官", ""),
        ("외교부, 직항 재개 요청설 부인", ""),
        ("국방부 “포탄 지원설 사실무근”", ""),
        ("외교부는 부인, 크렘린은 침묵", ""),
        ("外交部否認派特使赴莫斯科", ""),
        ("外交部否认向俄方提供部件", ""),
        ("МЗС Японії спростувало чутки про ракети", ""),
        ("Сеул заперечив переговори про рейси", ""),
        ("Пекин опроверг поставки дронов", ""),
        ("Токио отрицает планы отправить спецпосланника", ""),
    ],
)
def test_a_denial_is_heard_in_every_language(title: str, lead: str) -> None:
    assert denies(title, lead)


@pytest.mark.parametrize(
    ("title", "lead"),
    [
        ("Seoul did not deny talks on flights to Moscow", ""),
        ("Ministry neither confirmed nor denied the plan", ""),
        ("Tokyo refused to deny the report", ""),
        ("Envoy denied entry at the border", ""),
        ("Will Seoul deny the Kremlin's claim?", ""),
        ("If Beijing denies the shipment, Kyiv will publish photos", ""),
        ("外務省、報道を否定せず", ""),
        ("官房長官、可能性を否定しなかった", ""),
        ("否定的な世論", ""),
        ("首相は否定するか？", ""),
        ("외교부, 직항 협의 부인하지 않아", ""),
        ("대통령 부인 키이우 아동병원 방문", ""),
        ("외교부 시인도 부인도 안 해", ""),
        ("外交部未否認派特使", ""),
        ("专家是否认为制裁有效", ""),
        ("外交部不否认接触", ""),
        ("Сеул не спростував чутки про переговори", ""),
        ("Якщо Токіо заперечить, Київ покаже докази", ""),
        ("Пекин не отрицает поставки", ""),
        ("В Сеуле ни подтвердили, ни опровергли сообщение", ""),
    ],
)
def test_what_is_negated_asked_or_supposed_is_no_denial(title: str, lead: str) -> None:
    assert not denies(title, lead)


@pytest.mark.parametrize(
    "title",
    [
        "Correction: Japan pledged 30, not 300, generators",
        "(Corrected) Seoul signs loan",
        "【訂正】発電機は30台",
        "訂正：発電機は30台",
        "[정정] 발전기 30대",
        "〈更正〉發電機應為30台",
        "更正：发电机应为30台",
        "Виправлено: генераторів 30, а не 300",
        "Исправлено: генераторов 30",
    ],
)
def test_an_outlets_correction_is_seen_by_its_mark(title: str) -> None:
    assert corrects(title, "")


@pytest.mark.parametrize(
    "title",
    [
        "Ministry demands correction from broadcaster",
        "外務省が訂正を要求",
        "외교부, 정정 보도 청구",
        "Correctional staff train in Lviv",
    ],
)
def test_to_speak_of_a_correction_is_not_to_make_one(title: str) -> None:
    assert not corrects(title, "")


@pytest.mark.parametrize(
    ("lang", "title"),
    [
        ("en", "Seoul denies asking Moscow to resume direct flights"),
        ("ko", "외교부, 모스크바 직항 항공편 재개 요청설 부인"),
        ("uk", "Сеул спростував, що просив москву відновити прямі рейси"),
    ],
)
def test_a_denial_is_linked_to_what_it_denies(lang: str, title: str) -> None:
    assert found(claim=CLAIM, denial=told(lang, title, days=1)) == [
        Link(story_id="denial", other_id="claim", kind=LinkKind.DENIES)
    ]


@pytest.mark.parametrize(
    ("title", "days"),
    [
        ("Seoul did not deny asking Moscow to resume direct flights", 0.5),
        ("Seoul denies asking Moscow to resume direct flights", 9),
        ("Beijing denies selling drones to Moscow", 1),
    ],
    ids=["negated", "too late", "another matter"],
)
def test_what_denies_nothing_of_it_is_not_linked(title: str, days: float) -> None:
    assert LinkKind.DENIES not in {link.kind for link in found(claim=CLAIM, denial=told("en", title, days=days))}


def test_a_denial_of_before_denies_nothing_said_later() -> None:
    early = told("en", "Seoul denies asking Moscow to resume direct flights", days=-1)
    assert LinkKind.DENIES not in {link.kind for link in found(claim=CLAIM, denial=early)}


def test_an_outlet_corrects_its_own_report_only() -> None:
    first = told("en", "Japan to send 300 generators to Kharkiv hospitals", source="Wire")
    mended = "Correction: Japan to send 30 generators to Kharkiv hospitals"
    own, others = told("en", mended, days=2, source="Wire"), told("en", mended, days=2, source="Daily")
    assert found(first=first, second=own) == [Link(story_id="second", other_id="first", kind=LinkKind.CORRECTS)]
    assert found(first=first, second=others) == []


def test_the_next_steps_of_one_matter_follow_each_other() -> None:
    chain = found(
        promised=told("en", "Japan promises Ukraine 300 power generators for winter", "Tokyo will pay $40 million."),
        decided=told("uk", "Уряд Японії схвалив 300 генераторів для України на 40 млн доларів", days=9),
        delivered=told("ja", "日本政府の発電機300台、ウクライナに到着 4000万ドル", days=25),
    )
    assert chain == [
        Link(story_id="decided", other_id="promised", kind=LinkKind.FOLLOWS),
        Link(story_id="delivered", other_id="decided", kind=LinkKind.FOLLOWS),
    ]


@pytest.mark.parametrize(
    ("title", "days"),
    [
        ("Japan promises Ukraine 300 power generators for winter", 45),
        ("Japan promises Ukraine 300 power generators for winter", 0.2),
        ("South Korea trains Ukrainian sappers at army engineer school", 9),
    ],
    ids=["too late", "the same day", "another matter"],
)
def test_what_is_no_next_step_does_not_follow(title: str, days: float) -> None:
    first = told("en", "Japan promises Ukraine 300 power generators for winter", "Tokyo will pay $40 million.")
    assert found(first=first, second=told("en", title, days=days)) == []


def test_the_order_of_stories_does_not_matter() -> None:
    denial = told("en", "Seoul denies asking Moscow to resume direct flights", days=1)
    assert found(claim=CLAIM, denial=denial) == found(denial=denial, claim=CLAIM)
