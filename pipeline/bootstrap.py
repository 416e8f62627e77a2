"""
Settings -> Services: the only place that builds, and the only one that reads the clock.

What brings scikit-learn is imported where it is needed: it costs seconds, and most tasks need none of it.
"""

import logging
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from pipeline.alert import slack
from pipeline.alert.message import readable
from pipeline.classify import current
from pipeline.digest import smtp
from pipeline.domain import Confusion, Delivery, Fetched, Handover, Letter, Notification, NotificationState, Receipt
from pipeline.places import MailConnection, smtp_of
from pipeline.poll import http
from pipeline.poll.parsers import Parsers
from pipeline.posting import NOBODY
from pipeline.services import Asked, Services
from pipeline.settings import ROOT, Settings, load
from pipeline.storage.store import Store

if TYPE_CHECKING:
    from pipeline.classify import predict


def now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)  # noqa: TID251 - the one place


def services(
    settings: Settings | None = None,
    *,
    clock: Callable[[], datetime] = now,
    show: Callable[[Notification], None] | None = None,
    after: Services | None = None,
    mail: MailConnection | None = None,
) -> Services:
    """
    Open the store and build the doors, from the environment's settings by default.

    ``show`` stands in for Slack. ``after`` are earlier services, whose place these take: their parsers go on.
    ``mail`` is a connection of Airflow's, which the environment's mail server gives way to.
    """
    settings = settings or load()
    if mail and mail.host:
        settings = replace(settings, smtp=smtp_of(mail, settings.smtp.sender))
    server = smtp.Server(settings.smtp, settings.smtp.sender or settings.digest.sender)
    if after:
        after.store.close()
    return Services(
        settings=settings,
        store=Store(settings.database_url),
        fetch=_fetch(settings),
        parsers=after.parsers if after else Parsers(),
        tagger=cache(lambda: tagger(settings)),
        post=partial(_post, settings, show or _print),
        deliver=partial(_deliver, settings, server),
        hang_up=server.close,
        now=clock,
        holder=f"{socket.gethostname()}:{os.getpid()}",
        confusion=cache(lambda: _confusion(settings)),
    )


def tagger(settings: Settings, folder: Path | None = None) -> "predict.Tagger":
    """Load a model, the current one unless ``folder`` names another."""
    from pipeline.classify import artifact, predict

    model = artifact.load(folder) if folder else artifact.current(settings.var_dir / "models", ROOT / "models")
    return predict.tagger(model, settings)


def _confusion(settings: Settings) -> Confusion | None:
    """Read the known errors of the current model."""
    return current.confusion(settings.var_dir / "models", ROOT / "models")


def train() -> str:
    """Train with the environment's settings; returns the model's folder."""
    from pipeline import training

    return str(training.fit(load()).folder)


def evaluate(folder: str) -> str:
    """Hold a trained model against its floors; returns its folder."""
    from pipeline import training

    training.held(training.measured(load(), Path(folder)))
    return folder


def promote(folder: str) -> str:
    """Make a trained model the current one; returns its version."""
    from pipeline import training

    return training.promote(load(), Path(folder))


def log_to_stderr(*, verbose: bool = False) -> None:
    """Write the canonical lines to stderr; the command line says this once, Airflow brings its own."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.LogfmtRenderer(key_order=("timestamp", "level", "event")),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


def _fetch(settings: Settings) -> Callable[[Asked, datetime, Callable[[Fetched], None]], None]:
    def fetch(asked: Asked, at: datetime, each: Callable[[Fetched], None]) -> None:
        http.fetch(asked, settings.poll, at, each)

    return fetch


def _post(settings: Settings, show: Callable[[Notification], None], notification: Notification) -> Delivery:
    delivery = slack.post(notification, settings.slack, show)
    if delivery.state is not NotificationState.SENT:
        structlog.get_logger().info("not_in_slack", key=notification.key, state=delivery.state, error=delivery.error)
    return delivery


def _deliver(settings: Settings, server: smtp.Server, letter: Letter) -> Receipt:
    if settings.smtp.host and letter.address != NOBODY:
        return server.send(letter)
    eml, page = smtp.save(letter, settings.var_dir / "digests")
    structlog.get_logger().info("no_mail_server", written=str(eml), page=str(page))
    return Receipt(handover=Handover.WRITTEN)


def _print(notification: Notification) -> None:
    print(f"{notification.channel}  (no Slack token: printed and kept)\n{readable(notification.message)}\n", flush=True)
