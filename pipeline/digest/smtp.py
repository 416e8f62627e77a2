"""
Door: hands a mail to an SMTP server, or writes it as ``.eml`` and ``.html`` where there is none.

Real multipart/alternative; headers are not folded into encoded words, which would break links in them
(measured with Python's default policy). RFC 5322, RFC 2919 (List-Id), RFC 3834 (Auto-Submitted).
"""

import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, parseaddr
from pathlib import Path

from pipeline.domain import Mail
from pipeline.settings import Smtp

TIMEOUT_S = 30
_POLICY = SMTP.clone(max_line_length=998, cte_type="7bit")


class MailError(RuntimeError):
    """A server refused a mail or was not there: the message says which and why."""


def write(mail: Mail, sender: str, list_id: str) -> EmailMessage:
    """Make the message that is sent: plain text first, HTML as its alternative. Raises `MailError` for no address."""
    message = EmailMessage(policy=_POLICY)
    try:
        message["From"] = formataddr(parseaddr(sender))
        message["To"] = mail.recipient
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(mail.date)
        message["Message-ID"] = mail.message_id
        if mail.in_reply_to:
            message["In-Reply-To"] = message["References"] = mail.in_reply_to
        message["List-Id"] = f"<{list_id}>"
        message["Auto-Submitted"] = "auto-generated"
    except ValueError as error:
        raise MailError(f"mail to {mail.recipient!r}: {error}") from error
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    return message


def send(message: EmailMessage, smtp: Smtp) -> None:
    """Send one message. Raises `MailError` where the server did not take it."""
    taken = False
    try:
        with smtplib.SMTP(smtp.host or "", smtp.port, timeout=TIMEOUT_S) as server:
            if smtp.starttls:
                server.starttls(context=ssl.create_default_context())
            if smtp.user:
                server.login(smtp.user, smtp.password or "")
            server.send_message(message)
            taken = True
    except (smtplib.SMTPException, OSError) as error:
        if taken:  # only the good-bye went wrong: to call it a failure would send the mail again
            return
        raise MailError(f"{smtp.host}:{smtp.port}: {type(error).__name__}: {error}") from error


def save(message: EmailMessage, folder: Path, name: str) -> tuple[Path, Path | None]:
    """Write a message as ``name.eml``, and its HTML, where it has any, as ``name.html``; returns both paths."""
    folder.mkdir(parents=True, exist_ok=True)
    eml, page = folder / f"{name}.eml", folder / f"{name}.html"
    eml.write_bytes(message.as_bytes())
    html = message.get_body(("html",))
    if html is None:
        return eml, None
    page.write_text(html.get_content(), encoding="utf-8")
    return eml, page
