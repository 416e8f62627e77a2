"""Lists of feeds as OPML: ours come back whole, others' are taken for what they say, and none opens a way in."""

import xml.etree.ElementTree as ET
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pipeline.cli import opml
from pipeline.domain import Actor, Feed, FeedKind, Terms, Voice
from pipeline.language.text import whole
from tests.factories import feed

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\ufffe\uffff"), min_size=1).map(whole).filter(bool)
FEEDS = st.builds(
    Feed,
    name=WORDS,
    url=WORDS,
    source=st.none() | WORDS,
    lang=st.none() | st.sampled_from(["ja", "zh-Hant"]),
    country=st.sampled_from(["JP", "KR", "INT"]),
    kind=st.sampled_from(FeedKind),
    terms=st.sampled_from(Terms),
    timezone=st.sampled_from(["Asia/Tokyo", "+09:00"]),
    cookies=st.booleans(),
    verify_tls=st.booleans(),
    voices=st.none() | st.dictionaries(st.sampled_from(Actor), st.lists(st.sampled_from(Voice)).map(tuple)),
    min_gap_s=st.sampled_from([0.0, 0.25, 1.0, 5.0]),
)


def rows(body: str) -> list[tuple[str, dict[str, Any]]]:
    return opml.read(f"<opml version='1.0'><head/><body>{body}</body></opml>".encode())


@given(st.lists(FEEDS))
def test_what_is_exported_comes_back_whole(feeds: list[Feed]) -> None:
    back = opml.read(opml.write(feeds, AT))
    blank = Feed(name="", url="", country="", kind=FeedKind.WIRE, terms=Terms.OPEN, timezone="")
    assert [replace(blank, url=url, **fields) for url, fields in back] == sorted(feeds, key=lambda each: each.country)


def test_an_export_is_opml_2_grouped_by_country() -> None:
    feeds = [feed(name="B & <C>", country="KR"), feed(name='say "so"', country="JP"), feed(name="D", country="KR")]
    root = ET.fromstring(opml.write(feeds, AT))  # noqa: S314 - our own
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert [child.tag for child in root] == ["head", "body"]
    assert root.findtext("head/title")
    assert parsedate_to_datetime(root.findtext("head/dateCreated") or "") == AT
    groups = {group.get("text"): [one.get("text") for one in group] for group in root.findall("body/outline")}
    assert groups == {"JP": ['say "so"'], "KR": ["B & <C>", "D"]}
    outlines = root.findall("body/outline/outline")
    assert all(one.get("type") == "rss" and one.get("xmlUrl") and one.get("language") == "ja" for one in outlines)
    assert {one.get("category") for one in outlines} == {"/KR/wire", "/JP/wire"}


def test_nested_outlines_of_any_reader_are_found_and_folders_are_not_feeds() -> None:
    body = (
        "<outline text='Asia'><outline title='News' xmlURL=' https://a.example/rss '/></outline>"
        "<outline text='Empty'/><outline text='x' xmlUrl=''/><outline xmlUrl='https://b.example/'/>"
    )
    assert rows(body) == [("https://a.example/rss", {"name": "News"}), ("https://b.example/", {})]


def test_what_a_list_from_elsewhere_says_amiss_is_left_out() -> None:
    body = (
        "<outline text='x' xmlUrl='u' category='/Tech/News,/MostRecent' language='' stancewatch:terms='whatever'"
        " stancewatch:cookies='maybe' stancewatch:min_gap_s='-1' stancewatch:voices='[1]'"
        " unknown='y' timezone='Mars'/>"
    )
    assert rows(body) == [("u", {"name": "x"})]


def test_a_list_cannot_open_the_way_into_a_private_network() -> None:
    written = opml.write([feed(allow_private=True)], AT)
    assert b"private" not in written
    ((_, fields),) = rows("<outline text='x' xmlUrl='http://10.0.0.1/' stancewatch:allow_private='true'/>")
    assert "allow_private" not in fields


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"", "not well-formed XML: no element found"),
        (b"<opml><body><outline></body></opml>", "mismatched tag: line 1"),
        (b"<html><body/></html>", "it is <html>, not <opml>"),
        (b"<!DOCTYPE opml [<!ENTITY a 'b'>]><opml/>", "document type"),
        (b'{"version": 1}', "not well-formed XML"),
    ],
)
def test_what_is_no_opml_is_refused_in_words(document: bytes, words: str) -> None:
    with pytest.raises(opml.OpmlError) as error:
        opml.read(document)
    assert words in str(error.value)


@given(st.binary())
def test_any_bytes_are_a_list_or_refused(document: bytes) -> None:
    with suppress(opml.OpmlError):
        opml.read(document)


def test_other_encodings_are_read_as_xml_says() -> None:
    document = (
        "<?xml version='1.0' encoding='windows-1251'?><opml><body><outline text='Новини' xmlUrl='u'/></body></opml>"
    )
    assert opml.read(document.encode("cp1251")) == [("u", {"name": "Новини"})]
    with pytest.raises(opml.OpmlError, match="encoding"):
        opml.read(document.replace("windows-1251", "shift_jis").encode())
    assert opml.read(document.replace("windows-1251", "utf-16").encode("utf-16")) == [("u", {"name": "Новини"})]
