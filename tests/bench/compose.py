"""
From nothing to a deployment that works: `docker-compose.yml` as it is, against a world on this machine.

Times the build and the way to the first polled entry; runs ``news_monitor`` on a month of feeds, then on one step of a
government; lets a colleague press *I have it* below that alert; invites a reader, lets a week pass and runs
``weekly_digest``; starts a second worker and runs ``news_monitor`` on both. Counts what Slack and the mail sink were
told, what reached the database and who was asked for what, and weighs every container.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from functools import partial
from pathlib import Path

from pipeline.settings import ROOT
from tests.bench import airflow, compose_engine, day_one
from tests.bench.compose_deployment import IMAGE, Deployment, since
from tests.bench.figures import Figures, table

_KEEPS = ROOT / "var" / "bench" / "compose"
_FIRST_ENTRY_WITHIN_S, _ANSWER_WITHIN_S, _HEALTHY_WITHIN_S = 400, 60, 300
_SCALE = ("up", "-d", "--scale", "worker=2")
_SHOWN_APART = frozenset({"commands", "stand_ins", "compose", "containers", "runs"})
Run = Callable[[str], str]
"""Makes a DAG run; returns the run's id."""


def measure() -> Figures:
    with tempfile.TemporaryDirectory() as name, compose_engine.engine(_KEEPS) as environ:
        stand_ins = compose_engine.stand_ins_needed(environ, _KEEPS)
        deployment = Deployment(Path(name) / "clone", environ, stand_ins=stand_ins)
        figures: Figures = {"stand_ins": stand_ins}
        figures["commands"] = ["./run secrets", "cp .env.example .env", *deployment.prepare()]
        figures["compose"] = deployment.compose("version", "--short").strip()
        try:
            return figures | booted(deployment)
        finally:
            deployment.compose("down", "--volumes", "--timeout", "5")


def booted(deployment: Deployment) -> Figures:
    """Build, start, let all of it happen; return the figures."""
    figures: Figures = {}
    if deployment.stand_ins:
        deployment.compose("build", "--quiet", "postgres", "redis")
    began = time.monotonic()
    deployment.compose("build", "--quiet", "--no-cache", "migrate")
    figures["build_s"] = since(began)
    with deployment.weighed() as memory:
        started = time.monotonic()
        started_all(deployment)
        figures["up_s"] = since(started)
        figures["first_entry_s"] = until(lambda: deployment.count("entries"), _FIRST_ENTRY_WITHIN_S, started)
        figures["from_nothing_s"] = since(began)
        password = (deployment.folder / "secrets" / "airflow_admin_password").read_text(encoding="utf-8").strip()
        token = airflow.token_of(deployment.address, ("admin", password))
        run = partial(airflow.run_to_its_end, deployment.address, token)
        figures |= watched(deployment, run) | pressed(deployment) | a_week_later(deployment, run)
        figures["memory_mb"] = max(memory["total"])  # with one worker
        figures |= with_two_workers(deployment, run, token)
        figures["runs"] = airflow.every_run(deployment.address, token)
    figures["image_mb"] = round(int(deployment.docker("image", "inspect", "-f", "{{.Size}}", IMAGE)) / 1e6)
    figures["containers"] = deployment.states(memory)
    return figures


def started_all(deployment: Deployment) -> None:
    try:
        deployment.compose("up", "-d")
    except RuntimeError as error:
        error.add_note(deployment.compose("logs", "--no-color", "migrate"))  # all else waits for it
        raise


def watched(deployment: Deployment, run: Run) -> Figures:
    """Wait for the first run, of the schedule; then a step is taken, and the monitor runs again."""
    run("news_monitor")
    before = said(deployment)
    airflow.ask(f"{deployment.outside}/step", body={})
    run("news_monitor")
    return {
        "entries": deployment.count("entries"),
        "articles": deployment.count("articles"),
        "slack_messages_of_the_month": before,
        "slack_messages_of_the_step": said(deployment) - before,
    }


def pressed(deployment: Deployment) -> Figures:
    """Press a button in Slack; say when the listener heard it, who then has the matter, and what the message shows."""
    press = airflow.ask(f"{deployment.outside}/press", body={})
    written = until(lambda: deployment.count("acknowledgements"), _ANSWER_WITHIN_S)
    by, _, owner = deployment.query("SELECT owner_name, owner FROM acknowledgements").partition("|")
    shown = until(
        lambda: f"<@{owner}> has it since" in str(airflow.ask(f"{deployment.outside}/said")), _ANSWER_WITHIN_S
    )
    return {"press": {**press, "in_the_database_s": written, "acknowledged_by": by, "message_shows_it_s": shown}}


def a_week_later(deployment: Deployment, run: Run) -> Figures:
    """Invite a reader, which mails at once; then send the issue of the week in which all this was seen."""
    deployment.compose("run", "--rm", "verb", "subscribers", "invite", "reader@stancewatch.example")
    deployment.let_a_week_pass()
    run("weekly_digest")
    return {"mails": [read(mail) for mail in deployment.mails()]}


def read(mail: EmailMessage) -> Figures:
    body = mail.get_body(("plain",))
    text = " ".join(str(body.get_content()).split()) if body else ""
    return {"to": mail["To"], "subject": mail["Subject"], "tells_the_step": day_one.STEP[0] in text}


def with_two_workers(deployment: Deployment, run: Run, token: str) -> Figures:
    """Start a second worker as the guide says, and run the monitor once more on both."""
    started = time.monotonic()
    deployment.compose(*_SCALE)
    healthy = until(lambda: workers(deployment).count("healthy") > 1, _HEALTHY_WITHIN_S, started)
    name = run("news_monitor")
    last = next(one for one in airflow.every_run(deployment.address, token) if one["run"] == name)
    began, ended = (datetime.fromisoformat(last[at]).timestamp() for at in ("began_at", "ended_at"))
    asked = airflow.ask(f"{deployment.outside}/polls")
    polls = Counter(feed for feed, at in asked if began <= at <= ended)
    worker = {one["host"]: one["container"] for one in deployment.states({})}
    return {
        "second_worker_s": healthy,
        "workers_s": last["seconds"],
        "tasks_by_worker": Counter(worker[host] for task in last["tasks"].values() for host in task["hosts"]),
        "feeds_polled": len(polls),
        "polls_of_one_feed_at_most": max(polls.values(), default=0),
    }


def workers(deployment: Deployment) -> list[str]:
    return [str(one["state"]) for one in deployment.states({}) if str(one["container"]).startswith("worker")]


def said(deployment: Deployment) -> int:
    return sum(len(messages) for messages in airflow.ask(f"{deployment.outside}/said").values())


def until(true: Callable[[], object], within_s: float, started: float | None = None) -> float | None:
    """Return after how many seconds something was true; None: not in time."""
    started = time.monotonic() if started is None else started
    while since(started) < within_s:
        if true():
            return since(started)
        time.sleep(0.5)
    return None


def show(figures: Figures) -> str:
    runs = [
        {**run, "tasks": " ".join(f"{name}:{task['seconds']}" for name, task in run["tasks"].items())}
        for run in figures["runs"]
    ]
    images = "stand-ins from Debian's packages" if figures["stand_ins"] else "the official images"
    counted = [{"figure": name, "value": value} for name, value in figures.items() if name not in _SHOWN_APART]
    commands = "; ".join([*figures["commands"], f"docker-compose {' '.join(_SCALE)}"])
    return "\n\n".join(
        [
            f"{commands}\nCompose {figures['compose']}; PostgreSQL, Redis and Python: {images}",
            table(("figure", "value"), counted),
            table(("container", "state", "exit", "restarts", "mb", "limit_mb"), figures["containers"]),
            table(("dag", "by", "state", "seconds", "tasks"), runs),
        ]
    )
