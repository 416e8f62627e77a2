import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.poll.encoding import utf8

TEXT = "<rss>①髙 Київ 똠 镕</rss>"


def prolog(label: str, text: str = "") -> str:
    return f"<?xml version='1.0' encoding='{label}'?>{text}"


@pytest.mark.parametrize(
    ("label", "codec", "text", "name"),
    [
        ("Shift_JIS", "cp932", "①髙市首相", "cp932"),
        ("windows-31j", "cp932", "①髙市首相", "cp932"),
        ("EUC-KR", "cp949", "똠방각하", "cp949"),
        ("ks_c_5601-1987", "cp949", "똠방각하", "cp949"),
        ("GB2312", "gb18030", "朱镕基", "gb18030"),
        ("gbk", "gb18030", "朱镕基€", "gb18030"),
        ("Big5", "big5hkscs", "恒春碁", "big5hkscs"),
        ("EUC-JP", "euc_jp", "首相", "euc_jp"),
        ("windows-1251", "cp1251", "Їжак", "cp1251"),
        ("KOI8-R", "koi8-r", "Ёж", "koi8-r"),
    ],
)
def test_a_label_means_what_browsers_take_it_to_mean(label: str, codec: str, text: str, name: str) -> None:
    in_prolog, bare = prolog(label, text), f"<rss>{text}</rss>"
    assert utf8(in_prolog.encode(codec), "text/xml") == (in_prolog.encode(), name)
    assert utf8(bare.encode(codec), f'text/xml; Charset="{label}"') == (bare.encode(), name)


@pytest.mark.parametrize("content_type", ["", "text/xml; charset=koi8-r", "text/xml; charset=cp932", "x; charset=?"])
def test_bytes_that_can_only_be_utf_8_are_utf_8_whatever_the_labels_say(content_type: str) -> None:
    body = prolog("EUC-KR", TEXT).encode()
    assert utf8(body, content_type) == (body, "utf-8")
    assert utf8(codecs.BOM_UTF8 + body, content_type) == (body, "utf-8")


def test_what_servers_say_of_everything_yields_to_what_a_document_says_of_itself() -> None:
    text = prolog("Shift_JIS", "髙市首相")
    assert utf8(text.encode("cp932"), "text/xml; charset=ISO-8859-1") == (text.encode(), "cp932")


def test_a_header_comes_before_the_prolog_where_both_could_be() -> None:
    text = prolog("KOI8-R", "Їжак")
    assert utf8(text.encode("cp1251"), "text/xml; charset=windows-1251") == (text.encode(), "cp1251")


def test_ascii_is_left_as_it_is() -> None:
    assert utf8(b"<rss/>", "text/xml; charset=utf-16") == (b"<rss/>", "us-ascii")


@pytest.mark.parametrize(
    "body",
    [
        "<rss>日</rss>".encode("utf-16"),
        codecs.BOM_UTF16_BE + "<rss>日</rss>".encode("utf-16-be"),
        "<rss>日</rss>".encode("utf-16-le"),
        "<rss>日</rss>".encode("utf-32-be"),
        prolog("ISO-2022-JP", "首相").encode("iso-2022-jp"),
    ],
)
def test_wide_and_shifting_encodings_are_left_to_the_parser(body: bytes) -> None:
    assert utf8(body, "text/xml") == (body, "")


def test_a_character_cut_off_by_the_end_costs_only_itself() -> None:
    assert utf8(TEXT.encode()[:-9], "") == (TEXT.encode()[:-9].decode(errors="ignore").encode(), "utf-8")
    korean = prolog("EUC-KR", "발전기").encode("cp949")
    assert utf8(korean[:-1], "") == (prolog("EUC-KR", "발전").encode(), "cp949")


def test_a_few_broken_characters_cost_only_themselves() -> None:
    good = prolog("UTF-8", "정부는 발전기를 보낸다. " * 20)
    body = good.encode().replace("정".encode(), b"\xec\xa0", 1)
    assert utf8(body, "") == (good.replace("정", "\ufffd", 1).encode(), "utf-8")
    korean = prolog("EUC-KR", "정부는 발전기를 보낸다. " * 20)
    broken = korean.encode("cp949").replace(" 보".encode("cp949"), b" \xff\xba\xb8", 1)
    assert utf8(broken, "") == (korean.replace(" 보", " \ufffd보", 1).encode(), "cp949")


def test_western_quotes_under_a_utf_8_label_are_left_to_the_parser() -> None:
    body = prolog("UTF-8", "Tokyo’s choice, and Seoul’s " * 20).encode("cp1252")
    assert utf8(body, "text/xml; charset=utf-8") == (body, "")


def test_bytes_that_fit_no_name_are_left_to_the_parser() -> None:
    body = "首相".encode("euc_jp") * 20
    assert utf8(body, "text/xml") == (body, "")
    assert utf8(body, "text/xml; charset=utf-8") == (body, "")
    assert utf8(body, "text/xml; charset=nonsense") == (body, "")
    for label in ("base64", "zlib", "rot13", "undefined"):
        assert utf8(body, f"text/xml; charset={label}") == (body, "")


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200), st.text(max_size=20))
def test_any_bytes_come_back_as_utf_8_or_as_they_are(body: bytes, label: str) -> None:
    text, name = utf8(body, f"text/xml; charset={label}")
    if name:
        text.decode()
    else:
        assert text == body


def test_escapes_that_name_half_a_character_are_dropped() -> None:
    assert utf8(b"<rss>\\ud800\xe9</rss>", "text/xml; charset=unicode_escape") == (
        "<rss>é</rss>".encode(),
        "unicode-escape",
    )
