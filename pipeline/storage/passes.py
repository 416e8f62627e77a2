"""When each verb last began and last ended well, and what its passes have counted so far: one row a verb."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update

from pipeline.domain import Pass
from pipeline.storage import tables as t
from pipeline.storage.database import Database, upsert

_NONE_YET: Mapping[str, object] = {
    "succeeded_at": None,
    "seconds": None,
    "begun": 0,
    "succeeded": 0,
    "busy": 0,
    "totals": {},
}


class Passes:
    """The passes of every verb, over all processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def began(self, verb: str, now: datetime) -> None:
        """Write that a pass begins."""
        p = t.passes.c
        with self._database.write() as connection:
            upsert(connection, t.passes, [{"verb": verb, "begun_at": now, **_NONE_YET}])
            connection.execute(update(t.passes).where(p.verb == verb).values(begun_at=now, begun=p.begun + 1))

    def ended(self, verb: str, began_at: datetime, now: datetime, counts: Mapping[str, int]) -> None:
        """Write that a pass ended well; one that only found another at work counts as busy, not as well."""
        p, busy = t.passes.c, set(counts) == {"busy"}
        with self._database.write() as connection:
            totals = connection.scalar(select(p.totals).where(p.verb == verb)) or {}
            values = {"busy": p.busy + 1} if busy else {
                "succeeded_at": now,
                "seconds": (now - began_at).total_seconds(),
                "succeeded": p.succeeded + 1,
            }  # fmt: skip
            added = {name: number for name, number in (Counter(totals) + Counter(counts)).items() if name != "busy"}
            connection.execute(update(t.passes).where(p.verb == verb).values(**values, totals=added))

    def all(self) -> list[Pass]:
        """Return what is known of every verb that ever began."""
        with self._database.read() as connection:
            return [Pass(**row) for row in connection.execute(select(t.passes).order_by(t.passes.c.verb)).mappings()]
