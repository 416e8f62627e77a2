"""
The PURL case: one agency's report that is denied the same day, another capital's review ten days later, threats from
Moscow. Outlets, headlines and days are invented, in five languages; offices stand for people.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path

from pipeline import bootstrap, flows
from pipeline.alert import slack
from pipeline.alert.message import readable
from pipeline.domain import Actor, Feed, Message, Owner, Source
from pipeline.services import Services, Tagger
from pipeline.settings import Settings, Slack, load
from tests.fakes import Clock, Item
from tests.house import House, fake_feed
from tests.slack.place import Answer, Place
from tests.slack.wire import serve

PASS = (flows.poll, flows.dedup, flows.classify, flows.detect, flows.alert)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """An invented outlet with its one feed."""

    name: str
    lang: str
    country: str
    tier: int = 1
    owner: Owner = Owner.PRIVATE
    official: Actor | None = None
    agency: bool = False

    @property
    def feed(self) -> Feed:
        return fake_feed(self.key, self.name, lang=self.lang, country=self.country)

    @property
    def key(self) -> str:
        return self.name.lower().replace(" ", "-")

    @property
    def source(self) -> Source:
        return Source(
            name=self.name,
            owner=self.owner,
            country=self.country,
            tier=self.tier,
            official=self.official,
            agency=self.agency,
            domains=(f"{self.key}.example",),
        )


SAKURA = Outlet(name="Sakura Tsushin", lang="ja", country="JP", agency=True)
HARBOR = Outlet(name="Harbor Wire", lang="en", country="GB", agency=True)
CABINET = Outlet(name="Tokyo Cabinet Press", lang="ja", country="JP", owner=Owner.STATE, official=Actor.JP)
HANBIT = Outlet(name="Hanbit News", lang="ko", country="KR", agency=True)
SEOUL = Outlet(name="Seoul Courier", lang="en", country="KR", tier=2)
VISNYK = Outlet(name="Dnipro Visnyk", lang="uk", country="UA", tier=2)
VOLGA = Outlet(name="Volga Telegraf", lang="ru", country="RU", owner=Owner.STATE)
OUTLETS = (SAKURA, HARBOR, CABINET, HANBIT, SEOUL, VISNYK, VOLGA)


@dataclass(frozen=True, slots=True)
class Text:
    """What an outlet publishes at a time (UTC)."""

    at: datetime
    outlet: Outlet
    title: str
    lead: str = ""


def feb(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 2, day, hour, minute, tzinfo=UTC)


BEFORE = (
    Text(
        feb(2, 6),
        SAKURA,
        "外相「ウクライナ支援の方針に変わりない」",
        "外相は記者会見で、G7と連携した支援を続ける考えを改めて示した。",
    ),
    Text(
        feb(3, 8), HARBOR, "Japan reaffirms support for Ukraine at G7 ministers' call", "Tokyo repeated its position."
    ),
    Text(
        feb(4, 5),
        HANBIT,
        '외교부 "우크라이나 인도적 지원 기조 변함없어"',
        "외교부 당국자는 살상무기는 지원하지 않는다는 입장을 재확인했다.",
    ),
    Text(
        feb(5, 7),
        SEOUL,
        "Seoul says its non-lethal aid policy on Ukraine is unchanged",
        "The foreign ministry repeated its position.",
    ),
    Text(
        feb(6, 4),
        SAKURA,
        "官房長官、ロシアのミサイル攻撃を改めて非難",
        "ウクライナへの支援を続ける考えも改めて示した。",
    ),
    Text(feb(6, 9), HARBOR, "South Korea keeps ban on lethal arms for Ukraine, presidential office says"),
    Text(
        feb(7, 6),
        HANBIT,
        '대통령실 "살상무기 지원 불가 원칙 유지"',
        "대통령실은 우크라이나에 대한 기존 방침에 변화가 없다고 밝혔다.",
    ),
)
REPORTED = (
    Text(
        feb(10, 0, 30),
        SAKURA,
        "政府、ウクライナ支援の枠組み「PURL」に参加へ NATOに拠出",
        "政府は、NATOがウクライナ向けの兵器を調達する枠組み「PURL」に参加し、資金を拠出する方針を固めた。複数の政府関係者が明らかにした。",
    ),
    Text(
        feb(10, 1, 10),
        HARBOR,
        "Japan to join NATO's PURL scheme for Ukraine, Sakura Tsushin reports",
        "Japan has decided to join and to pay into the Prioritized Ukraine Requirements List, Sakura Tsushin reported.",
    ),
    Text(
        feb(10, 2),
        VISNYK,
        "Японія приєднається до ініціативи PURL для України, повідомляє Sakura Tsushin",
        "Токіо вирішив зробити внесок до механізму НАТО, повідомило агентство Sakura Tsushin.",
    ),
)
DENIED = (
    Text(
        feb(10, 7),
        CABINET,
        "「PURL」参加に関する一部報道について(官房長官コメント)",
        "我が国が「PURL」への参加を決めたとの報道がありますが、そのような事実はありません。",
    ),
    Text(
        feb(10, 7, 40),
        SAKURA,
        "官房長官、ウクライナ支援「PURL」参加の報道を否定 「決めた事実はない」",
        "官房長官は10日の記者会見で、NATOの枠組みに参加するとの報道を否定した。",
    ),
    Text(
        feb(10, 8, 15),
        HARBOR,
        "Japan denies it has decided to join NATO's PURL scheme for Ukraine",
        "The chief cabinet secretary said there was no such decision.",
    ),
)
REVIEWED = (
    Text(
        feb(20, 3),
        HANBIT,
        "정부, 우크라이나 지원 'PURL' 참여 검토…민간인 대규모 공격 시 무기 지원도",
        "정부가 나토의 우크라이나 무기 조달 체계인 PURL에 참여하는 방안을 검토하고 있다고 "
        "대통령실 고위 관계자가 20일 밝혔다.",
    ),
    Text(
        feb(20, 4),
        SEOUL,
        "South Korea reviewing joining NATO's PURL scheme for Ukraine, presidential office says",
        "An official said arms could be considered if civilians are attacked on a large scale.",
    ),
    Text(
        feb(20, 5),
        VISNYK,
        "Сеул розглядає участь у PURL для України, заявили в офісі президента Південної Кореї",
        "Зброю можуть розглянути, якщо цивільних масово атакуватимуть.",
    ),
)
THREATENED = (
    Text(
        feb(21, 9),
        VOLGA,
        "Москва пригрозила Сеулу ответными мерами в случае участия в PURL",
        "В МИД России заявили, что поставки оружия Киеву разрушат отношения с Республикой Корея.",
    ),
    Text(
        feb(21, 10),
        HARBOR,
        "Russia warns South Korea of retaliation if it joins arms scheme for Ukraine",
        "Moscow's foreign ministry said that relations would be destroyed.",
    ),
)


@cache
def project() -> Settings:
    return load({})


@cache
def model() -> Tagger:
    """The current model, once for all."""
    return bootstrap.tagger(project())


@dataclass
class Case:
    """The case as it is played: the real flows and model, a stand-in for Slack, a clock of its own."""

    home: House
    place: Place
    services: Services
    published: dict[Outlet, list[Text]]
    reported: str = ""
    denied: str = ""
    reviewed: str = ""
    """The channel as it stood after each act."""

    @property
    def clock(self) -> Clock:
        return self.home.clock

    def play(self, *texts: Text) -> None:
        """Publish texts at their times, with a pass for each, ten minutes later."""
        for text in sorted(texts, key=lambda text: text.at):
            self.until(text.at)
            self.read(text)

    def read(self, *texts: Text) -> None:
        """Publish texts and read them all in one pass, ten minutes after the last of them."""
        for text in texts:
            self.published[text.outlet].append(text)
        self.clock.at = max(self.clock(), *(text.at for text in texts)) + timedelta(minutes=10)
        self.one_pass()

    def until(self, at: datetime) -> None:
        """Let the evenings between now and a time pass."""
        while (evening := self._evening()) < at:
            self.clock.at = evening
            flows.poll(self.services)  # after a pause of days what comes would be read as history
            flows.alert(self.services)
        self.clock.at = max(self.clock(), at)

    def _evening(self) -> datetime:
        """The next quarter past five in the afternoon in Kyiv."""
        today = self.clock().replace(hour=15, minute=15, second=0, microsecond=0)
        return today if today > self.clock() else today + timedelta(days=1)

    def _serve(self, outlet: Outlet) -> None:
        items = [
            Item(
                guid=f"{outlet.key}-{number}",
                title=text.title,
                lead=text.lead,
                link=f"https://{outlet.key}.example/{number}",
                published_at=text.at,
            )
            for number, text in enumerate(self.published[outlet])
        ]
        self.home.publish(outlet.key, *reversed(items))

    def one_pass(self) -> None:
        for outlet in OUTLETS:
            self._serve(outlet)
        for verb in PASS:
            verb(self.services)


@contextmanager
def case(folder: Path) -> Iterator[Case]:
    """The house before the first text: every feed was read, and is watched since."""
    route = replace(project().routes[0], channel="#desk", brief_at=None)
    home = House(
        folder,
        feeds=tuple(outlet.feed for outlet in OUTLETS),
        sources=tuple(outlet.source for outlet in OUTLETS),
        routes=(route,),
    )
    home.clock.at = feb(1, 6)
    with serve(now=lambda: home.clock().timestamp()) as place:
        home.settings = replace(home.settings, slack=Slack(token=place.token, base_url=place.url))
        post = partial(slack.post, slack=home.settings.slack, show=lambda _: None)
        services = replace(home.of("one"), post=post, tagger=model)
        played = Case(home, place, services, {outlet: [] for outlet in OUTLETS})
        for outlet in OUTLETS:
            played.published[outlet].append(Text(feb(1, 3), outlet, f"Weather and sport of the day, {outlet.name}"))
        played.one_pass()
        try:
            yield played
        finally:
            home.store.close()


def transcript(place: Place) -> str:
    """The channel as a person sees it: every message with its thread below it."""
    shown = []
    for first in place.top():
        shown.append(_read(first, ""))
        shown += [_read(answer, "    | ") for answer in place.thread(first["ts"])]
    return "\n\n".join(shown)


def _read(message: Answer, margin: str) -> str:
    at = datetime.fromtimestamp(float(message["ts"]), UTC)
    edited = ", rewritten since" if message.get("edited") else ""
    text = readable(Message(text=message["text"], blocks=tuple(message.get("blocks") or ())))
    lines = [f"[{at:%d %b %H:%M} UTC{edited}]", *text.splitlines()]
    return "\n".join(f"{margin}{line}".rstrip() for line in lines)
