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
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from pipeline.alert import letter, slack, slack_socket
from pipeline.alert.message import readable
from pipeline.alert.route import every
from pipeline.alert.workspace import Workspace
from pipeline.answering import Answers
from pipeline.classify import current
from pipeline.digest import smtp
from pipeline.digest.letter import letter as addressed
from pipeline.domain import (
    EMAIL,
    Article,
    Confusion,
    Delivery,
    Fetched,
    Gloss,
    Handover,
    Letter,
    LetterKind,
    Notification,
    NotificationState,
    Position,
    Receipt,
    Rendered,
)
from pipeline.language.concepts import Concepts
from pipeline.places import MailConnection, smtp_of
from pipeline.poll import http
from pipeline.poll.parsers import Parsers
from pipeline.posting import NOBODY
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
        post=partial(_post, settings, server, show or _print, clock),
        deliver=partial(_deliver, settings, server),
        hang_up=server.close,
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
    server: smtp.Server,
    show: Callable[[Notification], None],
    clock: Callable[[], datetime],
    notification: Notification,
) -> Delivery:
    if notification.channel == EMAIL:
        return _mailed(settings, server, show, notification, clock())
    delivery = slack.post(notification, settings.slack, show)
    if delivery.state is not NotificationState.SENT:
        structlog.get_logger().info("not_in_slack", key=notification.key, state=delivery.state, error=delivery.error)
    return delivery


def _mailed(
    settings: Settings,
    server: smtp.Server,
    show: Callable[[Notification], None],
    notification: Notification,
    at: datetime,
) -> Delivery:
    """Mail a notification, or write it to a file where there is no server; its key stands for where it is."""
    rendered = letter.rendered(notification)
    sent = Delivery(state=NotificationState.SENT, ts=notification.key, channel=EMAIL)
    if rendered is None:
        return sent
    receipt = _deliver(settings, server, _alert(settings, notification, rendered, at), folder="alerts")
    if receipt.handover is Handover.TAKEN:
        return sent
    if receipt.handover is Handover.WRITTEN:
        show(notification)
        return replace(sent, state=NotificationState.PRINTED)
    return Delivery(state=NotificationState.BLOCKED, error=receipt.error, retry_after_s=_MEND_S)


def _alert(settings: Settings, notification: Notification, rendered: Rendered, at: datetime) -> Letter:
    """Address an alert. Message-IDs are made of the outbox's keys: what is sent twice is one mail."""
    routes = every(settings.routes)
    addresses = ", ".join(next((route.email for route in routes if route.name == notification.route), ()))
    return addressed(
        rendered,
        kind=LetterKind.ALERT,
        week="message",
        about=notification.key,
        address=addresses or NOBODY,
        sender=settings.smtp.sender or settings.digest.sender,
        list_id=settings.digest.list_id,
        now=at,
        answers=notification.thread.ts if notification.thread else None,
    )


def _deliver(settings: Settings, server: smtp.Server, mail: Letter, folder: str = "digests") -> Receipt:
    if settings.smtp.host and mail.address != NOBODY:
        return server.send(mail)
    eml, page = smtp.save(mail, settings.var_dir / folder)
    structlog.get_logger().info("no_mail_server", written=str(eml), page=str(page))
    return Receipt(handover=Handover.WRITTEN)


def _print(notification: Notification) -> None:
    print(f"{notification.channel}  (no Slack token: printed and kept)\n{readable(notification.message)}\n", flush=True)
