"""
Stand-ins for what lies outside: feeds, a model, the clock. Hand-written; mail is in ``digest/postbox.py``, Slack in
``slack/``.
"""

import hashlib
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

from pipeline.domain import (
    Actor,
    Feed,
    FeedState,
    Fetched,
    PollOutcome,
    ReportedShift,
    Stance,
    Tag,
    Text,
    Track,
)
from tests.factories import NOW, position


@dataclass(slots=True)
class Clock:
    """A clock that only a test moves."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **units: float) -> None:
        self.at += timedelta(**units)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a fake feed publishes; ``published_at`` None prints no date."""

    guid: str
    title: str
    lead: str = ""
    link: str = ""
    published_at: datetime | None = None


def rss(items: Sequence[Item], *, note: str = "") -> bytes:
    """Write items as RSS 2.0; ``note`` changes the bytes and nothing else."""
    body = "".join(
        f"<item><guid isPermaLink='false'>{escape(i.guid)}</guid><title>{escape(i.title)}</title>"
        f"<description>{escape(i.lead)}</description><link>{escape(i.link or f'https://news.example/{i.guid}')}</link>"
        + (f"<pubDate>{format_datetime(i.published_at)}</pubDate>" if i.published_at else "")
        + "</item>"
        for i in items
    )
    return f"<rss version='2.0'><!-- {note} --><channel><title>Fake</title>{body}</channel></rss>".encode()


class Feeds:
    """A fetch that answers from memory. ``conditional`` servers answer 304 to the validator that they gave."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | PollOutcome] = {}
        self.asked: list[list[str]] = []
        self.conditional = True

    def __call__(self, asked: Sequence[tuple[Feed, FeedState]], _at: datetime, each: Callable[[Fetched], None]) -> None:
        self.asked.append([feed.name for feed, _ in asked])
        for feed, state in asked:
            each(self._answer(feed.name, state))

    def _answer(self, name: str, state: FeedState) -> Fetched:
        answer = self.answers.get(name, PollOutcome.GONE)
        if isinstance(answer, PollOutcome):
            return Fetched(feed=name, outcome=answer, detail=f"fake {answer}")
        etag = f'"{hashlib.sha256(answer).hexdigest()[:8]}"'
        if self.conditional and state.etag == etag:
            return Fetched(feed=name, outcome=PollOutcome.UNCHANGED, status=304, etag=etag)
        return Fetched(
            feed=name,
            outcome=None,
            status=200,
            body=answer,
            content_type="application/rss+xml",
            etag=etag if self.conditional else None,
        )


_MARK = re.compile(r"(JP|KR|TW|CN|KP)([+0-])([<>=])")
_STANCES = {"+": Stance.SUPPORTIVE, "0": Stance.HEDGING, "-": Stance.OPPOSING}
_SHIFTS = {">": ReportedShift.TOWARD, "<": ReportedShift.AWAY, "=": ReportedShift.NONE}


@dataclass
class Marks:
    """A tagger that believes marks in the title: ``KR0<`` is a hedging Korean government that moves away."""

    version: str = "marks-1"
    tagged: list[str] = field(default_factory=list)

    def tag(self, texts: Sequence[Text]) -> list[Tag]:
        self.tagged += [text.title for text in texts]
        return [self._tag(text) for text in texts]

    def _tag(self, text: Text) -> Tag:
        positions = tuple(
            position(actor=Actor(actor), stance=_STANCES[stance], reported_shift=_SHIFTS[shift])
            for actor, stance, shift in _MARK.findall(text.title)
        )
        return Tag(
            relevant=bool(positions),
            relevance=0.9 if positions else 0.1,
            positions=positions,
            tracks=(Track.AID,) if positions else (),
            model=self.version,
        )


def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
