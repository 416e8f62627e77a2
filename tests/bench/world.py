"""
An outlet with its server and its whims, at the level of `Fetched`: the ground truth that `month` is held against.

All of it is invented and the same at every run. Times are whole seconds since `START`. An outlet keeps the ledger
of what it was asked, what it answered and what it handed out.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from pipeline.domain import Feed, FeedKind, FeedState, Fetched, PollOutcome
from pipeline.poll import headers
from pipeline.poll.removed import newest_first, removed

START = datetime(2026, 4, 13, tzinfo=UTC)  # a Monday; Golden Week lies in the third week
HOUR, DAY = 3600, 86_400
DAYS = 30
BEFORE = 20
"""Days of items that lie in the documents when the watching begins."""

ZONES = {"JP": "Asia/Tokyo", "KR": "Asia/Seoul", "TW": "Asia/Taipei", "CN": "Asia/Shanghai", "UA": "Europe/Kyiv"}
_OFFSETS = {"JP": 9, "KR": 9, "TW": 8, "CN": 8, "UA": 3}
WORDS = {
    "JP": "政府 ウクライナ 支援 外相 制裁 復興 会談 首相 追加 決定 発電機 協議 国会 表明",
    "KR": "정부 우크라이나 지원 외교부 제재 재건 회담 대통령 추가 결정 발전기 협의 국회 발표",
    "TW": "政府 烏克蘭 援助 外交部 制裁 重建 會談 總統 追加 決定 發電機 協商 立法院 表示",
    "CN": "政府 乌克兰 援助 外交部 制裁 重建 会谈 主席 追加 决定 发电机 协商 人大 表示",
    "UA": "уряд Україна допомога міністр санкції відбудова переговори рішення генератори парламент",
}
HOLIDAYS = {  # public holidays on which ministries are shut
    "JP": "2025-12-29/6 2026-01-12 2026-02-11 2026-02-23 2026-03-20 2026-04-29 2026-05-02/5 2026-07-20 2026-08-11"
    " 2026-09-21/3 2026-10-12 2026-11-03 2026-11-23 2026-12-29/6",
    "KR": "2026-01-01 2026-02-16/3 2026-03-02 2026-05-01 2026-05-05 2026-05-25 2026-06-03 2026-08-17 2026-09-24/3"
    " 2026-10-05 2026-10-09 2026-12-25",
    "TW": "2026-01-01 2026-02-14/9 2026-02-27/3 2026-04-03/4 2026-05-01/3 2026-06-19/3 2026-09-25/4 2026-10-09/3",
    "CN": "2026-01-01/3 2026-02-15/9 2026-04-04/3 2026-05-01/5 2026-06-19/3 2026-09-25/3 2026-10-01/7",
    "UA": "",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A way of publishing: items a day, the window of the document, how the week goes, how items flock."""

    feed: FeedKind
    rates: tuple[float, float]
    windows: tuple[int, int]
    night: float
    weekend: float
    holiday: float
    flock: float


WIRE = Kind(FeedKind.WIRE, (80, 120), (20, 30), 0.4, 0.7, 0.8, 1.2)
DAILY = Kind(FeedKind.DAILY, (3, 25), (10, 30), 0.05, 0.5, 0.5, 1.3)
OFFICE = Kind(FeedKind.GOVERNMENT, (0.3, 3), (10, 30), 0.0, 0.0, 0.0, 1.6)
THINKER = Kind(FeedKind.THINKTANK, (0.15, 0.6), (10, 20), 0.1, 0.2, 0.3, 1.0)
SEARCH = Kind(FeedKind.AGGREGATOR, (10, 40), (100, 100), 0.2, 0.6, 0.7, 1.5)
KINDS = (WIRE, *[DAILY] * 9, *[OFFICE] * 6, WIRE, THINKER, SEARCH, SEARCH)
WHIMS = (
    "", "lies", "moves", "moves_back", "moves_for_now", "shut_at_night", "forbidden", "server_errors", "", "time_outs",
    "busy", "gone", "zombie", "restless_zombie", "old", "undated", "undated_zombie", "", "bursts", "bursts",
    "changes_encoding", "names_zone", "prints_no_zone", "same_guids", "guid_of_edit", "equal_dates", "", "edits",
    "deletes", "comes_back", "reorders", "pinned_top", "pinned_low", "most_read", "stale", "", "broken", "page",
    "max_age", "max_age_day", "ttl", "no_validators", "restless", "sections", "changes_zone", "", "moves",
)  # fmt: skip


PLACES = ("JP", "JP", "KR", "TW", "UA", "CN", "JP")


def appearances(
    kind: Kind, rate: float, country: str, start: datetime, days: int, rng: np.random.Generator
) -> list[int]:
    """When items appear, in seconds since ``start``: a week's profile, holidays, uneven days, flocks."""
    hours = np.arange(days * 24)
    local = hours + start.hour + _OFFSETS[country]
    week = np.arange(168)
    weekdays, of_day = week // 24, week % 24
    open_hours = (of_day >= 9) & (of_day < 18) if kind is OFFICE else (of_day >= 6) & (of_day < 23)
    profile = np.where(open_hours, 1.0, kind.night) * np.where(weekdays >= 5, kind.weekend, 1.0)
    profile *= 7 * rate / profile.sum()
    shut = {
        date.fromisoformat(first) + timedelta(days=n)
        for first, _, length in (each.partition("/") for each in HOLIDAYS[country].split())
        for n in range(int(length or 1))
    }
    today = np.array([start.date() + timedelta(days=n) in shut for n in range(days + 2)])
    factor = np.where(today, kind.holiday, 1.0) * rng.lognormal(-0.08, 0.4, days + 2)
    expected = profile[(local + 24 * start.weekday()) % 168] * factor[local // 24]
    flocks = rng.poisson(expected / kind.flock)
    times = [
        int(hour * HOUR + at + n * 60)
        for hour, number in zip(hours, flocks, strict=True)
        for at in rng.integers(0, HOUR, number)
        for n in range(1 + rng.poisson(kind.flock - 1))
    ]
    return sorted(times)


@dataclass(slots=True)
class Item:
    """One text of one outlet, and the ledger of it. ``gone`` is from when until when it is taken back."""

    number: int
    born: int
    token: str
    words: Sequence[str]
    edits: tuple[int, ...] = ()
    gone: tuple[int, int] | None = None
    section: int = 0
    handed: int | None = None
    printed: datetime | None = None
    text: tuple[str, str] = ("", "")

    def said(self, at: int) -> tuple[str, str]:
        """Its title and lead as they stood: an edit changes two words."""
        n = bisect_right(self.edits, at)
        words = [self.words[n % len(self.words)], *self.words[3:], self.token]
        return " ".join(words), " ".join([*self.words[::-1], self.words[(n * 5) % len(self.words)]])


@dataclass(slots=True)
class Outlet:
    """An outlet with its server. ``troubles``: from, until, and the status or the word for what goes wrong."""

    feed: Feed
    kind: Kind
    rate: float
    window: int
    whim: str
    items: list[Item]
    births: list[int]
    troubles: list[tuple[int, int, str]]
    changes: list[int]
    bursts: list[int]
    frozen: int | None
    asked: list[tuple[int, int]] = field(default_factory=list)
    impatient: int = 0
    removals: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("right", "wrong", "unsaid"), 0))
    _until: int = -1
    _last: Sequence[Item] = ()
    _cached: tuple[object, list[Item], bytes] = (None, [], b"")
    _parts: dict[object, bytes] = field(default_factory=dict)

    def trouble(self, at: int) -> str:
        """What is wrong with the server; empty: nothing."""
        return next((what for since, until, what in self.troubles if since <= at < until), "")

    def rolled(self, item: Item) -> int:
        """When an item leaves the document, deletions aside."""
        after = item.number + self.window
        return self.births[after] if after < len(self.births) else DAYS * DAY

    def visible(self, at: int) -> list[Item]:
        """The items of the document, in its order."""
        shown: list[Item] = []
        wanted = self.window * 3 if self.whim == "most_read" else self.window
        for item in reversed(self.items[: bisect_right(self.births, at)]):
            if item.gone is None or not item.gone[0] <= at < item.gone[1]:
                shown.append(item)
                if len(shown) == wanted:
                    break
        if self.whim == "reorders":
            shown.sort(key=lambda item: _chance(item.token, str(at // HOUR)))
        elif self.whim == "most_read":
            shown.sort(key=lambda item: _chance(item.token) + _chance(item.token, str(at // (6 * HOUR))) / 8)
            shown = shown[: self.window]
        elif self.whim == "sections":
            shown.sort(key=lambda item: item.section)
        elif self.whim.startswith("pinned"):
            pinned = [item for item in self.items[:2] if item not in shown]
            shown = pinned + shown if self.whim == "pinned_top" else shown + pinned
        return shown

    def document(self, at: int) -> tuple[list[Item], bytes]:
        """The items and the bytes of the document; written only when something has changed."""
        at = at if self.frozen is None else min(at, self.frozen)
        pulse = at // HOUR if self.whim in {"reorders", "most_read"} else 0
        key = (bisect_right(self.changes, at), pulse)
        if self._cached[0] != key:
            items = self.visible(at)
            self._cached = (key, items, self._write(items, at))
        return self._cached[1], self._cached[2]

    def _write(self, items: list[Item], at: int) -> bytes:
        encoding = self._encoding(at)
        newest = max((item.born for item in items), default=0)
        parts: dict[object, bytes] = {}
        for item in items:
            dated = newest if self.whim == "equal_dates" else item.born
            key = (item.number, bisect_right(item.edits, at), dated, encoding, at >= 11 * DAY)
            parts[key] = self._parts.get(key) or self._item(item, at, dated).encode(encoding)
        self._parts = parts
        ttl = "<ttl>60</ttl>" if self.whim == "ttl" else ""
        head = (
            f"<?xml version='1.0' encoding='{encoding}'?><rss version='2.0' xmlns:dc='x'><channel>"
            f"<title>Outlet</title>{ttl}<lastBuildDate>{self._printed(newest, at)}</lastBuildDate>"
        )
        return head.encode(encoding) + b"\n".join(parts.values()) + b"</channel></rss>"

    def _item(self, item: Item, at: int, dated: int) -> str:
        title, lead = item.said(at)
        guid = item.token
        if self.whim == "guid_of_edit":
            guid += f"?v={bisect_right(item.edits, at)}"
        elif self.whim == "same_guids":
            guid = f"{self.feed.name}-{item.number // 2}"
        pub = "" if self.whim.startswith("undated") else f"<pubDate>{self._printed(dated, at)}</pubDate>"
        source = ""
        if self.kind is SEARCH:
            title, source = f"{title} - Outlet", "<source url='https://outlet.example'>Outlet</source>"
        return (
            f"<item><title>{title}</title><link>https://{self.feed.name}.example/{item.number}</link>"
            f"<guid isPermaLink='false'>{guid}</guid><description>{lead}</description>{pub}{source}</item>"
        )

    def _encoding(self, at: int) -> str:
        old = {"JP": "shift_jis", "KR": "euc_kr", "TW": "big5", "CN": "gb2312"}.get(self.feed.country)
        return old if old and self.whim == "changes_encoding" and at < 11 * DAY else "utf-8"

    def _printed(self, second: int, at: int) -> str:
        """A date as this outlet prints it on that day."""
        whim = self.whim
        if whim == "changes_zone":  # a site moves to another host on the twelfth day
            whim = "names_zone" if at < 11 * DAY else ""
        local = (START + timedelta(seconds=second)).astimezone(ZoneInfo(ZONES[self.feed.country]))
        if whim == "prints_no_zone":
            return local.strftime("%Y-%m-%d %H:%M:%S")
        name = {"JP": "JST", "KR": "KST", "TW": "CST", "CN": "CST", "UA": "MSK"}[self.feed.country]
        if whim == "names_zone":  # Kyiv's summer time is Moscow's time
            return local.strftime("%a, %d %b %Y %H:%M:%S ") + name
        return format_datetime(local)

    def answer(self, feed: Feed, state: FeedState, at: int) -> Fetched:
        """Answer one request, and write it into the ledger."""
        status, body, more = self._answer(feed, state, at)
        self.asked.append((at, status))
        self.impatient += at < self._until
        wait = more.get("retry_after_s")
        self._until = at + int(wait) if wait else -1
        outcome = {200: None, 304: PollOutcome.UNCHANGED, 0: PollOutcome.TEMPORARY}.get(status, headers.failure(status))
        whole = not (state.etag or state.last_modified)
        return Fetched(feed=feed.name, outcome=outcome, status=status, body=body, whole=whole, **more)

    def _answer(self, feed: Feed, state: FeedState, at: int) -> tuple[int, bytes, dict[str, Any]]:
        what = self.trouble(at) or ("0" if _chance(self.feed.name, str(at)) < 0.005 else "")
        if what.isdigit():
            return int(what), b"", {"retry_after_s": 3.0 * HOUR} if what == "429" else {}
        moved, reachable = self._place(feed, at)
        if not reachable:
            return 404, b"", {}
        content_type = "application/rss+xml"
        if what == "page":
            return 200, b"<html><body><p>Maintenance", {"content_type": "text/html"}
        late = HOUR if self.whim == "stale" and _chance(self.feed.name, str(at)) < 0.2 else 0
        items, body = self.document(at - late)
        if what == "broken":
            body = body[: len(body) // 2] + b" & <b" + body[len(body) // 2 :]
        if "restless" in self.whim or self.whim == "undated_zombie":
            body += f"<!-- {at} -->".encode()
        more: dict[str, Any] = {"content_type": content_type, "moved_url": moved, **self._validators(body)}
        given = (state.etag, state.last_modified)
        if any(given) and given == (more.get("etag"), more.get("last_modified")):
            return 304, b"", more
        if what != "broken":
            self._hand(items, at - late)
        return 200, body, more

    def _place(self, feed: Feed, at: int) -> tuple[str | None, bool]:
        """Where permanent redirects lead from the address asked, and whether anything answers there."""
        new, asked_new = f"{self.feed.url}/new", feed.url != self.feed.url
        if self.whim == "moves":
            return (None, at >= 4 * DAY) if asked_new else (new if at >= 4 * DAY else None, at < 12 * DAY)
        if self.whim == "moves_back":
            back = at >= 14 * DAY
            forth = at >= 4 * DAY and not back
            return (self.feed.url if back else None, True) if asked_new else (new if forth else None, True)
        return None, True

    def _validators(self, body: bytes) -> dict[str, Any]:
        fresh = {"max_age": 600.0, "max_age_day": 86_400.0}.get(self.whim, 0.0)
        digest = hashlib.blake2b(body, digest_size=8).hexdigest()
        if self.whim == "lies":
            digest = "always"
        if self.whim in {"no_validators", "restless", "restless_zombie", "undated_zombie"}:
            return {"fresh_s": fresh}
        kinds = len(self.feed.name) % 2, _chance(self.feed.name) < 0.6
        return {
            "fresh_s": fresh,
            "etag": f'"{digest}"' if kinds[1] or not kinds[0] else None,
            "last_modified": f"since {digest}" if kinds[0] else None,
        }

    def _hand(self, items: list[Item], at: int) -> None:
        """Enter what was handed out: when first, how it was dated, how it read last; and hold `removed` to it."""
        if items is self._last:
            return
        newest = max((item.born for item in items), default=0)
        for item in items:
            item.text = item.said(at)
            if item.handed is None:
                dated = newest if self.whim == "equal_dates" else item.born
                item.handed = at
                item.printed = None if self.whim.startswith("undated") else START + timedelta(seconds=dated)
        if self.kind is not SEARCH:
            self._judge(items, at)
        self._last = items

    def _judge(self, items: Sequence[Item], at: int) -> None:
        named = removed([item.token for item in self._last], [item.token for item in items])
        named = named if newest_first([item.printed for item in self._last]) else frozenset()
        for item in self._last:
            away = item.gone is not None and item.gone[0] <= at < item.gone[1]
            if item.token in named:
                self.removals["right" if away else "wrong"] += 1
            elif away:
                self.removals["unsaid"] += 1


def _chance(*words: str) -> float:
    """Return a number in [0, 1) that is always the same for the same words."""
    return int.from_bytes(hashlib.blake2b("/".join(words).encode(), digest_size=4).digest(), "big") / 2**32
