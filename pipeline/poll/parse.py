"""
Bytes of a feed -> its items. feedparser reads every XML document, in UTF-8 and mended where little is wrong.

``bozo`` is not failure: what is not well-formed but has readable items is a feed. Never raises on any bytes;
what cannot be read has an outcome.
"""

import hashlib
import io
import json
import re
import time
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
from pipeline.poll.identity import own_id
from pipeline.poll.mend import mend

feedparser.api.PREFERRED_XML_PARSERS.clear()  # it would look in vain for one: a tenth of a short document's time
feedparser.registerDateHandler(lambda _: time.gmtime(0))  # its own readers take a tenth too, and err: see `dates`

HISTORY_HOURS = 48.0
GAP_HOURS = 24.0
LONGEST_TITLE = 1_000
LONGEST_LEAD = 5_000
LONGEST_LINK = 2_000
_LONGEST_DATE = 100
_LONGEST_MARKUP = 200_000

_MOST_JSON_ITEMS = 2_000
_JSON_NAMES = {"title": "title", "summary": "summary", "published": "date_published", "updated": "date_modified"}
_ADDRESS = re.compile(r"^\s*(?:https?://|/)", re.IGNORECASE)
_ITEM_END = re.compile(rb"</(?:[\w.-]{1,40}:)?(?:item|entry)\s{0,100}>", re.IGNORECASE)
_ITEM = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)(?=[\s>])", re.IGNORECASE)
_NO_LINK = re.compile(rb"<link>\s{0,99}</link>|<link\s{0,99}/>")
# an item that holds all of these before it is cut off reads as the whole of it does
_ENOUGH = tuple(
    re.compile(rb"</(?:[\w.-]{1,40}:)?(?:%s)>" % names, re.IGNORECASE)
    for names in (b"title", b"guid|id", b"description|summary", b"pubDate|published|updated|date")
)


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
    text, encoding = utf8(fetched.body, fetched.content_type, feed.lang)
    try:
        document, body, complete = _document(text)
    except Exception as error:  # noqa: BLE001 - a parser fault is this feed's outcome, never the shard's end
        return Parsed((), PollOutcome.NOT_A_FEED, f"{type(error).__name__}: {error}"[:200])
    items = _whole_items(document, body)
    entries = _entries(feed, document, items, fetched.url or feed.url, seen_at, history=history)
    if not complete:
        detail = f"too much markup: only the first {len(items)} items were read"
    elif entries or not document.get("version"):
        detail = _complaint(document, fetched) if document.bozo or not entries else ""
    else:
        detail = f"{len(items)} items, and none with a title, a summary or a link" if items else "no items"
    if not entries:
        outcome = PollOutcome.EMPTY if document.get("version") else PollOutcome.NOT_A_FEED
        return Parsed((), outcome, detail, fresh_s=_ttl_s(document.feed))
    return Parsed(
        tuple(entries.values()),
        None,
        detail,
        strict=complete and bool(encoding) and not document.bozo,
        encoding=encoding,
        fresh_s=_ttl_s(document.feed),
    )


def _document(body: bytes) -> tuple[Any, bytes, bool]:
    """Return feedparser's reading, the document as it was given to it, and whether that is all of it."""
    if body.lstrip()[:1] == b"{":
        return _json_feed(body)
    body, complete = mend(_NO_LINK.sub(b"", body))
    # without a place of its own a relative guid stays as it is, wherever the feed moves to
    headers = {"content-type": "application/xml; charset=utf-8"}
    document = feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    return document, body, complete


def _json_feed(body: bytes) -> tuple[Any, bytes, bool]:
    """Read a JSON Feed (jsonfeed.org, 1.1) as feedparser would: it knows XML only."""
    told = json.loads(body)
    if not isinstance(told, dict) or "jsonfeed.org/version" not in str(told.get("version")):
        return feedparser.FeedParserDict(feed={}, entries=[], bozo=False), b"", True
    items = told.get("items")
    items = [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []
    entries = [
        {
            **{ours: one.get(theirs) for ours, theirs in _JSON_NAMES.items()},
            "id": str(one.get("id") or ""),
            "link": one.get("url") or one.get("external_url"),
            "content": [{"value": one.get("content_html") or one.get("content_text")}],
        }
        for one in items[:_MOST_JSON_ITEMS]
    ]
    document = feedparser.FeedParserDict(feed=told, entries=entries, bozo=False, version="json")
    return document, b"", len(items) <= _MOST_JSON_ITEMS


def _entries(
    feed: Feed,
    document: Any,  # noqa: ANN401
    items: list[Any],
    base: str,
    seen_at: datetime,
    *,
    history: bool,
) -> dict[str, Entry]:
    declared = feed.lang or _text(document.feed, "language")
    guids = Counter(_guid(item) for item in items)
    entries: dict[str, Entry] = {}
    for item in items:
        entry = _entry(feed, item, declared, seen_at, base=base, history=history, guids=guids)
        if entry is not None:
            entries.setdefault(entry.entry_id, entry)
    return entries


def _ttl_s(channel: dict[str, Any]) -> float:
    """Read how long a document calls itself fresh (RSS 2.0 ``ttl``, minutes), in seconds."""
    minutes = _text(channel, "ttl")
    return float(minutes) * 60 if minutes.isascii() and minutes.isdigit() else 0.0


def _whole_items(document: Any, body: bytes) -> list[Any]:  # noqa: ANN401 - feedparser has no types
    """Leave out the item in whose middle a document was cut off, unless all that is kept of it was there."""
    items = list(document.entries)
    if not document.bozo or len(items) <= len(_ITEM_END.findall(body)):
        return items
    rest = body[max((found.start() for found in _ITEM.finditer(body)), default=0) :]
    return items if all(closed.search(rest) for closed in _ENOUGH) else items[:-1]


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
    base: str,
    history: bool,
    guids: Counter[str],
) -> Entry | None:
    source = _plain(_text(item.get("source") or {}, "title"))[:LONGEST_TITLE] or None
    title = _plain(_text(item, "title"))[:LONGEST_TITLE]
    if feed.kind is FeedKind.AGGREGATOR and source and title.endswith(f" - {source}"):
        title = title.removesuffix(f" - {source}")
    content = item.get("content") or [{}]
    lead = (_plain(_text(item, "summary")) or _plain(_text(content[0], "value")))[:LONGEST_LEAD]
    link = _link(base, _printed_link(item))
    if not (title or lead or link):
        return None
    dated = [text[:_LONGEST_DATE] for key in ("published", "updated", "created") if (text := _text(item, key))]
    read = (dates.plausible(dates.read(printed, feed.timezone), seen_at) for printed in dated)
    published_at = next((at for at in read if at is not None), None)
    guid = _guid(item)
    names: tuple[str, ...] = (guid or link,) if guid or link else (title, dated[0] if dated else "")
    if guid and guids[guid] > 1:  # some sites give one guid to every item
        names = (guid, link, title)
    old = published_at is not None and published_at < seen_at - timedelta(hours=HISTORY_HOURS)
    return Entry(
        entry_id=own_id(feed.name, *names),
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


def _plain(markup: str) -> str:
    return plain(markup[:_LONGEST_MARKUP])


def _guid(item: dict[str, Any]) -> str:
    """Return an item's guid, or its digest where it is no name but a text."""
    guid = whole(_text(item, "id"))
    return guid if len(guid) <= LONGEST_LINK else hashlib.sha256(guid.encode()).hexdigest()


def _printed_link(item: dict[str, Any]) -> str:
    """Return the link as printed; a guid is one where it is an address, as is what an RDF item is about."""
    guid, link = _text(item, "id"), _text(item, "link")
    if item.get("guidislink") is None:
        link = link or guid
    return "" if link == guid and not _ADDRESS.match(link) else link


def _link(base: str, link: str) -> str:
    """Make a link whole; what is not a web address is no link (a feed may carry ``javascript:``)."""
    if not link or len(link) > LONGEST_LINK:
        return ""
    try:
        address = urljoin(base, whole(link))
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in {"http", "https"} and parts.netloc else ""
