"""
The entries of a feed's last two documents, in order -> those that its outlet has taken back. Pure.

A document is a window: items leave it at its end, and that says nothing. An item was taken back when it is missing
between two that are still there. Whatever else could have done that (another order, a stale copy, sections, a line
pinned at the end, a rebuilt document) makes the answer empty: a removal is missed rather than invented. Search
feeds are not to be asked about: what they leave out nobody took back.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

_LARGEST_SHARE = 0.25
"""More than this at once, of what is still there, is a rebuilt document."""
_FEW = 5
"""So few can stand in order by chance."""


def removed(before: Sequence[str], after: Sequence[str]) -> frozenset[str]:
    """Name the entries of ``before`` that were taken back; empty where it is not certain."""
    now, then = set(after), set(before)
    kept = [entry for entry in before if entry in now]
    if not kept or kept[0] != before[0] or kept != [entry for entry in after if entry in then]:
        return frozenset()
    start, end = after.index(kept[0]), after.index(kept[-1])
    came_between = end - start + 1 > len(kept)
    came_on_top = start > 0
    left_at_the_end = kept[-1] != before[-1]
    missing = [entry for entry in before[: before.index(kept[-1])] if entry not in now]
    if came_between or (came_on_top and not left_at_the_end) or len(missing) > _LARGEST_SHARE * len(kept):
        return frozenset()
    return frozenset(missing)


def newest_first(dates: Sequence[datetime | None]) -> bool:
    """Say whether a document goes by its entries' dates; one that does not may drop what its readers do not read."""
    known = [at for at in dates if at is not None]
    ordered = all(earlier <= later for later, earlier in pairwise(known))
    return len(known) == len(dates) >= _FEW and ordered and len(set(known)) > 1
