"""
Stand-ins for what lies outside: feeds, a model, Slack, the clock. Hand-written; mail is in ``digest/postbox.py``.

`slack_api` speaks over loopback, so that the client library before it is the real one.
"""

import hashlib
import json
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl
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


# --- Slack ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Fault:
    """What the fake does instead of answering: ``cut`` closes the connection, before or in the middle of an answer."""

    status: int = 200
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    cut: str = ""  # "before", "within", "garbage"


@dataclass(slots=True)
class SlackApi:
    """Slack's Web API as far as ``chat.postMessage`` goes. ``faults`` come first, one a request."""

    url: str = ""
    token: str = "xoxb-right"
    channels: Mapping[str, str] = field(default_factory=lambda: {"#desk": "C0DESK", "C0DESK": "C0DESK"})
    archived: frozenset[str] = frozenset({"#old"})
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)
    posted: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """Judge one request as the published contract does."""
        if path != "/api/chat.postMessage":
            return {"ok": False, "error": "unknown_method"}
        given = _arguments(headers.get("Content-Type", ""), body)
        if isinstance(given, str):
            return {"ok": False, "error": given}
        token = headers.get("Authorization", "").removeprefix("Bearer ") or given.get("token", "")
        complaint = self._complaint(token, given)
        if complaint:
            return {"ok": False, "error": complaint}
        self.posted.append(given)
        ts = f"1779000000.{len(self.posted):06}"
        message = {"type": "message", "text": given.get("text", ""), "ts": ts, "user": "U0BOT"}
        return {"ok": True, "channel": self.channels[given["channel"]], "ts": ts, "message": message}

    def _complaint(self, token: str, given: Mapping[str, Any]) -> str | None:
        if token != self.token:
            return "invalid_auth" if token else "not_authed"
        if not isinstance(given.get("channel"), str):
            return "invalid_arguments"
        if given["channel"] in self.archived:
            return "is_archived"
        if given["channel"] not in self.channels:
            return "channel_not_found"
        blocks = given.get("blocks") or []
        if not (given.get("text") or blocks):
            return "no_text"
        return blocks_complaint(blocks)


def _arguments(content_type: str, body: bytes) -> dict[str, Any] | str:
    """Read arguments as JSON or as a form, whose ``blocks`` are JSON in a string; else the error's name."""
    try:
        if content_type.startswith("application/json"):
            given = json.loads(body)
            return given if isinstance(given, dict) else "json_not_object"
        if content_type.startswith("application/x-www-form-urlencoded"):
            form: dict[str, Any] = dict(parse_qsl(body.decode()))
            return form | {name: json.loads(form[name]) for name in ("blocks", "metadata") if name in form}
    except ValueError:
        return "invalid_json"
    return "invalid_post_type" if content_type else "missing_post_type"


def blocks_complaint(blocks: Any) -> str | None:
    """Name what Slack would say of blocks: the documented limits, and the measured one of their sum."""
    if not isinstance(blocks, list) or len(blocks) > 50:
        return "invalid_blocks"
    if not all(isinstance(block, dict) and _fits(block) for block in blocks):
        return "invalid_blocks"
    if sum(len(text["text"]) for block in blocks for text in texts_of(block)) > 12_000:
        return "msg_blocks_too_long"
    return None


def texts_of(block: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """List the text objects of a block."""
    return [text for text in (block.get("text"), *block.get("elements", ())) if isinstance(text, dict)]


_LONGEST = {"header": 150, "section": 3000, "context": 3000}


def _fits(block: Mapping[str, Any]) -> bool:
    kind, texts = str(block.get("type")), texts_of(block)
    if kind == "divider":
        return not texts
    wanted = {"plain_text"} if kind == "header" else {"plain_text", "mrkdwn"}
    return (
        kind in _LONGEST
        and 1 <= len(texts) <= (10 if kind == "context" else 1)
        and all(t.get("type") in wanted and 1 <= len(t.get("text", "")) <= _LONGEST[kind] for t in texts)
    )


@contextmanager
def slack_api() -> Iterator[SlackApi]:
    """Serve a fake Slack on loopback."""
    api = SlackApi()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            api.requests.append((self.path, dict(self.headers), body))
            fault = api.faults.pop(0) if api.faults else Fault()
            time.sleep(fault.seconds)
            if fault.cut == "before":
                self._hang_up()
                return
            if fault.cut == "garbage":
                self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
                self._hang_up()
                return
            answer = fault.body
            if answer is None:
                answer = json.dumps(api.answer(self.path, dict(self.headers), body)).encode()
            self.send_response(fault.status)
            for name, value in {"Content-Type": "application/json; charset=utf-8", **fault.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer) + (100 if fault.cut == "within" else 0)))
            self.end_headers()
            self.wfile.write(answer)
            if fault.cut == "within":
                self._hang_up()

        def _hang_up(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Say nothing of a client that did not wait."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    api.url = f"http://127.0.0.1:{server.server_address[1]}/api/"
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
