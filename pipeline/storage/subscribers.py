"""Whoever answered, asked, left or could not be reached: what config/digest.yaml does not know."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from pipeline.domain import Actor, Circle, Subscriber, SubscriberState, Track
from pipeline.storage import mailing_tables as t
from pipeline.storage.database import Database, upsert

_SETS = {"actors": Actor, "tracks": Track}


class Subscribers:
    """Subscribers by address. Decides nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Subscriber]:
        """Return everybody who is known here, by address."""
        with self._database.read() as connection:
            rows = connection.execute(select(t.subscribers).order_by(t.subscribers.c.address)).mappings()
            return [_subscriber(row) for row in rows]

    def record(self, subscriber: Subscriber, now: datetime, *, after: int | None = None) -> bool:
        """Write a subscriber; with ``after`` only where what is known is of that version, or nothing is."""
        row = {name: getattr(subscriber, name) for name in Subscriber.__dataclass_fields__}
        row |= {name: sorted(row[name]) for name in _SETS} | {"changed_at": now}
        s = t.subscribers.c
        with self._database.write() as connection:
            if upsert(connection, t.subscribers, [row]):
                return True
            known = update(t.subscribers).where(s.address == subscriber.address)
            if after is not None:
                known = known.where(s.version == after)
            return bool(connection.execute(known.values(**row)).rowcount)


def _subscriber(row: Mapping[Any, Any]) -> Subscriber:
    values = {name: row[name] for name in Subscriber.__dataclass_fields__}
    values |= {name: frozenset(map(label, row[name])) for name, label in _SETS.items()}
    values |= {"circle": Circle(row["circle"]), "state": SubscriberState(row["state"])}
    return Subscriber(**values)
