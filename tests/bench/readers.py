"""
Do we read what other readers read? The 107 feeds of ``$STANCEWATCH_SHARED/benchmarks/feeds`` and their expectations.

Of every item that another reader's own tests expect: whether we have it, and its title, link and date. What differs is
counted under a reason that a rule finds in the document; what no rule explains is counted as a fault of ours.
"""

import html
import json
import os
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from pipeline.domain import Entry, Fetched
from pipeline.language.text import plain, whole
from pipeline.poll.encoding import utf8
from pipeline.poll.parse import parse
from tests.bench.figures import Figures, Missing, table
from tests.factories import feed

ADDRESS = "https://feeds.example/feed.xml"
SEEN = datetime(2026, 11, 21, 12, tzinfo=UTC)
FIELDS = ("title", "link", "published")
UNEXPLAINED = "no good reason: a fault of ours"
ITEM = re.compile(
    r"<(?P<name>(?:[\w.-]+:)?(?:item|entry))[\s>].*?</(?P=name)\s*>|<item[^<>]*/>", re.DOTALL | re.IGNORECASE
)
WORDS = re.compile(
    r"<(?:[\w.-]+:)?(title|description|summary|encoded|content|link)\b[^<>]*(?<!/)>(.*?)</(?:[\w.-]+:)?\1\s*>",
    re.DOTALL,
)

Item = dict[str, str | None]


def expectations() -> list[dict[str, Any]]:
    folder = Path(os.environ.get("STANCEWATCH_SHARED") or "/nowhere") / "benchmarks" / "feeds"
    if not (folder / "expected.json").is_file():
        raise Missing("other readers' feeds: set STANCEWATCH_SHARED to the folder with benchmarks/feeds/expected.json")
    feeds: list[dict[str, Any]] = json.loads((folder / "expected.json").read_text("utf-8"))
    return [{**one, "body": (folder / one["file"]).read_bytes()} for one in feeds]


def measure() -> Figures:
    counts: Counter[str] = Counter()
    reasons: dict[str, list[str]] = defaultdict(list)
    for one in expectations():
        source = feed(name="reader", url=ADDRESS, lang=None, timezone="UTC")
        answer = Fetched(feed="reader", outcome=None, url=ADDRESS, content_type="application/xml", body=one["body"])
        entries = list(parse(source, answer, SEEN, history=False).entries)
        printed = [found.group() for found in ITEM.finditer(utf8(one["body"], "")[0].decode())]
        printed += [""] * (len(one["items"]) + len(entries) - len(printed))
        pairs = aligned(one["items"], entries, printed)
        for number, (wanted, entry) in enumerate(pairs):
            for field, reason, ours in compared(wanted, entry, printed[number]):
                counts[f"{field} expected"] += 1
                counts[f"{field} equal"] += not reason
                if reason:
                    theirs = wanted.get(field) if wanted else None
                    reasons[f"{field}: {reason}"].append(f"{one['file']} #{number}: {theirs!r} / {ours!r}")
    differences = [{"reason": reason, "count": len(found), "examples": found[:3]} for reason, found in reasons.items()]
    return {
        **{f"{field}s" if field == "item" else field: equal(counts, field) for field in ("item", *FIELDS)},
        "differences": sum(len(found) for found in reasons.values()),
        "unexplained": sum(len(found) for reason, found in reasons.items() if reason.endswith(UNEXPLAINED)),
        "reasons": sorted(differences, key=lambda one: -int(one["count"])),
    }


def show(figures: Figures) -> str:
    fields = [{"what": what, **figures[what]} for what in ("items", *FIELDS)]
    lines = [table(["what", "expected", "equal"], fields), ""]
    for one in figures["reasons"]:
        lines += [f"{one['count']:4} {one['reason']}", *(f"       {example}" for example in one["examples"])]
    return "\n".join([*lines, "", f"{figures['unexplained']} of {figures['differences']} differences are unexplained"])


def equal(counts: Counter[str], field: str) -> dict[str, int]:
    return {"expected": counts[f"{field} expected"], "equal": counts[f"{field} equal"]}


def aligned(wanted: list[Item], entries: list[Entry], printed: list[str]) -> list[tuple[Item | None, Entry | None]]:
    """Pair items and entries: by link, by title, and in their order what bears neither and has words."""
    left, pairs = list(entries), list[tuple[Item | None, Entry | None]]()
    for item, text in zip(wanted, printed, strict=False):
        ours = next((entry for entry in left if same(item, entry)), None)
        if ours is None and left and not item["title"] and not item["link"] and words(text):
            ours = left[0]
        if ours is not None:
            left.remove(ours)
        pairs.append((item, ours))
    return [*pairs, *((None, entry) for entry in left)]


def same(item: Item, entry: Entry) -> bool:
    if item["link"]:
        return urljoin(ADDRESS, item["link"]) == entry.url
    return bool(item["title"]) and plain(item["title"] or "") == entry.title


def compared(wanted: Item | None, entry: Entry | None, printed: str) -> list[tuple[str, str, Any]]:
    """Name what was compared, why it differs ("" where it does not), and ours."""
    if entry is None or wanted is None:
        return [("item", missing(wanted, printed) if entry is None else UNEXPLAINED, entry and entry.title)]
    published = entry.published_at.isoformat() if entry.published_at else None
    return [
        ("item", "", entry.title),
        ("title", title(wanted["title"] or "", entry.title), entry.title),
        ("link", link(wanted["link"] or "", entry, printed), entry.url),
        ("published", date(wanted["published"], entry.published_at, printed), published),
    ]


def missing(wanted: Item | None, printed: str) -> str:
    if wanted and not wanted["title"] and not wanted["link"] and not words(printed):
        return "the item has no title, no link and no words: there is nothing to read"
    return UNEXPLAINED


def words(printed: str) -> bool:
    """Say whether an item as printed has anything to read or to follow."""
    texts = [text for _, text in re.findall(WORDS, printed)]
    addresses = re.findall(r"<link\b(?![^<>]*enclosure)[^<>]*\bhref=|rdf:about=|<id>https?://", printed)
    return bool(addresses) or any(
        plain(re.sub(r"<!\[CDATA\[(.*?)\]\]>", r"\1", text, flags=re.DOTALL)) for text in texts
    )


def title(theirs: str, ours: str) -> str:
    if theirs == ours:
        return ""
    if whole(theirs) == ours:
        return "white space and composed letters: we store one line in NFC"
    if whole(html.unescape(theirs)) == ours:
        return "their title is an undecoded reference"
    return "the title holds markup: we store plain text" if plain(theirs) == ours else UNEXPLAINED


def link(theirs: str, entry: Entry, printed: str) -> str:
    if theirs == entry.url:
        return ""
    if theirs and urljoin(ADDRESS, theirs) == entry.url:
        return "a relative link: we make it absolute"
    if not theirs and entry.url == urljoin(ADDRESS, entry.guid) and re.search(r"<(?:guid|id)\b", printed):
        return "the document gives no link, and an id that is a web address: we take it"
    about = re.search(r"rdf:about=[\"']([^\"']+)", printed)
    if not theirs and about and about[1] == entry.url:
        return "RDF: an item without a link is about an address (RSS 1.0, 5.5): we take it"
    return UNEXPLAINED


def date(theirs: str | None, ours: datetime | None, printed: str) -> str:
    wanted = datetime.fromisoformat(theirs) if theirs else None
    if wanted == ours:
        return ""
    if wanted is None and re.search(r"<(?:[\w.-]+:)?(?:updated|modified)\b", printed):
        return "the document gives no date but that of a change: we take it"
    return UNEXPLAINED
