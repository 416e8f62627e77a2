"""
A sender of digests that is killed: ``python -m tests.digest.sender`` forks one for every line on stdin.

It runs the real `flows.digest` on the real store and the real mail door; the steps at which it may die are the
boundaries of its transactions and of its talks with the mail server, seen from outside of the code.
"""

import gc
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import event

from pipeline import bootstrap, flows
from pipeline.domain import Letter, Receipt
from pipeline.places import Smtp, Tls
from pipeline.settings import Settings, load
from pipeline.shapes import DigestSettings
from tests.digest.weeks import LIST_ID, SECRET, SENDER
from tests.forked import Orders, Steps, follow_orders, forking


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
    follow_orders(lambda order: one_pass(order, settings))


@dataclass(slots=True)
class Sender:
    """The other end: sends orders. Only `wait` moves the clock."""

    at: datetime
    orders: Orders

    def run(self, kill: int = 0) -> dict[str, Any]:
        """Let one sender run, to be killed at a step."""
        return self.orders.ask({"at": self.at.isoformat(), "kill": kill})

    def wait(self) -> None:
        """Let the time pass that a dead sender's mail is held for."""
        self.at += timedelta(minutes=11)


@contextmanager
def sender(port: int, database: str, at: datetime, subscribers: list[Any]) -> Iterator[Sender]:
    """Start the process that forks senders."""
    with forking("tests.digest.sender") as orders:
        orders.tell({"port": port, "database": database, "subscribers": subscribers})
        yield Sender(at, orders)


if __name__ == "__main__":
    main()
