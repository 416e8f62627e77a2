"""
Door: posts one message to Slack, or prints it where there is no token. slack_sdk does the talking.

Never retries by itself: a connection that broke after Slack accepted would post twice, and a rate limit would
sleep in a worker's slot. Each attempt has one `Delivery`; the outbox decides what comes next.
"""

from collections.abc import Callable

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from pipeline.domain import Delivery, Notification, NotificationState
from pipeline.settings import Slack

TIMEOUT_S = 20
_BUSY_S = 60.0
_LATER = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)

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
        return _refused(error)
    except (SlackClientError, OSError) as error:
        return Delivery(
            state=NotificationState.PENDING, error=f"{type(error).__name__}: {error}", retry_after_s=_BUSY_S
        )
    return Delivery(state=NotificationState.SENT, ts=answer.get("ts"), channel=answer.get("channel"))


def _refused(error: SlackApiError) -> Delivery:
    """Tell a passing refusal, tried again after the time asked, from one that a person has to mend."""
    status, name = error.response.status_code, str(error.response.get("error", "unknown"))
    if status == 429 or status >= 500 or name in _LATER:  # noqa: PLR2004 - HTTP
        wait = error.response.headers.get("Retry-After", "")
        return Delivery(
            state=NotificationState.PENDING, error=name, retry_after_s=float(wait) if wait.isdigit() else _BUSY_S
        )
    return Delivery(state=NotificationState.FAILED, error=name)
