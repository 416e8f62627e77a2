"""
Door: a digest <-> JSON, as editions are stored. Raises `pydantic.ValidationError` for what is no digest.

What was written is read back equal; a key that a later version no longer knows is left out.
"""

from pydantic import TypeAdapter

from pipeline.domain import Digest

_ADAPTER = TypeAdapter(Digest)


def dumped(digest: Digest) -> str:
    """Return a digest as JSON."""
    return _ADAPTER.dump_json(digest).decode()


def loaded(text: str) -> Digest:
    """Return the digest that `dumped` wrote."""
    return _ADAPTER.validate_json(text)
