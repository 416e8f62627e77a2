"""The mail as it leaves, parsed back strictly."""

import email
import hashlib
import re
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP, strict
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pipeline.digest.letter import letter
from pipeline.domain import Image, Letter, LetterKind, RefusalError, Rendered
from tests.digest.weeks import LIST_ID, NOW, SENDER, rendered

PNG = bytes(range(256)) * 3
PICTURE = Image(cid="line.JP@stancewatch", alt="Japan", png=PNG)
URL = "https://watch.example/u/" + "x" * 150


def made(page: Rendered | None = None, **over: Any) -> Letter:
    known: dict[str, Any] = {
        "kind": LetterKind.DIGEST,
        "week": "2026-W20",
        "address": "desk@example.org",
        "sender": SENDER,
        "list_id": LIST_ID,
        "now": NOW,
        "leave_url": URL,
    }
    return letter(page or rendered(), **{**known, **over})


def parsed(one: Letter) -> EmailMessage:
    found: Any = email.message_from_bytes(one.raw, policy=SMTP + strict)
    return found  # type: ignore[no-any-return]


def headers(one: Letter) -> bytes:
    return one.raw.partition(b"\r\n\r\n")[0]


def test_a_mail_is_plain_text_with_html_and_its_pictures_as_the_alternative() -> None:
    found = parsed(made(rendered(images=(PICTURE,))))
    assert found.get_content_type() == "multipart/alternative"
    plain, related = found.iter_parts()
    assert (plain.get_content_type(), related.get_content_type()) == ("text/plain", "multipart/related")
    html, picture = related.iter_parts()
    assert html.get_content_type() == "text/html"
    assert (picture.get_content_type(), picture["Content-ID"]) == ("image/png", "<line.JP@stancewatch>")
    assert picture.get_content_disposition() == "inline"
    assert picture.get_content() == PNG
    assert [part.defects for part in found.walk()] == [[]] * 5


def test_without_pictures_the_html_stands_alone_and_without_html_the_text() -> None:
    assert [part.get_content_type() for part in parsed(made()).iter_parts()] == ["text/plain", "text/html"]
    assert parsed(made(rendered(html=""))).get_content_type() == "text/plain"


def test_both_parts_come_back_as_they_were_written() -> None:
    plain, html = parsed(made()).iter_parts()
    assert plain.get_content().replace("\r\n", "\n") == rendered().text
    assert html.get_content().strip() == rendered().html


def test_the_headers_say_what_it_is_whose_and_when() -> None:
    found = parsed(made(reply_to="editor@stancewatch.example"))
    assert found["From"] == SENDER
    assert found["To"] == "desk@example.org"
    assert found["Reply-To"] == "editor@stancewatch.example"
    assert found["Subject"] == rendered().subject
    assert found["Message-ID"] == made().message_id
    assert found["List-Id"] == f"<{LIST_ID}>"
    assert found["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(found["Date"]) == NOW
    names = found.keys()
    assert len(names) == len(set(names))
    assert not {"Cc", "Bcc"} & set(names)


def test_one_click_leaves_where_there_is_a_page() -> None:
    found = parsed(made())
    assert found["List-Unsubscribe"] == f"<{URL}>"
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_one_click_is_not_promised_without_encryption() -> None:
    found = parsed(made(leave_url="http://localhost:8000/u/x"))
    assert found["List-Unsubscribe"] == "<http://localhost:8000/u/x>"
    assert found["List-Unsubscribe-Post"] is None


def test_without_a_page_one_leaves_by_mail() -> None:
    assert parsed(made(leave_url=None))["List-Unsubscribe"] == "<mailto:digest@stancewatch.example?subject=leave>"


def test_no_header_is_folded_into_an_encoded_word() -> None:
    address = "a.very.long.name.of.a.department@" + "ministry." * 12 + "example"
    raw = headers(made(rendered(subject="w" * 200), address=address))
    assert b"=?" not in raw
    assert b"\r\n " not in raw
    assert f"List-Unsubscribe: <{URL}>\r\n".encode() in raw
    assert all(len(row) <= 998 for row in raw.split(b"\r\n"))


@pytest.mark.parametrize("subject", ["Східна Азія про Україну, тиждень 2026-W20", "東アジア " * 30 + "."])
def test_a_subject_in_another_script_comes_back_whole(subject: str) -> None:
    one = made(rendered(subject=subject))
    assert headers(one).isascii()
    assert parsed(one)["Subject"] == subject


def test_a_sender_with_a_name_in_another_script_comes_back_whole() -> None:
    sender = "Варта позицій <digest@stancewatch.example>"
    assert parsed(made(sender=sender))["From"] == sender


def test_the_mail_is_ascii_on_the_wire_with_lines_of_a_length_that_every_server_takes() -> None:
    raw = made(rendered(text="あ" * 5000, html="<p>" + "い" * 5000 + "</p>", images=(PICTURE,))).raw
    assert raw.isascii()
    assert max(len(row) for row in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_an_address_that_would_add_a_header_is_refused() -> None:
    with pytest.raises(RefusalError, match="desk"):
        made(address="desk@example.org\nBcc: all@example.org")


def test_a_subject_of_two_lines_is_refused() -> None:
    with pytest.raises(RefusalError):
        made(rendered(subject="week\nBcc: all@example.org"))


def test_the_same_thing_said_to_the_same_address_has_the_same_bytes_and_name() -> None:
    assert made() == made()
    digest = hashlib.sha256(made(rendered(images=(PICTURE,))).raw).digest()
    assert digest == hashlib.sha256(made(rendered(images=(PICTURE,))).raw).digest()


def test_another_week_kind_matter_or_address_has_another_name() -> None:
    others = [{"week": "2026-W21"}, {"kind": LetterKind.ERRATUM}, {"about": "shift"}, {"address": "a@example.org"}]
    names = {made(**other).message_id for other in [{}, *others]}
    assert len(names) == 1 + len(others)
    assert all(re.fullmatch(rf"<[a-z]+\.2026-W\d\d\.[0-9a-f]{{24}}@{re.escape(LIST_ID)}>", name) for name in names)


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=300)


@given(texts, texts)
def test_any_text_comes_back(text: str, html: str) -> None:
    one = made(replace(rendered(), text=f"{text}\n", html=f"{html}\n"))
    plain, page = parsed(one).iter_parts()
    assert plain.get_content().replace("\r\n", "\n") == f"{text}\n"
    assert page.get_content().replace("\r\n", "\n") == f"{html}\n"
