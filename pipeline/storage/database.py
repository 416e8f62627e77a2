"""
Door: one database behind one URL. SQLite (WAL) or PostgreSQL; migrated before first use.

Writers on SQLite begin IMMEDIATE, so that two processes wait for each other instead of failing; readers take
no lock at all.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Dialect, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL

MIGRATIONS = Path(__file__).with_name("migrations")
_WRITE_LOCK = 7_026_112_101  # any number that only this program uses
_BUSY_MS = 30_000
_WAL_RETRY_MS = 10
_PER_QUESTION = 500
_CHECKPOINT_PAGES = 4_000
"""16 MB: four times SQLite's own, so that what a poll writes is not copied into the database at every commit."""

_T = TypeVar("_T")


class DatabaseError(RuntimeError):
    """The database cannot be used: the message says which and what to do."""


class Database:
    """Opens connections and migrates. Knows nothing of what the rows mean."""

    def __init__(self, url: str) -> None:
        self.url = _with_driver(url)
        if self.url.get_backend_name() == "sqlite" and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        self.engine: Engine = create_engine(self.url, pool_pre_ping=True)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_immediate)
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open one transaction: all of it happens, or nothing. Writers wait for each other, whatever the database."""
        with self.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITE_LOCK})
            yield connection

    @contextmanager
    def beside(self) -> Iterator[Connection]:
        """Open a transaction that waits for no writer where the database can do without: it skips rows in use."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a connection that takes no lock."""
        with self._reading.connect() as connection:
            yield connection

    def migrate(self) -> None:
        """Bring the schema to the newest version; does nothing when it is there."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        newest = ScriptDirectory.from_config(config).get_current_head()
        with self.read() as connection:
            if MigrationContext.configure(connection).get_current_revision() == newest:
                return
        with self.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def revisions() -> frozenset[str]:
    """Return every version of the schema that is known here."""
    return frozenset(script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions())


def upsert(
    connection: Connection,
    table: Table,
    rows: Iterable[Mapping[str, Any]],
    *,
    update: Sequence[str] = (),
) -> int:
    """
    Insert ``rows``, all with the same keys; where the primary key is there, update the columns named, or nothing.

    Returns how many rows were inserted or updated.
    """
    todo = list(rows)
    if not todo:
        return 0
    statement, columns, kept_as = _insertion(connection.dialect, table, tuple(todo[0]), tuple(update))
    cells = [
        [row[name] for row in todo] if kept is None else _converted([row[name] for row in todo], kept)
        for name, kept in zip(columns, kept_as, strict=True)
    ]
    rows_of_cells = zip(*cells, strict=True)
    values = (
        list(rows_of_cells)
        if connection.dialect.positional
        else [dict(zip(columns, row, strict=True)) for row in rows_of_cells]
    )
    done = connection.exec_driver_sql(statement, values, execution_options={"preserve_rowcount": True})
    return done.rowcount


def in_parts(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Cut what is asked for into as much as one question may hold."""
    return (values[start : start + _PER_QUESTION] for start in range(0, len(values), _PER_QUESTION))


def _converted(values: Iterable[Any], kept: Callable[[Any], Any]) -> Iterator[Any]:
    """Convert values; those of one batch often are one time."""
    last = converted = _converted
    for value in values:
        if value is not last:
            last, converted = value, kept(value)
        yield converted


@lru_cache(maxsize=256)
def _insertion(
    dialect: Dialect, table: Table, given: tuple[str, ...], update: tuple[str, ...]
) -> tuple[str, tuple[str, ...], tuple[Callable[[Any], Any] | None, ...]]:
    """Write a statement once, with its columns in order and how each is kept: SQLAlchemy takes longer than SQLite."""
    insert = sqlite.insert(table) if dialect.name == "sqlite" else postgresql.insert(table)
    keys = [column.name for column in table.primary_key.columns]
    excluded = insert.excluded
    statement = (
        insert.on_conflict_do_update(index_elements=keys, set_={name: excluded[name] for name in update})
        if update
        else insert.on_conflict_do_nothing(index_elements=keys)
    )
    compiled = statement.compile(dialect=dialect, column_keys=list(given))
    columns = tuple(compiled.positiontup or given)
    return (
        str(compiled),
        columns,
        tuple(table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in columns),
    )


def _with_driver(url: str) -> URL:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql" and "+" not in parsed.drivername:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in {"postgresql", "sqlite"}:
        raise DatabaseError(f"STANCEWATCH_DATABASE_URL: {parsed.drivername}: use sqlite:///… or postgresql://…")
    return parsed


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401
    connection.isolation_level = None  # BEGIN is ours: see _begin_immediate
    checkpoint = f"wal_autocheckpoint={_CHECKPOINT_PAGES}"
    for pragma in (f"busy_timeout={_BUSY_MS}", "synchronous=NORMAL", "foreign_keys=ON", checkpoint):
        connection.execute(f"PRAGMA {pragma}")
    for _ in range(_BUSY_MS // _WAL_RETRY_MS):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:  # another opens the new file at this moment; SQLite does not wait here
            time.sleep(_WAL_RETRY_MS / 1000)
        else:
            return


def _begin_immediate(connection: Connection) -> None:
    if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        return  # a reader
    connection.exec_driver_sql("BEGIN IMMEDIATE")
