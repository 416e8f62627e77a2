"""What every benchmark returns and how it is shown."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Figures = dict[str, Any]


class Missing(Exception):  # noqa: N818 - it names what is missing
    """A benchmark cannot be run here: the message says what it needs."""


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Align rows under their columns; an ideograph is two columns wide."""
    cells = [list(columns), *([str(row.get(column, "")) for column in columns] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
