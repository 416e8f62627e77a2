"""Feeds as the web has them: what feedparser alone would lose, misread or take for an address."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.domain import Entry, Fetched, PollOutcome
from pipeline.poll.mend import DEAREST
from pipeline.poll.parse import LONGEST_LINK, Parsed, parse
from tests.factories import feed

SEEN = datetime(2026, 11, 21, 12, tzinfo=UTC)
URL = "https://feeds.example/news/rss.xml"
NAMESPACES = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:a="http://www.w3.org/2005/Atom"'


def read(body: bytes | str, url: str = URL, **of_feed: Any) -> Parsed:
    content = body.encode() if isinstance(body, str) else body
    fetched = Fetched(feed="a feed", outcome=None, url=url, content_type="application/xml", body=content)
    return parse(
        feed(**{"name": "a feed", "url": URL, "lang": "en", "timezone": "UTC", **of_feed}), fetched, SEEN, history=False
    )


def rss(inner: str) -> str:
    return f'<rss version="2.0" {NAMESPACES}><channel><item><title>x</title>{inner}</item></channel></rss>'


def one(body: bytes | str, **of_feed: Any) -> Entry:
    (entry,) = read(body, **of_feed).entries
    return entry


@pytest.mark.parametrize(
    ("inner", "link"),
    [
        ("<link>/1</link>", "https://feeds.example/1"),
        ("<link>//paper.example/1</link>", "https://paper.example/1"),
        ("<link>https://paper.example/?a=1&b=2&copy=3</link>", "https://paper.example/?a=1&b=2&copy=3"),
        ("<link><![CDATA[ https://paper.example/?a=1&b=2 ]]></link>", "https://paper.example/?a=1&b=2"),
        ("<a:link href='https://paper.example/1'/>", "https://paper.example/1"),
        ("<a:link rel='self' href='https://paper.example/self'/>", ""),
        ("<guid>https://paper.example/1</guid>", "https://paper.example/1"),
        ("<guid isPermaLink='true'>/1</guid>", "https://feeds.example/1"),
        ("<guid isPermaLink='false'>https://paper.example/1</guid>", ""),
        ("<guid>12345</guid>", ""),
        ("<link/><guid>https://paper.example/1</guid>", "https://paper.example/1"),
        ("<link> </link><guid>https://paper.example/1</guid>", "https://paper.example/1"),
        ("<guid>12345</guid><link>1.html</link>", "https://feeds.example/news/1.html"),
        ("<link>javascript:alert(1)</link>", ""),
        ("<link>https://paper.example/" + "1" * LONGEST_LINK + "</link>", ""),
    ],
)
def test_a_link_is_an_address_or_none(inner: str, link: str) -> None:
    assert one(rss(inner)).url == link


def test_an_rdf_item_is_about_its_address() -> None:
    spaces = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
    item = '<item rdf:about="https://paper.example/1"><title>x</title></item>'
    assert one(f"<rdf:RDF {spaces}>{item}</rdf:RDF>").url == "https://paper.example/1"


def test_a_guid_stays_the_same_wherever_the_feed_moves_to() -> None:
    body = rss("<guid>12345</guid><link>/1</link>").encode()
    here, there = read(body).entries[0], read(body, "https://mirror.example/rss").entries[0]
    assert (here.guid, here.entry_id) == (there.guid, there.entry_id) == ("12345", there.entry_id)
    assert [here.url, there.url] == ["https://feeds.example/1", "https://mirror.example/1"]


def test_a_guid_that_is_no_name_is_kept_as_its_digest() -> None:
    assert len(one(rss(f"<guid>{'g' * 100_000}</guid>")).guid) == 64


def test_a_date_that_says_nothing_gives_way_to_one_that_does() -> None:
    entry = one(rss("<pubDate>yesterday</pubDate><dc:date>2026-11-21T10:00:00Z</dc:date>"))
    assert entry.published_at == datetime(2026, 11, 21, 10, tzinfo=UTC)


def test_a_summary_without_words_gives_way_to_the_content() -> None:
    content = '<content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/">Words</content:encoded>'
    assert one(rss(f"<description>&lt;img src='x'/&gt;</description>{content}")).lead == "Words"


def test_names_of_characters_are_read_with_and_without_a_document_type() -> None:
    doctype = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://dtd.example/rss.dtd">'
    for body in (rss("<description>a&nbsp;b&hellip; caf&eacute;</description>"),):
        assert one(body).lead == one(doctype + body).lead == "a b… café"


def test_an_entity_is_neither_expanded_nor_fetched() -> None:
    doctype = '<!DOCTYPE rss [<!ENTITY a "aaa"><!ENTITY f SYSTEM "file:///etc/hostname">]>'
    assert one(doctype + rss("<description>1 &a; 2 &f; 3</description>")).lead == "1 &a; 2 &f; 3"


@pytest.mark.parametrize("before", ["\n\n", "<b>Warning</b>: in line 3\n", "\ufeff\ufeff", "<!-- cached -->"])
def test_what_stands_before_a_document_costs_nothing(before: str) -> None:
    body = "<?xml version='1.0'?>" + rss("<link>/1</link>")
    assert read(before + body).entries == read(body).entries
    assert read(before + body).strict


def test_prefixes_that_nothing_declares_are_read_over() -> None:
    entry = one(
        "<rss:rss><rss:channel><rss:item><rss:title>x</rss:title><rss:link>/1</rss:link></rss:item></rss:channel>"
    )
    assert (entry.title, entry.url) == ("x", "https://feeds.example/1")


def test_items_that_say_nothing_make_an_empty_feed() -> None:
    parsed = read("<rss version='2.0'><channel><item><guid>1</guid></item><item/></channel></rss>")
    assert (parsed.outcome, parsed.detail) == (PollOutcome.EMPTY, "2 items, and none with a title, a summary or a link")


def test_too_much_markup_is_read_in_part_and_said() -> None:
    items = "".join(f"<item><title>{number}</title></item>" for number in range(DEAREST))
    parsed = read(f"<rss version='2.0'><channel>{items}</channel></rss>")
    assert parsed.detail == f"too much markup: only the first {len(parsed.entries)} items were read"
    assert not parsed.strict
    assert parsed.entries[0].title == "0"


def cut(*fields: str) -> list[str]:
    whole = "<item><title>one</title></item>"
    body = f"<rss version='2.0'><channel>{whole}<item><title>two</title>{''.join(fields)}<content>and th"
    return [entry.title for entry in read(body).entries]


def test_an_item_cut_off_is_read_if_all_that_is_kept_of_it_was_there() -> None:
    guid, lead, date = "<guid>2</guid>", "<description>lead</description>", "<pubDate>2026-11-21</pubDate>"
    assert cut(guid, lead, date) == ["one", "two"]
    assert cut(guid, lead) == cut(guid, date) == cut(lead, date) == ["one"]


DATE = "2026-11-21T10:00:00+02:00"


def test_a_json_feed_is_read() -> None:
    told = {
        "version": "https://jsonfeed.org/version/1.1",
        "language": "uk",
        "items": [
            {"id": 7, "url": "/7", "title": "Уряд", "content_html": "<p>Текст</p>", "date_published": DATE},
            {"id": "8", "external_url": "https://paper.example/8", "content_text": "Слова"},
            {"id": "9"},
            "no item",
        ],
    }  # fmt: skip
    first, second = read("\ufeff" + json.dumps(told), lang=None).entries
    assert (first.guid, first.url, first.title, first.lead) == ("7", "https://feeds.example/7", "Уряд", "Текст")
    assert (first.published_at, first.lang) == (datetime(2026, 11, 21, 8, tzinfo=UTC), "uk")
    assert (second.guid, second.url, second.title, second.lead) == ("8", "https://paper.example/8", "", "Слова")


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "{}",
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"version": 1}',
        '{"a": ' + "1" * 10_000 + "}",
        '{"items": [{"title": "x"}]}',
    ],
)
def test_other_json_is_no_feed(body: str) -> None:
    assert read(body).outcome is PollOutcome.NOT_A_FEED


@pytest.mark.parametrize("items", ["null", "{}", '"x"', "[null]"])
def test_a_json_feed_without_items_is_empty(items: str) -> None:
    parsed = read(f'{{"version": "https://jsonfeed.org/version/1.1", "items": {items}, "language": 5}}')
    assert (parsed.outcome, parsed.detail) == (PollOutcome.EMPTY, "no items")
