"""
The feeds of tests/data/feeds, all invented: bytes in NAME.xml, their feed's configuration and what they read as in
NAME.json. ``./run goldens`` rewrites what they read as; the difference is for a reviewer's eyes.
"""

import json
import os
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from pipeline.domain import Entry, FeedKind, Fetched, PollOutcome
from pipeline.poll.parse import Parsed, _link, parse
from tests.factories import feed

FEEDS = Path(__file__).resolve().parents[1] / "data" / "feeds"
SEEN = datetime(2026, 11, 21, 12, tzinfo=UTC)
URL = "https://feeds.example/rss.xml"


def read(body: bytes, content_type: str = "application/rss+xml", *, history: bool = False, **of_feed: Any) -> Parsed:
    defaults = {"name": "a feed", "url": URL, "lang": "en", "timezone": "UTC"}
    fetched = Fetched(feed="a feed", outcome=None, status=200, url=URL, content_type=content_type, body=body)
    return parse(feed(**{**defaults, **of_feed}), fetched, SEEN, history=history)


def rss(*items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>t</title>{"".join(items)}</channel></rss>'.encode()


def shown(entry: Entry) -> dict[str, Any]:
    fields = asdict(entry)
    del fields["feed"], fields["seen_at"], fields["version"]
    return {**fields, "published_at": entry.published_at.isoformat() if entry.published_at else None}


@pytest.mark.parametrize("name", sorted(path.stem for path in FEEDS.glob("*.xml")))
def test_every_golden_feed_reads_as_it_did(name: str) -> None:
    golden = FEEDS / f"{name}.json"
    told = json.loads(golden.read_text(encoding="utf-8"))
    of_feed = dict(told["feed"])
    if "kind" in of_feed:
        of_feed["kind"] = FeedKind(of_feed["kind"])
    parsed = read((FEEDS / f"{name}.xml").read_bytes(), told["content_type"], **of_feed)
    reads = {"outcome": parsed.outcome, "entries": [shown(entry) for entry in parsed.entries]}
    if os.environ.get("STANCEWATCH_WRITE_GOLDENS") == "1":
        golden.write_text(json.dumps({**told, "reads": reads}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert json.loads(golden.read_text(encoding="utf-8"))["reads"] == reads


def test_every_golden_has_its_document_and_every_document_its_golden() -> None:
    assert {path.stem for path in FEEDS.glob("*.xml")} == {path.stem for path in FEEDS.glob("*.json")}


def test_a_feed_that_is_not_one_says_why() -> None:
    parsed = read(b"<html><body>Moved</body></html>", "text/html")
    assert (parsed.entries, parsed.outcome) == ((), PollOutcome.NOT_A_FEED)
    assert parsed.detail.startswith("text/html: ")
    assert read(b"no markup at all", "").detail.startswith("no content type: ")


def test_a_flaw_that_costs_nothing_is_told_and_is_no_failure() -> None:
    parsed = read(rss("<item><title>Bread <3 salt</title></item>"))
    assert (parsed.outcome, [entry.title for entry in parsed.entries]) == (None, ["Bread <3 salt"])
    assert parsed.detail.startswith("application/rss+xml: ")


def test_a_first_poll_is_history_whatever_its_dates_say() -> None:
    fresh = "<item><title>x</title><pubDate>Sat, 21 Nov 2026 11:00:00 GMT</pubDate></item>"
    assert [entry.history for entry in read(rss(fresh), history=True).entries] == [True]
    assert [entry.history for entry in read(rss(fresh)).entries] == [False]


def test_what_was_published_more_than_two_days_before_it_was_seen_is_history() -> None:
    def item(age: timedelta) -> str:
        return f"<item><title>{age}</title><pubDate>{(SEEN - age).isoformat()}</pubDate></item>"

    parsed = read(rss(item(timedelta(hours=48)), item(timedelta(hours=48, seconds=1)), item(timedelta(days=30))))
    assert [entry.history for entry in parsed.entries] == [False, True, True]


def test_an_undated_item_is_not_history() -> None:
    assert [entry.history for entry in read(rss("<item><title>x</title></item>")).entries] == [False]


def test_an_edited_title_keeps_its_identity_and_another_feeds_item_has_its_own() -> None:
    def ids(title: str, name: str = "a feed") -> list[str]:
        item = f"<item><title>{title}</title><guid>one</guid></item>"
        return [entry.entry_id for entry in read(rss(item), name=name).entries]

    assert ids("before") == ids("after")
    assert ids("before") != ids("before", name="another feed")


def test_overlong_titles_and_leads_are_shortened() -> None:
    (entry,) = read(rss(f"<item><title>{'t' * 2000}</title><description>{'l' * 9000}</description></item>")).entries
    assert (len(entry.title), len(entry.lead)) == (1000, 5000)


def test_western_quotes_under_a_utf_8_label_are_read() -> None:
    parsed = read("<rss><channel><item><title>Tokyo’s choice</title></item></channel></rss>".encode("cp1252"))
    assert [entry.title for entry in parsed.entries] == ["Tokyo’s choice"]


def test_an_empty_date_gives_way_to_another() -> None:
    item = "<item><title>x</title><pubDate></pubDate><updated>2026-11-21T10:00:00Z</updated></item>"
    assert [entry.published_at for entry in read(rss(item)).entries] == [SEEN - timedelta(hours=2)]
    assert [entry.published_at for entry in read(rss("<item><title>x</title><pubDate/></item>")).entries] == [None]


def test_a_link_that_cannot_be_taken_apart_is_none() -> None:
    assert _link(URL, "http://[paper.example/7") == ""


def test_a_feeds_declared_language_counts_where_its_configuration_names_none() -> None:
    body = b'<rss version="2.0"><channel><language>ja-JP</language><item><title>\xe9\xa6\x96\xe7\x9b\xb8</title></item>'
    body += b"</channel></rss>"
    assert [entry.lang for entry in read(body, lang=None).entries] == ["ja"]
    assert [entry.lang for entry in read(body, lang="zh-Hant").entries] == ["zh-Hant"]


def test_the_documents_own_time_of_freshness_is_read() -> None:
    def fresh(ttl: str) -> float:
        return read(rss(f"<ttl>{ttl}</ttl><item><title>x</title></item>")).fresh_s

    assert [fresh("60"), fresh("soon"), fresh("-5"), fresh("²")] == [3600.0, 0.0, 0.0, 0.0]
    assert read(rss("<item><title>x</title></item>")).fresh_s == 0.0


def test_a_fault_of_the_parser_is_the_feeds_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("feedparser.parse", broken)
    parsed = read(rss("<item><title>x</title></item>"))
    assert (parsed.outcome, parsed.detail) == (PollOutcome.NOT_A_FEED, "RecursionError: too deep")


def sound(parsed: Parsed) -> None:
    """Hold a parsed document to what the store and every later stage rely on."""
    assert parsed.outcome is None or not parsed.entries
    assert len({entry.entry_id for entry in parsed.entries}) == len(parsed.entries)
    for entry in parsed.entries:
        texts = [entry.title, entry.lead, entry.guid, entry.url, entry.source or ""]
        assert "\0" not in "".join(texts)
        "".join(texts).encode()
        assert entry.title or entry.lead or entry.url
        assert not entry.url or entry.url.lower().startswith(("http://", "https://"))
        assert entry.published_at is None or entry.published_at <= SEEN + timedelta(hours=3)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=400), st.sampled_from(["", "text/xml", "text/html; charset=x", "application/rss+xml"]))
def test_any_bytes_give_entries_or_an_outcome(body: bytes, content_type: str) -> None:
    sound(read(body, content_type, lang="ja"))


GOOD = [path.read_bytes() for path in sorted(FEEDS.glob("*.xml")) if 300 < path.stat().st_size < 5000]
PIECES = [
    b"<item>", b"</item>", b"<entry>", b"</title>", b"<![CDATA[", b"]]>", b"<!--", b"&#0;", b"&#xD800;", b"&#55357;",
    b"&bogus;", b"\0", b"\xff\xfe", b"\xf0\x9f\x98", b"<source/>", b"<content/>", b"<link/>", b"<guid></guid>",
    b"<source>x</source>", b"<dc:source>x</dc:source>", b"<content>x</content>", b"<title><b>", b"<?xml ?>",
    b"<!DOCTYPE rss [<!ENTITY a 'b'>]>", b"xmlns=''", b"<pubDate>99999-99-99</pubDate>", b"\x1b$B", b"<language/>",
    b"<link>http://[</link>", b"<id>\xed\xa0\x80</id>", b"<media:content/>", b"<itunes:image/>", b"<georss:point/>",
]  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_any_mutation_of_a_good_feed_gives_entries_or_an_outcome(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from(GOOD)))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(body)))
        gone = data.draw(st.sampled_from([0, 1, 7, 60, 10_000]))
        body[place : place + gone] = data.draw(st.sampled_from(PIECES) | st.binary(max_size=8))
    sound(read(bytes(body), data.draw(st.sampled_from(["text/xml", "application/rss+xml; charset=shift_jis"]))))
