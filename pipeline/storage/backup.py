"""
Door: a whole database -> one file, and back. SQLite by its own online backup, PostgreSQL by `pg_dump`, `pg_restore`.

Work may go on while a backup is made; it holds one moment. A file is whole or not there.
"""

import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import MetaData

from pipeline.storage.database import Database, DatabaseError, revisions
from pipeline.storage.store import Store

_SQLITE, _POSTGRES = b"SQLite format 3\0", b"PGDMP"


def backup(url: str, folder: Path, now: datetime) -> Path:
    """Write all of a database into a new file that only its owner reads; returns it."""
    database = Database(url)
    try:
        if not _there(database):
            raise DatabaseError("the database is empty: there is nothing to back up")
        folder.mkdir(parents=True, exist_ok=True)
        sqlite = database.engine.dialect.name == "sqlite"
        path = folder / f"stancewatch-{now:%Y%m%dT%H%M%SZ}.{'db' if sqlite else 'dump'}"
        part = path.with_suffix(".part")
        part.touch(mode=0o600)
        try:
            if sqlite:
                _copy(Path(database.url.database or ""), part)
            else:
                _run("pg_dump", database, "--format=custom", "--no-owner", "--no-privileges", f"--file={part}")
            return part.rename(path)
        finally:
            part.unlink(missing_ok=True)
    finally:
        database.close()


def restore(url: str, file: Path, now: datetime, *, overwrite: Path | None = None) -> Path | None:
    """
    Put a backup in the place of a database, and bring it to the newest version.

    One that holds data is refused, unless ``overwrite`` names a folder where it is backed up first; returns that file.
    """
    database, kept = Database(url), None
    try:
        _fitting(database, file)
        if full := _rows(database):
            if overwrite is None:
                raise DatabaseError(
                    f"the database holds {full} rows; `--overwrite` replaces it and keeps a backup of it"
                )
            kept = backup(url, overwrite, now)
        if database.engine.dialect.name == "sqlite":
            _copy(file, Path(database.url.database or ""))
        else:
            _drop(database)
            _run("pg_restore", database, "--no-owner", "--no-privileges", "--single-transaction", str(file))
        database.migrate()
    finally:
        database.close()
    return kept


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        if (found := new.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise DatabaseError(f"{source}: {found}")


def _there(database: Database) -> bool:
    with database.read() as connection:
        return database.engine.dialect.has_table(connection, "alembic_version")


def _rows(database: Database) -> int:
    if not _there(database):
        return 0
    store = Store(database.url.render_as_string(hide_password=False))
    try:
        return sum(store.counts().values())
    finally:
        store.close()


def _drop(database: Database) -> None:
    """Drop every table, also those that the backup does not know."""
    there = MetaData()
    with database.write() as connection:
        there.reflect(connection)
        there.drop_all(connection)


def _fitting(database: Database, file: Path) -> None:
    """Refuse a file that is no backup of such a database, or one of a version that is not known here."""
    try:
        with file.open("rb") as opened:
            head = opened.read(len(_SQLITE))
    except OSError as error:
        raise DatabaseError(f"{file}: {error.strerror}") from error
    name = database.engine.dialect.name
    if not head.startswith(_SQLITE if name == "sqlite" else _POSTGRES):
        raise DatabaseError(f"{file}: no backup of a {name} database")
    revision = _revision_in(file) if name == "sqlite" else _dumped_revision(file)
    if revision not in revisions():
        raise DatabaseError(f"{file}: made by a version ({revision}) that this one does not know; update first")


def _revision_in(file: Path) -> str | None:
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            row = opened.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise DatabaseError(f"{file}: {error}") from error
    return row[0] if row else None


def _dumped_revision(file: Path) -> str | None:
    said = _call([_program("pg_restore"), "--data-only", "--table=alembic_version", "--file=-", str(file)], {})
    found = re.search(r"^COPY .*alembic_version.*\n(\w+)$", said, flags=re.MULTILINE)
    return found[1] if found else None


def _run(program: str, database: Database, *options: str) -> None:
    """Run one of PostgreSQL's programs on a database; other users see its arguments, but not its environment."""
    url = database.url._replace(drivername="postgresql", password=None)  # `set` would keep the password, as ***
    secret = {"PGPASSWORD": str(database.url.password)} if database.url.password else {}
    _call([_program(program), f"--dbname={url.render_as_string()}", *options], secret)


def _program(name: str) -> str:
    if found := shutil.which(name):
        return found
    raise DatabaseError(f"{name} is not installed; it comes with PostgreSQL's client programs (postgresql-client)")


def _call(command: list[str], secret: dict[str, str]) -> str:
    done = subprocess.run(command, env={**os.environ, **secret}, capture_output=True, text=True, check=False)  # noqa: S603 - our own arguments
    if done.returncode:
        raise DatabaseError(f"{Path(command[0]).name}: {done.stderr.strip()}")
    return done.stdout
