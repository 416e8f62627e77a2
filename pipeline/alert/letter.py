"""
Notification -> the mail that tells it to a team without Slack; None for what only rewrites a message. Pure.

Message-IDs are made of the outbox's keys: what is sent twice is one mail, and what follows stands in its thread.
"""

from collections.abc import Sequence
from datetime import datetime

from pipeline.alert.message import readable
from pipeline.domain import Mail, Notification, Operation

_SUBJECT = 200


def letter(notification: Notification, addresses: Sequence[str], domain: str, now: datetime) -> Mail | None:
    """Return the mail; a mail cannot be rewritten, so that what is new is told by a reply alone."""
    if notification.operation is Operation.UPDATE:
        return None
    first = notification.thread
    title = first.title if first else notification.message.title
    return Mail(
        message_id=_message_id(notification.key, domain),
        recipient=", ".join(addresses),
        subject=" ".join(f"{'Re: ' if first else ''}{title}".split())[:_SUBJECT],
        text=readable(notification.message),
        html="",
        date=now,
        in_reply_to=_message_id(first.ts, domain) if first else None,
    )


def _message_id(key: str, domain: str) -> str:
    return f"<{key}.alert@{domain}>"
