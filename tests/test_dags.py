"""
The DAGs as Airflow sees them. Airflow stays in a process of its own (`airflow_session`): its warnings are not ours,
and it reads its environment when it is imported.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from pipeline import bootstrap, flows
from pipeline.cli.airflow import environment
from pipeline.demo.server import loopback
from pipeline.settings import ROOT, ConfigError, load

DAGS = sorted(path.stem for path in (ROOT / "dags").glob("*.py"))
RUNS = ["news_monitor", "weekly_digest", "news_monitor", "weekly_digest"]
ITEMS = [
    ("Japan to send Ukraine more generators", "The government in Tokyo decided on Friday to send 500 generators."),
    ("South Korea weighs arms for Ukraine", "Seoul said it may reconsider its policy of not arming Ukraine."),
    ("Taiwan tightens export controls on Russia", "Taipei put 52 more machine tools on its control list."),
]


def an_environment(folder: Path, **told: str) -> dict[str, str]:
    """Leave nothing of the machine's own settings."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("STANCEWATCH_", "AIRFLOW", "SLACK"))
    }
    return {
        **kept,
        "STANCEWATCH_CONFIG_DIR": str(folder / "config"),
        "STANCEWATCH_VAR_DIR": str(folder / "var"),
        **told,
    }


@contextmanager
def feeds(folder: Path) -> Iterator[None]:
    """Serve two feeds, whose bytes differ at every request, and write the configuration that polls them at any time."""
    requests = count()

    def serve(address: str) -> tuple[bytes, dict[str, str]] | None:
        items = "".join(
            f"<item><title>{title}</title><link>http://{address.strip('/')}.example/{number}</link>"
            f"<description>{lead}</description><pubDate>Fri, 15 May 2026 0{number}:00:00 GMT</pubDate></item>"
            for number, (title, lead) in enumerate(ITEMS)
        )
        rss = f"<rss version='2.0'><channel><title>{address}</title>{items}</channel></rss><!-- {next(requests)} -->"
        return rss.encode(), {"Content-Type": "application/rss+xml"}

    with loopback(serve) as place:
        known = {"lang": "en", "country": "JP", "kind": "wire", "terms": "open", "allow_private": True, "min_gap": 0}
        rows = [{"name": name, "url": f"http://{place}/{name}", **known} for name in ("first", "second")]
        (folder / "config").mkdir()
        for name, content in {
            "feeds": {"feeds": rows},
            "sources": {"sources": []},
            "poll": {"contact": "https://stancewatch.example", "interval_minutes": 0.0001},
        }.items():
            (folder / "config" / f"{name}.yaml").write_text(json.dumps(content), encoding="utf-8")
        yield


@contextmanager
def slack(calls: list[tuple[str, str, dict[str, Any]]]) -> Iterator[str]:
    """Stand in for Slack; what is posted lands in ``calls``."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            calls.append((self.path, self.headers["Authorization"], body))
            answer = b'{"ok": true}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder, calls = tmp_path_factory.mktemp("airflow"), []
    with feeds(folder), slack(calls) as url:
        environ = an_environment(folder, SLACK_BOT_TOKEN="xoxb-1", STANCEWATCH_SLACK_BASE_URL=url)
        environ = environment(load(environ), 8080, environ)
        session, answer = Path(__file__).with_name("airflow_session.py"), folder / "answer.json"
        command = [sys.executable, session, answer, "--fail", "--run", *RUNS]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return {**json.loads(answer.read_text(encoding="utf-8")), "slack": calls}


@pytest.fixture(scope="session")
def command_line_rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    folder = tmp_path_factory.mktemp("command_line")
    with feeds(folder):
        environ = an_environment(folder)
        subprocess.run([sys.executable, "-m", "pipeline", "monitor"], env=environ, check=True, capture_output=True)
        services = bootstrap.services(load(environ))
        flows.digest(services)
    rows = services.store.counts()
    services.store.close()
    return rows


def test_every_file_loads_one_dag_of_its_name_without_error_or_warning(airflow: dict[str, Any]) -> None:
    assert {name: file["dags"] for name, file in airflow["files"].items()} == {f"{name}.py": [name] for name in DAGS}
    assert [file["errors"] for file in airflow["files"].values()] == [[]] * len(DAGS)
    assert airflow["warnings"] == []


def test_loading_is_quick_and_imports_but_the_connections_of_ours_and_nothing_heavy(airflow: dict[str, Any]) -> None:
    assert max(file["seconds"] for file in airflow["files"].values()) < 1
    assert airflow["heavy"] == []


@pytest.mark.parametrize("name", DAGS)
def test_every_dag_is_bounded_and_says_when_it_fails(airflow: dict[str, Any], name: str) -> None:
    dag = airflow["dags"][name]
    assert (dag["max_active_runs"], dag["catchup"]) == (1, False)
    assert dag["timeout"]
    assert dag["failure_callback"]
    assert all(task["retries"] >= 1 and task["timeout"] for task in dag["tasks"].values())


def test_polling_is_mapped_over_the_shards_and_says_what_a_green_run_would_hide(airflow: dict[str, Any]) -> None:
    poll = airflow["dags"]["news_monitor"]["tasks"]["poll"]
    assert poll["mapped"] == {"shard": [0, 1, 2, 3]}
    assert poll["failure_callback"]


def test_tagging_is_mapped_over_workers(airflow: dict[str, Any]) -> None:
    assert airflow["dags"]["news_monitor"]["tasks"]["classify"]["mapped"] == {"_worker": [0, 1]}


def test_the_stages_follow_each_other_and_shifts_are_an_asset(airflow: dict[str, Any]) -> None:
    tasks = airflow["dags"]["news_monitor"]["tasks"]
    assert {name: task["upstream"] for name, task in tasks.items()} == {
        "poll": [], "dedup": ["poll"], "classify": ["dedup"], "detect": ["classify"], "alert": ["detect"],
    }  # fmt: skip
    assert tasks["detect"]["outlets"] == ["stancewatch://shifts/"]


def test_both_dags_run_to_success(airflow: dict[str, Any]) -> None:
    assert [(run["dag"], run["state"]) for run in airflow["runs"]] == [(name, "success") for name in RUNS]
    assert airflow["runs"][0]["tasks"] == sorted(
        ["poll success"] * 4 + ["classify success"] * 2 + [f"{name} success" for name in ("dedup", "detect", "alert")]
    )


def test_airflow_writes_the_rows_that_the_command_line_writes(
    airflow: dict[str, Any], command_line_rows: dict[str, int]
) -> None:
    assert airflow["runs"][1]["rows"] == command_line_rows
    assert command_line_rows["entries"] == 2 * len(ITEMS)


def test_a_second_run_writes_nothing_twice(airflow: dict[str, Any]) -> None:
    first, last = airflow["runs"][1]["rows"], airflow["runs"][3]["rows"]
    assert last == first


def test_a_failure_is_posted_with_the_token_that_alerts_use(airflow: dict[str, Any]) -> None:
    of_dag, of_task = airflow["slack"]
    assert airflow["said"] == [None, None]
    assert of_dag[:2] == ("/api/chat.postMessage", "Bearer xoxb-1")
    assert of_dag[2]["channel"] == "#stancewatch-ops"
    assert of_dag[2]["text"] == "news_monitor failed (task_failure): manual__1"
    assert of_task[2]["text"] == "news_monitor failed (poll): manual__1"


def test_without_slack_the_failure_callback_names_the_connection_that_it_lacks(airflow: dict[str, Any]) -> None:
    assert "slack_default" in airflow["said_without_slack"]  # Airflow logs it and goes on


def test_airflow_never_gets_the_database_of_the_pipeline(tmp_path: Path) -> None:
    url = "postgresql://somebody@localhost/stancewatch"
    settings = load({"STANCEWATCH_VAR_DIR": str(tmp_path), "STANCEWATCH_DATABASE_URL": url})
    with pytest.raises(ConfigError, match="a database of its own"):
        environment(
            settings,
            8080,
            {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql+psycopg://somebody@localhost/stancewatch"},
        )


def test_airflow_talks_to_itself_past_any_proxy_and_lives_under_var(tmp_path: Path) -> None:
    settings = load({"STANCEWATCH_VAR_DIR": str(tmp_path)})
    told = environment(settings, 9090, {"NO_PROXY": "intranet", "AIRFLOW_HOME": "/elsewhere"})
    assert told["no_proxy"] == told["NO_PROXY"] == "intranet,127.0.0.1,localhost"
    assert told["AIRFLOW_HOME"] == str(tmp_path / "airflow")
    assert told["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:9090/execution/"
