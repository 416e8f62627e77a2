"""
An address that a person gives -> the feed behind it, or what was found instead and where. Asks by ``ask`` alone.

The address may be a feed, or a page that names its feeds (the HTML standard's ``link rel=alternate``, in the head or
not). Then come the page's own links that look like one, then the paths at which sites usually keep theirs.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from pipeline.domain import Entry, Feed, Fetched, PollOutcome, Source
from pipeline.language.text import plain
from pipeline.poll import dates
from pipeline.poll.encoding import utf8
from pipeline.poll.guess import guess
from pipeline.poll.odd import odd
from pipeline.poll.parse import Parsed, parse

COMMON = ("/feed", "/rss", "/rss.xml", "/atom.xml", "/index.xml", "/feed.xml")
MOST_ASKED = 12
LONGEST_NAME = 80

_FEED_TYPES = frozenset(
    f"application/{name}" for name in ("rss+xml", "atom+xml", "rdf+xml", "feed+json", "xml", "x.atom+xml", "x-atom+xml")
) | {"text/xml"}
_LOOKS_LIKE_ONE = re.compile(r"\.(?:rss|rdf|atom|xml)$|(?:^|/)(?:rss|feeds?|atom)(?:[/.]|$)", re.IGNORECASE)
_COMMENTS = re.compile(r"comment", re.IGNORECASE)
_TITLE = re.compile(rb"<title\b[^>]*>(?:\s*<!\[CDATA\[)?(.*?)(?:\]\]>\s*)?</title>", re.DOTALL | re.IGNORECASE)
_FIRST_ITEM = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]")
_ELSEWHERE = frozenset({PollOutcome.REFUSED, PollOutcome.TOO_LARGE})
"""Outcomes of the address given after which its site is still asked for a feed elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """
    What is behind an address: a feed with its entries and oddities, or nothing (``found`` is false).

    ``tried`` are the addresses asked in vain, each with what it held; ``others`` feeds that the page names besides.
    """

    found: bool
    feed: Feed
    tried: tuple[tuple[str, str], ...]
    others: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    odd: tuple[str, ...] = ()

    @property
    def zone(self) -> tzinfo:
        """The feed's time zone, to reckon with."""
        return dates.place(self.feed.timezone)


def look(
    url: str,
    given: Mapping[str, Any],
    feeds: Sequence[Feed],
    sources: Sequence[Source],
    ask: Callable[[Feed], Fetched],
    now: datetime,
) -> Look:
    """Ask for ``url`` and then for what it leads to; ``given`` are the fields of the feed that are known."""
    feed = replace(guess(url, feeds, sources), **given)
    waiting, tried, named = [url], list[tuple[str, str]](), list[str]()
    while waiting and len(tried) < MOST_ASKED:
        asked = replace(feed, url=waiting.pop(0))
        fetched = ask(asked)
        parsed = None if fetched.outcome else parse(asked, fetched, now, history=True)
        if parsed and (parsed.entries or (parsed.outcome is PollOutcome.EMPTY and fetched.body.strip())):
            new = _named(replace(asked, url=fetched.moved_url or asked.url), given, fetched, parsed, (feeds, sources))
            parsed = parse(new, fetched, now, history=True)  # again: its time zone is known only now
            return Look(
                found=True,
                feed=new,
                tried=tuple(tried),
                others=tuple(other for other in named if other != asked.url),
                entries=parsed.entries,
                odd=odd(new, replace(fetched, url=fetched.url or asked.url), parsed, now, asked=asked.url),
            )
        links = list(_links(fetched)) if parsed else []
        named += [link for link in links if link not in named]
        tried.append((asked.url, _said(fetched, links)))
        following = [*links, *_usual(fetched.url or url, fetched, first=len(tried) == 1)]
        seen = {*waiting, *(address for address, _ in tried)}
        waiting += [link for link in dict.fromkeys(following) if link not in seen]
        # what pages name comes before what is usual
        waiting.sort(key=lambda link: link not in named)
    return Look(found=False, feed=feed, tried=tuple(tried))


def _named(
    feed: Feed,
    given: Mapping[str, Any],
    fetched: Fetched,
    parsed: Parsed,
    known: tuple[Sequence[Feed], Sequence[Source]],
) -> Feed:
    """Guess again with what the document says: its title and its language; the address given keeps its country."""
    body = utf8(fetched.body, fetched.content_type)[0]
    first = _FIRST_ITEM.search(body)
    match = _TITLE.search(body, 0, first.start() if first else len(body))
    title = plain(match[1].decode("utf-8", "replace"))[:LONGEST_NAME].strip() if match else ""
    guessed = guess(feed.url, *known, parsed.entries)
    fields = {"name": title or feed.name, "lang": guessed.lang}
    if feed.source is None:
        fields |= {name: getattr(guessed, name) for name in ("source", "country", "timezone", "kind")}
    return replace(feed, **{**fields, **given})


def _said(fetched: Fetched, links: Sequence[str]) -> str:
    """Say what an address held instead of a feed."""
    if fetched.outcome:
        return f"{fetched.outcome}: {fetched.detail}"
    if links:
        return f"a page that names {len(links)} possible feed{'s'[: len(links) > 1]}"
    kind = fetched.content_type.partition(";")[0].strip()
    return f"no feed: {kind or 'no content type'}, {len(fetched.body):,} bytes"


def _usual(url: str, fetched: Fetched, *, first: bool) -> list[str]:
    """List where a site usually keeps its feeds, once it has shown that it is there."""
    if not first or (fetched.outcome and fetched.outcome not in _ELSEWHERE):
        return []
    return [urljoin(url, path) for path in COMMON]


def _links(fetched: Fetched) -> Iterator[str]:
    """Yield the feeds that a page names, the announced ones first, comments after everything else."""
    page = _Page()
    with suppress(AssertionError):  # the parser's word for a declaration that is none
        page.feed(utf8(fetched.body, fetched.content_type)[0].decode("utf-8", "replace"))
    found = [*page.announced, *page.linked]
    base, host = urljoin(fetched.url, page.base), urlsplit(fetched.url).hostname
    seen = set[str]()
    for href, announced in sorted(found, key=lambda link: bool(_COMMENTS.search(link[0]))):
        try:
            address = urldefrag(urljoin(base, href.strip()))[0]
            parts = urlsplit(address)
        except ValueError:
            continue
        web = parts.scheme in {"http", "https"} and parts.hostname and address not in seen
        if web and (announced or (parts.hostname == host and _LOOKS_LIKE_ONE.search(parts.path))):
            seen.add(address)
            yield address


class _Page(HTMLParser):
    """An HTML page's links: those announced as feeds, and all others."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.base = ""
        self.announced: list[tuple[str, bool]] = []
        self.linked: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a tag."""
        values = {name: value or "" for name, value in attrs}
        href = values.get("href", "")
        if tag == "base" and not self.base:
            self.base = href
        kind = values.get("type", "").partition(";")[0].strip().lower()
        if href and kind in _FEED_TYPES and "alternate" in values.get("rel", "").lower().split():
            self.announced.append((href, True))
        elif href and tag == "a":
            self.linked.append((href, False))
