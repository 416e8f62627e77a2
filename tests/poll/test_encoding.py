import codecs

import pytest
from hypothesis import given, settings, strategies as st

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
    ("codec", "mark", "name"),
    [
        ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16"),
        ("utf-32-le", codecs.BOM_UTF32_LE, "utf-32"),
        ("utf-32-be", codecs.BOM_UTF32_BE, "utf-32"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("utf-32-le", b"", "utf-32-le"),
        ("utf-32-be", b"", "utf-32-be"),
    ],
)
def test_wide_encodings_show_in_the_first_bytes_whatever_labels_say(codec: str, mark: bytes, name: str) -> None:
    assert utf8(mark + TEXT.encode(codec), "text/xml; charset=utf-8") == (TEXT.encode(), name)


@pytest.mark.parametrize("label", ["UTF-16", "utf-32be", "cp037", "ibm1026"])
def test_a_label_that_no_ascii_could_stand_under_says_nothing(label: str) -> None:
    text = prolog(label, "首相は支援を発表した")
    assert utf8(text.encode(), "") == (text.encode(), "utf-8")
    assert utf8(text.encode("cp932"), "", "ja") == (text.encode(), "")


@pytest.mark.parametrize("content_type", ["text/xml", "text/xml; charset=iso-2022-jp", "text/xml; charset=utf-8"])
def test_japanese_that_shifts_by_escapes_is_read(content_type: str) -> None:
    assert utf8("<rss>首相</rss>".encode("iso-2022-jp"), content_type) == ("<rss>首相</rss>".encode(), "iso2022_jp")
    assert utf8(b"<rss>stray \x1b</rss>", "text/xml") == (b"<rss>stray \x1b</rss>", "us-ascii")


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


def test_western_quotes_under_a_utf_8_label_are_western_quotes() -> None:
    text = prolog("UTF-8", "Tokyo’s choice, and Seoul’s " * 20)
    assert utf8(text.encode("cp1252"), "text/xml; charset=utf-8") == (text.encode(), "")


@pytest.mark.parametrize(
    ("lang", "codec", "text"),
    [
        ("ja", "euc_jp", "首相は支援を発表した"),
        ("ja-JP", "cp932", "首相は支援を発表した"),
        ("ko", "cp949", "정부는 발전기를 보낸다"),
        ("zh-TW", "big5", "政府將援助烏克蘭重建"),
        ("zh-Hans", "gb18030", "外交部就乌克兰问题表态"),
        ("uk", "cp1251", "Уряд надішле генератори"),
    ],
)
def test_what_no_label_fits_is_read_as_its_language_was_written(lang: str, codec: str, text: str) -> None:
    body = f"<rss>{text}</rss>"
    for content_type in ("", "text/xml; charset=utf-8", "text/xml; charset=iso-8859-1", "text/xml; charset=nonsense"):
        assert utf8(body.encode(codec), content_type, lang) == (body.encode(), "")
    says_so = f"<rss><language>{lang}</language>{text}</rss>"
    assert utf8(says_so.encode(codec), "") == (says_so.encode(), "")


def test_accents_are_no_sign_of_another_script() -> None:
    assert utf8("<rss>café à Kiev</rss>".encode("latin-1"), "", "ja") == ("<rss>café à Kiev</rss>".encode(), "")


@pytest.mark.parametrize(
    "label", ["base64", "zlib", "rot13", "undefined", "idna", "punycode", "unicode_escape", "utf-7"]
)
def test_a_label_of_what_the_web_does_not_speak_says_nothing(label: str) -> None:
    body = "<rss>首相は支援を</rss>".encode("euc_jp")
    assert utf8(body, f"text/xml; charset={label}", "ja") == ("<rss>首相は支援を</rss>".encode(), "")


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200), st.text(max_size=20), st.sampled_from([None, "ja", "ko", "uk"]))
def test_any_bytes_come_back_as_utf_8(body: bytes, label: str, lang: str | None) -> None:
    text, _ = utf8(body, f"text/xml; charset={label}", lang)
    text.decode()
