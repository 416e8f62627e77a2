"""A real SMTP server on loopback that keeps what it takes."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.fakes import closed_port


class Postbox:
    """An SMTP server's manners: keeps what it takes; refuses whom it is told to; may be rude when told good-bye."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.recipients: list[str] = []
        self.refused: set[str] = set()
        self.full = False
        self.rude = False

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd\'s
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the name is aiosmtpd\'s
        if self.full:
            return "452 4.3.1 mailbox full"
        self.taken.append(bytes(envelope.content or b""))
        self.recipients += envelope.rcpt_tos
        return "250 taken"

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802 - the name is aiosmtpd\'s
        return "421 4.3.0 go away" if self.rude else "221 Bye"


@contextmanager
def mail_server(postbox: Postbox) -> Iterator[int]:
    """Run a real SMTP server on loopback; yields its port."""
    port = closed_port()
    controller = Controller(postbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()
