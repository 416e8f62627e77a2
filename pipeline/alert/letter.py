"""Notification -> the mail that tells it to a team without Slack; None for what only rewrites a message. Pure."""

from pipeline.alert.message import readable
from pipeline.domain import Notification, Operation, Rendered

_SUBJECT = 200


def rendered(notification: Notification) -> Rendered | None:
    """Return the mail's words; a mail cannot be rewritten, so that what is new is told by a reply alone."""
    if notification.operation is Operation.UPDATE:
        return None
    first = notification.thread
    title = first.title if first else notification.message.title
    subject = " ".join(f"{'Re: ' if first else ''}{title}".split())[:_SUBJECT]
    return Rendered(subject=subject, text=readable(notification.message), html="", images=())
