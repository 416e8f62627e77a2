"""
Day one: `./run monitor` on an empty database over 169 loopback feeds that hold a month of mixed ages, then one step.

Outlets and texts are invented, in seven languages; some of them report changes, some carry no date, some a wrong one.
All of that is history, of which nobody is told. Then the cabinet of one feed takes a step, and one message goes out.
"""

import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from xml.sax.saxutils import escape

from pipeline.settings import ROOT
from tests.bench.figures import Figures, table

FEEDS = 169
ITEMS = 12
FEEDS_PER_HOST = 8
DAYS = 30.0
STEP = (
    "South Korea's government reverses course and will send artillery shells to Ukraine for the first time",
    "The cabinet in Seoul decided to lift its ban on lethal arms for Kyiv.",
)
CABINET = 2  # its feed
_TIMEOUT_S = 1_500

_LANGS = ("en", "ja", "ko", "zh-Hant", "zh-Hans", "uk", "ru")
_COUNTRIES = {"en": "GB", "ja": "JP", "ko": "KR", "zh-Hant": "TW", "zh-Hans": "CN", "uk": "UA", "ru": "RU"}
_WHO = {
    "en": ("Japan's government", "The cabinet in Seoul", "Taiwan's foreign ministry", "Beijing's foreign ministry"),
    "ja": ("日本政府", "韓国政府", "台湾の外交部", "北朝鮮外務省"),
    "ko": ("일본 정부", "한국 정부", "대만 외교부", "중국 외교부"),
    "zh-Hant": ("日本政府", "南韓政府", "外交部", "中國外交部"),
    "zh-Hans": ("日本政府", "韩国政府", "台湾外事部门", "中国外交部"),
    "uk": ("Уряд Японії", "Уряд Південної Кореї", "МЗС Тайваню", "МЗС Китаю"),
    "ru": ("Правительство Японии", "Правительство Южной Кореи", "МИД Тайваня", "МИД Китая"),
}
_DID = {
    "en": (
        "pledges {n} generators to Ukraine",
        "says its policy on Ukraine has not changed",
        "halts aid to Ukraine for the first time, reversing its policy",
        "decides to join sanctions on Russia over Ukraine, a first",
    ),
    "ja": (
        "、ウクライナに発電機{n}台を供与へ",
        "、ウクライナ政策に変更はないと表明",
        "、ウクライナ支援を初めて停止、方針を転換",
        "、ウクライナ侵攻を受け対ロ制裁{n}件を追加決定",
    ),
    "ko": (
        ", 우크라이나에 발전기 {n}대 지원",
        ", 우크라이나 정책에 변화 없다고 밝혀",
        ", 우크라이나 지원 처음으로 중단…정책 전환",
        ", 우크라이나 침공 관련 대러 제재 {n}건 추가 결정",
    ),
    "zh-Hant": (
        "宣布向烏克蘭提供{n}台發電機",
        "表示對烏克蘭政策不變",
        "首度停止援助烏克蘭,政策轉向",
        "決定因烏克蘭戰爭追加{n}項對俄制裁",
    ),
    "zh-Hans": (
        "宣布向乌克兰提供{n}台发电机",
        "表示在乌克兰问题上立场不变",
        "首次停止援助乌克兰,政策转向",
        "决定因乌克兰战争追加{n}项对俄制裁",
    ),
    "uk": (
        " передасть Україні {n} генераторів",
        " не змінює політики щодо України",
        " вперше зупиняє допомогу Україні й змінює курс",
        " вирішує запровадити {n} санкцій проти росії через війну в Україні",
    ),
    "ru": (
        " передаст Украине {n} генераторов",
        " не меняет политики в отношении Украины",
        " впервые прекращает помощь Украине и меняет курс",
        " решает ввести {n} санкций против России из-за войны на Украине",
    ),
}
_ELSE = {
    "en": ("Harbour festival draws {n} visitors", "Rain delays the spring tram line {n}", "Choir of {n} sings at dawn"),
    "ja": ("港まつりに{n}人", "雨で路面電車{n}号線に遅れ", "夜明けの合唱に{n}人参加"),
    "ko": ("항구 축제에 {n}명 방문", "비로 전차 {n}호선 지연", "새벽 합창에 {n}명 참가"),
    "zh-Hant": ("港口節吸引{n}人", "大雨延誤電車{n}號線", "清晨合唱{n}人參加"),
    "zh-Hans": ("港口节吸引{n}人", "大雨延误电车{n}号线", "清晨合唱{n}人参加"),
    "uk": ("На свято порту прийшло {n} гостей", "Дощ затримав трамвай {n}", "На світанку співав хор із {n} людей"),
    "ru": ("На праздник порта пришли {n} гостей", "Дождь задержал трамвай {n}", "На рассвете пел хор из {n} человек"),
}
_SHARE = 0.25  # of the items, those that are about the field


def measure(feeds: int = FEEDS, items: int = ITEMS) -> Figures:
    """Pass over the month, then over the step."""
    pages = {number: month(number, items) for number in range(feeds)}
    with tempfile.TemporaryDirectory() as name, _served(pages) as addresses:
        folder, started = Path(name), time.monotonic()
        configure(folder, addresses)
        entries, shifts, alerts = _passed(folder)
        first = time.monotonic() - started
        pages[CABINET] = [(*STEP, datetime.now(UTC) - timedelta(minutes=20)), *pages[CABINET]]  # noqa: TID251 - live
        _, shifts_after, alerts_after = _passed(folder)
    return {
        "day_one_alerts": alerts,
        "first_step_alerts": alerts_after - alerts,
        "day_one_feeds": feeds,
        "day_one_entries": entries,
        "day_one_shifts_of_history": shifts,
        "first_step_shifts": shifts_after - shifts,
        "day_one_seconds": round(first),
    }


def show(figures: Figures) -> str:
    """Lay the figures out."""
    return table(("figure", "value"), [{"figure": name, "value": value} for name, value in figures.items()])


Page = Sequence[tuple[str, str, datetime | None]]


def month(number: int, items: int) -> Page:
    """Write what a feed holds on the first day: title, lead, date; the newest in front."""
    rng, lang = random.Random(number), _LANGS[number % len(_LANGS)]
    now = datetime.now(UTC)  # noqa: TID251 - the pipeline under test lives now
    ages = sorted(rng.choice((rng.uniform(0, DAYS), rng.uniform(0, 0.2))) for _ in range(items))
    return [(*_text(rng, lang), _dated(rng, now - timedelta(days=age))) for age in ages]


def _text(rng: random.Random, lang: str) -> tuple[str, str]:
    n = rng.randrange(11, 9_999)
    if rng.random() < _SHARE:
        who, did = rng.choice(_WHO[lang]), rng.choice(_DID[lang])
        joint = " " if lang == "en" else ""
        return f"{who}{joint}{did.format(n=n)}", ""
    return rng.choice(_ELSE[lang]).format(n=n), rng.choice(_ELSE[lang]).format(n=n + 1)


def _dated(rng: random.Random, at: datetime) -> datetime | None:
    """Leave one date in ten out, and put one in twenty nine hours ahead, as a wrong zone does."""
    chance = rng.random()
    return None if chance < 0.1 else at + timedelta(hours=9) if chance < 0.15 else at


def _passed(folder: Path) -> tuple[int, int, int]:
    """Make one pass in a process of its own; count the entries, shifts and messages that there are after it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("STANCEWATCH_", "SLACK"))}
    voter = {k: v for k, v in os.environ.items() if k == "STANCEWATCH_SECOND_VOTER"}
    own = {"STANCEWATCH_CONFIG_DIR": str(folder), "STANCEWATCH_VAR_DIR": str(folder / "var")}
    command = [sys.executable, "-m", "pipeline", "monitor"]
    subprocess.run(command, cwd=ROOT, env=kept | voter | own, check=True, timeout=_TIMEOUT_S, stdout=subprocess.DEVNULL)
    with sqlite3.connect(folder / "var" / "stancewatch.db") as database:
        counts = [
            database.execute(f"SELECT count(*) FROM {what}").fetchone()[0]  # noqa: S608 - ours
            for what in ("entries", "shifts", "notifications WHERE state != 'held'")
        ]
    database.close()
    return counts[0], counts[1], counts[2]


def configure(folder: Path, addresses: Mapping[int, str]) -> None:
    rows, sources = [], []
    for number, address in addresses.items():
        lang = _LANGS[number % len(_LANGS)]
        official = "    official: KR\n" if number == CABINET else ""
        country = "KR" if official else _COUNTRIES[lang]
        sources.append(
            f"  - name: Outlet {number}\n    owner: {'state' if official else 'private'}\n    country: {country}\n"
            f"    tier: {1 + number % 3 if not official else 1}\n{official}"
        )
        rows.append(
            f"  - name: outlet-{number}\n    url: {address}\n    source: Outlet {number}\n    country: {country}\n"
            "    kind: daily\n    terms: open\n    allow_private: true\n    min_gap: 0\n"
        )
    (folder / "feeds.yaml").write_text("feeds:\n" + "".join(rows), encoding="utf-8")
    (folder / "sources.yaml").write_text("sources:\n" + "".join(sources), encoding="utf-8")
    soon = "".join(f"{pace}_minutes: 0.001\n" for pace in ("interval", "fastest", "slowest"))
    (folder / "poll.yaml").write_text(f"contact: https://stancewatch.example/about\n{soon}", encoding="utf-8")


@contextmanager
def _served(pages: Mapping[int, Page]) -> Iterator[Mapping[int, str]]:
    """Serve the pages, eight to an address of 127.0.0.0/8; yields the feeds' addresses."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = int(self.path.strip("/").removesuffix(".rss"))
            body = rss(number, pages[number])
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep still."""

    with ExitStack() as stack:
        addresses = {}
        for host in range((len(pages) - 1) // FEEDS_PER_HOST + 1):
            server = stack.enter_context(ThreadingHTTPServer((f"127.1.{host // 250}.{1 + host % 250}", 0), Handler))
            Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
            stack.callback(server.shutdown)
            for number in range(host * FEEDS_PER_HOST, min((host + 1) * FEEDS_PER_HOST, len(pages))):
                addresses[number] = f"http://{server.server_address[0]}:{server.server_address[1]}/{number}.rss"
        yield addresses


def rss(number: int, page: Page) -> bytes:
    items = "".join(
        f"<item><title>{escape(title)}</title><description>{escape(lead)}</description>"
        f"<link>https://outlet-{number}.example/{len(page) - place}</link>"
        + (f"<pubDate>{format_datetime(at)}</pubDate>" if at else "")
        + "</item>"
        for place, (title, lead, at) in enumerate(page)
    )
    lang = _LANGS[number % len(_LANGS)]
    head = f"<title>Outlet {number}</title><language>{lang}</language>"
    return f"<rss version='2.0'><channel>{head}{items}</channel></rss>".encode()
