"""When each verb last began and last ended well, and what its passes have counted so far: one row a verb."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update

from pipeline.domain import Message, Notification, NotificationState, Operation, Pass, Reason
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
    """The passes of every verb, over all processes, and the standstills that were told."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def began(self, verb: str, now: datetime) -> None:
        """Write that a pass begins."""
        p = t.passes.c
        with self._database.write() as connection:
            upsert(connection, t.passes, [{"verb": verb, "begun_at": now, **_NONE_YET}])
            connection.execute(update(t.passes).where(p.verb == verb).values(begun_at=now, begun=p.begun + 1))

    def ended(
        self, verb: str, began_at: datetime, now: datetime, counts: Mapping[str, int], *, well: bool = True
    ) -> None:
        """Write that a pass ended; one that only found another at work counts as busy, neither as well nor as ill."""
        p, busy = t.passes.c, set(counts) == {"busy"}
        with self._database.write() as connection:
            totals = connection.scalar(select(p.totals).where(p.verb == verb)) or {}
            values: dict[str, object] = {"busy": p.busy + 1} if busy else {}
            if well and not busy:
                values = {"succeeded_at": now, "succeeded": p.succeeded + 1}
                values["seconds"] = (now - began_at).total_seconds()
            added = {name: number for name, number in (Counter(totals) + Counter(counts)).items() if name != "busy"}
            connection.execute(update(t.passes).where(p.verb == verb).values(**values, totals=added))

    def all(self) -> list[Pass]:
        """Return what is known of every verb that ever began."""
        with self._database.read() as connection:
            return [Pass(**row) for row in connection.execute(select(t.passes).order_by(t.passes.c.verb)).mappings()]

    def last(self) -> dict[str, datetime]:
        """Return when each verb last ended well; one that never did is not there."""
        return {one.verb: one.succeeded_at for one in self.all() if one.succeeded_at}

    def told(self) -> list[Notification]:
        """Return what was said of outages whose end was not told."""
        n, after = t.notifications.c, t.notifications.alias()
        over = select(after.c.matter).where(after.c.operation == Operation.REPLY, after.c.reason == Reason.STALLED)
        query = select(t.notifications).where(
            n.reason == Reason.STALLED, n.operation == Operation.POST, n.key.not_in(over)
        )
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(n.created_at, n.key)).mappings().all()
        return [
            Notification(
                key=row["key"],
                shift_id=None,
                route=row["route"],
                channel=row["channel"],
                message=Message(text=row["text"], blocks=tuple(row["blocks"])),
                state=NotificationState(row["state"]),
                matter=row["matter"],
                told=frozenset(row["told"] or ()),
            )
            for row in rows
        ]
