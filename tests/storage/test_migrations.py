import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from pipeline.storage.database import MIGRATIONS, Database
from pipeline.storage.store import Store
from pipeline.storage.tables import metadata
from tests.factories import entry, feed_state, record

ROOT = Path(__file__).parents[2]
OPEN = """
import sys
from pipeline.storage.store import Store
print("ready", flush=True)
sys.stdin.readline()
Store(sys.argv[1]).close()
"""


def revisions(url: str) -> list[str]:
    database = Database(url)
    with database.read() as connection:
        found = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
    database.close()
    return list(found)


def test_the_migrations_make_the_tables_that_the_code_knows(store: Store) -> None:
    with store._database.write() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_the_keys_and_comments_are_those_that_the_code_knows(store: Store) -> None:
    inspector = inspect(store._database.engine)
    for table in metadata.sorted_tables:
        key = inspector.get_pk_constraint(table.name)
        assert key["constrained_columns"] == [column.name for column in table.primary_key]
        assert key["name"] == table.primary_key.name
        if store._database.engine.dialect.name == "postgresql":
            known = {column.name: column.comment for column in table.columns}
            assert {each["name"]: each["comment"] for each in inspector.get_columns(table.name)} == known


def test_to_migrate_twice_is_to_migrate_once(store: Store, database_url: str) -> None:
    record(store, feed_state(), [entry()])
    before = revisions(database_url)
    store._database.migrate()
    assert revisions(database_url) == before
    assert store.entries.of_feeds(["kyodo"]) == [entry()]


def test_a_migration_can_be_taken_back_and_made_again(store: Store) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store._database.write() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert inspect(store._database.engine).get_table_names() == ["alembic_version"]
    store._database.migrate()
    assert store.counts()["entries"] == 0


def test_threads_that_open_an_empty_database_together_all_succeed(database_url: str) -> None:
    start = Barrier(4, timeout=30)

    def open_it(_: int) -> dict[str, int]:
        start.wait()
        store = Store(database_url)
        try:
            return store.counts()
        finally:
            store.close()

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(open_it, range(4)))
    assert [set(each.values()) for each in counts] == [{0}] * 4
    assert len(revisions(database_url)) == 1


def test_processes_that_open_an_empty_database_together_all_succeed(database_url: str) -> None:
    pipe = subprocess.PIPE
    command_line = [sys.executable, "-c", OPEN, database_url]
    workers = [
        subprocess.Popen(command_line, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(3)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    ends = [(worker.communicate(timeout=60)[1], worker.returncode) for worker in workers]
    assert ends == [("", 0)] * 3
    assert len(revisions(database_url)) == 1
