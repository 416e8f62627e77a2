"""
Settings -> Services: the only place that builds, and the only one that reads the clock.

What brings scikit-learn is imported where it is needed: it costs seconds, and most tasks need none of it.
"""

import logging
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from pipeline.alert import slack, slack_socket
from pipeline.alert.letter import letter
from pipeline.alert.message import readable
from pipeline.alert.route import every
from pipeline.alert.workspace import Workspace
from pipeline.answering import Answers
from pipeline.classify import current
from pipeline.digest import smtp
from pipeline.domain import (
    EMAIL,
    Article,
    Confusion,
    Delivery,
    Fetched,
    Gloss,
    Mail,
    Notification,
    NotificationState,
    Position,
)
from pipeline.language.concepts import Concepts
from pipeline.poll import http
from pipeline.poll.parsers import Parsers
from pipeline.services import Asked, Services
from pipeline.settings import ROOT, Settings, load
from pipeline.storage.store import Store

if TYPE_CHECKING:
    from pipeline.classify import corpus, gloss, predict

_MEND_S = 300.0
"""After so long a mail that the server refused is tried again: a person may have mended it."""


def now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)  # noqa: TID251 - the one place


def services(
    settings: Settings | None = None,
    *,
    clock: Callable[[], datetime] = now,
    show: Callable[[Notification], None] | None = None,
    after: Services | None = None,
) -> Services:
    """
    Open the store and build the doors, from the environment's settings by default.

    ``show`` stands in for Slack. ``after`` are earlier services, whose place these take: their parsers go on.
    """
    settings = settings or load()
    if after:
        after.store.close()
    return Services(
        settings=settings,
        store=Store(settings.database_url),
        fetch=_fetch(settings),
        parsers=after.parsers if after else Parsers(),
        tagger=cache(lambda: tagger(settings)),
        post=partial(_post, settings, show or _print, clock),
        deliver=partial(_deliver, settings),
        now=clock,
        holder=f"{socket.gethostname()}:{os.getpid()}",
        confusion=cache(lambda: _confusion(settings)),
        gloss=_gloss(settings),
    )


def tagger(settings: Settings, folder: Path | None = None) -> "predict.Tagger":
    """Load a model, the current one unless ``folder`` names another."""
    from pipeline.classify import artifact, predict

    model = artifact.load(folder) if folder else artifact.current(settings.var_dir / "models", ROOT / "models")
    return predict.tagger(model, settings)


def _confusion(settings: Settings) -> Confusion | None:
    """Read the known errors of the current model."""
    return current.confusion(settings.var_dir / "models", ROOT / "models")


def _gloss(settings: Settings) -> Callable[[Article, Position], Gloss | None]:
    """Return what writes our line about a position; the concepts are read once, when a person first corrects a tag."""

    @cache
    def made() -> tuple[Concepts, "gloss.Glossary"]:
        from pipeline.classify import gloss

        return Concepts(settings.concepts), gloss.Glossary(settings.actors)

    def line(article: Article, position: Position) -> Gloss:
        from pipeline.classify import features

        concepts, glossary = made()
        return glossary.line(features.read(article.text, concepts), position)

    return line


def answers(services: Services) -> Answers:
    """Return what answers people in Slack, over whatever their questions come."""
    return Answers(services, Workspace(services.settings.slack))


@contextmanager
def people(services: Services) -> Iterator[Callable[[], bool]]:
    """Hear people in Slack and answer them until the end; yields what connects and says whether we are."""
    with slack_socket.listening(services.settings.slack, answers(services)) as connected:
        yield connected


def train() -> str:
    """Train with the environment's settings; returns the model's folder."""
    from pipeline import training

    settings = load()
    return str(training.fit(settings, lessons=lessons(settings)).folder)


def lessons(settings: Settings) -> "list[corpus.Sample]":
    """Return what people corrected, as texts to learn from."""
    from pipeline import lessons

    store = Store(settings.database_url)
    try:
        return lessons.lessons(store)
    finally:
        store.close()


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


def _post(
    settings: Settings,
    show: Callable[[Notification], None],
    clock: Callable[[], datetime],
    notification: Notification,
) -> Delivery:
    if notification.channel == EMAIL:
        return _mailed(settings, show, notification, clock())
    delivery = slack.post(notification, settings.slack, show)
    if delivery.state is not NotificationState.SENT:
        structlog.get_logger().info("not_in_slack", key=notification.key, state=delivery.state, error=delivery.error)
    return delivery


def _mailed(
    settings: Settings, show: Callable[[Notification], None], notification: Notification, at: datetime
) -> Delivery:
    """Mail a notification, or write it to a file where there is no server; its key stands for where it is."""
    addresses = next((route.email for route in every(settings.routes) if route.name == notification.route), ())
    mail = letter(notification, addresses, settings.digest.list_id, at)
    try:
        sent = mail is None or _hand_over(settings, mail, "alerts", mailed=bool(addresses))
    except smtp.MailError as error:
        return Delivery(state=NotificationState.BLOCKED, error=str(error), retry_after_s=_MEND_S)
    if mail and not sent:
        show(notification)
    state = NotificationState.SENT if sent else NotificationState.PRINTED
    return Delivery(state=state, ts=notification.key, channel=EMAIL)


def _deliver(settings: Settings, mail: Mail) -> None:
    _hand_over(settings, mail, "digests", mailed=bool(settings.digest.subscribers))


def _hand_over(settings: Settings, mail: Mail, folder: str, *, mailed: bool) -> bool:
    """Send a mail; where there is nobody to send it to or no server, write it to a file and return False."""
    message = smtp.write(mail, settings.smtp.sender or settings.digest.sender, settings.digest.list_id)
    if settings.smtp.host and mailed:
        smtp.send(message, settings.smtp)
        return True
    name = mail.message_id.strip("<>").rpartition("@")[0]
    eml, page = smtp.save(message, settings.var_dir / folder, name)
    structlog.get_logger().info("no_mail_server", written=str(eml), page=str(page))
    return False


def _print(notification: Notification) -> None:
    print(f"{notification.channel}  (no Slack token: printed and kept)\n{readable(notification.message)}\n", flush=True)
