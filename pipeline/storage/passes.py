"""When each verb's last pass succeeded: what tells a quiet day from a machine that stands still."""

from datetime import datetime

from sqlalchemy import select

from pipeline.domain import Message, Notification, NotificationState, Operation, Reason
from pipeline.storage import tables as t
from pipeline.storage.database import Database, upsert


class Passes:
    """The last success of each verb, and the outages that were told."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, verb: str, now: datetime) -> None:
        """Write that a pass succeeded."""
        with self._database.write() as connection:
            upsert(connection, t.passes, [{"verb": verb, "succeeded_at": now}], update=("succeeded_at",))

    def last(self) -> dict[str, datetime]:
        """Return when each verb succeeded last; one that never did is not there."""
        with self._database.read() as connection:
            return {row.verb: row.succeeded_at for row in connection.execute(select(t.passes))}

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
