"""
A house of flows on fake doors and a real store: what the flows' tests live in.

The store is SQLite on disk, migrated once a session and copied for every house.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from pipeline import flows
from pipeline.domain import (
    Actor,
    Delivery,
    Feed,
    FeedKind,
    Handover,
    Letter,
    Notification,
    NotificationState,
    Owner,
    Receipt,
    Route,
    Source,
    Terms,
)
from pipeline.poll.parsers import Parsers
from pipeline.settings import Settings, load
from pipeline.storage.store import Store
from tests.factories import NOW
from tests.fakes import Clock, Feeds, Item, Marks, rss

HOUR = timedelta(hours=1)
VERBS = (flows.poll, flows.dedup, flows.classify, flows.detect, flows.alert, flows.digest, flows.housekeeping)


class House:
    """
    The flows on a real SQLite store, with fake doors and a clock that stands still.

    ``posts`` and ``mails`` hold what went out; ``answers`` and ``refused`` say what Slack and the mail server do.
    """

    def __init__(self, folder: Path, **over: Any) -> None:
        self.clock = Clock()
        self.feeds = Feeds()
        self.marks = Marks()
        self.posts: list[Notification] = []
        self.answers: list[Delivery] = []
        self.mails: list[Letter] = []
        self.refused: set[str] = set()
        self.settings = replace(small_settings(folder), **over)
        self.store = migrated(folder / "stancewatch.db")
        self.services = self.of("one")

    def of(self, holder: str) -> flows.Services:
        """Another process's services on the same memory."""
        return flows.Services(
            settings=self.settings,
            store=self.store,
            fetch=self.feeds,
            parsers=Parsers(0),
            tagger=lambda: self.marks,  # type: ignore[arg-type, return-value]
            post=self._post,
            deliver=self._deliver,
            now=self.clock,
            holder=holder,
            wait=lambda seconds: self.clock.forward(seconds=seconds),
        )

    def publish(self, feed: str, *items: Item, note: str = "") -> None:
        """Let a feed serve these items from now on."""
        self.feeds.answers[feed] = rss(items, note=note)

    def run(self, *verbs: Callable[[flows.Services], flows.Counts]) -> dict[str, flows.Counts]:
        """Run verbs, by default all in order; counts by verb."""
        return {verb.__name__: verb(self.services) for verb in verbs or VERBS}

    def sent(self) -> tuple[int, int]:
        """How many messages and mails have gone out."""
        return len(self.posts), len(self.mails)

    def _post(self, notification: Notification) -> Delivery:
        self.posts.append(notification)
        default = Delivery(state=NotificationState.SENT, ts=f"{len(self.posts)}.0", channel="C1")
        return self.answers.pop(0) if self.answers else default

    def _deliver(self, letter: Letter) -> Receipt:
        if letter.address in self.refused:
            return Receipt(handover=Handover.LATER, error=f"450 not now {letter.address}")
        self.mails.append(letter)
        return Receipt(handover=Handover.TAKEN)


@contextmanager
def house(**over: Any) -> Iterator[House]:
    """A house in a folder of its own, gone at the end: for properties, whose examples share no fixture."""
    with tempfile.TemporaryDirectory() as folder:
        built = House(Path(folder), **over)
        try:
            yield built
        finally:
            built.store.close()


def fake_feed(name: str, source: str, **over: Any) -> Feed:
    return replace(
        Feed(
            name=name,
            url=f"https://{name}.example/rss",
            source=source,
            lang="en",
            country="GB",
            kind=FeedKind.WIRE,
            terms=Terms.OPEN,
            timezone="UTC",
        ),
        **over,
    )


FEEDS = (fake_feed("wire", "Wire"), fake_feed("daily", "Daily"), fake_feed("cabinet", "Cabinet"))
SOURCES = (
    Source(name="Wire", owner=Owner.PRIVATE, country="GB", tier=1),
    Source(name="Daily", owner=Owner.PRIVATE, country="GB", tier=2),
    Source(name="Cabinet", owner=Owner.STATE, country="KR", tier=1, official=Actor.KR),
)
ROUTES = (Route(name="desk", channel="#desk", min_certainty=0.6),)


@cache
def _project_settings() -> Settings:
    return load({})


def small_settings(folder: Path) -> Settings:
    """The project's own settings with three fake feeds, one route and nobody to write to."""
    return replace(
        _project_settings(),
        var_dir=folder,
        database_url=f"sqlite:///{folder / 'stancewatch.db'}",
        feeds=FEEDS,
        sources=SOURCES,
        routes=ROUTES,
    )


@cache
def _empty_database() -> Path:
    """Migrate once a session: what every house starts from."""
    path = Path(tempfile.mkdtemp()) / "empty.db"
    Store(f"sqlite:///{path}").close()
    return path


def migrated(path: Path) -> Store:
    shutil.copy(_empty_database(), path)
    return Store(f"sqlite:///{path}")


def item(guid: str, title: str = "", **over: Any) -> Item:
    known = {"published_at": NOW - HOUR, "lead": f"lead of {guid}"}
    return Item(guid=guid, title=title or f"headline {guid} of no interest", **{**known, **over})


def turn(guid: str = "turn", **over: Any) -> Item:
    """What a Korean government's own site says when its position moves away."""
    return item(guid, "KR0< cabinet reconsiders its pledge to Kyiv", published_at=NOW + 6 * HOUR, **over)


def watch(home: House) -> None:
    """Read every feed once, so that what comes from now on is news."""
    for feed in FEEDS:
        home.publish(feed.name, item(f"{feed.name}-0"))
    home.run()
    home.clock.forward(hours=6)
