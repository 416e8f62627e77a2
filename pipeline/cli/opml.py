"""
Feeds <-> OPML 2.0 (opml.org/spec2.opml). Pure: bytes in, bytes out.

What OPML has a place for is where other readers look for it: ``text``, ``xmlUrl``, ``language``, and ``category`` as
``/country/kind``. The rest of a row travels in attributes of our own namespace. A file from elsewhere may lack it
all, and may call itself what it likes: `OpmlError` only where it is not XML, or no list of outlines.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import format_datetime
from itertools import groupby
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from pipeline.domain import Actor, Feed, FeedKind, Terms, Voice
from pipeline.language.text import whole

NAMESPACE = "https://stancewatch.example/opml"

_OURS = ("source", "terms", "timezone", "cookies", "verify_tls", "min_gap_s", "voices")
_NUMBER = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?")
_FLAGS: Mapping[str, bool] = {"true": True, "false": False}


class OpmlError(Exception):
    """The file cannot be read as OPML."""


def write(feeds: Iterable[Feed], now: datetime) -> bytes:
    """Return the feeds as OPML, grouped by country, in their own order within."""
    body = []
    for country, group in groupby(sorted(feeds, key=lambda feed: feed.country), key=lambda feed: feed.country):
        rows = "\n".join(f"      {_outline(feed)}" for feed in group)
        body.append(f"    <outline text={quoteattr(country)}>\n{rows}\n    </outline>")
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<opml version="2.0" xmlns:stancewatch="{NAMESPACE}">',
            "  <head>",
            "    <title>Stancewatch: feeds</title>",
            f"    <dateCreated>{format_datetime(now)}</dateCreated>",
            "  </head>",
            "  <body>",
            *body,
            "  </body>",
            "</opml>",
            "",
        ]
    ).encode()


def read(document: bytes) -> list[tuple[str, dict[str, Any]]]:
    """
    Return every outline's address, with the fields of a `Feed` that it names.

    ``allow_private`` is never among them: a list from elsewhere must not open the way into one's own network.
    """
    outlines: list[Mapping[str, str]] = []
    roots: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        roots.append(name.lower())
        if name.lower() == "outline":
            outlines.append({key.lower(): value for key, value in attributes.items()})

    def refuse(*_: object) -> None:
        raise OpmlError("it has a document type, which OPML does not; take it out")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise OpmlError(f"not well-formed XML: {error}") from error
    except (LookupError, ValueError) as error:
        raise OpmlError(f"its encoding cannot be read ({error}); save it as UTF-8") from error
    if roots[0] != "opml":
        raise OpmlError(f"it is <{roots[0]}>, not <opml>")
    return [(url, _fields(outline)) for outline in outlines if (url := whole(outline.get("xmlurl", "")))]


def _outline(feed: Feed) -> str:
    defaults = Feed(name="", url="", country="", kind=feed.kind, terms=feed.terms, timezone="")
    own = {name: getattr(feed, name) for name in _OURS}
    kept = {f"stancewatch:{name}": value for name, value in own.items() if value != getattr(defaults, name)}
    written: dict[str, Any] = {
        "type": "rss",
        "text": feed.name,
        "title": feed.name,
        "xmlUrl": feed.url,
        **({"language": feed.lang} if feed.lang else {}),
        "category": f"/{feed.country}/{feed.kind}",
        **kept,
        "stancewatch:terms": feed.terms,
    }
    return f"<outline {' '.join(f'{name}={_quoted(value)}' for name, value in written.items())}/>"


def _quoted(value: object) -> str:
    if isinstance(value, bool | Mapping):
        return quoteattr(json.dumps(value))
    return quoteattr(whole(str(value)))


def _fields(outline: Mapping[str, str]) -> dict[str, Any]:
    """Take over what an outline says, where it says something that a feed's row can."""
    own = {name: whole(outline.get(f"stancewatch:{name}", "")) for name in _OURS}
    name, lang = (
        whole(text) for text in (outline.get("text") or outline.get("title", ""), outline.get("language", ""))
    )
    _, country, kind, *_ = [*outline.get("category", "").split("/"), "", "", ""]
    found: dict[str, Any] = {"name": name, "lang": lang, "source": own["source"], "timezone": own["timezone"]}
    if country and kind in list[str](FeedKind):
        found |= {"country": country, "kind": FeedKind(kind)}
    if own["terms"] in list[str](Terms):
        found["terms"] = Terms(own["terms"])
    found |= {flag: _FLAGS[own[flag]] for flag in ("cookies", "verify_tls") if own[flag] in _FLAGS}
    if _NUMBER.fullmatch(own["min_gap_s"]):
        found["min_gap_s"] = float(own["min_gap_s"])
    if own["voices"]:
        found["voices"] = _voices(own["voices"])
    return {name: value for name, value in found.items() if value not in ("", None)}


def _voices(written: str) -> dict[Actor, tuple[Voice, ...]] | None:
    try:
        return {Actor(actor): tuple(map(Voice, voices)) for actor, voices in json.loads(written).items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
