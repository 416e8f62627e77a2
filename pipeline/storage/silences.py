"""What people do not want to hear: each silence with its author, its reason and its end."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from pipeline.domain import Act, Actor, Owner, ReportedShift, Severity, ShiftKind, Silence, Track, Voice
from pipeline.storage import tables as t
from pipeline.storage.database import Database, upsert

_LABELS = {
    "actors": Actor,
    "voices": Voice,
    "acts": Act,
    "tracks": Track,
    "directions": ReportedShift,
    "kinds": ShiftKind,
    "severities": Severity,
    "owners": Owner,
    "languages": str,
    "stories": str,
    "sources": str,
}


class Silences:
    """Silences past and present. Decides nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, silence: Silence) -> int:
        """Write a silence; 0 where it is there already."""
        row = {
            "silence_id": silence.silence_id,
            "author": silence.author,
            "comment": silence.comment,
            "created_at": silence.created_at,
            "ends_at": silence.ends_at,
            "filter": {name: sorted(wanted) for name in _LABELS if (wanted := getattr(silence, name))},
        }
        with self._database.write() as connection:
            return upsert(connection, t.silences, [row])

    def end(self, silence_id: str, now: datetime) -> int:
        """End a silence that lasts; 0 where none of this id does."""
        s = t.silences.c
        with self._database.write() as connection:
            lasting = update(t.silences).where(s.silence_id == silence_id, s.ends_at > now)
            return connection.execute(lasting.values(ends_at=now)).rowcount

    def lasting(self, now: datetime) -> list[Silence]:
        """Return the silences that have not ended, the oldest first."""
        s = t.silences.c
        query = select(t.silences).where(s.ends_at > now).order_by(s.created_at, s.silence_id)
        with self._database.read() as connection:
            return [_silence(row) for row in connection.execute(query).mappings()]


def _silence(row: Mapping[Any, Any]) -> Silence:
    covered = {name: frozenset(_LABELS[name](value) for value in given) for name, given in row["filter"].items()}
    return Silence(
        silence_id=row["silence_id"],
        author=row["author"],
        comment=row["comment"],
        created_at=row["created_at"],
        ends_at=row["ends_at"],
        **covered,
    )
