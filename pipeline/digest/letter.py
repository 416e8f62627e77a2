"""
Words and pictures -> a mail as it is sent, byte for byte. Pure; the same words give the same bytes.

multipart/alternative: plain text first, then HTML with its pictures beside it. Headers are not folded into encoded
words, which would break links in them (measured with Python's default policy). RFC 5322, 2919 (List-Id),
3834 (Auto-Submitted), 8058 (one click to leave).
"""

import hashlib
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, parseaddr
from typing import Any

from pipeline.domain import Letter, LetterKind, RefusalError, Rendered

_POLICY = SMTP.clone(max_line_length=998, cte_type="7bit")


def message_id(kind: LetterKind, week: str, about: str, address: str, list_id: str) -> str:
    """Name what is said to an address: the same thing has the same name."""
    mark = hashlib.sha256(f"{kind}\0{week}\0{about}\0{address}".encode()).hexdigest()[:24]
    return f"<{kind}.{week}.{mark}@{list_id}>"


def letter(
    rendered: Rendered,
    *,
    kind: LetterKind,
    week: str,
    about: str = "",
    address: str,
    sender: str,
    list_id: str,
    now: datetime,
    leave_url: str | None = None,
    reply_to: str | None = None,
    answers: str | None = None,
    shifts: frozenset[str] = frozenset(),
) -> Letter:
    """
    Write a mail to one address, which sees no other, or to a team's. Raises `RefusalError` for what no header can hold.

    ``answers``: what the mail that it answers was about.
    """
    first = message_id(kind, week, answers, address, list_id) if answers else None
    name = message_id(kind, week, about, address, list_id)
    message = EmailMessage(policy=_POLICY)
    headers = {
        "From": formataddr(parseaddr(sender)),
        "To": address,
        "Reply-To": reply_to,
        "Subject": rendered.subject,
        "Date": format_datetime(now),
        "Message-ID": name,
        "In-Reply-To": first,
        "References": first,
        "List-Id": f"<{list_id}>",
        "Auto-Submitted": "auto-generated",
        **_leaving(leave_url, reply_to or parseaddr(sender)[1]),
    }
    try:
        for header, value in headers.items():
            if value:
                message[header] = value
    except ValueError as error:
        raise RefusalError(f"mail to {address!r}: {error}") from error
    _fill(message, rendered, name, list_id)
    return Letter(
        message_id=name,
        kind=kind,
        week=week,
        address=address,
        raw=message.as_bytes(),
        created_at=now,
        shifts=shifts,
    )


def _leaving(url: str | None, mailbox: str) -> dict[str, str]:
    """Say how to leave: with one click where there is a page to click on, else by mail."""
    if url is None:
        return {"List-Unsubscribe": f"<mailto:{mailbox}?subject=leave>"}
    one_click = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if url.startswith("https://") else {}
    return {"List-Unsubscribe": f"<{url}>", **one_click}


def _fill(message: EmailMessage, rendered: Rendered, name: str, list_id: str) -> None:
    message.set_content(rendered.text)
    if not rendered.html:
        return
    message.add_alternative(rendered.html, subtype="html")
    *_, html = message.iter_parts()
    for image in rendered.images:
        shown: dict[str, Any] = {"cid": f"<{image.cid}>", "filename": f"{image.cid.partition('@')[0]}.png"}
        html.add_related(image.png, "image", "png", disposition="inline", **shown)
    mark = hashlib.sha256(f"{name}{list_id}".encode()).hexdigest()[:24]
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{number}_{mark}")
