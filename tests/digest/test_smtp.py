"""The mail as it leaves: parsed back strictly, and handed to a real SMTP server on loopback."""

import email
import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP, strict
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.digest import smtp
from pipeline.digest.smtp import MailError
from pipeline.domain import Mail
from pipeline.settings import Smtp
from tests.digest.issues import LIST_ID, NOW, SENDER, issue, line, written
from tests.digest.postbox import Postbox, mail_server
from tests.factories import mail
from tests.fakes import closed_port

POLICY = SMTP + strict


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def server(postbox: Postbox) -> Iterator[Smtp]:
    with mail_server(postbox) as port:
        yield of(port)


def of(port: int) -> Smtp:
    return Smtp(host="127.0.0.1", port=port, user=None, password=None, starttls=False, sender=None)


def made(one: Mail | None = None) -> EmailMessage:
    return smtp.write(one or written(), SENDER, LIST_ID)


def parsed(raw: bytes) -> EmailMessage:
    found: Any = email.message_from_bytes(raw, policy=POLICY)
    return found  # type: ignore[no-any-return]


def headers(raw: bytes) -> bytes:
    return raw.partition(b"\r\n\r\n")[0]


CJK = issue(governments=(line(1, title="政府、ウクライナへ防空装備を供与", url="https://例え.example/" + "あ" * 60),))


def test_a_mail_is_plain_text_with_html_as_its_alternative() -> None:
    found = parsed(made().as_bytes())
    assert found.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in found.iter_parts()] == ["text/plain", "text/html"]
    assert found.defects == []


@pytest.mark.parametrize("digest", [issue(), CJK])
def test_both_parts_come_back_as_they_were_written(digest: Any) -> None:
    one = written(digest)
    plain, html = parsed(made(one).as_bytes()).iter_parts()
    assert plain.get_content().replace("\r\n", "\n").strip() == one.text.strip()
    assert html.get_content().replace("\r\n", "\n").strip() == one.html.strip()


def test_the_headers_say_what_it_is_whose_and_when() -> None:
    found = parsed(made().as_bytes())
    assert found["From"] == SENDER
    assert found["To"] == "desk@example.org"
    assert found["Subject"] == "East Asia on Ukraine, week 2026-W20"
    assert found["Message-ID"] == written().message_id
    assert found["List-Id"] == f"<{LIST_ID}>"
    assert found["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(found["Date"]) == NOW
    assert all(len(found.get_all(name) or ()) == 1 for name in ("From", "To", "Subject", "Date", "Message-ID"))


def test_no_header_is_folded_into_an_encoded_word() -> None:
    long = replace(
        written(recipient="a.very.long.name.of.a.department@" + "ministry." * 12 + "example"), subject="w" * 200
    )
    raw = headers(made(long).as_bytes())
    assert b"=?" not in raw
    assert b"\r\n " not in raw
    assert all(len(row) <= 998 for row in raw.split(b"\r\n"))


def test_a_sender_with_a_name_in_another_script_comes_back_whole() -> None:
    sender = "Варта позицій <digest@stancewatch.example>"
    raw = smtp.write(written(), sender, LIST_ID).as_bytes()
    assert headers(raw).isascii()
    assert parsed(raw)["From"] == sender


def test_the_mail_is_ascii_on_the_wire_with_lines_of_a_length_that_every_server_takes() -> None:
    raw = made(written(CJK)).as_bytes()
    assert raw.isascii()
    assert max(len(row) for row in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_the_same_mail_keeps_its_message_id() -> None:
    assert made()["Message-ID"] == made()["Message-ID"]


def test_a_server_gets_each_mail_once(postbox: Postbox, server: Smtp) -> None:
    smtp.send(made(), server)
    assert postbox.recipients == ["desk@example.org"]
    (raw,) = postbox.taken
    plain, html = parsed(raw).iter_parts()
    for part in (plain, html):
        assert set(re.findall(r"https://kyodo\.example/\d+", part.get_content())) == set(
            re.findall(r"https://kyodo\.example/\d+", written().text)
        )


def test_a_refused_recipient_is_named_with_the_servers_words(postbox: Postbox, server: Smtp) -> None:
    postbox.refused.add("desk@example.org")
    with pytest.raises(MailError, match=rf"127\.0\.0\.1:{server.port}: SMTPRecipientsRefused: .*550.*no such user"):
        smtp.send(made(), server)
    assert postbox.taken == []


def test_a_refused_mail_is_named_with_the_servers_words(postbox: Postbox, server: Smtp) -> None:
    postbox.full = True
    with pytest.raises(MailError, match=r"SMTPDataError: .*452.*mailbox full"):
        smtp.send(made(), server)


def test_a_mail_that_was_taken_is_sent_even_if_the_good_bye_goes_wrong(postbox: Postbox, server: Smtp) -> None:
    postbox.rude = True
    smtp.send(made(), server)
    assert len(postbox.taken) == 1


def test_a_server_that_is_not_there_is_named() -> None:
    port = closed_port()
    with pytest.raises(MailError, match=rf"127\.0\.0\.1:{port}: ConnectionRefusedError"):
        smtp.send(made(), of(port))


def test_a_server_without_starttls_is_refused_where_starttls_is_asked_for(postbox: Postbox, server: Smtp) -> None:
    with pytest.raises(MailError, match="STARTTLS"):
        smtp.send(made(), replace(server, starttls=True))
    assert postbox.taken == []


def test_a_server_that_takes_no_password_gets_no_mail_where_one_is_configured(postbox: Postbox, server: Smtp) -> None:
    with pytest.raises(MailError, match="AUTH"):
        smtp.send(made(), replace(server, user="desk", password="secret"))
    assert postbox.taken == []


def test_an_address_that_no_header_can_hold_is_named() -> None:
    with pytest.raises(MailError, match="desk"):
        made(mail(recipient="desk@example.org\nBcc: all@example.org"))


def test_without_a_server_the_mail_lies_in_two_files(tmp_path: Path) -> None:
    eml, page = smtp.save(made(), tmp_path / "digests", "2026-W20.desk")
    assert (eml.name, page.name) == ("2026-W20.desk.eml", "2026-W20.desk.html")
    assert parsed(eml.read_bytes())["Message-ID"] == written().message_id
    assert page.read_text(encoding="utf-8").strip() == written().html.strip()
