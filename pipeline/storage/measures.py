"""How the work stands, read from what the stages left: whatever process did it, and though it has ended since."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, case, func, select, text

from pipeline.domain import Delay, LetterKind, NotificationState, Operation, Reason, Waiting, Workings
from pipeline.storage import mailing_tables as m, tables as t
from pipeline.storage.database import Database
from pipeline.storage.passes import Passes

LOOKED_BACK = timedelta(days=7)
_OPEN = (NotificationState.PENDING, NotificationState.TRYING, NotificationState.BLOCKED)
_SAID = (NotificationState.SENT, NotificationState.PRINTED)


class Measures:
    """The state of the work, over all processes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._passes = Passes(database)

    def read(self, now: datetime) -> Workings:
        """Measure all of it; delays and messages are those of the last seven days."""
        n, s = t.notifications.c, t.shifts.c
        stands = case((s.withdrawn_at.is_not(None), "withdrawn"), (s.held.is_not(None), "held"), else_="stands")
        with self._database.read() as connection:
            return Workings(
                at=now,
                passes=tuple(self._passes.all()),
                waiting=tuple(_waiting(connection, now)),
                feeds=_counted(connection, func.coalesce(t.feeds.c.outcome, "never")),
                incidents=_counted(connection, t.incidents.c.kind, t.incidents.c.ended_at.is_(None)),
                shifts=_counted_by(connection, s.kind, stands),
                notifications=_counted_by(connection, n.route, n.reason, n.state),
                deliveries=_counted(connection, m.letters.c.state),
                issue_sent_at=connection.scalar(
                    select(func.max(m.letters.c.sent_at)).where(m.letters.c.kind == LetterKind.DIGEST)
                ),
                delays=tuple(_delays(connection, now - LOOKED_BACK)),
                said_at=_said_at(connection, now - LOOKED_BACK),
                rows={table.name: _size(connection, table) for table in t.metadata.sorted_tables},
                bytes_used=_bytes(connection),
            )


def _waiting(connection: Connection, now: datetime) -> Iterator[Waiting]:
    f, e, a, n = t.feeds.c, t.entries.c, t.articles.c, t.notifications.c
    for stage, since, *which in (
        ("poll", f.next_poll_at, f.next_poll_at <= now),
        ("dedup", e.seen_at, e.article_id.is_(None), e.forgotten_at.is_(None)),
        ("gather", a.seen_at, a.gathered.is_(False)),
        ("classify", a.seen_at, a.tagged_by.is_(None), a.forgotten_at.is_(None)),
        ("alert", n.created_at, n.state.in_(_OPEN)),
    ):
        number, oldest = connection.execute(select(func.count(), func.min(since)).where(*which)).one()
        yield Waiting(stage=stage, number=number, since=oldest)


def _counted_by(connection: Connection, *labels: ColumnElement[Any]) -> Mapping[Any, int]:
    return {tuple(row[:-1]): row[-1] for row in connection.execute(select(*labels, func.count()).group_by(*labels))}


def _counted(connection: Connection, label: ColumnElement[Any], *which: ColumnElement[bool]) -> Mapping[str, int]:
    return {row[0]: row[1] for row in connection.execute(select(label, func.count()).where(*which).group_by(label))}


def _delays(connection: Connection, since: datetime) -> Iterator[Delay]:
    """Yield, for every message, how late the newest text was that was known when it was decided on."""
    n, a = t.notifications.c, t.articles.c
    query = (
        select(n.key, n.sent_at, a.seen_at, a.published_at)
        .join(t.evidence, t.evidence.c.shift_id == n.shift_id)
        .join(t.articles, a.article_id == t.evidence.c.article_id)
        .where(n.operation == Operation.POST, n.state.in_(_SAID), n.sent_at >= since, a.seen_at <= n.created_at)
        .order_by(n.sent_at, n.key, a.seen_at)
    )
    newest: dict[str, Delay] = {}
    for key, sent_at, seen_at, published_at in connection.execute(query):
        newest[key] = Delay(published_at=published_at, seen_at=seen_at, sent_at=sent_at)
    yield from newest.values()


def _said_at(connection: Connection, since: datetime) -> Mapping[str, tuple[datetime, ...]]:
    """Return when each route had messages that its budget counts."""
    n, found = t.notifications.c, dict[str, tuple[datetime, ...]]()
    counted = (n.operation == Operation.POST, n.reason == Reason.FIRST, n.state.in_([*_SAID, *_OPEN]))
    for route, at in connection.execute(select(n.route, n.created_at).where(*counted, n.created_at >= since)):
        found[route] = (*found.get(route, ()), at)
    return found


def _size(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _bytes(connection: Connection) -> int:
    """Ask the database for its size."""
    if connection.dialect.name == "postgresql":
        return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    return int(connection.scalar(text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")) or 0)
