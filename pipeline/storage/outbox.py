"""What was said, or is to be said, or was held back and why. The key of a row is unique for shift and route."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from pipeline.domain import Decision, Delivery, Message, Notification, NotificationState
from pipeline.storage import tables as t
from pipeline.storage.database import Database, upsert


class Outbox:
    """Notifications and decisions not to notify."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def decided(self) -> set[tuple[str, str]]:
        """Return the (shift, route) pairs that have an answer already."""
        with self._database.read() as connection:
            rows = connection.execute(select(t.notifications.c.shift_id, t.notifications.c.route))
            return {(row.shift_id, row.route) for row in rows}

    def record(self, decisions: Iterable[tuple[str, Decision, Message]], now: datetime) -> int:
        """Write decisions under their keys; what is to be sent is pending, the rest is held with its reason."""
        rows = [
            {
                "key": key,
                "shift_id": decision.shift_id,
                "route": decision.route,
                "channel": decision.channel,
                "reason": decision.reason,
                "state": NotificationState.PENDING if decision.send else "held",
                "text": message.text,
                "blocks": list(message.blocks),
                "attempts": 0,
                "created_at": now,
            }
            for key, decision, message in decisions
        ]
        if not rows:
            return 0
        with self._database.write() as connection:
            return upsert(connection, t.notifications, rows)

    def pending(self, now: datetime) -> list[Notification]:
        """Return what is to be sent now, the oldest first."""
        n = t.notifications.c
        query = (
            select(t.notifications)
            .where(n.state == NotificationState.PENDING, n.not_before.is_(None) | (n.not_before <= now))
            .order_by(n.created_at, n.key)
        )
        with self._database.read() as connection:
            return [_notification(row) for row in connection.execute(query).mappings()]

    def delivered(self, key: str, delivery: Delivery, now: datetime) -> None:
        """Write what became of one attempt."""
        wait = timedelta(seconds=delivery.retry_after_s) if delivery.retry_after_s is not None else None
        done = delivery.state in {NotificationState.SENT, NotificationState.PRINTED}
        n = t.notifications.c
        with self._database.write() as connection:
            connection.execute(
                update(t.notifications)
                .where(n.key == key)
                .values(
                    state=delivery.state,
                    attempts=n.attempts + 1,
                    sent_at=now if done else None,
                    ts=delivery.ts,
                    channel=delivery.channel or n.channel,
                    error=delivery.error,
                    not_before=now + wait if wait else None,
                )
            )


def _notification(row: Mapping[Any, Any]) -> Notification:
    return Notification(
        key=row["key"],
        shift_id=row["shift_id"],
        route=row["route"],
        channel=row["channel"],
        message=Message(text=row["text"], blocks=tuple(row["blocks"])),
        state=NotificationState(row["state"]),
        attempts=row["attempts"],
    )
