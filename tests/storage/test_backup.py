"""A backup that is restored is the database that it was made of, row by row, on SQLite and PostgreSQL."""

import os
import stat
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import make_url

from pipeline.storage.backup import backup, restore
from pipeline.storage.database import Database, DatabaseError
from pipeline.storage.store import Store
from tests import postgres
from tests.factories import NOW, entry, feed_state, record
from tests.rows import fill, rows


@pytest.fixture(autouse=True)
def _programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own programs, where the machine has its server."""
    monkeypatch.setenv("PATH", os.pathsep.join([*map(str, postgres.installed()), os.environ["PATH"]]))


@pytest.fixture
def filled(database_url: str) -> str:
    database = Database(database_url)
    database.migrate()
    with database.write() as connection:
        fill(connection)
    database.close()
    return database_url


@pytest.fixture
def empty(database_url: str, tmp_path: Path) -> str:
    if make_url(database_url).get_backend_name() == "sqlite":
        return f"sqlite:///{tmp_path / 'other.db'}"
    return postgres.fresh_database(database_url)


def test_what_is_restored_is_what_was_backed_up(filled: str, empty: str, tmp_path: Path) -> None:
    before = rows(filled)
    assert all(before.values())
    file = backup(filled, tmp_path / "kept", NOW)
    assert restore(empty, file, NOW) is None
    assert rows(empty) == before
    assert rows(filled) == before


def test_a_restored_database_is_one_to_work_on(database_url: str, empty: str, tmp_path: Path) -> None:
    store = Store(database_url)
    record(store, feed_state(), [entry()])
    store.close()
    restore(empty, backup(database_url, tmp_path, NOW), NOW)
    again = Store(empty)
    assert record(again, feed_state(), [entry(), entry(entry_id="entry-2", url="https://kyodo.example/2")]) == (1, 0)
    again.close()


def test_of_an_empty_database_there_is_no_backup(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="nothing to back up"):
        backup(database_url, tmp_path / "kept", NOW)
    assert not (tmp_path / "kept").exists()


def test_a_backup_is_a_whole_file_of_its_time_that_only_its_owner_reads(filled: str, tmp_path: Path) -> None:
    file = backup(filled, tmp_path / "a" / "b", NOW)
    assert file.name.startswith("stancewatch-20260512T093015Z.")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_database_that_holds_data_is_not_overwritten(filled: str, empty: str, tmp_path: Path) -> None:
    file = backup(filled, tmp_path, NOW)
    store = Store(empty)
    record(store, feed_state(feed="other"), [])
    store.close()
    before = rows(empty)
    with pytest.raises(DatabaseError, match=r"holds 1 rows; `--overwrite`"):
        restore(empty, file, NOW)
    assert rows(empty) == before


def test_unless_told_and_then_it_is_kept(filled: str, empty: str, tmp_path: Path) -> None:
    wanted, file = rows(filled), backup(filled, tmp_path / "wanted", NOW)
    store = Store(empty)
    record(store, feed_state(feed="other"), [])
    store.close()
    before = rows(empty)
    kept = restore(empty, file, NOW, overwrite=tmp_path / "before")
    assert rows(empty) == wanted
    assert kept is not None
    restore(empty, kept, NOW, overwrite=tmp_path / "wanted-again")
    assert rows(empty) == before


def test_a_backup_holds_one_moment_while_others_write(database_url: str, empty: str, tmp_path: Path) -> None:
    store, enough, stop = Store(database_url), Event(), Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            record(store, feed_state(feed=f"feed-{number}"), [entry(entry_id=f"e-{number}", feed=f"feed-{number}")])
            if number == 20:
                enough.set()

    writer = Thread(target=write)
    writer.start()
    try:
        assert enough.wait(60)
        file = backup(database_url, tmp_path, NOW)
    finally:
        stop.set()
        writer.join()
        store.close()
    restore(empty, file, NOW)
    found = rows(empty)
    assert len(found["feeds"]) == len(found["entries"]) == len(found["versions"]) >= 20


@pytest.mark.parametrize(
    ("body", "complaint"),
    [(b"", "no backup of a"), (b"PK\3\4 something else", "no backup of a"), (None, "No such file")],
)
def test_what_is_no_backup_is_refused_and_nothing_is_lost(
    filled: str, tmp_path: Path, body: bytes | None, complaint: str
) -> None:
    before, file = rows(filled), tmp_path / "file"
    if body is not None:
        file.write_bytes(body)
    with pytest.raises(DatabaseError, match=complaint):
        restore(filled, file, NOW, overwrite=tmp_path / "kept")
    assert rows(filled) == before


def test_a_backup_of_a_later_version_is_refused(filled: str, empty: str, tmp_path: Path) -> None:
    database = Database(filled)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    file = backup(filled, tmp_path, NOW)
    with pytest.raises(DatabaseError, match=r"\(9999\).*update first"):
        restore(empty, file, NOW)


def test_a_machine_without_the_programs_is_told_which_to_install(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store(postgres_url).close()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DatabaseError, match=r"pg_dump is not installed.*postgresql-client"):
        backup(postgres_url, tmp_path / "kept", NOW)
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_password_is_told_to_pg_dump_in_its_environment_and_in_no_argument(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = make_url(filled)
    if url.get_backend_name() == "sqlite":
        pytest.skip("it has no password")
    program = tmp_path / "pg_dump"
    program.write_text(f'#!/bin/sh\necho "$PGPASSWORD $*" >{tmp_path / "said"}\n', encoding="utf-8")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), os.environ["PATH"]]))

    backup(url.set(password="s@cret").render_as_string(hide_password=False), tmp_path / "backups", NOW)

    password, *arguments = (tmp_path / "said").read_text(encoding="utf-8").split()
    assert password == "s@cret"
    assert not any("cret" in word or "***" in word for word in arguments)
