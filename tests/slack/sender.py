"""
A sender that is killed: ``python -m tests.slack.sender`` forks one for every line on stdin, and says how it ended.

It runs the real `flows.alert` on the real store and the real door; the steps at which it may die are the boundaries
of its transactions and of its calls to Slack, seen from outside of the code.
"""

import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

import structlog
from sqlalchemy import event

from pipeline import bootstrap, flows
from pipeline.alert import slack
from pipeline.domain import Delivery, Notification, Route
from pipeline.places import Slack
from pipeline.settings import Settings, load
from tests.slack.place import Place

ROOT = Path(__file__).parents[2]
ROUTE = Route(name="desk", channel="#desk")
TIMEOUT_S = 1.0


@dataclass(slots=True)
class Steps:
    """Counts boundaries; at the one wanted the process is no more."""

    wanted: int
    passed: int = 0

    def __call__(self) -> None:
        self.passed += 1
        if self.passed == self.wanted:
            os.kill(os.getpid(), signal.SIGKILL)


def one_pass(order: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Run one pass of the sender; returns its counts and how many steps it took."""
    steps, started, at = Steps(order["kill"]), time.monotonic(), datetime.fromisoformat(order["at"])
    settings = replace(settings, database_url=order["database"], routes=(ROUTE,))
    settings = replace(settings, slack=Slack(token=order["token"], base_url=order["slack"]))
    services = bootstrap.services(settings, clock=lambda: at + timedelta(seconds=time.monotonic() - started))
    event.listen(services.store._database.engine, "commit", lambda *_: steps())  # before it; after it is the next step
    post = services.post

    def stepping(notification: Notification) -> Delivery:
        steps()
        delivery = post(notification)
        steps()
        return delivery

    services = replace(services, post=stepping, wait=lambda _: None)
    counts = flows.alert(services)
    return {"counts": counts, "steps": steps.passed}


def main() -> None:
    slack.TIMEOUT_S = TIMEOUT_S  # type: ignore[assignment, misc]
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    settings = load({})
    for line in sys.stdin:
        order = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                with os.fdopen(writing, "w") as answer:
                    answer.write(json.dumps(one_pass(order, settings)))
            except BaseException:  # noqa: BLE001 - it must not go on as if it were its parent
                traceback.print_exc()
            os._exit(0)
        os.close(writing)
        if order["seconds"] is not None:
            time.sleep(order["seconds"])
            os.kill(child, signal.SIGKILL)
        with os.fdopen(reading) as answer:
            said = answer.read()
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status)
        print(json.dumps({"killed": killed, **(json.loads(said) if said and not killed else {})}), flush=True)


@dataclass(slots=True)
class Sender:
    """The other end: sends orders, and moves the clock on after each, so that a dead sender's lease is over."""

    place: Place
    database: str
    at: datetime
    to: IO[str]
    back: IO[str]

    def run(self, *, kill: int = 0, seconds: float | None = None) -> dict[str, Any]:
        """Let one sender run, to be killed at a step or after some seconds."""
        order = {"database": self.database, "slack": self.place.url, "token": self.place.token}
        order |= {"at": self.at.isoformat(), "kill": kill, "seconds": seconds}  # type: ignore[dict-item]
        self.to.write(json.dumps(order) + "\n")
        self.to.flush()
        answer: dict[str, Any] = json.loads(self.back.readline())
        self.at += timedelta(seconds=125)
        return answer

    def run_out(self, most: int = 20) -> None:
        """Let senders run until there is nothing left to say."""
        for _ in range(most):
            self.at += timedelta(minutes=15)
            if not self.run()["counts"]:
                return
        raise AssertionError("the sender finds no end")


@contextmanager
def sender(place: Place, database: str, at: datetime) -> Iterator[Sender]:
    """Start the process that forks senders; it is asked one thing at a time."""
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "tests.slack.sender"]
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True, env=environment) as process:
        assert process.stdin
        assert process.stdout
        made = Sender(place, database, at, process.stdin, process.stdout)
        place.now = lambda: made.at.timestamp()  # noqa: PLW0108 - as it stands then
        try:
            yield made
        finally:
            process.stdin.close()


def doubled(names: list[str]) -> list[str]:
    """List what stands more than once."""
    return sorted({name for name in names if names.count(name) > 1})


if __name__ == "__main__":
    main()
