"""
Door: carries out one operation in Slack, or prints it where there is no token. slack_sdk does the talking.

Never retries by itself: a connection that broke after Slack accepted would post twice, and a rate limit would
sleep in a worker's slot. Each attempt has one `Delivery`; after one that Slack gave no clear answer to, the
channel's history is searched for our own mark before anything is said again.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from pipeline.domain import Delivery, Notification, NotificationState, Operation, Thread
from pipeline.places import Slack

TIMEOUT_S = 10
EVENT = "stancewatch_alert"
LISTS, CHANNELS, PAGES, PAGE = 3, 1_000, 5, 200
"""What is searched for an earlier attempt at most: among 3,000 channels, 1,000 messages since then."""

_SKEW = timedelta(minutes=5)
_BUSY_S, _MEND_S, _UNSEEN_S = 60.0, 300.0, 900.0
_AUTH = frozenset(
    {"not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired", "missing_scope"}
    | {"no_permission", "access_denied", "org_login_required", "ekm_access_denied", "team_access_not_granted"}
    | {"not_allowed_token_type", "two_factor_setup_required"}
)
"""What ends all sending until a person mends it."""
_CHANNEL = frozenset(
    {"channel_not_found", "is_archived", "not_in_channel", "is_inactive", "restricted_action"}
    | {"restricted_action_read_only_channel", "restricted_action_non_threadable_channel", "user_not_in_channel"}
)
_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_UNCLEAR = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
_GONE = frozenset({"message_not_found", "thread_not_found", "cant_update_message", "edit_window_closed"})
_NAME = re.compile(r"[a-z_]+")
_CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{6,}")

Show = Callable[[Notification], None]


class UnseenError(Exception):
    """What was looked for cannot be seen: not even that it is not there."""


def post(notification: Notification, slack: Slack, show: Show) -> Delivery:
    """Carry out an operation; without a token ``show`` what it says to whoever is there."""
    printed = notification.operation is not Operation.POST and notification.thread is None  # its message was
    if slack.token is None or printed:
        if notification.operation is not Operation.UPDATE:  # a terminal is not rewritten
            show(notification)
        return Delivery(state=NotificationState.PRINTED)
    base_url = slack.base_url.rstrip("/") + "/" if slack.base_url else WebClient.BASE_URL
    client = WebClient(token=slack.token, base_url=base_url, timeout=TIMEOUT_S, retry_handlers=[])
    return _seen(client, notification) or _tried(client, notification)


def _seen(client: WebClient, notification: Notification) -> Delivery | None:
    """Look whether an attempt that is in doubt arrived; to rewrite a message twice does no harm."""
    if notification.doubted_at is None or notification.operation is Operation.UPDATE:
        return None
    try:
        found = _found(client, notification)
    except SlackApiError as error:
        return _not_seen(_refused(error.response, notification))
    except UnseenError as error:
        return _later(NotificationState.TRYING, f"cannot look: {error}", _UNSEEN_S)
    except Exception as error:  # noqa: BLE001 - a broken line, a time-out, half an answer: not seen this time
        return _down(f"cannot look: {type(error).__name__}: {error}")
    return Delivery(state=NotificationState.SENT, ts=found.ts, channel=found.channel) if found else None


def _tried(client: WebClient, notification: Notification) -> Delivery:
    try:
        answer = _say(client, notification)
    except SlackApiError as error:
        return _refused(error.response, notification)
    except Exception as error:  # noqa: BLE001 - a broken line, a time-out, half an answer: this message's outcome
        return _down(f"{type(error).__name__}: {error}")
    return Delivery(state=NotificationState.SENT, ts=answer.get("ts"), channel=answer.get("channel"))


def _say(client: WebClient, notification: Notification) -> SlackResponse:
    blocks = [dict(block) for block in notification.message.blocks]
    said: dict[str, Any] = {"text": notification.message.text, "blocks": blocks}
    thread = notification.thread
    if notification.operation is Operation.UPDATE:
        mark = _mark(notification.matter)
        return client.chat_update(channel=_of(thread).channel, ts=_of(thread).ts, metadata=mark, **said)
    if notification.operation is Operation.REPLY:
        said |= {"channel": _of(thread).channel, "thread_ts": _of(thread).ts}
    else:
        said |= {"channel": notification.channel}
    return client.chat_postMessage(unfurl_links=False, unfurl_media=False, metadata=_mark(notification.key), **said)


def _mark(alert_id: str) -> dict[str, Any]:
    return {"event_type": EVENT, "event_payload": {"alert_id": alert_id}}


def _of(thread: Thread | None) -> Thread:
    if thread is None:
        raise ValueError("an update or a reply without its message")
    return thread


def _found(client: WebClient, notification: Notification) -> Thread | None:
    """Look for an earlier attempt's message since its time, by our mark."""
    thread = notification.thread
    channel = thread.channel if thread else channel_id(client, notification.channel)
    since = notification.doubted_at
    oldest = f"{(since - _SKEW).timestamp():.6f}" if since else "0"
    for message in _messages(client, channel, oldest, thread):
        metadata = message.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        if metadata.get("event_type") == EVENT and payload.get("alert_id") == notification.key:
            return Thread(channel=channel, ts=message["ts"])
    return None


def _messages(client: WebClient, channel: str, oldest: str, thread: Thread | None) -> Iterator[dict[str, Any]]:
    asked: dict[str, Any] = {"channel": channel, "oldest": oldest, "limit": PAGE, "include_all_metadata": True}
    for _ in range(PAGES):
        answer = (
            client.conversations_replies(ts=thread.ts, **asked) if thread else client.conversations_history(**asked)
        )
        yield from answer["messages"]
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return
        asked["cursor"] = cursor
    raise UnseenError(f"more than {PAGES * PAGE} messages since")


def channel_id(client: WebClient, name: str) -> str:
    """Return a channel's id: history is not told by name."""
    if _CHANNEL_ID.fullmatch(name):
        return name
    cursor = ""
    for _ in range(LISTS):
        answer = client.conversations_list(
            cursor=cursor, limit=CHANNELS, types="public_channel,private_channel", exclude_archived=True
        )
        for channel in answer["channels"]:
            if channel["name"] == name.removeprefix("#"):
                return str(channel["id"])
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    raise UnseenError(f"no channel {name} among those that the app may list")


def _refused(answer: SlackResponse, notification: Notification) -> Delivery:
    """Tell refusals apart: wait, look again, mend token or channel, say it without blocks, or never."""
    said = answer.data.get("error") if isinstance(answer.data, dict) else None
    name = str(said or f"HTTP {answer.status_code}")
    wait = answer.headers.get("Retry-After", "")
    if answer.status_code == 429 or name in _LIMITED:  # noqa: PLR2004 - HTTP
        return _later(NotificationState.PENDING, name, float(wait) if wait.isdecimal() else _BUSY_S)
    # what is no name comes from something between us and Slack
    if answer.status_code >= 500 or name in _UNCLEAR or not _NAME.fullmatch(name):  # noqa: PLR2004 - HTTP
        return _down(name, float(wait) if wait.isdecimal() else _BUSY_S)
    if name in _AUTH or name in _CHANNEL:
        return replace(_later(NotificationState.BLOCKED, name, _MEND_S), everywhere=name in _AUTH)
    if notification.message.blocks and name not in _GONE:
        return Delivery(state=NotificationState.PENDING, error=name, plain=True)
    return Delivery(state=NotificationState.FAILED, error=name)


def _not_seen(refusal: Delivery) -> Delivery:
    """Keep in doubt what could not be looked for."""
    state = refusal.state if refusal.state is NotificationState.BLOCKED else NotificationState.TRYING
    return replace(
        refusal,
        state=state,
        error=f"cannot look: {refusal.error}",
        plain=False,
        retry_after_s=refusal.retry_after_s or _UNSEEN_S,
    )


def _down(error: str, seconds: float = _BUSY_S) -> Delivery:
    """Nothing clear came back, and to other messages nothing clear would."""
    return replace(_later(NotificationState.TRYING, error, seconds), everywhere=True)


def _later(state: NotificationState, error: str, seconds: float = _BUSY_S) -> Delivery:
    return Delivery(state=state, error=error, retry_after_s=seconds)
