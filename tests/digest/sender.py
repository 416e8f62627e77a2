"""
A sender of digests that is killed: ``python -m tests.digest.sender`` forks one for every line on stdin.

It runs the real `flows.digest` on the real store and the real mail door; the steps at which it may die are the
boundaries of its transactions and of its talks with the mail server, seen from outside of the code.
"""

import gc
import json
import os
import subprocess
import sys
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
from pipeline.domain import Letter, Receipt
from pipeline.places import Smtp, Tls
from pipeline.settings import Settings, load
from pipeline.shapes import DigestSettings
from tests.digest.weeks import LIST_ID, SECRET, SENDER
from tests.slack.sender import Steps

ROOT = Path(__file__).parents[2]


def one_pass(order: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Make one pass of `flows.digest`; returns its counts and how many steps it took."""
    steps, at = Steps(order["kill"]), datetime.fromisoformat(order["at"])
    services = bootstrap.services(settings, clock=lambda: at)
    event.listen(services.store._database.engine, "commit", lambda *_: steps())  # before it; after it is the next step
    deliver = services.deliver

    def stepping(letter: Letter) -> Receipt:
        steps()
        receipt = deliver(letter)
        steps()
        return receipt

    # one holder, as a container that starts anew has: its own lease does not hold it up
    counts = flows.digest(replace(services, deliver=stepping, holder="bench"))
    return {"counts": counts, "steps": steps.passed}


def told(place: dict[str, Any]) -> Settings:
    """Say which database, mail server and readers there are."""
    known = {"host": "127.0.0.1", "port": place["port"], "user": None, "password": None, "sender": None}
    return replace(
        load({}),
        database_url=place["database"],
        public_url="https://watch.example",
        secret_key=SECRET,
        smtp=Smtp(**known, tls=Tls.NONE),
        digest=DigestSettings(sender=SENDER, list_id=LIST_ID, subscribers=place["subscribers"]),
    )


def main() -> None:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    settings = told(json.loads(sys.stdin.readline()))
    gc.freeze()  # what is shared with every child stays so
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
        with os.fdopen(reading) as answer:
            said = answer.read()
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status)
        print(json.dumps({"killed": killed, **(json.loads(said) if said and not killed else {})}), flush=True)


@dataclass(slots=True)
class Sender:
    """The other end: sends orders. Only `wait` moves the clock."""

    at: datetime
    to: IO[str]
    back: IO[str]

    def run(self, kill: int = 0) -> dict[str, Any]:
        """Let one sender run, to be killed at a step."""
        self.to.write(json.dumps({"at": self.at.isoformat(), "kill": kill}) + "\n")
        self.to.flush()
        answer: dict[str, Any] = json.loads(self.back.readline())
        return answer

    def wait(self) -> None:
        """Let the time pass that a dead sender's mail is held for."""
        self.at += timedelta(minutes=11)


@contextmanager
def sender(port: int, database: str, at: datetime, subscribers: list[Any]) -> Iterator[Sender]:
    """Start the process that forks senders; it is asked one thing at a time."""
    pipe, command = subprocess.PIPE, [sys.executable, "-m", "tests.digest.sender"]
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps({"port": port, "database": database, "subscribers": subscribers}) + "\n")
        try:
            yield Sender(at, process.stdin, process.stdout)
        finally:
            process.stdin.close()


if __name__ == "__main__":
    main()
