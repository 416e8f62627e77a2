"""
Door: what Slack is asked beside sending: who is a member, to open a modal, to show something to one person.

Each question is asked once: what Slack does not take is logged and lost, and the person may press the button again.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from http import HTTPStatus
from threading import Lock
from typing import Any

import structlog
from slack_sdk import WebClient, WebhookClient
from slack_sdk.signature import Clock, SignatureVerifier

from pipeline.alert.slack import TIMEOUT_S, UnseenError, channel_id
from pipeline.domain import Message
from pipeline.places import Slack

MEMBERS_HOLD_S = 60.0
PAGES, PAGE = 10, 1_000

log = structlog.get_logger()


class Workspace:
    """A workspace as the bot sees it."""

    def __init__(self, slack: Slack) -> None:
        base_url = slack.base_url.rstrip("/") + "/" if slack.base_url else WebClient.BASE_URL
        self.client = WebClient(token=slack.token, base_url=base_url, timeout=TIMEOUT_S, retry_handlers=[])
        self._members: dict[str, tuple[float, frozenset[str]]] = {}
        self._lock = Lock()

    def members(self, channel: str) -> frozenset[str]:
        """Return the ids of a channel's members, known for a minute; nobody where Slack does not say."""
        with self._lock:  # one question, however many ask at once
            until, known = self._members.get(channel, (0.0, frozenset[str]()))
            if time.monotonic() < until:
                return known
            try:
                known = frozenset(self._listed(channel_id(self.client, channel)))
            except Exception as error:  # noqa: BLE001 - no answer is no permission
                log.warning("members_not_seen", channel=channel, error=str(error))
                return frozenset()
            self._members[channel] = time.monotonic() + MEMBERS_HOLD_S, known
            return known

    def open(self, trigger: str, view: Mapping[str, object]) -> bool:
        """Open a modal for whoever pressed a button within three seconds; False where Slack does not."""
        return _asked("view", partial(self.client.views_open, trigger_id=trigger, view=dict(view)))

    def show(self, message: Message, *, user: str, channel: str, url: str, replaces: bool) -> bool:
        """Show a message to one person alone: where the question came from, else in the channel. False: not shown."""
        said: dict[str, Any] = {"text": message.text, "blocks": [dict(block) for block in message.blocks]}
        if not url:
            return _asked("ephemeral", partial(self.client.chat_postEphemeral, channel=channel, user=user, **said))
        body = {**said, "response_type": "ephemeral", "replace_original": replaces}
        return _asked("answer", partial(_answered, url, body))

    def _listed(self, channel: str) -> Iterator[str]:
        cursor = ""
        for _ in range(PAGES):
            answer = self.client.conversations_members(channel=channel, cursor=cursor, limit=PAGE)
            yield from answer["members"]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return
        raise UnseenError(f"{channel} has more than {PAGES * PAGE} members")


def genuine(body: bytes, headers: Mapping[str, str], secret: str, now: datetime) -> bool:
    """Say whether a request over HTTP was signed by Slack less than five minutes ago."""
    clock = Clock()
    clock.now = now.timestamp  # type: ignore[method-assign]
    try:
        return SignatureVerifier(secret, clock).is_valid_request(body, dict(headers))
    except (TypeError, ValueError):  # a time that is no number, a signature that is no text
        return False


def _asked(what: str, ask: Callable[[], object]) -> bool:
    try:
        ask()
    except Exception as error:  # noqa: BLE001 - a refusal, a broken line, half an answer: not shown
        log.warning("not_shown", what=what, error=str(error))
        return False
    return True


def _answered(url: str, body: dict[str, Any]) -> None:
    answer = WebhookClient(url, TIMEOUT_S, retry_handlers=[]).send_dict(body)
    if answer.status_code != HTTPStatus.OK:
        raise UnseenError(f"HTTP {answer.status_code}: {answer.body}")
