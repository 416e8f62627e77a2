"""
Door: posts one message to Slack, or prints it where there is no token. slack_sdk does the talking.

Never retries by itself: a connection that broke after Slack accepted would post twice, and a rate limit would
sleep in a worker's slot. Each attempt has one `Delivery`; the outbox decides what comes next.
"""

import re
from collections.abc import Callable

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from pipeline.domain import Delivery, Notification, NotificationState
from pipeline.settings import Slack

TIMEOUT_S = 20
_BUSY_S = 60.0
_LATER = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)
_NAME = re.compile(r"[a-z_]+")

Show = Callable[[Notification], None]


def post(notification: Notification, slack: Slack, show: Show) -> Delivery:
    """Post a notification to its channel; without a token ``show`` it to whoever is there."""
    if slack.token is None:
        show(notification)
        return Delivery(state=NotificationState.PRINTED)
    base_url = slack.base_url.rstrip("/") + "/" if slack.base_url else WebClient.BASE_URL
    client = WebClient(token=slack.token, base_url=base_url, timeout=TIMEOUT_S, retry_handlers=[])
    try:
        answer = client.chat_postMessage(
            channel=notification.channel,
            text=notification.message.text,
            blocks=[dict(block) for block in notification.message.blocks],
            unfurl_links=False,
            unfurl_media=False,
            metadata={"event_type": "stancewatch_alert", "event_payload": {"alert_id": notification.key}},
        )
    except SlackApiError as error:
        return _refused(error.response)
    except Exception as error:  # noqa: BLE001 - a broken line, a time-out, half an answer: this message's outcome
        return _later(f"{type(error).__name__}: {error}")
    return Delivery(state=NotificationState.SENT, ts=answer.get("ts"), channel=answer.get("channel"))


def _refused(answer: SlackResponse) -> Delivery:
    """Tell a passing refusal, tried again after the time asked, from one by Slack that a person has to mend."""
    said = answer.data.get("error") if isinstance(answer.data, dict) else None
    name = str(said or f"HTTP {answer.status_code}")
    passing = answer.status_code == 429 or answer.status_code >= 500 or name in _LATER  # noqa: PLR2004 - HTTP
    if passing or not _NAME.fullmatch(name):  # what is no name comes from something between us and Slack
        wait = answer.headers.get("Retry-After", "")
        return _later(name, float(wait) if wait.isdecimal() else _BUSY_S)
    return Delivery(state=NotificationState.FAILED, error=name)


def _later(error: str, seconds: float = _BUSY_S) -> Delivery:
    return Delivery(state=NotificationState.PENDING, error=error, retry_after_s=seconds)
