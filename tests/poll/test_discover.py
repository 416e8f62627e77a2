"""Finding the feed behind an address: what is asked, in which order, how often, and what a new row says."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pipeline.domain import Actor, Feed, FeedKind, Fetched, Owner, PollOutcome, Source, Terms
from pipeline.poll.discover import COMMON, MOST_ASKED, Look, look
from pipeline.poll.guess import guess
from tests.factories import NOW, entry, feed
from tests.fakes import Item, rss

SITE = "https://cabinet.example/"
FEED = rss([Item(guid="a", title="Cabinet funds mine clearance"), Item(guid="b", title="Minister visits the port")])
OUTLETS = [
    Source(name="Cabinet", owner=Owner.STATE, country="JP", tier=1, official=Actor.JP, domains=("cabinet.example",)),
    Source(name="Port Authority", owner=Owner.STATE, country="TW", tier=2, domains=("port.cabinet.example",)),
    Source(name="Institute", owner=Owner.NGO, country="DE", tier=2, domains=("institute.example",)),
]


def page(*lines: str) -> bytes:
    return f"<!doctype html><html><head><title>Cabinet</title></head><body>{''.join(lines)}</body></html>".encode()


def link(href: str, kind: str = "application/rss+xml", rel: str = "alternate") -> str:
    return f"<link rel='{rel}' type='{kind}' href='{href}'>"


def search(answers: Mapping[str, bytes | Fetched], url: str = SITE, **known: Any) -> tuple[Look, list[str]]:
    """Look on a site that answers 404 to what it does not know; also what it was asked, in order."""
    asked: list[str] = []

    def ask(wanted: Feed) -> Fetched:
        asked.append(wanted.url)
        answer = answers.get(wanted.url, Fetched(feed="x", outcome=PollOutcome.GONE, detail="HTTP 404"))
        if isinstance(answer, Fetched):
            return answer
        return Fetched(feed="x", outcome=None, status=200, url=wanted.url, content_type="text/html", body=answer)

    return look(url, known, [], OUTLETS, ask, NOW), asked


def test_an_address_that_is_a_feed_is_asked_once() -> None:
    found, asked = search({SITE: FEED})
    assert (found.found, found.feed.url, asked) == (True, SITE, [SITE])
    assert [one.title for one in found.entries] == ["Cabinet funds mine clearance", "Minister visits the port"]


@pytest.mark.parametrize(
    "kind", ["application/rss+xml", "application/atom+xml; charset=utf-8", "application/feed+json"]
)
def test_a_page_leads_to_the_feed_that_it_names_wherever_the_name_stands(kind: str) -> None:
    found, asked = search({SITE: page("<p>", link("news.rss", kind)), f"{SITE}news.rss": FEED})
    assert found.feed.url == f"{SITE}news.rss"
    assert asked == [SITE, f"{SITE}news.rss"]
    assert found.tried == ((SITE, "a page that names 1 possible feed"),)


def test_rel_and_type_are_read_as_browsers_read_them_and_base_counts() -> None:
    body = page("<base href='/press/'>", link("all.rss", "Application/RSS+XML", "ALTERNATE home"))
    found, _ = search({SITE: body, f"{SITE}press/all.rss": FEED})
    assert found.feed.url == f"{SITE}press/all.rss"


def test_what_is_announced_comes_first_then_links_that_look_like_feeds_then_comments() -> None:
    body = page("<a href='/rss/'>RSS</a>", link("/comments/feed"), link("/all.rss"), "<a href='/about'>us</a>")
    found, asked = search({SITE: body})
    assert not found.found
    assert asked[:4] == [SITE, f"{SITE}all.rss", f"{SITE}rss/", f"{SITE}comments/feed"]
    assert f"{SITE}about" not in asked


def test_a_link_to_another_host_is_followed_only_where_it_is_announced() -> None:
    body = page("<a href='https://other.example/rss'>theirs</a>", link("https://feeds.example/cabinet.xml"))
    found, asked = search({SITE: body, "https://feeds.example/cabinet.xml": FEED})
    assert found.feed.url == "https://feeds.example/cabinet.xml"
    assert "https://other.example/rss" not in asked
    assert (found.feed.source, found.feed.country) == ("Cabinet", "JP")  # the page's, not its feed host's


def test_a_page_of_feeds_behind_a_page_is_read_too() -> None:
    index = page("<a href='/rss/politics.xml'>Politics</a>")
    found, _ = search({SITE: page("<a href='/rss/'>RSS</a>"), f"{SITE}rss/": index, f"{SITE}rss/politics.xml": FEED})
    assert found.feed.url == f"{SITE}rss/politics.xml"


def test_a_page_that_names_no_feed_has_its_site_asked_where_feeds_usually_are() -> None:
    found, asked = search({f"{SITE}news/today": page("nothing"), f"{SITE}atom.xml": FEED}, f"{SITE}news/today")
    assert found.feed.url == f"{SITE}atom.xml"
    assert asked[1:] == [f"https://cabinet.example{path}" for path in COMMON[: COMMON.index("/atom.xml") + 1]]


def test_a_site_that_refuses_its_front_page_may_still_give_its_feed() -> None:
    refused = Fetched(feed="x", outcome=PollOutcome.REFUSED, detail="HTTP 403")
    found, _ = search({SITE: refused, f"{SITE}feed": FEED})
    assert found.feed.url == f"{SITE}feed"


@pytest.mark.parametrize("outcome", [PollOutcome.GONE, PollOutcome.TEMPORARY, PollOutcome.FORBIDDEN_ADDRESS])
def test_an_address_that_leads_nowhere_is_not_followed_by_guesses(outcome: PollOutcome) -> None:
    found, asked = search({SITE: Fetched(feed="x", outcome=outcome, detail="so")})
    assert (found.found, asked, found.tried) == (False, [SITE], ((SITE, f"{outcome}: so"),))


def test_however_many_feeds_a_page_names_few_are_asked_and_none_twice() -> None:
    found, asked = search({SITE: page(*(link(f"/{number % 40}.rss") for number in range(80)))})
    assert not found.found
    assert len(asked) == len(set(asked)) == MOST_ASKED


def test_other_feeds_of_the_page_are_named() -> None:
    found, _ = search({SITE: page(link("/a.rss"), link("/b.rss")), f"{SITE}a.rss": FEED})
    assert found.others == (f"{SITE}b.rss",)


def test_a_feed_without_items_is_a_feed() -> None:
    found, _ = search({SITE: b"<rss version='2.0'><channel><title>Quiet office</title></channel></rss>"})
    assert (found.found, found.feed.name, found.odd[0]) == (True, "Quiet office", "no entries")


def test_where_an_address_moved_for_good_the_new_one_is_taken() -> None:
    new = "https://cabinet.example/new.rss"
    moved = Fetched(feed="x", outcome=None, status=200, url=new, moved_url=new, body=FEED, content_type="text/xml")
    found, _ = search({SITE: moved})
    assert found.feed.url == new
    assert f"{SITE} has moved for good: the new address is written" in found.odd


def test_the_name_is_the_documents_own_and_what_is_given_wins() -> None:
    body = FEED.replace(b"<title>Fake</title>", "<title><![CDATA[Cabinet &amp; Diet 内閣]]></title>".encode())
    assert search({SITE: body})[0].feed.name == "Cabinet & Diet 内閣"
    chosen = search({SITE: body}, name="mine", country="KR", terms=Terms.OPEN, lang="ko", timezone="+09:00")[0]
    assert (chosen.feed.name, chosen.feed.country, chosen.feed.terms, chosen.feed.lang) == ("mine", "KR", "open", "ko")
    assert str(chosen.zone) == "UTC+09:00"


@given(st.binary(max_size=400))
def test_no_page_whatever_is_beyond_reading(body: bytes) -> None:
    found, _ = search({SITE: b"<html><link rel=alternate type=application/rss+xml href=" + body})
    assert len(found.tried) <= MOST_ASKED


# --- guesses ---


def guessed(url: str, *feeds: Feed, lang: str = "en") -> tuple[str, str, str | None, str]:
    found = guess(url, feeds, OUTLETS, [entry(lang=lang)])
    return found.country, found.timezone, found.source, found.kind


def test_the_outlet_with_the_closest_domain_decides() -> None:
    assert guessed("https://www.cabinet.example/rss") == ("JP", "Asia/Tokyo", "Cabinet", FeedKind.GOVERNMENT)
    assert guessed("https://www.port.cabinet.example/")[:3] == ("TW", "Asia/Taipei", "Port Authority")
    assert guessed("https://institute.example/")[0::3] == ("DE", FeedKind.THINKTANK)
    assert guessed("https://notcabinet.example/")[2] is None


@pytest.mark.parametrize(
    ("host", "country", "zone"),
    [("a.co.kr", "KR", "Asia/Seoul"), ("a.com.tw", "TW", "Asia/Taipei"), ("a.co.uk", "GB", "Europe/London"),
     ("a.pl", "PL", "Europe/Warsaw"), ("a.ua", "UA", "Europe/Kyiv"), ("a.io", "INT", "UTC"), ("a.com", "INT", "UTC")],
)  # fmt: skip
def test_else_the_domain_says_the_country(host: str, country: str, zone: str) -> None:
    assert guessed(f"https://{host}/rss")[:2] == (country, zone)


def test_else_the_language_of_the_entries_does() -> None:
    assert guessed("https://a.com/rss", lang="ko")[:2] == ("KR", "Asia/Seoul")


def test_a_feed_of_the_same_host_is_taken_for_a_pattern() -> None:
    known = feed(url="https://a.com/1", country="AU", timezone="Australia/Sydney", kind=FeedKind.THINKTANK, source="A")
    assert guessed("https://a.com/2", known) == ("AU", "Australia/Sydney", "A", FeedKind.THINKTANK)


@pytest.mark.parametrize(("host", "kind"), [("www.cao.go.jp", "government"), ("news.google.com", "aggregator")])
def test_some_hosts_say_what_publishes_them(host: str, kind: str) -> None:
    assert guessed(f"https://{host}/x")[3] == kind


def test_kanji_alone_in_a_japanese_feed_is_japanese() -> None:
    entries = [entry(lang="ja"), entry(lang="ja"), entry(lang="zh-Hans")]
    assert guess("https://a.com/", [], [], entries).lang == "ja"
    assert guess("https://a.com/", [], [], [*entries, entry(lang="en")]).lang is None
