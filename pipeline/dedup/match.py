"""
Entry -> its article; articles -> which of them are copies of one another. Pure, the same in any order.

Copies are near-copies within three days, and copies of copies: a wire report in forty outlets is one text.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from pipeline.dedup import near
from pipeline.dedup.canonical import canonical
from pipeline.dedup.fingerprint import Fingerprint
from pipeline.domain import Article, Entry, Source
from pipeline.language.text import fold

WINDOW = timedelta(hours=72)


class Match(StrEnum):
    """How an entry relates to what is known; each gets exactly one."""

    KNOWN = "known"  # the same text of the same outlet, through another feed
    COPY = "copy"  # another outlet's copy of a known text
    JOINED = "joined"  # another outlet's own report of a known happening
    NEW = "new"  # a story of its own


def article(entry: Entry, source: str, origin: str) -> Article:
    """Return the article that an entry is: a story of its own until it is compared."""
    article_id = _article_id(entry, source)
    return Article(
        article_id=article_id,
        copy_id=article_id,
        story_id=article_id,
        source=source,
        origin=origin,
        url=entry.url,
        lang=entry.lang,
        title=entry.title,
        lead=entry.lead,
        published_at=entry.published_at,
        seen_at=entry.seen_at,
        history=entry.history,
    )


def happened_at(one: Article) -> datetime:
    """Say when an article counts: when it was published, or else seen."""
    return one.published_at or one.seen_at


def together(articles: Sequence[Article]) -> list[Article]:
    """Return the earliest of ``articles``, which are in order, and what happened soon after: old texts come alone."""
    return [one for one in articles if happened_at(one) - happened_at(articles[0]) <= WINDOW]


def first_of(articles: Iterable[Article]) -> str:
    """Name the first seen: what copies and stories are called, so that late ones change no name."""
    return min((one.seen_at, one.article_id) for one in articles)[1]


def pairs(
    fresh: Collection[Article], standing: Collection[Article], marks: Callable[[Article], Fingerprint]
) -> list[tuple[str, str]]:
    """Return each of ``fresh`` with each of its copies, by id, among the others and ``standing``."""
    near_copies = near.pairs([marks(one) for one in fresh], [marks(one) for one in standing])
    every = [*fresh, *standing]
    return [
        (every[place].article_id, every[other].article_id)
        for place, other in near_copies
        if abs(happened_at(every[place]) - happened_at(every[other])) <= WINDOW
    ]


def copies(articles: Iterable[Article], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the copy id of every article: what is a copy of a copy is of its group."""
    by_id = {one.article_id: one for one in articles}
    groups = {name: [name] for name in by_id}
    for one, other in pairs:
        mine, theirs = groups[one], groups[other]
        if mine is not theirs:
            mine += theirs
            groups |= dict.fromkeys(theirs, mine)
    named = {id(group): first_of(by_id[name] for name in group) for group in groups.values()}
    return {name: named[id(group)] for name, group in groups.items()}


def matched(one: Article) -> Match:
    """Name what an article turned out to be."""
    if one.copy_id != one.article_id:
        return Match.COPY
    return Match.NEW if one.story_id == one.article_id else Match.JOINED


def bare(title: str, names: frozenset[str]) -> str:
    """Return a title without an outlet's name at its end."""
    for mark in (" - ", " | ", " – ", " — ", "｜"):
        head, found, tail = title.rpartition(mark)
        if found and tail.strip() in names:
            return head
    return title


def outlet(entry: Entry, feed_source: str | None, by_name: Mapping[str, Source]) -> str:
    """Name the outlet: what the feed says of itself, else the item's own ``<source>``, else the feed's name."""
    name = feed_source or entry.source or entry.feed
    return by_name[name].name if name in by_name else name


def by_name(sources: Iterable[Source]) -> dict[str, Source]:
    """Index outlets by name and alias."""
    return {name: source for source in sources for name in (*source.aliases, source.name)}


def _article_id(entry: Entry, source: str) -> str:
    """Hash what names an outlet's text: its address, or its day, and its title; some give all texts one address."""
    key = canonical(entry.url) if entry.url else str((entry.published_at or entry.seen_at).date())
    return hashlib.sha256(f"{source}\0{key}\0{fold(entry.title)}".encode()).hexdigest()[:24]
