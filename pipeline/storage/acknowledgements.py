"""Who has which matter: each acknowledgement with its owner, its beginning and its end."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from pipeline.domain import Acknowledgement, Person, Reason
from pipeline.storage import tables as t
from pipeline.storage.database import Database, upsert


class Acknowledgements:
    """Acknowledgements past and present. Decides nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, one: Acknowledgement) -> int:
        """Give a matter to its owner, and take it from whoever had it; 0 where this was done before."""
        row = {
            "act_id": one.act_id,
            "shift_id": one.shift_id,
            "owner": one.owner.id,
            "owner_name": one.owner.name,
            "at": one.at,
        }
        a = t.acknowledgements.c
        with self._database.write() as connection:
            new = upsert(connection, t.acknowledgements, [row])
            if new:
                before = (a.shift_id == one.shift_id, a.act_id != one.act_id, a.ended_at.is_(None))
                connection.execute(update(t.acknowledgements).where(*before).values(ended_at=one.at))
            return new

    def end(self, act_id: str, now: datetime, why: Reason | None = None) -> int:
        """End an acknowledgement that lasts; ``why`` None: a person did. 0 where none of this id lasts."""
        a = t.acknowledgements.c
        lasting = update(t.acknowledgements).where(a.act_id == act_id, a.ended_at.is_(None))
        with self._database.write() as connection:
            return connection.execute(lasting.values(ended_at=now, ended_why=why)).rowcount

    def lasting(self) -> list[Acknowledgement]:
        """Return the acknowledgements that have not ended, the oldest first."""
        a = t.acknowledgements.c
        query = select(t.acknowledgements).where(a.ended_at.is_(None)).order_by(a.at, a.act_id)
        with self._database.read() as connection:
            return [_acknowledgement(row) for row in connection.execute(query).mappings()]

    def of(self, shift_ids: Iterable[str]) -> dict[str, list[Acknowledgement]]:
        """Return all acknowledgements of some shifts, the oldest first."""
        a, found = t.acknowledgements.c, dict[str, list[Acknowledgement]]()
        query = select(t.acknowledgements).where(a.shift_id.in_(set(shift_ids))).order_by(a.at, a.act_id)
        with self._database.read() as connection:
            for row in connection.execute(query).mappings():
                found.setdefault(row["shift_id"], []).append(_acknowledgement(row))
        return found


def _acknowledgement(row: Mapping[Any, Any]) -> Acknowledgement:
    return Acknowledgement(
        act_id=row["act_id"],
        shift_id=row["shift_id"],
        owner=Person(id=row["owner"], name=row["owner_name"]),
        at=row["at"],
        ended_at=row["ended_at"],
        ended_why=Reason(row["ended_why"]) if row["ended_why"] else None,
    )
