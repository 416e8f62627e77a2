"""
Do the DAGs run under a real scheduler, and write what the command line writes?

Starts Airflow as ``./run airflow`` does, over the real-input feeds, triggers ``news_monitor`` and then
``weekly_digest`` through its API, waits for both, and compares every table's rows with those of
``./run monitor`` and ``./run digest`` on the same feeds.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil

from pipeline.settings import ROOT, load
from pipeline.storage.store import Store
from tests.bench import realfeeds
from tests.bench.figures import Figures, table

_STARTS_WITHIN_S = 240
_RUNS_WITHIN_S = 300
_STOPS_WITHIN_S = 60
_DAGS = ("news_monitor", "weekly_digest")
_ENDED = {"success", "failed"}


def measure() -> Figures:
    feeds = realfeeds.manifest()
    with tempfile.TemporaryDirectory() as name, realfeeds.served(feeds, Path(name) / "config"):
        folder = Path(name)
        rows = _by_command_line(_environ(folder, "by_command_line"))
        environ = _environ(folder, "by_airflow")
        figures: Figures = {"load": _load(folder, environ)}
        with _running(environ, figures) as (address, login):
            runs = _run_all(address, login)
            figures["resident_mb"] = _resident_mb()
        by_airflow = _rows(environ)
    return {
        **figures,
        "runs": runs,
        "rows": {table: {"airflow": by_airflow[table], "command_line": rows[table]} for table in rows},
        "same_rows": by_airflow == rows,
    }


def show(figures: Figures) -> str:
    files = [{"file": name, **file} for name, file in figures["load"]["files"].items()]
    runs = [
        {**run, "tasks": " ".join(f"{name}:{task['seconds']}" for name, task in run["tasks"].items())}
        for run in figures["runs"]
    ]
    rows = [{"table": name, **counts} for name, counts in figures["rows"].items()]
    same = "every table has as many rows" if figures["same_rows"] else "THE ROWS DIFFER"
    around = (
        f"{same}; healthy after {figures['start_s']} s, {figures['resident_mb']} MB resident,"
        f" stopped in {figures['stop_s']} s, {figures['left_behind']} processes left behind"
    )
    return "\n\n".join(
        [
            table(("file", "seconds", "errors"), files),
            table(("dag", "by", "state", "seconds", "tasks"), runs),
            table(("table", "airflow", "command_line"), rows),
            around,
        ]
    )


def _environ(folder: Path, name: str) -> dict[str, str]:
    ours = {
        name: value for name, value in os.environ.items() if not name.startswith(("STANCEWATCH_", "AIRFLOW", "SLACK_"))
    }
    return {**ours, "STANCEWATCH_CONFIG_DIR": str(folder / "config"), "STANCEWATCH_VAR_DIR": str(folder / name)}


def _by_command_line(environ: dict[str, str]) -> dict[str, int]:
    for verb in ("monitor", "digest"):
        subprocess.run([sys.executable, "-m", "pipeline", verb], env=environ, cwd=ROOT, check=True, capture_output=True)
    return _rows(environ)


def _rows(environ: dict[str, str]) -> dict[str, int]:
    store = Store(load(environ).database_url)
    rows = store.counts()
    store.close()
    return rows


def _load(folder: Path, environ: dict[str, str]) -> dict[str, Any]:
    answer = folder / "answer.json"
    session = ROOT / "tests" / "airflow_session.py"
    home = {**environ, "AIRFLOW_HOME": str(folder / "load"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    subprocess.run([sys.executable, session, answer], env=home, check=True, capture_output=True)
    loaded = json.loads(answer.read_text(encoding="utf-8"))
    return {key: loaded[key] for key in ("airflow_import_s", "files", "warnings", "heavy")}


@contextmanager
def _running(environ: dict[str, str], figures: Figures) -> Iterator[tuple[str, tuple[str, str]]]:
    """Start Airflow as ``./run airflow`` does; yields its address and how to log in."""
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "airflow", "--port", str(_free_port())],
        env=environ, cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    family: list[psutil.Process] = []
    try:
        said = _said(process)
        figures["start_s"] = round(time.monotonic() - started, 1)
        yield said
    finally:
        stopping = time.monotonic()
        family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.send_signal(signal.SIGTERM)
        process.wait(_STOPS_WITHIN_S)
        figures["stop_s"] = round(time.monotonic() - stopping, 1)
        figures["left_behind"] = sum(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in family)


def _said(process: subprocess.Popen[str]) -> tuple[str, tuple[str, str]]:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if found := re.search(r"^Airflow: (\S+)\nlog in: (\S+) / (\S+)$", said, re.MULTILINE):
            return found[1], (found[2], found[3])
    raise RuntimeError(f"./run airflow ended: {said}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _resident_mb() -> int:
    """Share each page among those that have it, where the system can tell: Airflow forks."""
    memory = [one.memory_full_info() for one in psutil.Process().children(recursive=True)]
    return round(sum(getattr(one, "pss", one.rss) for one in memory) / 1e6)


def _run_all(address: str, login: tuple[str, str]) -> list[dict[str, Any]]:
    """Trigger each DAG and wait; returns every run there was, the scheduled ones included."""
    token = token_of(address, login)
    for dag in _DAGS:
        run_to_its_end(address, token, dag)
    return every_run(address, token)


def token_of(address: str, login: tuple[str, str]) -> str:
    return str(ask(f"{address}/auth/token", body={"username": login[0], "password": login[1]})["access_token"])


def run_to_its_end(address: str, token: str, dag: str) -> str:
    """Trigger a DAG, once Airflow knows it, and wait; return the run's id."""
    url = f"{address}/api/v2/dags/{dag}"
    _await_dag(url, token)
    run_id = str(ask(f"{url}/dagRuns", token, body={"logical_date": None})["dag_run_id"])
    deadline = time.monotonic() + _RUNS_WITHIN_S
    while ask(f"{url}/dagRuns/{run_id}", token)["state"] not in _ENDED and time.monotonic() < deadline:
        time.sleep(1)
    return run_id


def every_run(address: str, token: str) -> list[dict[str, Any]]:
    runs = ask(f"{address}/api/v2/dags/~/dagRuns?order_by=start_date", token)["dag_runs"]
    return [_shown(run, ask(f"{_url(address, run)}/taskInstances", token)["task_instances"]) for run in runs]


def _url(address: str, run: dict[str, Any]) -> str:
    return f"{address}/api/v2/dags/{run['dag_id']}/dagRuns/{quote(run['dag_run_id'])}"


def _shown(run: dict[str, Any], tasks: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "run": run["dag_run_id"],
        "dag": run["dag_id"],
        "by": run["run_type"],
        "state": run["state"],
        "began_at": run["start_date"],
        "ended_at": run["end_date"],
        "seconds": _seconds(run),
        "tasks": {
            name: {
                "states": sorted({str(task["state"]) for task in tasks if task["task_id"] == name}),
                "seconds": [round(task["duration"] or 0, 1) for task in tasks if task["task_id"] == name],
                "hosts": [task["hostname"] for task in tasks if task["task_id"] == name],
            }
            for name in dict.fromkeys(task["task_id"] for task in tasks)
        },
    }


def _await_dag(url: str, token: str) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while True:
        try:
            ask(url, token)
        except urllib.error.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
        else:
            return


def _seconds(run: dict[str, Any]) -> float:
    if not (run["start_date"] and run["end_date"]):
        return 0.0
    return round(
        (datetime.fromisoformat(run["end_date"]) - datetime.fromisoformat(run["start_date"])).total_seconds(), 1
    )


def ask(url: str, token: str | None = None, *, body: dict[str, Any] | None = None) -> Any:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data, headers)  # noqa: S310 - our own address
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(request, timeout=30) as answer:
        return json.load(answer)
