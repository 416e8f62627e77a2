"""
A sender that is killed: ``python -m tests.slack.sender`` forks one for every line on stdin, and says how it ended.

It runs the real `flows.alert` on the real store and the real door; the steps at which it may die are the boundaries
of its transactions and of its calls to Slack, seen from outside of the code.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import event

from pipeline import bootstrap, flows
from pipeline.alert import slack
from pipeline.domain import Delivery, Notification, Route
from pipeline.places import Slack
from pipeline.settings import Settings, load
from tests.forked import Orders, Steps, follow_orders, forking
from tests.slack.place import Place

ROUTE = Route(name="desk", channel="#desk")
TIMEOUT_S = 1.0


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
    follow_orders(lambda order: one_pass(order, settings))


@dataclass(slots=True)
class Sender:
    """The other end: sends orders, and moves the clock on after each, so that a dead sender's lease is over."""

    place: Place
    database: str
    at: datetime
    orders: Orders

    def run(self, *, kill: int = 0, seconds: float | None = None) -> dict[str, Any]:
        """Let one sender run, to be killed at a step or after some seconds."""
        order = {"database": self.database, "slack": self.place.url, "token": self.place.token}
        order |= {"at": self.at.isoformat(), "kill": kill, "seconds": seconds}  # type: ignore[dict-item]
        answer = self.orders.ask(order)
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
    """Start the process that forks senders."""
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with forking("tests.slack.sender", environment) as orders:
        made = Sender(place, database, at, orders)
        place.now = lambda: made.at.timestamp()  # noqa: PLW0108 - as it stands then
        yield made


def doubled(names: list[str]) -> list[str]:
    """List what stands more than once."""
    return sorted({name for name in names if names.count(name) > 1})


if __name__ == "__main__":
    main()
