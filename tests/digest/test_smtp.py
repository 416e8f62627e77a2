"""Mails handed to a real SMTP server on loopback that fails at every stage."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.digest.smtp import Server, save
from pipeline.domain import Handover
from pipeline.places import Smtp, Tls, tls_of
from tests.digest.postbox import CUT, Postbox, certificate, mail_server
from tests.digest.weeks import SENDER, letter
from tests.fakes import closed_port


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def server(postbox: Postbox) -> Iterator[Server]:
    with mail_server(postbox) as port:
        opened = Server(of(port), SENDER)
        yield opened
        opened.close()


def of(port: int, **over: object) -> Smtp:
    plain = Smtp(host="127.0.0.1", port=port, user=None, password=None, tls=Tls.NONE, sender=None)
    return replace(plain, **over)  # type: ignore[arg-type]


def test_a_server_gets_the_bytes_as_they_are_for_one_reader(postbox: Postbox, server: Server) -> None:
    assert server.send(letter()).handover is Handover.TAKEN
    assert postbox.recipients == ["1@ministry.example"]
    assert postbox.taken == [letter().raw]


def test_a_line_with_a_dot_alone_does_not_end_the_mail(postbox: Postbox, server: Server) -> None:
    dotted = letter(raw=b"Subject: x\r\n\r\n.\r\n..\r\nend\r\n")
    assert server.send(dotted).handover is Handover.TAKEN
    assert postbox.taken == [dotted.raw]


def test_many_mails_go_over_one_connection(postbox: Postbox, server: Server) -> None:
    assert [server.send(letter(n)).handover for n in range(20)] == [Handover.TAKEN] * 20
    assert postbox.connections == 1


def test_a_server_that_ends_a_connection_after_some_mails_gets_the_rest_over_others(
    postbox: Postbox, server: Server
) -> None:
    postbox.most = 3
    assert [server.send(letter(n)).handover for n in range(10)] == [Handover.TAKEN] * 10
    assert len(postbox.taken) == 10
    assert postbox.connections == 4


STAGES = [
    ("greeting", "554 5.3.2 not today", Handover.CLOSED),
    ("greeting", "421 4.3.2 not now", Handover.CLOSED),
    ("greeting", CUT, Handover.CLOSED),
    ("mail", "451 4.3.0 later", Handover.CLOSED),
    ("mail", "550 5.7.1 not this sender", Handover.CLOSED),
    ("mail", CUT, Handover.CLOSED),
    ("rcpt", "450 4.2.1 mailbox busy", Handover.LATER),
    ("rcpt", "421 4.3.2 shutting down", Handover.CLOSED),
    ("rcpt", "550 5.1.1 no such user", Handover.BOUNCED),
    ("rcpt", "550 no such user", Handover.BOUNCED),
    ("rcpt", "552 5.2.2 mailbox full", Handover.BOUNCED),
    ("rcpt", "550 5.7.1 your network is listed", Handover.REFUSED),
    ("rcpt", CUT, Handover.CLOSED),
    ("data", "451 4.3.0 later", Handover.LATER),
    ("data", "554 5.6.0 no", Handover.REFUSED),
    ("data", CUT, Handover.UNKNOWN),
    ("text", "452 4.3.1 disk full", Handover.LATER),
    ("text", "554 5.7.1 looks like spam", Handover.REFUSED),
    ("text", CUT, Handover.UNKNOWN),
    ("after", CUT, Handover.UNKNOWN),
]


@pytest.mark.parametrize(("stage", "said", "handover"), STAGES)
def test_each_failure_is_told_apart(
    postbox: Postbox, server: Server, stage: str, said: str, handover: Handover
) -> None:
    postbox.says = {stage: said}
    receipt = server.send(letter())
    assert receipt.handover is handover
    assert receipt.error
    if said != CUT and stage != "greeting":
        assert said in receipt.error
    assert len(postbox.taken) == (1 if stage == "after" else 0)


@pytest.mark.parametrize(("stage", "said"), [(stage, said) for stage, said, _ in STAGES])
def test_after_each_failure_the_next_mail_goes_through(postbox: Postbox, server: Server, stage: str, said: str) -> None:
    postbox.says = {stage: said}
    server.send(letter())
    postbox.says = {}
    postbox.taken.clear()
    assert server.send(letter(2)).handover is Handover.TAKEN
    assert postbox.taken == [letter(2).raw]


def test_a_mail_that_was_taken_counts_as_taken_however_rude_the_good_bye(postbox: Postbox, server: Server) -> None:
    postbox.rude = True
    assert server.send(letter()).handover is Handover.TAKEN
    server.close()


def test_nobody_listening_is_nobodys_bounce() -> None:
    receipt = Server(of(closed_port()), SENDER).send(letter())
    assert receipt.handover is Handover.CLOSED
    assert "127.0.0.1" in receipt.error


# --- STARTTLS and login ---


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def guarded(postbox: Postbox, signed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Smtp]:
    monkeypatch.setenv("SSL_CERT_FILE", str(signed))
    with mail_server(postbox, signed) as port:
        yield of(port, tls=Tls.STARTTLS, user="desk", password="right")


def sent(smtp: Smtp) -> tuple[Handover, str]:
    server = Server(smtp, SENDER)
    receipt = server.send(letter())
    server.close()
    return receipt.handover, receipt.error


def test_a_guarded_server_takes_a_mail_after_starttls_and_login(postbox: Postbox, guarded: Smtp) -> None:
    assert sent(guarded) == (Handover.TAKEN, "")
    assert postbox.logins == [("desk", "right")]
    assert postbox.taken == [letter().raw]


def test_a_wrong_password_is_nobodys_bounce(postbox: Postbox, guarded: Smtp) -> None:
    handover, error = sent(replace(guarded, password="wrong"))
    assert handover is Handover.CLOSED
    assert "535" in error
    assert "wrong" not in error
    assert postbox.taken == []


def test_a_password_never_goes_to_a_server_that_nobody_vouches_for(
    postbox: Postbox, guarded: Smtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    handover, error = sent(guarded)
    assert handover is Handover.CLOSED
    assert "certificate" in error
    assert postbox.logins == []


def test_a_server_without_starttls_gets_nothing_where_starttls_is_asked_for(postbox: Postbox) -> None:
    with mail_server(postbox) as port:
        handover, error = sent(of(port, tls=Tls.STARTTLS, user="desk", password="right"))
    assert handover is Handover.CLOSED
    assert "STARTTLS" in error
    assert (postbox.taken, postbox.logins) == ([], [])


def test_a_server_that_takes_no_password_gets_no_mail_where_one_is_configured(postbox: Postbox) -> None:
    with mail_server(postbox) as port:
        handover, error = sent(of(port, user="desk", password="right"))
    assert handover is Handover.CLOSED
    assert "AUTH" in error
    assert postbox.taken == []


def test_port_465_is_encrypted_from_the_first_byte() -> None:
    assert tls_of(465, starttls=True) is tls_of(465, starttls=False) is Tls.IMPLICIT
    assert (tls_of(587, starttls=True), tls_of(25, starttls=False)) == (Tls.STARTTLS, Tls.NONE)


# --- no server ---


def test_without_a_server_the_mail_lies_in_two_files(tmp_path: Path) -> None:
    eml, page = save(letter(), tmp_path / "digests")
    assert (eml.name, page.name) == ("digest.2026-W20.1.eml", "digest.2026-W20.1.html")
    assert eml.read_bytes() == letter().raw
    assert page.read_text(encoding="utf-8") == "Text 1.\n"
