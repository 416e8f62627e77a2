"""
Texts of one script -> which of them share pieces, and how many. Pure; the same in any order.

A piece is a pair of ideographs or a run of four letters. It starts at half of the ideographs, at a third of the
letters: in a copy at the same ones. The pieces of all texts are the numbers of one array, so that Python sees only
pairs of texts that share many of them.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.fingerprint import HANGUL

RAREST, FEW = 10, 16
"""Compared are two texts that share one of the rarest pieces of both, or one that so few texts have."""
AT_ONCE = 1 << 18
"""So many meetings of two texts in a rare piece are in memory."""
WORDS = 4
"""Of 64 bits, in the sketch that spares counting the pieces of most pairs."""

_LOW = 0xFFFFFFFF
_Numbers = NDArray[np.int64]


def _table(characters: str) -> NDArray[np.bool_]:
    table = np.zeros(1 << 16, np.bool_)
    table[[ord(character) for character in characters]] = True
    return table


_FOURS = _table("aeioаеиоуя ")
_PAIRS = _table("0123456789abcdefghijklmnopqrstuvwxyz" + "".join(map(chr, range(0x3040, 0xD7A4, 2))))


class _Pieces(NamedTuple):
    """The pieces that occur again, text after text: of which text each is, and its number, the rarest first."""

    text: _Numbers
    piece: _Numbers
    texts: int

    def held(self) -> _Numbers:
        """Return how many each text has."""
        return np.bincount(self.text, minlength=self.texts)

    def shared(self, one: _Numbers, other: _Numbers) -> _Numbers:
        """Return how many pieces each of ``one`` has in common with its counterpart."""
        held, both = self.held(), np.concatenate([one, other])
        pair = np.repeat(np.tile(np.arange(len(one)), 2), held[both])
        met = np.sort(pair << 32 | self.piece[_runs((np.cumsum(held) - held)[both], held[both])])
        return np.bincount(met[1:][met[1:] == met[:-1]] >> 32, minlength=len(one))

    def rare(self, often: _Numbers) -> "_Pieces":
        """Leave each text its rarest pieces."""
        held = self.held()
        place = np.arange(len(self.text)) - np.repeat(np.cumsum(held) - held, held)
        kept = (place < RAREST) | (often[self.piece] <= FEW)
        return _Pieces(self.text[kept], self.piece[kept], self.texts)

    def meetings(self, fresh: int) -> Iterator[tuple[_Numbers, _Numbers]]:
        """Yield the pairs of texts that have a piece in common, portion by portion, the first of a pair a fresh one."""
        order = np.argsort(self.piece, kind="stable")
        having, often = self.text[order], np.bincount(self.piece)
        first, until = np.cumsum(often) - often, np.searchsorted(self.text, fresh)
        portion = np.cumsum(often[self.piece[:until]]) // AT_ONCE
        portion = portion[np.searchsorted(self.text, self.text[:until])]  # all pieces of a text are in one
        for cut in np.split(np.arange(until), np.flatnonzero(np.diff(portion)) + 1):
            piece = self.piece[cut]
            one, other = np.repeat(self.text[cut], often[piece]), having[_runs(first[piece], often[piece])]
            pair = _distinct((one << 32 | other)[one < other])
            yield pair >> 32, pair & _LOW


class _Sketch(NamedTuple):
    """A text's pieces as bits, and how many of them have a bit that another has."""

    bits: NDArray[np.uint64]
    lost: _Numbers

    def at_most(self, one: _Numbers, other: _Numbers) -> _Numbers:
        """Return a number of shared pieces that is seldom too high and never too low."""
        shared: _Numbers = np.bitwise_count(self.bits[one] & self.bits[other]).sum(axis=1, dtype=np.int64)
        return shared + np.minimum(self.lost[one], self.lost[other])


def overlap(ones: Sequence[str], others: Sequence[str], script: int) -> NDArray[np.float64]:
    """Return what part of the pieces of the text that has fewer is in its counterpart, too."""
    pieces, _, size = _cut([*ones, *others], script)
    one, other = np.arange(2 * len(ones)).reshape(2, -1)
    return pieces.shared(one, other) / np.maximum(1, np.minimum(size[one], size[other]))


def sharing(texts: Sequence[str], fresh: int, script: int, least: float) -> Iterator[_Numbers]:
    """
    Yield the pairs, with one of the first ``fresh`` in each, that share at least that part of the longer one's pieces.

    A pair is a column: one text, the other, how many pieces they share, has the one with fewer, has the one with more.
    """
    pieces, often, size = _cut(texts, script)
    sketch = _sketch(pieces)
    for one, other in pieces.rare(often).meetings(fresh):
        fewer, more = np.minimum(size[one], size[other]), np.maximum(size[one], size[other])
        need = np.maximum(1, (more * least).astype(np.int64))
        likely = np.flatnonzero(fewer >= need)
        likely = likely[sketch.at_most(one[likely], other[likely]) >= need[likely]]
        shared = pieces.shared(one[likely], other[likely])
        yield np.array([one[likely], other[likely], shared, fewer[likely], more[likely]])[:, shared >= need[likely]]


def _cut(texts: Sequence[str], script: int) -> tuple[_Pieces, _Numbers, _Numbers]:
    """Return the pieces, in how many texts each is, and how many a text has, with those that no other has."""
    text, code = _codes(texts, script)
    held = _distinct(text << 32 | np.unique(code, return_inverse=True)[1])
    text, number = held >> 32, held & _LOW
    often = np.bincount(number)
    order = np.argsort(often, kind="stable")
    rank, alone = np.empty_like(order), np.count_nonzero(often == 1)
    rank[order] = np.arange(-alone, len(order) - alone)
    again = np.sort((text << 32 | rank[number])[often[number] > 1])
    return _Pieces(again >> 32, again & _LOW, len(texts)), often[order[alone:]], np.bincount(text, minlength=len(texts))


def _codes(texts: Sequence[str], script: int) -> tuple[_Numbers, NDArray[np.uint64]]:
    """Return the text and the characters of every piece. No text holds a NUL: that is where one ends."""
    starts, length = (_PAIRS, 2) if script >= HANGUL else (_FOURS, 4)
    points = np.frombuffer("\0".join([*texts, ""]).encode("utf-32-le"), "<u4")
    ends = np.flatnonzero(points == 0)
    points = points.astype(np.uint16)
    places = np.flatnonzero(starts[points])
    text = np.searchsorted(ends, places)
    whole = places + length <= ends[text]
    places, text = places[whole], text[whole]
    code = np.zeros(len(places), np.uint64)
    for place in range(length):
        code = code << np.uint64(16) | points[places + place]
    return text, code


def _sketch(pieces: _Pieces) -> _Sketch:
    bits = np.zeros((pieces.texts, WORDS), np.uint64)
    word, bit = np.divmod(pieces.piece % (WORDS * 64), 64)
    np.bitwise_or.at(bits, (pieces.text, word), np.uint64(1) << bit.astype(np.uint64))
    return _Sketch(bits, pieces.held() - np.bitwise_count(bits).sum(axis=1, dtype=np.int64))


def _runs(start: _Numbers, length: _Numbers) -> _Numbers:
    """Return the places start, start + 1 ... of all runs, one run after another."""
    return np.repeat(start - (np.cumsum(length) - length), length) + np.arange(length.sum())


def _distinct(numbers: _Numbers) -> _Numbers:
    """Return each number once, sorted: `np.unique` hashes, which takes five times as long."""
    numbers = np.sort(numbers)
    return numbers[np.diff(numbers, prepend=-1) > 0]
