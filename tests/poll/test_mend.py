"""What is mended before a parser sees it, and what must stay byte for byte."""

from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings, strategies as st

from pipeline.poll import mend as mending
from pipeline.poll.mend import mend

FEEDS = Path(__file__).resolve().parents[1] / "data" / "feeds"


def mended(inner: str) -> str:
    text, whole = mend(f"<rss>{inner}</rss>".encode())
    assert whole
    return text.decode().removeprefix("<rss>").removesuffix("</rss>")


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("salt & bread", "salt &amp; bread"),
        ("?a=1&b=2&copy=3&amp;d", "?a=1&amp;b=2&amp;copy=3&amp;d"),
        ("a&nbsp;b&hellip;", "a&#160;b&#8230;"),
        ("&bogus; &T;", "&amp;bogus; &amp;T;"),
        ("&lt;b&gt; &quot;&apos;", "&lt;b&gt; &quot;&apos;"),
        ("&#8217;&#x1F600;&#146;", "&#8217;&#x1F600;&#146;"),
        ("a&#1;b&#x0b;c&#0;d&#x110000;e&#xFFFF;f", "abcdef"),
        ("&#55357;&#56832;&#xD83D;&#xde00;x", "x"),
        ("a\x01b\x0bc\x00d\x1be\x1ff\uffffg", "ab cdefg"),
        ("<![CDATA[a & b &nbsp; ?a=1&copy=2]]>&", "<![CDATA[a & b &nbsp; ?a=1&copy=2]]>&amp;"),
        ("<![CDATA[never closed & left", "<![CDATA[never closed & left"),
        ("<dc:creator>A</dc:creator><author/>", "<dc:x-creator>A</dc:x-creator><x-author/>"),
        ("<authority>A</authority>", "<authority>A</authority>"),
        ("<x " + "a='1' " * 9_000 + "/>y", "y"),
    ],
)
def test_little_faults_are_mended_and_what_is_well_said_stays(printed: str, read: str) -> None:
    assert mended(printed) == read


@pytest.mark.parametrize(
    "before",
    [
        "",
        "\n \n",
        "\ufeff\ufeff<?xml version='1.0'?>",
        "<br />\n<b>Warning</b>: something in line 3\n",
        "<?xml?xml version='1.0' ??>",
        "<!-- an <rss> that is none --><!-- <item> -->",
        "<!DOCTYPE rss [<!ENTITY a 'b'>]>",
        "<?xml-stylesheet href='x'?>",
    ],
)
def test_a_document_begins_at_its_root(before: str) -> None:
    assert mend(f"{before}<rss>x</rss>".encode()) == (b"<rss>x</rss>", True)
    assert mend(f"{before}<a:RDF xmlns:a='b'>".encode()) == (b"<a:RDF xmlns:a='b'>", True)


def test_where_there_is_no_root_there_is_nothing_to_read() -> None:
    assert mend(b"<html><p>Moved</p></html>") == (b"", True)


def test_a_prefix_that_nothing_declares_is_left_out() -> None:
    assert mended("<rss:item><rss:title>x</rss:title></rss:item>") == "<item><title>x</title></item>"
    declared = "<a xmlns:q = 'u'><q:item><q:title>x</q:title></q:item></a>"
    assert mended(declared) == declared


def test_prefixes_by_the_hundred_say_nothing() -> None:
    flood = "".join(f"<p{n}:x xmlns:p{n}='u{n}'/>" for n in range(101))
    assert "xmlns:" not in mended(flood)
    assert "xmlns:" in mended(flood.replace("<p100:x xmlns:p100='u100'/>", ""))


def test_what_is_too_dear_is_cut_at_the_end_of_an_item_and_closed() -> None:
    items = b"<item><title>a</title></item>" * mending.DEAREST
    text, whole = mend(b"<rss>" + items + b"</rss>")
    assert not whole
    assert text.startswith(b"<rss><item>")
    assert text.endswith(b"</item></rss>")
    assert mending.DEAREST // 5 < text.count(b"<item>") < mending.DEAREST // 3


@pytest.mark.parametrize("piece", [b"<x/>", b"<x a='1' b='2'/>", b"&amp;" * 30 + b"<y/>", b"<![CDATA[x]]><z/>"])
def test_tags_attributes_references_and_sections_are_dear(piece: bytes) -> None:
    flood = piece * mending.DEAREST
    text, whole = mend(b"<rss><item>one</item><item>" + flood + b"</item></rss>")
    assert (text, whole) == (b"<rss><item>one</item></rss>", False)


def test_markup_in_sections_is_cheap() -> None:
    body = b"<rss><item><![CDATA[" + b"<p class='a'>&amp;</p>" * mending.DEAREST + b"]]></item></rss>"
    assert mend(body) == (body, True)


@pytest.mark.parametrize("path", sorted(FEEDS.glob("*.xml")), ids=lambda path: path.stem)
def test_what_is_mended_needs_no_more_mending(path: Path) -> None:
    once, _ = mend(path.read_bytes())
    assert mend(once) == (once, True)


@settings(deadline=None, max_examples=300)
@given(st.text("<>&;#x09aitem/!-[]CDATA='\" \n:rss", max_size=300))
def test_mending_twice_is_mending_once(text: str) -> None:
    once, whole = mend(f"<rss>{text}".encode())
    assert whole
    assert mend(once)[0] == once


@pytest.mark.parametrize(
    "piece",
    [
        b"<", b"&", b"&a;", b"&#1;", b"<!--", b"<!--<rss>-->", b"<![CDATA[", b"<item ", b"</item", b"<a:", b"xmlns:a",
        b" ", b"<a:item", b"<author", b"\x00", b"\xef\xbf", b"&#", b"=", b"<?xml ", b"<!ENTITY ", b"<rss", b"<a\n",
    ],
)  # fmt: skip
def test_floods_take_no_longer_than_their_length(piece: bytes) -> None:
    flood = piece * (1_000_000 // len(piece))
    for body in (flood, b"<rss>" + flood, flood + b"<rss>", b"<rss><a:item>" + flood):
        started = process_time()
        mend(body)
        assert process_time() - started < 2
