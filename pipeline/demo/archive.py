"""
``config/demo/archive`` -> the feed documents that its outlets would have served at a moment.

The texts are invented and marked so. Each outlet's file is served in the format and encoding that its address
in ``config/demo/feeds.yaml`` ends in (``.rss``, ``.atom``, ``.rdf``; ``?encoding=``), the newest items first.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape, quoteattr

ITEMS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One invented entry; from ``edited_at`` on its title is ``edited_title``."""

    guid: str
    published_at: datetime
    title: str
    lead: str
    link: str
    edited_at: datetime | None
    edited_title: str

    def title_at(self, at: datetime) -> str:
        """Return the title that stood there at a moment."""
        return self.edited_title if self.edited_at and self.edited_at <= at else self.title


class Archive:
    """Serves an archive as of any moment. Does not know that there is a pipeline."""

    def __init__(self, folder: Path) -> None:
        self._outlets = {path.stem: _items(path) for path in sorted(folder.glob("*.jsonl"))}

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The times of the first and the last item."""
        times = [item.published_at for items in self._outlets.values() for item in items]
        return min(times), max(times)

    def document(self, address: str, at: datetime) -> tuple[bytes, str] | None:
        """Return body and content type of an address (path and query) at a moment; None where nothing is served."""
        parts = urlsplit(address)
        outlet, _, kind = parts.path.strip("/").rpartition(".")
        if outlet not in self._outlets or kind not in _WRITERS:
            return None
        encoding = parse_qs(parts.query).get("encoding", ["utf-8"])[0]
        items = [item for item in self._outlets[outlet] if item.published_at <= at][-ITEMS:][::-1]
        text = f'<?xml version="1.0" encoding="{encoding}"?>\n{_WRITERS[kind](outlet, items, at)}'
        return text.encode(encoding, "xmlcharrefreplace"), f"application/xml; charset={encoding}"


def _items(path: Path) -> list[Item]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    return [
        Item(
            guid=row["guid"],
            published_at=_instant(row["published_at"]),
            title=row["title"],
            lead=row["lead"],
            link=row["link"],
            edited_at=_instant(row["edited"]["at"]) if row.get("edited") else None,
            edited_title=row["edited"]["title"] if row.get("edited") else "",
        )
        for row in rows
    ]


def _instant(printed: str) -> datetime:
    return datetime.fromisoformat(printed)


def _rss(outlet: str, items: list[Item], at: datetime) -> str:
    body = "".join(
        f"<item><title>{escape(i.title_at(at))}</title><link>{escape(i.link)}</link>"
        f"<guid isPermaLink='false'>{escape(i.guid)}</guid><description>{escape(i.lead)}</description>"
        f"<pubDate>{format_datetime(i.published_at)}</pubDate></item>"
        for i in items
    )
    return (
        f"<rss version='2.0'><channel><title>{outlet} (invented)</title><link>https://{outlet}.example/</link>"
        f"<description>An invented feed</description>{body}</channel></rss>"
    )


def _atom(outlet: str, items: list[Item], at: datetime) -> str:
    body = "".join(
        f"<entry><title>{escape(i.title_at(at))}</title><link href={quoteattr(i.link)}/><id>{escape(i.guid)}</id>"
        f"<summary>{escape(i.lead)}</summary><published>{i.published_at.isoformat()}</published>"
        f"<updated>{i.published_at.isoformat()}</updated></entry>"
        for i in items
    )
    return (
        f"<feed xmlns='http://www.w3.org/2005/Atom'><title>{outlet} (invented)</title>"
        f"<id>urn:invented:{outlet}</id>{body}</feed>"
    )


def _rdf(outlet: str, items: list[Item], at: datetime) -> str:
    body = "".join(
        f"<item rdf:about={quoteattr(i.guid)}><title>{escape(i.title_at(at))}</title><link>{escape(i.link)}</link>"
        f"<description>{escape(i.lead)}</description><dc:date>{i.published_at.isoformat()}</dc:date></item>"
        for i in items
    )
    return (
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' "
        f"xmlns:dc='http://purl.org/dc/elements/1.1/'><channel rdf:about='https://{outlet}.example/'>"
        f"<title>{outlet} (invented)</title></channel>{body}</rdf:RDF>"
    )


_WRITERS = {"rss": _rss, "atom": _atom, "rdf": _rdf}
