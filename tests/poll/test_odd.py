"""What is odd about a feed: every line has a feed that earns it, and a plain feed earns none."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pipeline.domain import Feed, FeedKind, Fetched
from pipeline.poll.odd import odd
from pipeline.poll.parse import parse
from tests.factories import NOW, feed
from tests.fakes import Item, rss

FEED = feed(url="https://cabinet.example/rss", lang=None)
TITLES = ["Cabinet funds mine clearance", "Minister visits the port", "Parliament adopts a resolution on aid"]
ITEMS = [
    Item(
        guid=f"g{number}",
        title=title,
        lead="A summary of two lines.",
        link=f"https://www.cabinet.example/{number}",
        published_at=NOW - timedelta(hours=5 * number),
    )
    for number, title in enumerate(TITLES)
]


def said(body: bytes, of: Feed = FEED, asked: str = "", **answer: Any) -> str:
    known = {"content_type": "application/rss+xml", "etag": '"1"', "url": of.url, **answer}
    fetched = Fetched(feed=of.name, outcome=None, status=200, body=body, **known)
    return "\n".join(odd(of, fetched, parse(of, fetched, NOW, history=True), NOW, asked=asked))


def changed(**over: Any) -> list[Item]:
    return [Item(**{**{name: getattr(item, name) for name in Item.__slots__}, **over}) for item in ITEMS]


def test_nothing_is_odd_about_a_plain_feed() -> None:
    assert said(rss(ITEMS)) == ""


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([], "no entries"),
        (ITEMS[:1], "only one entry"),
        (changed(published_at=None), "3 of 3 entries have no date that can be read"),
        (changed(published_at=NOW + timedelta(hours=9)), "3 of 3 dates lie in the future"),
        ([*ITEMS, *changed(published_at=NOW + timedelta(hours=9), guid="late")[:1]], "1 of 4 dates lie in the future"),
        (changed(published_at=NOW - timedelta(hours=1)), "all entries have one date"),
        (changed(published_at=NOW - timedelta(days=40)), "its newest entry is 40 days old"),
        (changed(guid="same"), "3 of 3 entries share a guid with another"),
        (changed(title="News"), "all entries have one title"),
        (changed(link="https://other.example/x"), "3 of 3 links lead to another host: other.example"),
        (changed(link="https://news.google.com/rss/articles/x"), "links lead to Google News, not to the outlets; its"),
        (changed(lead="A long sentence of the article. " * 60), "summaries look like whole texts"),
        ([*ITEMS, Item(guid="k", title="정부, 우크라이나 지원 계획 발표")], "several languages: en 3, ko 1"),
    ],
)  # fmt: skip
def test_what_entries_lack_or_share_is_said(items: list[Item], words: str) -> None:
    assert words in said(rss(items))


def test_a_date_ahead_by_less_than_a_zone_is_not_odd() -> None:
    assert "future" not in said(rss(changed(published_at=NOW + timedelta(hours=1))))


def test_a_feed_without_guids_says_so_and_one_with_ids_of_another_kind_does_not() -> None:
    bare = b"".join(rss(ITEMS).split(b"<guid isPermaLink='false'>g"))
    assert "entries have no guid" in said(bare.replace(b"</guid>", b""))
    atom = (
        b"<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title><entry><id>urn:1</id><title>Aid</title></entry>"
        b"<entry><id>urn:2</id><title>Talks</title></entry></feed>"
    )
    assert "guid" not in said(atom)


@pytest.mark.parametrize(
    ("label", "encoding", "words"),
    [
        ("text/xml; charset=shift_jis", "utf-8", "its encoding is called shift_jis, and is utf-8"),
        ("text/xml; charset=utf-8", "utf-8", ""),
        ("text/xml; charset=EUC-JP", "euc_jp", ""),
        ("text/xml; charset=gbk", "gb18030", ""),
        ("text/xml; charset=no-such-thing", "utf-8", "its encoding is called no-such-thing"),
        ("text/xml", "utf-8", ""),
    ],
)
def test_a_label_that_lies_about_the_encoding_is_named(label: str, encoding: str, words: str) -> None:
    items = [Item(guid=str(n), title=f"政府{n}支援", published_at=item.published_at) for n, item in enumerate(ITEMS)]
    found = said(rss(items).decode().encode(encoding), content_type=label)
    assert words in found
    assert bool(words) == ("encoding" in found)


def test_a_prolog_that_lies_is_named_too() -> None:
    body = b"<?xml version='1.0' encoding='big5'?>" + rss(changed(title="政府は支援を続ける"))
    assert "its encoding is called big5, and is utf-8" in said(body)


def test_a_document_that_is_not_well_formed_is_named() -> None:
    assert "not well-formed: " in said(rss(ITEMS).replace(b"</channel></rss>", b"<b></channel>"))


def test_a_feed_that_is_served_as_a_page_is_named() -> None:
    assert said(rss(ITEMS), content_type="text/html; charset=utf-8") == "its server calls it a page, text/html"


def test_an_address_that_moved_or_only_points_elsewhere_is_named() -> None:
    old, new = "https://cabinet.example/old", "https://cabinet.example/rss"
    assert f"{old} has moved for good" in said(rss(ITEMS), asked=old, url=new, moved_url=new)
    assert f"a redirect to {new}, which is not" in said(rss(ITEMS), feed(url=old, lang=None), asked=old, url=new)


def test_no_validators_and_no_encryption_are_named() -> None:
    found = said(rss(ITEMS), feed(url="http://cabinet.example/rss", lang=None), etag=None)
    assert "no validators: every poll brings the whole document (1 KiB)" in found
    assert "not https" in found


def test_an_aggregator_may_link_to_everybody() -> None:
    search = feed(url="https://news.google.com/rss", kind=FeedKind.AGGREGATOR, lang=None)
    assert said(rss(changed(link="https://other.example/x")), search) == ""
    assert said(rss(changed(link="https://news.google.com/a")), search).endswith("not to the outlets")


@pytest.mark.parametrize(("host", "own"), [("news.city.go.jp", "www.city.go.jp"), ("a.example", "feeds.a.example")])
def test_a_neighbouring_host_of_one_site_is_not_another(host: str, own: str) -> None:
    assert "another host" not in said(rss(changed(link=f"https://{host}/1")), feed(url=f"https://{own}/rss", lang=None))


def test_two_ministries_are_two_sites() -> None:
    found = said(rss(changed(link="https://www.mof.go.jp/1")), feed(url="https://www.mod.go.jp/rss", lang=None))
    assert "another host: www.mof.go.jp" in found


@given(st.binary(max_size=300), st.text(max_size=40))
def test_whatever_a_server_sends_something_can_be_said_of_it(body: bytes, kind: str) -> None:
    said(body, content_type=kind)
