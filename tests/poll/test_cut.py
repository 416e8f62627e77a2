"""A cut document reads the same as the whole: by hand, by property, on every feed at hand."""

from collections.abc import Sequence
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, strategies as st

from pipeline.domain import Entry, Feed, Fetched, Marks
from pipeline.poll.cut import digest, slices
from pipeline.poll.parse import parse
from pipeline.poll.read import read
from tests.factories import NOW, feed

HEAD = "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title><![CDATA[An <item> of news]]></title>"
FOOT = "</channel></rss>"


def item(number: int, text: str = "text") -> str:
    return (
        f"<item><title>{text} {number}</title><guid>g{number}</guid>"
        f"<description><![CDATA[</item> {text}]]></description>"
        f"<pubDate>Mon, 02 Mar 2026 0{number % 10}:00:00 +0000</pubDate></item>"
    )


def document(items: Sequence[str], head: str = HEAD) -> bytes:
    return (head + "\n".join(items) + FOOT).encode()


def fetched(body: bytes, content_type: str = "application/rss+xml") -> Fetched:
    return Fetched(feed="kyodo", outcome=None, body=body, content_type=content_type)


def again(source: Feed, old: bytes, new: bytes) -> tuple[list[Entry], list[Entry], Marks | None]:
    """Entries that a reader who has seen ``old`` finds in ``new``: read by cutting, and read whole."""
    first, marks = read(source, fetched(old), NOW, history=False, marks=None)
    known = set(first.entries)
    second, after = read(source, fetched(new), NOW, history=False, marks=marks)
    whole = parse(source, fetched(new), NOW, history=False)
    return [e for e in second.entries if e not in known], [e for e in whole.entries if e not in known], after


def test_only_the_unseen_items_are_parsed() -> None:
    old, new = document([item(1), item(2)]), document([item(3), item(1), item(2)])
    _, marks = read(feed(), fetched(old), NOW, history=False, marks=None)
    parsed, _ = read(feed(), fetched(new), NOW, history=False, marks=marks)

    assert [entry.title for entry in parsed.entries] == ["text 3"]


def test_a_document_with_nothing_new_is_not_parsed_at_all() -> None:
    body = document([item(1), item(2)])
    _, marks = read(feed(), fetched(body), NOW, history=False, marks=None)
    parsed, after = read(feed(), fetched(body.replace(b"\n", b"\n\n")), NOW, history=False, marks=marks)

    assert parsed.entries == ()
    assert after == marks


def test_an_altered_item_is_parsed_again() -> None:
    cut, whole, _ = again(feed(), document([item(1), item(2)]), document([item(1, "edited"), item(2)]))

    assert cut == whole
    assert [entry.title for entry in cut] == ["edited 1"]


def test_a_build_date_does_not_spoil_the_cut_but_another_head_does() -> None:
    dated = HEAD + "<lastBuildDate>Mon, 02 Mar 2026 00:00:00 GMT</lastBuildDate>"
    parts = slices(document([item(1)], dated))
    later = slices(document([item(1)], dated.replace("02 Mar", "03 Mar")))
    other = slices(document([item(1)], dated.replace("2.0'><", "2.0' xml:base='http://b/'><")))

    assert parts is not None
    assert later is not None
    assert other is not None
    assert parts.frame == later.frame != other.frame


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE rss><rss><channel><item></item></channel></rss>",
        b"<rss><channel><item><title>cut off in the mid",
        b"<rss><channel><item>one</item> stray text <item>two</item></channel></rss>",
        b"<rss><channel><item>one<item>in another</item></item></channel></rss>",
        b"<rss><channel><item>\x1b$B</item></channel></rss>",
        "<rss><channel><item>a</item></channel></rss>".encode("utf-16"),
        b"<rss><channel></channel></rss>",
    ],
)
def test_what_cannot_be_cut_for_sure_is_not(body: bytes) -> None:
    assert slices(body) is None


def test_two_items_with_one_guid_are_read_whole_every_time() -> None:
    twin = item(1).replace("text 1", "twin")
    cut, whole, marks = again(feed(), document([item(1), item(2)]), document([twin, item(1), item(2)]))

    assert cut == whole
    assert marks is None or len(marks.items) in {0, 3}


@given(st.data())
def test_any_change_of_items_reads_the_same_cut_or_whole(data: st.DataObject) -> None:
    texts = st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="<>&]"), max_size=20
    )
    pool = [item(n, data.draw(texts)) for n in range(6)] + [item(n, "again") for n in range(3)]
    old = data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=6, unique=True))
    new = data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=6, unique=True))
    cut, whole, _ = again(feed(), document(old), document(new))

    assert cut == whole


def test_the_real_feeds_read_the_same_cut_or_whole(shared: Path) -> None:
    compared = 0
    for path in sorted([*(shared / "realfeeds").glob("*.xml"), *(shared / "benchmarks" / "feeds").glob("*/*.xml")]):
        body = path.read_bytes()
        parts = slices(body)
        if parts is None or len(parts.items) < 3:
            continue
        for left_out in (0, 1, len(parts.items) - 1):
            kept = [one for place, one in enumerate(parts.items) if place != left_out]
            cut, whole, _ = again(feed(), parts.head + b"".join(kept) + parts.foot, body)
            assert cut == whole, (path, left_out)
            compared += 1

    assert compared > 30


def test_a_digest_tells_bytes_apart() -> None:
    assert digest(b"one") != digest(b"two")
    assert len(digest(b"one")) == 16


def test_what_rdf_names_in_its_head_does_not_spoil_the_cut() -> None:
    head = "<rdf:RDF><channel><items><rdf:Seq><rdf:li rdf:resource='%d'/></rdf:Seq></items></channel>"
    one, two = (slices(document([item(1)], head % number)) for number in (1, 2))

    assert one is not None
    assert two is not None
    assert one.frame == two.frame


@pytest.mark.parametrize(
    "hidden",
    ["<!-- <item> -->", "<![CDATA[<item>]]>", "<!-- <![CDATA[ --><!-- ]]> <item> -->", "<![CDATA[<!--]]><!--<item>-->"],
)
def test_items_that_are_merely_spoken_of_are_none(hidden: str) -> None:
    parts = slices(
        document([item(1), item(2)], HEAD.replace("<channel>", f"<channel><description>{hidden}</description>"))
    )

    assert parts is not None
    assert len(parts.items) == 2


@pytest.mark.parametrize(
    "piece", ["<!---->", "<![CDATA[</item>]]>", "<![CDATA[", "<!--<item>-->", "<ttl>", "<item>", "<items>"]
)
def test_a_flood_is_refused_or_cut_in_little_time(piece: str) -> None:
    for body in (
        document([piece * 300_000]),
        document([f"<item>{piece * 300_000}</item>"]),
        document([item(1)], piece * 15_000),
    ):
        started = process_time()
        parts = slices(body)
        assert parts is None or parts.frame
        assert process_time() - started < 2
