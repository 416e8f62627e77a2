"""
Door: hands mails to an SMTP server over one connection, or writes them as ``.eml`` and ``.html`` where there is none.

Each answer says whose fault a refusal is: the mailbox's, the mail's, or ours and the server's, which is nobody's who
is written to. What broke off after the text was on its way may have been taken: `Handover.UNKNOWN`.
"""

import base64
import email
import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from pathlib import Path

from pipeline.domain import Handover, Letter, Receipt
from pipeline.places import Smtp, Tls

TIMEOUT_S = 30
_LOCAL_ERROR, _NO_SERVICE, _FOR_GOOD = 400, 421, 500


class Server:
    """One mail server. Opened at the first mail, and anew after whatever broke."""

    def __init__(self, smtp: Smtp, sender: str) -> None:
        self._smtp, self._sender = smtp, parseaddr(sender)[1]
        self._open: smtplib.SMTP | None = None

    def send(self, letter: Letter) -> Receipt:
        """Hand one mail over. A connection that served before may have been closed at its limit: then a new one."""
        reused = self._open is not None
        receipt = self._send(letter)
        return self._send(letter) if reused and receipt.handover is Handover.CLOSED else receipt

    def _send(self, letter: Letter) -> Receipt:
        try:
            server = self._open = self._open or self._opened()
            code, said = server.mail(self._sender)
            if code >= _LOCAL_ERROR:
                return self._broken(Handover.CLOSED, code, said)
            answers = [server.rcpt(address) for address in letter.address.split(", ")]
            refused = [answer for answer in answers if answer[0] >= _LOCAL_ERROR]
            if len(refused) == len(answers):
                return self._refused(*refused[0], mailbox=True)
        except (smtplib.SMTPException, OSError) as error:
            return self._broken(Handover.CLOSED, 0, error)
        return self._text(server, letter)

    def close(self) -> None:
        """Say good-bye; what goes wrong then is no failure: the mails were answered for."""
        server, self._open = self._open, None
        if server is not None:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()

    def _opened(self) -> smtplib.SMTP:
        known = self._smtp
        trust = ssl.create_default_context()
        if known.tls is Tls.IMPLICIT:
            server: smtplib.SMTP = smtplib.SMTP_SSL(known.host or "", known.port, timeout=TIMEOUT_S, context=trust)
        else:
            server = smtplib.SMTP(known.host or "", known.port, timeout=TIMEOUT_S)
        try:
            if known.tls is Tls.STARTTLS:
                server.starttls(context=trust)
            if known.user:
                server.login(known.user, known.password or "")
            else:
                server.ehlo_or_helo_if_needed()
        except BaseException:
            server.close()
            raise
        return server

    def _text(self, server: smtplib.SMTP, letter: Letter) -> Receipt:
        try:
            code, said = server.data(letter.raw)
        except smtplib.SMTPDataError as error:  # refused before the text
            return self._refused(error.smtp_code, error.smtp_error, mailbox=False)
        except (smtplib.SMTPException, OSError) as error:
            return self._broken(Handover.UNKNOWN, 0, error)
        if code >= _LOCAL_ERROR:
            return self._refused(code, said, mailbox=False)
        return Receipt(handover=Handover.TAKEN)

    def _refused(self, code: int, said: bytes | str, *, mailbox: bool) -> Receipt:
        """Read a refusal; 5.7 is the server's policy towards us and says nothing of the mailbox (RFC 3463)."""
        words = _words(code, said)
        if code == _NO_SERVICE:
            return self._broken(Handover.CLOSED, code, said)
        try:
            if self._open is not None:
                self._open.rset()
        except (smtplib.SMTPException, OSError):
            self._broken(Handover.CLOSED, code, said)
        if code < _FOR_GOOD:
            return Receipt(handover=Handover.LATER, error=words)
        gone = mailbox and not words.startswith(f"{code} 5.7.")
        return Receipt(handover=Handover.BOUNCED if gone else Handover.REFUSED, error=words)

    def _broken(self, handover: Handover, code: int, said: bytes | str | Exception) -> Receipt:
        server, self._open = self._open, None
        if server is not None:
            server.close()
        place = f"{self._smtp.host}:{self._smtp.port}"
        return Receipt(handover=handover, error=f"{place}: {_words(code, said)}")


def _words(code: int, said: bytes | str | Exception) -> str:
    if isinstance(said, Exception):
        return f"{type(said).__name__}: {said}"[:500]
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())}"[:500]


def save(letter: Letter, folder: Path) -> tuple[Path, Path]:
    """
    Write a mail as ``.eml`` and its HTML, or its plain text, as ``.html``; returns both paths.

    A browser knows no Content-IDs: the page holds its pictures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    message = email.message_from_bytes(letter.raw, EmailMessage, policy=SMTP)
    name = letter.message_id.strip("<>").rpartition("@")[0]
    eml, page = folder / f"{name}.eml", folder / f"{name}.html"
    eml.write_bytes(letter.raw)
    body = message.get_body(("html", "plain"))
    shown = body.get_content() if body else ""
    for part in message.walk():
        if part.get_content_maintype() == "image":
            picture = base64.b64encode(part.get_content()).decode()
            shown = shown.replace(
                f"cid:{part['Content-ID'].strip('<>')}", f"data:{part.get_content_type()};base64,{picture}"
            )
    page.write_text(shown, encoding="utf-8")
    return eml, page
