"""
Fingerprints -> which texts are copies of one another. Pure and symmetric, the same in any order.

Copies share wording (pieces of the title, the start of the lead) and everything that makes a text another one:
numbers, dates and the watched actors. Where only one of two titles states such a thing, the other must hold at
least a damaged form of it in the same place. The longest common subsequence is found as in Hyyrö (2004).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set as AbstractSet
from functools import lru_cache
from math import nan

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.fingerprint import Fingerprint, signs, squeezed, stated
from pipeline.dedup.pieces import overlap, sharing

SHARED = (0.36, 0.36, 0.45, 0.45)
"""Of the longer title's pieces, by script (Latin, Cyrillic, Hangul, Han): 99 % of planted copies share more."""
SHARED_LEAD = (0.25, 0.25, 0.35, 0.35)
"""Of the shorter lead's pieces, likewise."""
SHORT_LEAD, MOST_LEAD = 10, 60
PLAIN, PLAIN_WITH_LEAD = 0.85, 0.6
"""Of the shorter title's pieces: so many settle it without, or with, a lead that agrees."""
ALIKE, ALIKE_WITH_LEAD = 0.78, 0.7
"""Of the shorter title's characters: so many in the same order settle it else."""
_WATCHED = frozenset({"aJP", "aKR", "aTW", "aCN", "aKP", "aNorth", "aSouth"})
_SMALL_NUMERALS = frozenset("一二三四五六七八九十")  # each is also a part of many a word

_Places = dict[str, list[int]]
_Pair = tuple[int, int]
_Compared = Sequence[tuple[Fingerprint, Fingerprint]]


def pairs(fresh: Sequence[Fingerprint], standing: Sequence[Fingerprint] = ()) -> list[_Pair]:
    """
    Return each of ``fresh`` with each of its copies, by place; the places of ``standing`` follow those of ``fresh``.

    Of the planted pairs that are copies by all else, 0.1 % share no rare piece and are overlooked.
    """
    texts, found = [*fresh, *standing], list[_Pair]()
    by_title: list[_Places] = [defaultdict(list) for _ in SHARED]
    for place, marks in enumerate(texts):
        if marks.title:
            by_title[marks.script][marks.title].append(place)
    for script, titles in enumerate(by_title):
        for places in titles.values():
            found += _crossed(places, len(fresh))
        found += _unequal(titles, texts, len(fresh), script)
    return found


def _crossed(places: Sequence[int], fresh: int) -> Iterator[_Pair]:
    for number, place in enumerate(places, 1):
        if place < fresh:
            yield from ((place, other) for other in places[number:])


def _unequal(titles: _Places, texts: Sequence[Fingerprint], fresh: int, script: int) -> Iterator[_Pair]:
    """Yield the copies that have different titles."""
    names, places = list(titles), list(titles.values())
    number = sum(its[0] < fresh for its in places)  # the titles of fresh texts come first
    for met in sharing(names, number, script, SHARED[script]):
        agreed = [
            (column, mine, its)
            for column, (one, other) in enumerate(met[:2].T.tolist())
            if _agree(names[one], names[other], script)
            for mine in places[one]
            for its in places[other]
            if mine < fresh or its < fresh
        ]
        compared = [(texts[mine], texts[its]) for _, mine, its in agreed]
        alike = _alike(compared, met[2:, [column for column, *_ in agreed]], script)
        yield from ((min(pair), max(pair)) for (_, *pair), copies in zip(agreed, alike, strict=True) if copies)


def _alike(compared: _Compared, counts: NDArray[np.int64], script: int) -> list[bool]:
    """Say which pairs, of those that share enough pieces and whose titles agree, are copies."""
    shared, fewer, more = counts
    lead = _lead_shared(compared, script)
    bare = np.isnan(lead)
    related = np.where(bare, fewer * 2 >= more, (lead >= SHARED_LEAD[script]) | (shared == more))
    plain = shared >= np.where(bare, PLAIN, PLAIN_WITH_LEAD) * fewer
    least = np.where(bare, ALIKE, ALIKE_WITH_LEAD).tolist()
    return [
        may and (does or _in_order(one.title, other.title, part))
        for may, does, part, (one, other) in zip(related.tolist(), plain.tolist(), least, compared, strict=True)
    ]


def _lead_shared(compared: _Compared, script: int) -> NDArray[np.float64]:
    """Return how much of the shorter lead is in the start of the other; NaN where one is too short to tell."""
    starts = [_starts(one.lead, other.lead) for one, other in compared]
    shared = np.array([float(mine == its) if len(mine) > SHORT_LEAD else nan for mine, its in starts])
    unequal = np.flatnonzero(shared == 0).tolist()
    shared[unequal] = overlap([starts[i][0] for i in unequal], [starts[i][1] for i in unequal], script)
    return shared


def _starts(one: str, other: str) -> tuple[str, str]:
    """Return as much of each lead as the other has, too: as it is if it is equal, else the words."""
    length = min(len(one), len(other), MOST_LEAD)
    if length <= SHORT_LEAD or one[:length] != other[:length]:
        one, other = _words(one), _words(other)
        length = min(len(one), len(other), MOST_LEAD)
    return one[:length], other[:length]


_words = lru_cache(4096)(squeezed)
_stated = lru_cache(1 << 14)(stated)


def _agree(one: str, other: str, script: int) -> bool:
    """Say whether no title states what makes it another text than the other."""
    mine, its = _stated(one), _stated(other)
    if mine.keys() == its.keys():
        return True
    if _differ(signs(mine, script), signs(its, script)):
        return False
    return _holds(other, its, one, mine) and _holds(one, mine, other, its)


def _differ(mine: AbstractSet[str], theirs: AbstractSet[str]) -> bool:
    """Say whether each states what the other does not, in one kind."""
    only, others = mine - theirs, theirs - mine
    return bool(only and others) and not {sign[0] for sign in only}.isdisjoint([sign[0] for sign in others])


def _holds(title: str, facts: Mapping[str, str], other: str, its_facts: Mapping[str, str]) -> bool:
    """Say whether a title holds, at least damaged, all that the other states and that makes it another text."""
    held = {fact[1:] for fact in facts}  # a day that lost its sign of a day is a number there
    for fact, word in its_facts.items():
        if fact[1:] in held or word in _SMALL_NUMERALS:
            continue
        if word[0].isdigit() and any(word in its for its in facts.values()):
            return False
        place = _place(other, word, title)
        if place is not None and _replaced(fact, place):
            return False
        if fact[0] in "ao" and fact not in _WATCHED:
            continue
        if place is None or not (word in place or _damaged(word, place, other)):
            return False
    return True


def _place(title: str, word: str, other: str) -> str | None:
    """Return what the other title has where this one has ``word``: between the same neighbours, or beside one."""
    at = title.index(word)
    end = at + len(word)
    before, after = title[max(0, at - 3) : at], title[end : end + 3]
    start = other.find(before)
    if start >= 0:
        start += len(before)
        stop = other.find(after, start) if after else len(other)
        return other[start : stop if 0 <= stop - start <= len(word) + 4 else start + len(word)]
    stop = other.find(after) if after else len(other)
    return other[max(0, stop - len(word)) : stop] if stop >= 0 else None


def _replaced(fact: str, place: str) -> bool:
    """Say whether another of the same kind stands there, and nothing else."""
    size = len(place.strip()) - (fact[0] in "aow")
    return any(it[0] == fact[0] and it != fact and len(word) >= size for it, word in stated(place).items())


def _damaged(word: str, place: str, title: str) -> bool:
    """Say whether ``place`` may be what an edit left of ``word``."""
    if word[0].isdigit():
        digits = "".join([character for character in place if character.isdigit()])
        follows = title[title.index(word) + len(word) :][:1]  # closed up: a shorter number, not a damaged one
        return digits != word and place[-1:] != follows and len(word) <= len(digits) * 2 == _common(word, digits) * 2
    least = 0.6 if len(word) > 3 else 0.5  # noqa: PLR2004
    return len(word) > 1 and len(place) <= len(word) + 2 and _common(word, place) >= least * len(word)


def _in_order(one: str, other: str, least: float) -> bool:
    return _common(one, other) >= least * min(len(one), len(other))


def _common(one: str, other: str) -> int:
    """Return the length of the longest common subsequence; each character of ``one`` is a bit."""
    places: dict[str, int] = {}
    for place, character in enumerate(one):
        places[character] = places.get(character, 0) | 1 << place
    row = full = (1 << len(one)) - 1
    for character in other:
        if found := places.get(character, 0) & row:
            row = (row + found) | (row - found)
    return len(one) - (row & full).bit_count()
