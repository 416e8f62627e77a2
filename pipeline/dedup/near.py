"""
Fingerprints -> which texts are copies of one another. Pure and symmetric.

Copies share wording (pieces of the title, the start of the lead) and everything that makes a text another one:
numbers, dates and the watched actors. Where only one of two titles states such a thing, the other must hold at
least a damaged form of it in the same place. The longest common subsequence is found as in Hyyrö (2004).
"""

from collections import defaultdict
from collections.abc import Set as AbstractSet
from functools import lru_cache

from pipeline.dedup.fingerprint import Fingerprint, pieces, squeezed, stated

SHARED = (0.36, 0.36, 0.45, 0.45)
"""Of the longer title's pieces, by script (Latin, Cyrillic, Hangul, Han): 99 % of planted copies share more."""
SHARED_LEAD = (0.25, 0.25, 0.35, 0.35)
"""Of the shorter lead's pieces, likewise."""
SHORT_LEAD, MOST_LEAD = 10, 60
PLAIN, PLAIN_WITH_LEAD = 0.85, 0.6
"""Of the shorter title's pieces: so many settle it without, or with, a lead that agrees."""
ALIKE, ALIKE_WITH_LEAD = 0.78, 0.7
"""Of the shorter title's characters: so many in the same order settle it else."""
BITS = 1024
"""Of the sketch in which a first look counts shared pieces; two pieces may have the same bit."""
RAREST, ENOUGH = 5, 32
"""So many of a title's pieces are looked up, and the next rarest as long as no more texts than that have any."""
_WATCHED = frozenset({"aJP", "aKR", "aTW", "aCN", "aKP", "aNorth", "aSouth"})
_SMALL_NUMERALS = frozenset("一二三四五六七八九十")  # each is also a part of many a word


def same(one: Fingerprint, other: Fingerprint) -> bool:
    """Say whether two texts are copies: nearly the same words, and no other number, date or actor."""
    shared = len(one.pieces & other.pieces)
    return shared >= max(_needed(one), _needed(other)) and _alike(one, other, shared)


def _needed(marks: Fingerprint) -> int:
    return max(1, int(len(marks.pieces) * SHARED[marks.script]))


def _differ(mine: AbstractSet[str], theirs: AbstractSet[str]) -> bool:
    """Say whether each states what the other does not, in one kind."""
    if mine == theirs:
        return False
    only, others = mine - theirs, theirs - mine
    return bool(only and others) and not {sign[0] for sign in only}.isdisjoint([sign[0] for sign in others])


def _alike(one: Fingerprint, other: Fingerprint, shared: int) -> bool:
    """Say whether two texts that share enough pieces are copies."""
    fewer, more = sorted((len(one.pieces), len(other.pieces)))
    if not _agree(one, other):
        return False
    if shared == more and one.facts.keys() == other.facts.keys():
        return True
    lead = _lead_shared(one, other)
    if lead is None:
        if fewer * 2 < more:
            return False
        plain, alike = PLAIN, ALIKE
    elif lead < SHARED_LEAD[one.script] and shared < more:
        return False
    else:
        plain, alike = PLAIN_WITH_LEAD, ALIKE_WITH_LEAD
    if shared >= plain * fewer:
        return True
    return _common(one.title, other.title) >= alike * min(len(one.title), len(other.title))


def _agree(one: Fingerprint, other: Fingerprint) -> bool:
    """Say whether no title states what makes it another text than the other."""
    if one.script != other.script or _differ(one.signs, other.signs):
        return False
    return one.facts.keys() == other.facts.keys() or (_holds(other, one) and _holds(one, other))


def _lead_shared(one: Fingerprint, other: Fingerprint) -> float | None:
    """Return how much of the shorter lead is in the start of the other; None where one is too short to tell."""
    length = min(len(one.lead), len(other.lead), MOST_LEAD)
    if length > SHORT_LEAD and one.lead[:length] == other.lead[:length]:
        return 1.0
    mine, theirs = _words(one.lead), _words(other.lead)
    length = min(len(mine), len(theirs), MOST_LEAD)
    if length <= SHORT_LEAD:
        return None
    if mine[:length] == theirs[:length]:
        return 1.0
    my_pieces, their_pieces = (_cut(lead[:length], one.script) for lead in (mine, theirs))
    return len(my_pieces & their_pieces) / min(len(my_pieces), len(their_pieces))


_words = lru_cache(4096)(squeezed)
_cut = lru_cache(4096)(pieces)


def _holds(one: Fingerprint, other: Fingerprint) -> bool:
    """Say whether ``one`` holds, at least damaged, all that ``other`` states and that makes it another text."""
    held = {fact[1:] for fact in one.facts}  # a day that lost its sign of a day is a number there
    for fact, word in other.facts.items():
        if fact[1:] in held or word in _SMALL_NUMERALS:
            continue
        if word[0].isdigit() and any(word in its for its in one.facts.values()):
            return False
        place = _place(other.title, word, one.title)
        if place is not None and _replaced(fact, place):
            return False
        if fact[0] in "ao" and fact not in _WATCHED:
            continue
        if place is None or not (word in place or _damaged(word, place, other.title)):
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


class Near:
    """
    The texts so far. Give each a key; ask for the keys of those that are copies.

    Compared are the texts that have one of the rarest pieces of this one: of the planted pairs that are ``same`` 0.2 %
    have none of these in common and are overlooked. What is rare is counted so far, so for these few order matters.
    """

    def __init__(self) -> None:
        self._texts: list[tuple[str, Fingerprint, int]] = []
        self._sketches: list[int] = []
        self._having: defaultdict[str, list[int]] = defaultdict(self._bit)

    def add(self, key: str, marks: Fingerprint) -> None:
        """Remember a text."""
        number, sketch = len(self._texts), 0
        for piece in sorted(marks.pieces):  # a set has another order in each process
            having = self._having[piece]
            having.append(number)
            sketch |= having[0]
        self._texts.append((key, marks, _needed(marks)))
        self._sketches.append(sketch)

    def like(self, marks: Fingerprint) -> list[str]:
        """Return the keys of the texts that are copies of this one, sorted."""
        lists = sorted(filter(None, map(self._having.get, sorted(marks.pieces))), key=len)
        found: set[int] = set()
        for place, having in enumerate(lists):
            if place >= RAREST and len(found) + len(having) > ENOUGH:
                break
            found.update(having[1:])
        mine, need, sketch = marks.pieces, _needed(marks), 0
        for having in lists:
            sketch |= having[0]
        sketches = self._sketches
        enough = [number for number in found if (sketches[number] & sketch).bit_count() >= need]
        return sorted(
            [
                key
                for key, other, its_need in map(self._texts.__getitem__, enough)
                if (shared := len(mine & other.pieces)) >= need and shared >= its_need and _alike(marks, other, shared)
            ]
        )

    def _bit(self) -> list[int]:
        return [1 << len(self._having) % BITS]
