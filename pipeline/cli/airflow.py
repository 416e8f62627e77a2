"""Door: a standalone Airflow on this configuration, offline, and how to log in."""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from pipeline.settings import ROOT, ConfigError, Settings, load

_HEALTHY_WITHIN_S = 180
_STOPS_WITHIN_S = 8  # Docker kills after 10
_PARTS = {
    "api-server": (),
    # a log server would listen on every interface; on one machine the pages read the files
    "scheduler": ("--skip-serve-logs",),
    "dag-processor": (),
    "triggerer": ("--skip-serve-logs",),
}
_Processes = dict[str, subprocess.Popen[bytes]]


def environment(settings: Settings, port: int, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """
    Return what Airflow is told: our DAGs, a home and a database under ``var/``, loopback, no look-ups.

    An ``AIRFLOW__SECTION__KEY`` that is set already wins, except for the home, the DAGs and where its parts meet.
    """
    home, address = settings.var_dir.absolute() / "airflow", f"http://127.0.0.1:{port}"
    told = {
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",  # LocalExecutor starts as many processes; the default is 32
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",  # the default asks the name server
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        **_slack_connection(settings),
        **{name: value for name, value in environ.items() if name.startswith("AIRFLOW_")},
    }
    if told["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].partition("://")[2] == settings.database_url.partition("://")[2]:
        raise ConfigError(
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: Airflow needs a database of its own, not the pipeline's"
        )
    no_proxy = ",".join(filter(None, [environ.get("no_proxy") or environ.get("NO_PROXY"), "127.0.0.1", "localhost"]))
    return {
        **environ,
        **told,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "no_proxy": no_proxy,
        "NO_PROXY": no_proxy,
    }


def standalone(arguments: argparse.Namespace) -> int:
    """Run until interrupted; every process that Airflow starts goes with it."""
    environ = environment(load(), arguments.port)
    home, address = Path(environ["AIRFLOW_HOME"]), environ["AIRFLOW__API__BASE_URL"]
    if _taken(arguments.port):
        raise ConfigError(f"--port {arguments.port}: something listens there; name another port")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds keys and a password
    processes: _Processes = {}
    for ask in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ask, lambda *_: sys.exit(0))
    try:
        print(f"starting Airflow in {home}; about a minute", flush=True)
        if _start("db", ("migrate",), environ, processes).wait() != 0:
            return _complain(home, "db")
        del processes["db"]
        for name, options in _PARTS.items():
            _start(name, options, environ, processes)
        if not _healthy(address, processes):
            return _complain(home, _first_ended(processes) or "api-server")
        print(f"Airflow: {address}\n{_login(home)}\nDAGs run by themselves; Ctrl-C stops everything.", flush=True)
        while not (ended := _first_ended(processes)):
            time.sleep(1)
        return _complain(home, ended)
    except (KeyboardInterrupt, SystemExit):
        return 0
    finally:
        _stop(processes)


def _slack_connection(settings: Settings) -> dict[str, str]:
    """Hand the DAGs' failure callback the token that alerts are posted with."""
    if settings.slack.token is None:
        return {}
    extra = {"base_url": settings.slack.base_url} if settings.slack.base_url else {}
    connection = {"conn_type": "slack", "password": settings.slack.token, "extra": extra}
    return {"AIRFLOW_CONN_SLACK_DEFAULT": json.dumps(connection)}


def _start(name: str, options: tuple[str, ...], environ: dict[str, str], into: _Processes) -> subprocess.Popen[bytes]:
    """Start ``airflow NAME`` at the head of its own session, so that what it starts can be stopped with it."""
    with (Path(environ["AIRFLOW_HOME"]) / f"{name}.log").open("ab") as log:
        into[name] = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "airflow", name, *options],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    return into[name]


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _healthy(address: str, processes: _Processes) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(_HEALTHY_WITHIN_S):
        if _first_ended(processes):
            return False
        try:
            with direct.open(f"{address}/api/v2/monitor/health", timeout=5) as answer:
                health = json.load(answer)
            if all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor")):
                return True
        except (urllib.error.URLError, OSError, ValueError, KeyError):
            pass
        time.sleep(1)
    return False


def _first_ended(processes: _Processes) -> str | None:
    return next((name for name, process in processes.items() if process.poll() is not None), None)


def _complain(home: Path, part: str) -> int:
    print(f"stancewatch: Airflow's {part} does not run; see {home / part}.log", file=sys.stderr)
    return 1


def _login(home: Path) -> str:
    passwords = home / "simple_auth_manager_passwords.json.generated"
    if not passwords.is_file():
        return "log in: as the configuration of its auth manager says"
    known = json.loads(passwords.read_text(encoding="utf-8"))
    return "\n".join(f"log in: {user} / {password}" for user, password in known.items())


def _stop(processes: _Processes) -> None:
    """Ask every part to end; then kill what is left of their sessions: tasks and workers."""
    for ask in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ask, signal.SIG_IGN)  # a second Ctrl-C would leave them behind
    for process in processes.values():
        process.terminate()
    deadline = time.monotonic() + _STOPS_WITHIN_S
    for process in processes.values():
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
    sessions = {process.pid for process in processes.values()}
    for pid in psutil.pids():
        with suppress(ProcessLookupError):
            if os.getsid(pid) in sessions:
                os.kill(pid, signal.SIGKILL)
    for process in processes.values():
        process.wait()
