"""
Door: what has been seen, tagged, found and said. One attribute per group of nouns; each call is one transaction.

Methods are questions (``relevant``, ``pending``) or facts (``record``). Every write is an upsert on a stable id, so
that a retry or a second worker writes nothing twice.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from pipeline.storage import tables as t
from pipeline.storage.acknowledgements import Acknowledgements
from pipeline.storage.articles import Articles
from pipeline.storage.checkpoints import Checkpoints
from pipeline.storage.corrections import Corrections
from pipeline.storage.database import Database, in_parts, upsert
from pipeline.storage.editions import Editions
from pipeline.storage.entries import Entries
from pipeline.storage.forgotten import Forgotten
from pipeline.storage.letters import Letters
from pipeline.storage.matters import Matters
from pipeline.storage.measures import Measures
from pipeline.storage.outbox import Outbox
from pipeline.storage.passes import Passes
from pipeline.storage.record import Records
from pipeline.storage.retention import Retention
from pipeline.storage.shifts import Shifts
from pipeline.storage.silences import Silences
from pipeline.storage.subscribers import Subscribers


class Store:
    """The memory of one installation."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self._database.migrate()
        self.entries = Entries(self._database)
        self.articles = Articles(self._database)
        self.shifts = Shifts(self._database)
        self.checkpoints = Checkpoints(self._database)
        self.records = Records(self._database)
        self.outbox = Outbox(self._database)
        self.passes = Passes(self._database)
        self.matters = Matters(self._database)
        self.acknowledgements = Acknowledgements(self._database)
        self.corrections = Corrections(self._database)
        self.silences = Silences(self._database)
        self.editions = Editions(self._database)
        self.letters = Letters(self._database)
        self.subscribers = Subscribers(self._database)
        self.forgotten = Forgotten(self._database)
        self.measures = Measures(self._database)
        self.retention = Retention(self._database)

    @contextmanager
    def lease(self, name: str, holder: str, now: datetime, seconds: float) -> Iterator[bool]:
        """
        Hold ``name`` for at most ``seconds``; yields False where another holder has it.

        One that dies without giving it back loses it when the time is over.
        """
        with self.claim({name: 0}, holder, lambda: now, seconds) as ours:
            yield bool(ours)

    @contextmanager
    def claim(
        self, names: Mapping[str, float], holder: str, clock: Callable[[], datetime], seconds: float
    ) -> Iterator[frozenset[str]]:
        """
        Hold those of ``names`` that no other holder has, for at most ``seconds``; yields which.

        Given back, each is left to no other holder for as many seconds as ``names`` says.
        """
        leases, now = t.leases.c, clock()
        until = now + timedelta(seconds=seconds)
        with self._database.write() as connection:
            for some in in_parts(sorted(names)):
                connection.execute(delete(t.leases).where(leases.name.in_(some), leases.until <= now))
            upsert(connection, t.leases, [{"name": name, "holder": holder, "until": until} for name in sorted(names)])
            ours = frozenset(
                name
                for some in in_parts(sorted(names))
                for name in connection.scalars(
                    select(leases.name).where(leases.name.in_(some), leases.holder == holder)
                )
            )
        try:
            yield ours
        finally:
            if ours:
                self._give_back({name: names[name] for name in ours}, holder, clock())

    def _give_back(self, rests: Mapping[str, float], holder: str, now: datetime) -> None:
        leases = t.leases.c
        with self._database.write() as connection:
            for rest_s in set(rests.values()):
                for some in in_parts(sorted(name for name in rests if rests[name] == rest_s)):
                    held = (leases.name.in_(some), leases.holder == holder)
                    connection.execute(
                        update(t.leases).where(*held).values(until=now + timedelta(seconds=rest_s))
                        if rest_s
                        else delete(t.leases).where(*held)
                    )

    def counts(self) -> dict[str, int]:
        """Count the rows of every table but those about the work: `./run bench airflow` compares, tests hold still."""
        with self._database.read() as connection:
            return {
                table.name: connection.scalar(select(func.count()).select_from(table)) or 0
                for table in t.metadata.sorted_tables
                if table not in (t.leases, t.passes, t.checkpoints)
            }

    def close(self) -> None:
        """Close every connection."""
        self._database.close()
