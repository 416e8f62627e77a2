"""
Digest x edits -> the digest as its readers get it. Pure. An edit of an item that is no longer there has no effect.

An item counts as checked where the editor reworded it, gave it our reading or held it against its evidence; to
approve an edition is to let it out, not to check each item.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline.domain import CellState, Digest, Edit, EditKind, Item, ReportedShift, Section


def edited(digest: Digest, edits: Iterable[Edit]) -> Digest:
    """Apply edits in their order."""
    for edit in edits:
        items = _items(digest.items, edit)
        dropped = edit.kind is EditKind.DROP and len(items) < len(digest.items)
        digest = _unshown(digest, edit.item_id) if dropped else digest
        digest = replace(digest, items=items)
    return digest


def stranded(digest: Digest, edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return the edits whose item is not, or no longer, in a digest."""
    there = {item.item_id for item in digest.items}
    return tuple(edit for edit in edits if edit.item_id not in there)


def numbered(digest: Digest) -> dict[int, Item]:
    """Return the items by number, in the order in which they are read: for a person at a terminal."""
    order = list(Section)
    return dict(enumerate(sorted(digest.items, key=lambda item: order.index(item.section)), start=1))


def _items(items: Sequence[Item], edit: Edit) -> tuple[Item, ...]:
    at = next((n for n, item in enumerate(items) if item.item_id == edit.item_id), None)
    if at is None:
        return tuple(items)
    item, rest = items[at], (*items[:at], *items[at + 1 :])
    match edit.kind:
        case EditKind.DROP:
            return rest
        case EditKind.MOVE:
            place = _place(rest, item.section, edit.before)
            return (*rest[:place], item, *rest[place:])
        case EditKind.REWORD:
            item = replace(item, words={**item.words, **(edit.words or {})}, checked=True)
        case EditKind.READING:
            item = replace(item, reading={**item.reading, **(edit.words or {})}, checked=True)
        case EditKind.CHECK:
            item = replace(item, checked=True)
    return (*items[:at], item, *items[at + 1 :])


def _place(items: Sequence[Item], section: Section, before: str) -> int:
    """Return where to put an item: before another of its section, else behind the last of them."""
    own = [n for n, item in enumerate(items) if item.section is section]
    named = [n for n in own if items[n].item_id == before]
    return named[0] if named else (own[-1] + 1 if own else len(items))


def _unshown(digest: Digest, item_id: str) -> Digest:
    """Let cells that showed a dropped item say that they cannot judge."""
    cells = tuple(
        replace(cell, state=CellState.WEAK_TAG, item_id=None, days=None, direction=ReportedShift.NONE, stance=None)
        if cell.item_id == item_id
        else cell
        for cell in digest.matrix.cells
    )
    return replace(digest, matrix=replace(digest.matrix, cells=cells))
