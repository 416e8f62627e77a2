# ruff: noqa: N802 - the names of the hooks are aiosmtpd's
"""A real SMTP server on loopback that keeps what it takes, and fails at the stage that a test names."""

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.fakes import closed_port

CUT = "cut"


class Postbox:
    """
    An SMTP server's manners: keeps what it takes; refuses whom it is told to; may be rude when told good-bye.

    ``says`` maps a stage (``greeting mail rcpt data text``) to what it says there instead, or to `CUT`; ``taken`` then
    cut is ``after``.
    """

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.recipients: list[str] = []
        self.refused: dict[str, str] = {}
        self.says: dict[str, str] = {}
        self.logins: list[tuple[str, str]] = []
        self.connections = 0
        self.rude = False
        self.most = 1_000_000
        """So many mails over one connection, then 421."""

    async def handle_EHLO(
        self, _server: SMTP, session: Session, _envelope: Envelope, host: str, said: list[str]
    ) -> Any:
        session.host_name, session.mails = host, 0  # type: ignore[attr-defined]
        return said

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if session.mails >= self.most:  # type: ignore[attr-defined]
            server.transport.close()
            return "421 4.7.0 enough for one connection"
        if "mail" in self.says:
            return self._say(server, "mail")
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if "rcpt" in self.says:
            return self._say(server, "rcpt")
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "text" in self.says:
            return self._say(server, "text")
        self.taken.append(bytes(envelope.content or b""))
        self.recipients += envelope.rcpt_tos
        session.mails += 1  # type: ignore[attr-defined]
        return self._say(server, "after") if "after" in self.says else "250 taken"

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:
        return "421 4.3.0 go away" if self.rude else "221 Bye"

    def authenticator(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.logins.append((given.login.decode(), given.password.decode()))
        return AuthResult(success=given.password == b"right", handled=False)

    def _say(self, server: SMTP, stage: str) -> str:
        if self.says[stage] == CUT:
            server.transport.abort()
            return "250 nobody hears this"
        return self.says[stage]


class _Server(SMTP):
    """Refuses at the greeting, and at DATA before the text."""

    def connection_made(self, transport: Any) -> None:
        postbox: Postbox = self.event_handler
        postbox.connections += 1
        if "greeting" in postbox.says:
            said = postbox.says["greeting"]
            transport.write(b"" if said == CUT else f"{said}\r\n".encode())
            transport.close()
            return
        super().connection_made(transport)

    async def smtp_DATA(self, arg: str) -> None:
        postbox: Postbox = self.event_handler
        if "data" in postbox.says:
            said = postbox._say(self, "data")
            if said != CUT:
                await self.push(said)
            return
        await super().smtp_DATA(arg)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Server(self.handler, **self.SMTP_kwargs)


@contextmanager
def mail_server(postbox: Postbox, certificate: Path | None = None) -> Iterator[int]:
    """Run a real SMTP server on loopback, with a certificate one that wants STARTTLS and a login; yields its port."""
    port = closed_port()
    known: dict[str, Any] = {"hostname": "127.0.0.1", "port": port}
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        known |= {"tls_context": context, "require_starttls": True}
        known |= {"authenticator": postbox.authenticator, "auth_required": True}
    controller = _Controller(postbox, **known)
    controller.start()
    postbox.connections = 0  # the controller tries itself
    try:
        yield port
    finally:
        controller.stop()


def certificate(folder: Path, name: str = "IP:127.0.0.1") -> Path:
    """Make a certificate that signs itself; returns a file with it and its key."""
    key, made = folder / "key.pem", folder / "certificate.pem"
    subject = ["-subj", "/CN=test", "-addext", f"subjectAltName={name}"]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    command = ["openssl", "req", "-x509", *kind, "-keyout", key, "-out", made, *subject]
    subprocess.run(command, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_bytes(key.read_bytes() + made.read_bytes())
    return both
