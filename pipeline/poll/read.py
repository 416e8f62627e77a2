"""
A fetched document and what its feed's last one held -> its new and altered entries. Pure.

A cut document is read where `pipeline.poll.cut` can prove that the whole would say the same, and the whole
otherwise. Which way was taken never shows in the entries: a differential test holds both together.
"""

from dataclasses import replace
from datetime import datetime

from pipeline.domain import Feed, Fetched, Marks
from pipeline.poll.cut import Slices, slices
from pipeline.poll.parse import Parsed, parse

_NOTHING = Marks(frame="", encoding="", items={})


def read(
    feed: Feed, fetched: Fetched, seen_at: datetime, *, history: bool, marks: Marks | None
) -> tuple[Parsed, Marks | None]:
    """Return what is new in a document, and what is to be remembered of it (None: what was remembered still holds)."""
    parts = slices(fetched.body)
    if parts is not None and marks is not None and parts.frame == marks.frame:
        cut = _cut(feed, fetched, seen_at, parts, marks, history=history)
        if cut is not None:
            return cut
    parsed = parse(feed, fetched, seen_at, history=history)
    read_now = _marks(parts, parsed) if parts is not None else None
    if read_now is None and marks is not None and parsed.entries:
        return parsed, _NOTHING  # a broken document may have altered what the next sound one must set right
    return parsed, read_now


def _cut(
    feed: Feed, fetched: Fetched, seen_at: datetime, parts: Slices, marks: Marks, *, history: bool
) -> tuple[Parsed, Marks] | None:
    """Read only the items that are not known; None where that might read otherwise than the whole."""
    digests = parts.digests
    known = {d: marks.items[d] for d in digests if d in marks.items}
    unseen = [d for d in digests if d not in known]
    if not known or len(set(digests)) != len(digests):
        return None
    if not unseen and b"<ttl" not in parts.head:
        return Parsed((), None, ""), replace(marks, items=known)
    rest = parts.only(item for item, d in zip(parts.items, digests, strict=True) if d not in known)
    parsed = parse(feed, replace(fetched, body=rest), seen_at, history=history)
    if not unseen:
        return Parsed((), None, "", fresh_s=parsed.fresh_s), replace(marks, items=known)
    ids = [entry.entry_id for entry in parsed.entries]
    sound = (
        parsed.strict
        and parsed.encoding in {marks.encoding, "us-ascii"}
        and len(ids) == len(unseen)
        and not set(ids) & set(known.values())
    )
    if not sound:
        return None
    entries = known | dict(zip(unseen, ids, strict=True))
    return parsed, replace(marks, items={d: entries[d] for d in digests})


def _marks(parts: Slices, parsed: Parsed) -> Marks | None:
    """Remember a whole document that was read without a doubt, item by item."""
    digests = parts.digests
    guids = [entry.guid for entry in parsed.entries if entry.guid]
    if not parsed.strict or len(parsed.entries) != len(digests) or len(set(digests)) != len(digests):
        return None
    if len(set(guids)) != len(guids):  # an item alone would not show that its guid is not its own
        return None
    items = {d: entry.entry_id for d, entry in zip(digests, parsed.entries, strict=True)}
    return Marks(frame=parts.frame, encoding=parsed.encoding, items=items)
