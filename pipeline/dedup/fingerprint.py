"""
Text -> a fingerprint that near-copies share. Character shingles, MinHash, banded for look-up by equality.

MinHash with LSH banding follows Broder (1997) and Leskovec, Rajaraman & Ullman, Mining of Massive Datasets,
ch. 3. rensa makes the signatures (15 times faster than datasketch on 50,000 headlines).
"""

import hashlib
import re
import struct
from dataclasses import dataclass

from rensa import RMinHash

from pipeline.language.text import fold, is_ideographic

PERMUTATIONS = 96
_ROWS = 3
_SEED = 20260301
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is compared: ``title`` and ``whole`` are sets of shingles, ``numbers`` those printed in the title."""

    title: frozenset[str]
    whole: frozenset[str]
    numbers: frozenset[str]
    bands: tuple[str, ...]


def fingerprint(title: str, lead: str) -> Fingerprint:
    """Return the fingerprint of one text. The title alone makes the bands (leads are cut at will), or else the lead."""
    shingles = _shingles(title or lead)
    minhash = RMinHash(num_perm=PERMUTATIONS, seed=_SEED)
    minhash.update(sorted(shingles))
    digest = minhash.digest()
    bands = tuple(
        hashlib.blake2b(struct.pack(f"<H{_ROWS}I", i, *digest[i : i + _ROWS]), digest_size=10).hexdigest()
        for i in range(0, PERMUTATIONS, _ROWS)
    )
    return Fingerprint(
        title=shingles,
        whole=shingles | _shingles(lead),
        numbers=frozenset(_NUMBER.findall(fold(title or lead))),
        bands=bands if shingles else (),
    )


def _shingles(text: str) -> frozenset[str]:
    """Cut into runs of 5 characters, or of 3 where ideographs carry a word each."""
    squeezed = re.sub(r"[\W_]+", " ", fold(text)).strip()
    if not squeezed:
        return frozenset()
    size = 3 if sum(map(is_ideographic, squeezed)) * 2 > len(squeezed) else 5
    return frozenset(squeezed[i : i + size] for i in range(max(1, len(squeezed) - size + 1)))
