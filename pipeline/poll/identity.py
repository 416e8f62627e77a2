"""
An entry as its document names it, and what is known -> the entry that it is. Pure.

A guid names an entry, but some sites give one guid to several items, and some a new guid with every edit: taken at
their word, the first would overwrite one item with another, and the second would make every edit look new.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pipeline.domain import Entry
from pipeline.language.text import fold

ALIKE = 0.5
"""Of the shorter title's pairs of characters: so many are left of an edited title."""


def settled(
    entries: Sequence[Entry],
    known: Mapping[str, Entry],
    there: Mapping[tuple[str, str], Sequence[Entry]],
    printed: Iterable[str],
) -> tuple[Entry, ...]:
    """
    Return one document's entries under the ids that they are known by.

    ``known`` are earlier entries by id, ``there`` by feed and address; ``printed`` are the ids in the document.
    """
    ids, addresses = {*printed, *(entry.entry_id for entry in entries)}, Counter(entry.url for entry in entries)
    found: dict[str, Entry] = {}
    for entry in entries:
        mine = _settled(entry, known, [] if addresses[entry.url] > 1 else there.get((entry.feed, entry.url), ()), ids)
        found.setdefault(mine.entry_id, mine)
    return tuple(found.values())


def _settled(entry: Entry, known: Mapping[str, Entry], there: Sequence[Entry], ids: set[str]) -> Entry:
    same = known.get(entry.entry_id)
    if same is not None and (same.url == entry.url or _renamed(same, entry)):
        return entry
    moved = [one for one in there if one.entry_id not in ids - {entry.entry_id} and _edited(one, entry)]
    if len(moved) == 1:
        return replace(entry, entry_id=moved[0].entry_id)
    return entry if same is None else replace(entry, entry_id=own_id(entry.feed, entry.guid, entry.url, entry.title))


def own_id(feed: str, *parts: str) -> str:
    """Return the id of an entry by what names it."""
    return hashlib.sha256("\0".join((feed, *parts)).encode()).hexdigest()[:24]


def _renamed(one: Entry, other: Entry) -> bool:
    """Say whether a guid's entry only changed its address: under another title its date must be the same."""
    return fold(one.title) == fold(other.title) or (
        one.published_at is not None and one.published_at == other.published_at and _alike(one.title, other.title)
    )


def _edited(one: Entry, other: Entry) -> bool:
    """Say whether ``other`` may be an edit of ``one``, which had its address."""
    dated = one.published_at is not None and one.published_at == other.published_at
    return dated or _alike(one.title, other.title)


def _alike(one: str, other: str) -> bool:
    mine, theirs = _pairs(one), _pairs(other)
    return one == other or len(mine & theirs) >= ALIKE * min(len(mine), len(theirs)) > 0


def _pairs(title: str) -> set[str]:
    folded = fold(title)
    return {folded[i : i + 2] for i in range(len(folded) - 1)}
