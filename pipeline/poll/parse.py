"""
Bytes of a feed -> its items. feedparser reads every document; bytes go in, in UTF-8 where that can be had.

``bozo`` is not failure: a wrong label or a missing charset with readable items is a feed. Never raises on
any bytes; what cannot be read has an outcome.
"""

import hashlib
import io
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser

from pipeline.domain import Entry, Feed, FeedKind, Fetched, PollOutcome
from pipeline.language.text import language, plain, whole
from pipeline.poll import dates
from pipeline.poll.encoding import utf8

HISTORY_HOURS = 48.0
GAP_HOURS = 24.0
LONGEST_TITLE = 1_000
LONGEST_LEAD = 5_000

_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
"""What feedparser complains of in documents that it reads whole and well."""

_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{4})|(5\d{4}));")
_ITEM_END = re.compile(rb"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Parsed:
    """
    What one document held: its entries, or the outcome that says why there are none.

    ``strict`` says that it was well-formed and read in one sure ``encoding``; ``fresh_s`` is its own ``ttl``.
    """

    entries: tuple[Entry, ...]
    outcome: PollOutcome | None
    detail: str
    strict: bool = True
    encoding: str = ""
    fresh_s: float = 0.0


def parse(feed: Feed, fetched: Fetched, seen_at: datetime, *, history: bool) -> Parsed:
    """
    Read one fetched document.

    ``history`` marks every entry (a first poll, a gap); else an entry is history when it was published more
    than 48 h before ``seen_at``.
    """
    if not fetched.body.strip():
        return Parsed((), PollOutcome.EMPTY, "the body is empty")
    body, encoding = utf8(fetched.body, fetched.content_type)
    kind = "application/xml; charset=utf-8" if encoding else fetched.content_type
    try:
        document = feedparser.parse(
            io.BytesIO(_REFERENCE.sub(_sayable, body)),
            response_headers={"content-type": kind, "content-location": fetched.url or feed.url},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # noqa: BLE001 - a parser fault is this feed's outcome, never the shard's end
        return Parsed((), PollOutcome.NOT_A_FEED, f"{type(error).__name__}: {error}"[:200])
    items = _whole_items(document, fetched.body)
    if not items:
        if document.get("version"):
            return Parsed((), PollOutcome.EMPTY, "no items")
        return Parsed((), PollOutcome.NOT_A_FEED, _complaint(document, fetched))
    declared = feed.lang or document.feed.get("language")
    guids = Counter(whole(_text(item, "id")) for item in items)
    entries: dict[str, Entry] = {}
    for item in items:
        entry = _entry(feed, item, declared, seen_at, history=history, guids=guids)
        if entry is not None:
            entries.setdefault(entry.entry_id, entry)
    return Parsed(
        tuple(entries.values()),
        None,
        _complaint(document, fetched) if document.bozo else "",
        strict=not document.bozo or isinstance(document.get("bozo_exception"), _HARMLESS),
        encoding=encoding or str(document.get("encoding") or "").lower(),
        fresh_s=_ttl_s(document.feed),
    )


def _ttl_s(channel: dict[str, Any]) -> float:
    """Read how long a document calls itself fresh (RSS 2.0 ``ttl``, minutes), in seconds."""
    minutes = _text(channel, "ttl")
    return float(minutes) * 60 if minutes.isascii() and minutes.isdigit() else 0.0


def _sayable(reference: re.Match[bytes]) -> bytes:
    """Drop a reference to half a character (&#55357;&#56832;), on which feedparser gives up the document."""
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    return b"" if 0xD800 <= code <= 0xDFFF else reference[0]  # noqa: PLR2004 - the surrogates


def _whole_items(document: Any, body: bytes) -> list[Any]:  # noqa: ANN401 - feedparser has no types
    """Leave out the item in whose middle a document was cut off."""
    items = list(document.entries)
    cut = document.bozo and len(items) > len(_ITEM_END.findall(body.replace(b"\0", b"")))
    return items[:-1] if cut else items


def _complaint(document: Any, fetched: Fetched) -> str:  # noqa: ANN401
    error = document.get("bozo_exception")
    return f"{fetched.content_type or 'no content type'}: {error or 'no feed format recognised'}"[:200]


def _text(item: dict[str, Any], key: str) -> str:
    """Read a field as it stands: feedparser's own look-up warns, and gives ``published`` for ``updated``."""
    value = dict.get(item, key)
    return value if isinstance(value, str) else ""


def _entry(
    feed: Feed,
    item: dict[str, Any],
    declared: str | None,
    seen_at: datetime,
    *,
    history: bool,
    guids: Counter[str],
) -> Entry | None:
    source = plain(_text(item.get("source") or {}, "title"))[:LONGEST_TITLE] or None
    title = plain(_text(item, "title"))[:LONGEST_TITLE]
    if feed.kind is FeedKind.AGGREGATOR and source and title.endswith(f" - {source}"):
        title = title.removesuffix(f" - {source}")
    content = item.get("content") or [{}]
    lead = plain(_text(item, "summary") or _text(content[0], "value"))[:LONGEST_LEAD]
    link = _link(feed, _text(item, "link"))
    if not (title or lead or link):
        return None
    printed = _text(item, "published") or _text(item, "updated") or _text(item, "created")
    published_at = dates.plausible(dates.read(printed, feed.timezone) if printed else None, seen_at)
    guid = whole(_text(item, "id"))
    key = guid or link or f"{title}\0{printed}"
    if guid and guids[guid] > 1:  # some sites give one guid to every item
        key = f"{guid}\0{link}\0{title}"
    old = published_at is not None and published_at < seen_at - timedelta(hours=HISTORY_HOURS)
    return Entry(
        entry_id=hashlib.sha256(f"{feed.name}\0{key}".encode()).hexdigest()[:24],
        feed=feed.name,
        guid=guid or link,
        url=link,
        title=title,
        lead="" if lead in {title, f"{title} {source}"} else lead,  # aggregators say the headline again
        lang=language(f"{title} {lead}", declared),
        source=source,
        published_at=published_at,
        seen_at=seen_at,
        history=history or old,
    )


def _link(feed: Feed, link: str) -> str:
    """Make a link whole; what is not a web address is no link (a feed may carry ``javascript:``)."""
    try:
        address = urljoin(feed.url, whole(link)) if link else ""
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in {"http", "https"} and parts.netloc else ""
