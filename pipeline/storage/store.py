"""
Door: what has been seen, tagged, found and said. One attribute per group of nouns; each call is one transaction.

Methods are questions (``due``, ``untagged``) or facts (``record``). Every write is an upsert on a stable id, so
that a retry or a second worker writes nothing twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from pipeline.storage import tables as t
from pipeline.storage.articles import Articles
from pipeline.storage.database import Database, upsert
from pipeline.storage.digests import Digests
from pipeline.storage.entries import Entries
from pipeline.storage.matters import Matters
from pipeline.storage.outbox import Outbox
from pipeline.storage.passes import Passes
from pipeline.storage.record import Records
from pipeline.storage.shifts import Shifts
from pipeline.storage.silences import Silences


class Store:
    """The memory of one installation."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self._database.migrate()
        self.entries = Entries(self._database)
        self.articles = Articles(self._database)
        self.shifts = Shifts(self._database)
        self.records = Records(self._database)
        self.outbox = Outbox(self._database)
        self.matters = Matters(self._database)
        self.silences = Silences(self._database)
        self.digests = Digests(self._database)
        self.passes = Passes(self._database)

    @contextmanager
    def lease(self, name: str, holder: str, now: datetime, seconds: float) -> Iterator[bool]:
        """
        Hold ``name`` for at most ``seconds``; yields False where another holder has it.

        One that dies without giving it back loses it when the time is over.
        """
        with self._database.write() as connection:
            connection.execute(delete(t.leases).where(t.leases.c.name == name, t.leases.c.until <= now))
            until = now + timedelta(seconds=seconds)
            upsert(connection, t.leases, [{"name": name, "holder": holder, "until": until}])
            got = connection.scalar(select(t.leases.c.holder).where(t.leases.c.name == name)) == holder
        try:
            yield got
        finally:
            if got:
                with self._database.write() as connection:
                    connection.execute(delete(t.leases).where(t.leases.c.name == name, t.leases.c.holder == holder))

    def counts(self) -> dict[str, int]:
        """Count the rows of every table but those about the work: `./run bench airflow` compares, tests hold still."""
        with self._database.read() as connection:
            return {
                table.name: connection.scalar(select(func.count()).select_from(table)) or 0
                for table in t.metadata.sorted_tables
                if table not in (t.leases, t.passes)
            }

    def close(self) -> None:
        """Close every connection."""
        self._database.close()
