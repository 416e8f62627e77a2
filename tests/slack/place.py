"""
A stand-in for Slack on loopback: one workspace with its channels, as the published contract says and facts measured.

It refuses what Slack refuses (token, arguments, channels, blocks, rates), keeps what it accepts, and can be told to
fail: `Fault`. Nothing of ours is imported: it is a referee. Served by ``wire.py``; Socket Mode is in ``socket.py``.
"""

import re
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, ClassVar

from tests.slack import blocks as limits

_PER_MINUTE = {"chat.update": 50, "conversations.history": 50, "conversations.replies": 50, "conversations.list": 20}
_PER_MINUTE |= {
    "conversations.members": 100,
    "chat.postEphemeral": 100,
    "views.open": 100,
    "auth.test": 600,
    "apps.connections.open": 60,
}
_CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{6,}")
_TRIGGER_S = 3.0
_ANSWERS, _ANSWERED_S = 5, 1800.0  # of one response_url
_TRUNCATED = 40_000

Answer = dict[str, Any]


@dataclass(slots=True)
class Fault:
    """
    What happens instead of an answer, to the next request that it is for.

    ``cut`` closes the connection: "before" the request is carried out, "after" it, "within" the answer to it, or with
    "garbage". ``seconds`` passes before the answer; with ``accepted`` the request is carried out all the same.
    """

    method: str = ""
    status: int = 200
    error: str = ""
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    cut: str = ""
    accepted: bool = False
    then: Callable[[], None] | None = None  # called once the request was carried out, before any answer

    @property
    def fails(self) -> bool:
        """Whether the answer is not the one that the contract gives."""
        return bool(self.error or self.status != 200 or self.body is not None or self.cut)


@dataclass(slots=True)
class Place:
    """A workspace. ``now`` is its clock in seconds; ``seconds_per_message`` the rate of a channel."""

    url: str = ""
    token: str = "xoxb-right"
    app_token: str = "xapp-right"
    channels: dict[str, str] = field(default_factory=lambda: {"desk": "C000DESK", "old": "C0000OLD", "kr": "C00000KR"})
    archived: set[str] = field(default_factory=lambda: {"C0000OLD"})
    members: dict[str, set[str]] = field(default_factory=lambda: {"C000DESK": {"U000ANNA", "U0000BOT"}})
    now: Callable[[], float] = time.time  # noqa: TID251 - its own clock
    seconds_per_message: float = 1.0
    limited: bool = True
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)
    messages: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    shown: list[Answer] = field(default_factory=list)
    views: list[Answer] = field(default_factory=list)
    triggers: dict[str, float] = field(default_factory=dict)
    answer_urls: dict[str, list[Any]] = field(default_factory=dict)  # who asked, when, how often it was used
    answered: list[Answer] = field(default_factory=list)
    rewritten: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    tickets: Callable[[], str] | None = None  # the address of a socket
    _last: dict[str, float] = field(default_factory=dict)
    _asked: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _ts: float = 0.0
    lock: RLock = field(default_factory=RLock)

    # --- what a test asks ---

    def top(self, channel: str = "C000DESK") -> list[Answer]:
        """List the messages of a channel that are no answers, the oldest first."""
        return [each for each in self.messages[channel] if each.get("thread_ts", each["ts"]) == each["ts"]]

    def thread(self, ts: str, channel: str = "C000DESK") -> list[Answer]:
        """List the answers to a message."""
        return [each for each in self.messages[channel] if each.get("thread_ts") == ts and each["ts"] != ts]

    def alerts(self, channel: str = "C000DESK") -> list[str]:
        """List the marks of all that was posted to a channel, answers included."""
        return [each["metadata"]["event_payload"]["alert_id"] for each in self.messages[channel] if "metadata" in each]

    def clear(self) -> None:
        """Begin anew, with the same address."""
        for kept in (self.faults, self.requests, self.messages, self.shown, self.answered, self.views):
            kept.clear()
        for kept in (self._last, self._asked, self.refused):
            kept.clear()
        self.rewritten = 0

    def answer_url(self, user: str) -> str:
        """Hand out the ``response_url`` of one interaction: five answers within half an hour."""
        name = f"answer-{len(self.answer_urls) + 1}"
        self.answer_urls[name] = [user, self.now(), 0]
        return f"{self.url.removesuffix('api/')}response/{name}"

    # --- the contract ---

    def answer_to(self, name: str, given: Answer | str) -> tuple[int, str]:
        """Judge what was sent to a ``response_url``."""
        with self.lock:
            known = self.answer_urls.get(name)
            if known is None or self.now() - known[1] > _ANSWERED_S:
                return 404, "expired_url"
            if known[2] >= _ANSWERS:
                return 404, "used_url"
            if isinstance(given, str):
                return 400, "invalid_payload"
            if fault := self._words_fault(given):
                return 400, fault
            if given.get("response_type", "ephemeral") not in {"ephemeral", "in_channel"}:
                return 400, "invalid_payload"
            known[2] += 1
            self.answered.append({**given, "user": known[0]})
            return 200, "ok"

    def answer(
        self, method: str, headers: Mapping[str, str], given: Answer | str
    ) -> tuple[int, Answer, dict[str, str]]:
        """Judge one request, and carry it out: status, answer, further headers."""
        with self.lock:
            carried_out = self._METHODS.get(method)
            if carried_out is None:
                return 200, _no("unknown_method"), {}
            if isinstance(given, str):
                return 200, _no(given), {}
            token = headers.get("Authorization", "").removeprefix("Bearer ") or given.get("token", "")
            wanted = self.app_token if method == "apps.connections.open" else self.token
            if token != wanted:
                return 200, _no("invalid_auth" if token else "not_authed"), {}
            wait = self._too_fast(method, given)
            if wait:
                return 429, _no("ratelimited"), {"Retry-After": str(wait)}
            return 200, carried_out(self, given), {}

    def _too_fast(self, method: str, given: Answer) -> int:
        now = self.now()
        if not self.limited:
            return 0
        if method == "chat.postMessage":
            channel = self._channel(given)
            if now - self._last.get(channel, -1e9) < 0.8 * self.seconds_per_message:  # "about" one a second
                return 1
            self._last[channel] = now
            return 0
        asked = self._asked[method]
        while asked and asked[0] <= now - 60:
            asked.popleft()
        if len(asked) >= _PER_MINUTE[method]:
            return max(1, round(asked[0] + 60 - now))
        asked.append(now)
        return 0

    def _channel(self, given: Answer) -> str:
        """Return the id of the channel named; what is no channel is returned as it is."""
        name = str(given.get("channel", ""))
        return name if name in self.channels.values() else self.channels.get(name.removeprefix("#"), name)

    def _channel_fault(self, given: Answer, *, by_name: bool = False) -> str | None:
        name = given.get("channel")
        if not isinstance(name, str) or not name:
            return "invalid_arguments"
        channel = self._channel(given)
        if channel not in self.channels.values() or not (by_name or _CHANNEL_ID.fullmatch(name)):
            return "channel_not_found"
        return "is_archived" if channel in self.archived else None

    def _words_fault(self, given: Answer) -> str | None:
        if not (given.get("text") or given.get("blocks")):
            return "no_text"
        metadata = given.get("metadata")
        if metadata is not None and not (
            isinstance(metadata, dict)
            and metadata.get("event_type")
            and isinstance(metadata.get("event_payload"), dict)
        ):
            return "metadata_must_be_sent_from_app"
        return limits.complaint(given.get("blocks") or [])

    def _post(self, given: Answer) -> Answer:
        if fault := self._channel_fault(given, by_name=True) or self._words_fault(given):
            return _no(fault)
        channel = self._channel(given)
        parent = given.get("thread_ts")
        if parent is not None and not any(each["ts"] == parent for each in self.messages[channel]):
            return _no("thread_not_found")
        said = {
            name: given[name] for name in ("text", "blocks", "metadata", "thread_ts") if given.get(name) is not None
        }
        said["text"] = str(said.get("text", ""))[:_TRUNCATED]
        said |= {"type": "message", "user": "U0000BOT", "ts": self._next_ts(), "at": self.now()}
        self.messages[channel].append({**said, "asked": given})
        return {"ok": True, "channel": channel, "ts": said["ts"], "message": _shown(said)}

    def _update(self, given: Answer) -> Answer:
        if fault := self._channel_fault(given) or self._words_fault(given):
            return _no(fault)
        if not isinstance(given.get("ts"), str):
            return _no("invalid_arguments")
        found = next((each for each in self.messages[given["channel"]] if each["ts"] == given["ts"]), None)
        if found is None:
            return _no("message_not_found")
        found |= {name: given[name] for name in ("text", "blocks", "metadata") if given.get(name) is not None}
        found["edited"] = {"user": "U0000BOT", "ts": f"{self.now():.6f}"}
        self.rewritten += 1
        return {
            "ok": True,
            "channel": given["channel"],
            "ts": found["ts"],
            "text": found["text"],
            "message": _shown(found),
        }

    def _ephemeral(self, given: Answer) -> Answer:
        if fault := self._channel_fault(given) or self._words_fault(given):
            return _no(fault)
        if given.get("user") not in self.members.get(self._channel(given), ()):
            return _no("user_not_in_channel" if given.get("user") else "invalid_arguments")
        self.shown.append(given)
        return {"ok": True, "message_ts": self._next_ts()}

    def _history(self, given: Answer) -> Answer:
        if (fault := self._channel_fault(given)) and fault != "is_archived":
            return _no(fault)
        return self._some(given, list(reversed(self.top(given["channel"]))))

    def _replies(self, given: Answer) -> Answer:
        if (fault := self._channel_fault(given)) and fault != "is_archived":
            return _no(fault)
        if not given.get("ts"):
            return _no("invalid_arguments")
        parent = [each for each in self.messages[given["channel"]] if each["ts"] == given["ts"]]
        if not parent:
            return _no("thread_not_found")
        return self._some(given, [*parent, *self.thread(given["ts"], given["channel"])])

    def _some(self, given: Answer, found: list[Answer]) -> Answer:
        try:
            oldest, latest = float(given.get("oldest") or 0), float(given.get("latest") or 1e12)
            limit, start = int(given.get("limit") or 100), int(given.get("cursor") or 0)
        except ValueError:
            return _no("invalid_arguments")
        if not 1 <= limit <= 999:
            return _no("invalid_limit")
        within = [each for each in found if oldest < float(each["ts"]) < latest]
        page, more = within[start : start + limit], len(within) > start + limit
        whole = str(given.get("include_all_metadata", "")).lower() in {"1", "true"}
        return {
            "ok": True,
            "messages": [_shown(each, metadata=whole) for each in page],
            "has_more": more,
            "pin_count": 0,
            "channel_actions_ts": None,
            "channel_actions_count": 0,
            "response_metadata": {"next_cursor": str(start + limit) if more else ""},
        }

    def _list(self, given: Answer) -> Answer:
        hidden = self.archived if str(given.get("exclude_archived", "")).lower() in {"1", "true"} else set()
        known = [{"id": id_, "name": name} for name, id_ in sorted(self.channels.items()) if id_ not in hidden]
        limit, start = int(given.get("limit") or 100), int(given.get("cursor") or 0)
        if not 1 <= limit <= 1000:
            return _no("invalid_limit")
        more = len(known) > start + limit
        cursor = {"next_cursor": str(start + limit) if more else ""}
        return {"ok": True, "channels": known[start : start + limit], "response_metadata": cursor}

    def _members(self, given: Answer) -> Answer:
        if (fault := self._channel_fault(given)) and fault != "is_archived":
            return _no(fault)
        known = sorted(self.members.get(given["channel"], ()))
        try:
            limit, start = int(given.get("limit") or 100), int(given.get("cursor") or 0)
        except ValueError:
            return _no("invalid_cursor")
        if not 1 <= limit <= 1000:
            return _no("invalid_limit")
        cursor = {"next_cursor": str(start + limit) if len(known) > start + limit else ""}
        return {"ok": True, "members": known[start : start + limit], "response_metadata": cursor}

    def _who(self, _: Answer) -> Answer:
        ids = {"team_id": "T0000001", "user_id": "U0000BOT", "bot_id": "B0000001"}
        return {"ok": True, "url": "https://desk.slack.example/", "team": "desk", "user": "stancewatch", **ids}

    def _socket(self, _: Answer) -> Answer:
        return {"ok": True, "url": self.tickets()} if self.tickets else _no("internal_error")

    def _view(self, given: Answer) -> Answer:
        at = self.triggers.pop(str(given.get("trigger_id", "")), None)
        if at is None:
            return _no("invalid_trigger_id" if given.get("trigger_id") else "invalid_arguments")
        if self.now() - at > _TRIGGER_S:
            return _no("expired_trigger_id")
        view = given.get("view")
        title = view.get("title") if isinstance(view, dict) else None
        kinds = {block.get("type") for block in view.get("blocks") or ()} if isinstance(view, dict) else set()
        if (
            not isinstance(view, dict)
            or view.get("type") != "modal"
            or not (isinstance(title, dict) and 1 <= len(title.get("text", "")) <= 24)
            or ("input" in kinds and "submit" not in view)
            or any(not 1 <= len(view[name].get("text", "")) <= 24 for name in ("submit", "close") if name in view)
            or len(view.get("private_metadata", "")) > 3000
            or len(view.get("callback_id", "")) > 255
            or limits.complaint(view.get("blocks"), limits.VIEW_BLOCKS)
        ):
            return _no("invalid_arguments")
        self.views.append(view)
        return {"ok": True, "view": {**view, "id": f"V{len(self.views):07}"}}

    def _next_ts(self) -> str:
        self._ts = max(self.now(), self._ts + 1e-5)
        return f"{self._ts:.6f}"

    _METHODS: ClassVar[Mapping[str, Callable[["Place", Answer], Answer]]] = {
        "chat.postMessage": _post,
        "chat.update": _update,
        "chat.postEphemeral": _ephemeral,
        "conversations.history": _history,
        "conversations.replies": _replies,
        "conversations.list": _list,
        "conversations.members": _members,
        "auth.test": _who,
        "apps.connections.open": _socket,
        "views.open": _view,
    }


def _no(error: str) -> Answer:
    return {"ok": False, "error": error}


def _shown(message: Answer, *, metadata: bool = True) -> Answer:
    hidden = {"at", "asked"} | (set() if metadata else {"metadata"})
    return {name: value for name, value in message.items() if name not in hidden}
