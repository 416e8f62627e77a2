"""
What a person sees in Slack, as text: a series in Korean and a report in Japanese, each with its modals and answers.

The files under ``data/screens`` are to be read; ``./run goldens`` writes them anew. Headlines are invented.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import flows
from pipeline.alert.asking import Ask
from pipeline.answering import Answers
from pipeline.detect.shifts import Around, shifts
from pipeline.domain import (
    Act,
    Actor,
    Gloss,
    Message,
    Owner,
    Position,
    ReportedShift,
    Shift,
    ShiftKind,
    Source,
    Stance,
    TaggedArticle,
    Track,
)
from pipeline.shapes import DetectSettings
from tests.detect.told import told
from tests.factories import NOW, entry, feed_state, position, record
from tests.house import House, small_settings

SCREENS = Path(__file__).parent / "data" / "screens"
OUTLETS = ("Hanbit News", "Sakura Tsushin", "Harbor Wire", "Seoul Courier", "Namsan Ilbo")
SOURCES = tuple(
    Source(name=name, owner=Owner.PRIVATE, country=country, tier=tier)
    for name, country, tier in zip(OUTLETS, ("KR", "JP", "GB", "KR", "KR"), (1, 1, 1, 2, 2), strict=True)
)
BACKS = (
    "정부, 우크라이나에 의료장비 지원 이어가",
    '외교부 "우크라이나 재건 참여 계속"',
    "한국, 우크라이나 인도적 지원 유지",
)
HEDGES = (
    '정부, 우크라이나 추가 지원에 신중 "국익 먼저 따져봐야"',
    '대통령실 "러시아와 관계도 고려"…우크라 지원 속도 조절',
    "외교부, 우크라이나 지원 확대 여부에 말 아껴",
    '국방부 "우크라이나 지원 추가 검토 계획 없어"',
    '정부 "우크라 재건 참여 시기 더 지켜볼 것"',
    '외교부 당국자 "대러 관계 관리도 필요"',
    "정부, 우크라이나 차관 집행 시기 저울질",
    '대통령실, 우크라 지원 질문에 "균형 있게 판단"',
    "기재부, 우크라이나 지원 예산 증액에 선 그어",
    "정부, 우크라 장비 지원 협의 속도 늦춰",
    '외교부 "우크라이나 지원, 여러 사정 종합 고려"',
    "국방부, 우크라 훈련 지원 요청에 즉답 피해",
    '정부 "우크라 특사 방문 일정 미정"',
)


@dataclass
class Screen:
    """A workspace that shows everything to a test."""

    views: list[Mapping[str, Any]] = field(default_factory=list)
    said: list[Message] = field(default_factory=list)

    def members(self, _: str) -> frozenset[str]:
        return frozenset({"U000ANNA"})

    def open(self, _: str, view: Mapping[str, object]) -> bool:
        self.views.append(view)
        return True

    def show(self, message: Message, **_: object) -> bool:
        self.said.append(message)
        return True


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    route = replace(small_settings(tmp_path).routes[0], channel="#desk")
    built = House(tmp_path, sources=SOURCES, routes=(route,))
    yield built
    built.store.close()


def said(actor: Actor, stance: Stance, act: Act, shifted: ReportedShift, gloss: Gloss) -> Position:
    return position(actor=actor, stance=stance, act=act, reported_shift=shifted, gloss=gloss)


def at(days: float) -> dict[str, Any]:
    moment = NOW - timedelta(days=60 - days)
    return {"seen_at": moment, "published_at": moment - timedelta(minutes=20)}


def korean() -> list[TaggedArticle]:
    """A government that backs Ukraine in thirty stories, and hedges from then on."""
    line, none = [], ReportedShift.NONE
    backs = Gloss(en="Seoul · government · says · supports Ukraine", uk="Сеул · уряд · заявляє · за Україну")
    hedges = Gloss(en="Seoul · presidential office · says · hedges", uk="Сеул · офіс президента · заявляє · вагається")
    for number in range(48):
        backed = number < 30
        stance, gloss = (Stance.SUPPORTIVE, backs) if backed else (Stance.HEDGING, hedges)
        titles = BACKS if backed else HEDGES
        line.append(
            told(
                number,
                said(Actor.KR, stance, Act.SAID, none, gloss),
                tracks=[Track.AID],
                name=f"ko-{number:02}",
                source=OUTLETS[number % 2 * 4],
                url=f"https://outlet.example/{number}",
                title=titles[number % len(titles)],
                lead="",
                lang="ko",
                **at(number * 1.2),
            )
        )
    return line


def japanese() -> list[TaggedArticle]:
    """An agency's report with a condition, and an English article of the same story."""
    purl = Gloss(
        en="Tokyo · government · considers · PURL · toward Ukraine",
        uk="Токіо · уряд · розглядає · PURL · у бік України",
        matter_en="PURL",
        matter_uk="PURL",
    )
    considers = said(Actor.JP, Stance.HEDGING, Act.CONSIDERING, ReportedShift.TOWARD, purl)
    backs = said(Actor.JP, Stance.SUPPORTIVE, Act.SAID, ReportedShift.NONE, purl)
    earlier = [
        told(
            n, backs, name=f"ja-{n}", source="Sakura Tsushin", title="政府、支援継続を表明", lang="ja", **at(40 + n * 4)
        )
        for n in range(4)
    ]
    tracks = [Track.NATO_EU, Track.MILITARY]
    return [
        *earlier,
        told(
            10,
            considers,
            tracks=tracks,
            name="ja-purl",
            story_id="purl",
            source="Sakura Tsushin",
            url="https://sakura-tsushin.example/purl",
            title="政府、停戦が成立しない場合に限り「PURL」参加を検討 <速報>",
            lead="",
            lang="ja",
            **at(59.9),
        ),
        told(
            11,
            considers,
            tracks=tracks,
            name="en-purl",
            story_id="purl",
            source="Harbor Wire",
            origin="Sakura Tsushin",
            url="https://harbor-wire.example/purl",
            title="Japan weighs joining PURL only if no ceasefire is reached, agency reports",
            lead="",
            lang="en",
            **at(59.95),
        ),
    ]


def found(home: House, tagged: Sequence[TaggedArticle], kind: ShiftKind) -> Shift:
    """Write what was read and what was found in it; returns the last shift of a kind, which alone is said."""
    wanted = DetectSettings(matter_hours=168)
    found = [shift for shift in shifts(tagged, wanted, Around(sources=home.services.sources)) if shift.kind is kind]
    articles = [one.article for one in tagged]
    entries = [replace(entry(), entry_id=a.article_id, guid=a.article_id, url=a.url, title=a.title) for a in articles]
    record(home.store, feed_state(), entries)
    home.store.articles.record([(a.article_id, a) for a in articles])
    home.store.articles.record_tags({one.article.article_id: one.tag for one in tagged})
    home.store.shifts.record([replace(found[-1], detected_at=NOW)])
    return found[-1]


def screens(home: House, shift: Shift) -> str:
    """Say it, press every button that shows something, and write down what a person sees."""
    flows.alert(home.services)
    (post,) = home.posts
    screen = Screen()
    answers = Answers(home.services, screen)
    shown = [("MESSAGE in #desk", drawn(post.message.blocks)), ("NOTIFICATION on a phone", post.message.text)]
    for number, ask in enumerate((Ask.WRONG_TAG, Ask.NOT_RELEVANT, Ask.MUTE)):
        answers(pressed(ask, shift.shift_id, number))
        view = screen.views[-1]
        shown.append((f"MODAL {view['title']['text']}", drawn(view["blocks"])))
    for number, ask in enumerate((Ask.WHY, Ask.COPY, Ask.HAVE_IT), 10):
        answers(pressed(ask, shift.shift_id, number))
        shown.append((f"ONLY YOU SEE THIS: {ask}", drawn(screen.said[-1].blocks) or screen.said[-1].text))
    return "\n\n".join(f"=== {name} ===\n{text}" for name, text in shown) + "\n"


def pressed(ask: Ask, about: str, number: int) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": "U000ANNA", "username": "anna"},
        "channel": {"id": "C000DESK"},
        "trigger_id": f"1.{number}",
        "response_url": "https://hooks.example/1",
        "actions": [{"action_id": str(ask), "value": about, "action_ts": f"{number}.0"}],
    }


def drawn(blocks: Sequence[Mapping[str, Any]]) -> str:
    """Draw blocks as text, with Slack's own markup as it stands."""
    return "\n\n".join(_drawn(block) for block in blocks)


def _drawn(block: Mapping[str, Any]) -> str:
    if block["type"] == "header":
        return f"# {block['text']['text']}"
    if block["type"] == "actions":
        return " ".join(f"[{each['text']['text']}]" for each in block["elements"])
    if block["type"] == "context":
        return "\n".join(f"~ {each['text']}" for each in block["elements"])
    if block["type"] == "input":
        element = block["element"]
        chosen = {
            each["value"] for each in element.get("initial_options", [element.get("initial_option") or {}]) if each
        }
        options = [
            f"  ({'x' if each['value'] in chosen else ' '}) {each['text']['text']}"
            + (f": {each['description']['text']}" if "description" in each else "")
            for each in element["options"]
        ]
        return "\n".join([block["label"]["text"], *options])
    return str(block["text"]["text"])


@pytest.mark.parametrize(
    ("name", "tagged", "kind"),
    [("series-ko", korean(), ShiftKind.SERIES), ("reported-ja", japanese(), ShiftKind.REPORTED)],
)
def test_it_looks_as_the_golden_screen_does(
    home: House, name: str, tagged: Sequence[TaggedArticle], kind: ShiftKind
) -> None:
    shown, path = screens(home, found(home, tagged, kind)), SCREENS / f"{name}.txt"
    if os.environ.get("STANCEWATCH_WRITE_GOLDENS") == "1":
        path.write_text(shown, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == shown
