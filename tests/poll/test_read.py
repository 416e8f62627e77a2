"""A cut document reads as the whole would: only what is new is given to the parser, and nobody can tell."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from pipeline.domain import Entry, Fetched, Marks
from pipeline.poll.cut import slices
from pipeline.poll.parse import parse
from pipeline.poll.read import read
from tests.factories import feed

FEEDS = Path(__file__).resolve().parents[1] / "data" / "feeds"
SEEN = datetime(2026, 11, 21, 12, tzinfo=UTC)
HEAD = "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>t</title>{}\n"
FOOT = "</channel></rss>"


def answer(body: str | bytes, content_type: str = "text/xml; charset=utf-8") -> Fetched:
    data = body.encode() if isinstance(body, str) else body
    return Fetched(feed="kyodo", outcome=None, body=data, content_type=content_type, url="https://kyodo.example/rss")


def document(*items: str, head: str = "") -> Fetched:
    return answer(HEAD.format(head) + "\n".join(items) + FOOT)


def item(name: str, text: str = "", **more: str) -> str:
    inner = "".join(f"<{key}>{value}</{key}>" for key, value in more.items())
    return f"<item><title>{name} {text}</title><guid isPermaLink='false'>{name}</guid>{inner}</item>"


def first(which: Fetched) -> Marks:
    _, marks = read(feed(), which, SEEN, history=False, marks=None)
    assert marks is not None
    return marks


def titles(which: Fetched, marks: Marks | None) -> list[str]:
    parsed, _ = read(feed(), which, SEEN, history=False, marks=marks)
    return [entry.title for entry in parsed.entries]


def test_only_new_and_altered_items_are_read_again() -> None:
    marks = first(document(item("a"), item("b", "before")))
    assert titles(document(item("c"), item("a"), item("b", "after")), marks) == ["c", "b after"]
    assert titles(document(item("b", "before"), item("a")), marks) == []


def test_what_changes_at_every_build_in_the_head_does_not_matter_and_the_rest_does() -> None:
    marks = first(document(item("a"), head="<lastBuildDate>1</lastBuildDate><language>ja</language>"))
    rebuilt = document(item("b"), item("a"), head="<lastBuildDate>2</lastBuildDate><language>ja</language>")
    renamed = document(item("b"), item("a"), head="<lastBuildDate>2</lastBuildDate><language>ko</language>")
    assert titles(rebuilt, marks) == ["b"]
    assert titles(renamed, marks) == ["b", "a"]


def test_of_the_head_only_what_is_read_is_given_to_the_parser() -> None:
    head = "<link>https://kyodo.example/</link><image><url>/logo</url></image><language>ja</language><ttl>60</ttl>"
    parts = slices(document(item("a"), item("b"), head=head).body)
    assert parts is not None
    told = parts.only(parts.items[:1]).decode()
    assert "kyodo.example" not in told
    assert "/logo" not in told
    assert "<language>ja</language><ttl>60</ttl>" in told
    assert item("a") in told
    assert item("b") not in told


@pytest.mark.parametrize(
    "body",
    [
        "<!DOCTYPE rss>" + HEAD.format("") + item("a") + FOOT,
        HEAD.format("") + item("a") + "words" + item("b") + FOOT,
        HEAD.format("") + item("a") + "<other/>" + item("b") + FOOT,
        HEAD.format("<!-- <item> --> <!-- <item>") + item("a") + FOOT,
        HEAD.format("") + item("a", "<![CDATA[</item><item>]]>") + FOOT,
        HEAD.format("") + "<item><title>a</title>" + FOOT,
        HEAD.format("") + "<item><item><title>a</title></item></item>" + FOOT,
        HEAD.format("") + "<item><title><![CDATA[</item>]]" + FOOT,
        HEAD.format("x" * 100_001) + item("a") + FOOT,
        HEAD.format("") + FOOT,
        "\x1b" + HEAD.format("") + item("a") + FOOT,
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id></entry><item/></feed>".replace("/><", "> <"),
        "",
    ],
)
def test_a_document_that_could_read_otherwise_is_not_taken_apart(body: str) -> None:
    assert slices(body.encode()) is None


def test_cdata_and_comments_may_hold_anything() -> None:
    odd = "<item><title>a</title><description><![CDATA[</item>]]> <![CDATA[>]]></description><!-- </item> --></item>"
    parts = slices((HEAD.format("<!-- <item> --> <!-- --> <![CDATA[<item>]]>") + odd + item("b") + FOOT).encode())
    assert parts is not None
    assert [part.decode() for part in parts.items] == [odd, item("b")]
    assert titles(document(odd, item("c")), first(document(odd))) == ["c"]


@pytest.mark.parametrize(
    "items",
    [
        [item("a"), item("a")],
        ["<item><title>x</title></item>", "<item><title>x</title></item>"],
        ["<item></item>", item("a")],
        [item("a"), "<item><title><b>loose</title></item>"],
    ],
)
def test_nothing_is_remembered_of_a_document_in_doubt(items: list[str]) -> None:
    _, marks = read(feed(), document(*items), SEEN, history=False, marks=None)
    assert marks is None


def test_one_guid_for_all_items_gives_the_same_entries_cut_or_whole() -> None:
    def briefing(n: int) -> str:
        return f"<item><title>Briefing {n}</title><guid isPermaLink='false'>all</guid></item>"

    once = document(briefing(1), briefing(2))
    _, marks = read(feed(), once, SEEN, history=False, marks=None)
    twice = document(briefing(3), briefing(1), briefing(2))
    parsed, _ = read(feed(), twice, SEEN, history=False, marks=marks)
    whole = parse(feed(), twice, SEEN, history=False)
    assert set(parsed.entries) <= set(whole.entries)
    assert whole.entries[0] in parsed.entries


def test_an_item_that_takes_a_known_ones_identity_is_read_with_the_whole() -> None:
    marks = first(document(item("a"), item("b")))
    twice = document(item("a", "again"), item("a"), item("b"))
    parsed, _ = read(feed(), twice, SEEN, history=False, marks=marks)
    assert parsed == parse(feed(), twice, SEEN, history=False)


def test_a_new_item_that_is_not_well_formed_is_read_with_the_whole() -> None:
    marks = first(document(item("a")))
    broken = document(item("a"), "<item><title>salt and <b>bread</title></item>")
    assert titles(broken, marks) == ["a", "salt and bread"]
    assert titles(document(item("a"), item("a")), marks) == ["a"]


def test_what_a_broken_document_altered_is_read_again_from_the_next_sound_one() -> None:
    sound = document(item("a", "of weight"), item("b"))
    marks = first(sound)
    broken = answer(sound.body.replace(b"of weight", b"of & <b weight"))
    assert titles(broken, marks) != titles(sound, None)
    _, after = read(feed(), broken, SEEN, history=False, marks=marks)
    assert titles(sound, after or marks) == ["a of weight", "b"]


NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
TEXTS = st.sampled_from(["", "支援", "발전기", "&amp;", "<![CDATA[</item>]]>", "<!-- <item> -->", "& loose", "\u2028"])
BROKEN = "<item><title>a & <b</title><guid isPermaLink='false'>a</guid></item>"
ITEMS = st.builds(
    lambda name, text, link, lead: item(name, text, link=link, description=lead),
    NAMES,
    TEXTS,
    st.sampled_from(["https://kyodo.example/1", "/2", ""]),
    TEXTS,
) | st.sampled_from(
    ["<item></item>", "<item><title>no guid</title></item>", "<item><guid>a</guid></item>", "words", BROKEN]
)
HEADS = st.lists(
    st.sampled_from(
        [
            "<language>ko</language>",
            "<lastBuildDate>1</lastBuildDate>",
            "<pubDate>2</pubDate>",
            "<link>https://kyodo.example/</link>",
            "<image><title>支援</title><url>/logo</url><link>/</link><width>1</width></image>",
            "<description><![CDATA[<title>a</title> <link>]]></description>",
            "<title><![CDATA[ <title><![CDATA[a]]></title>",
            "<!-- <title>a</title> -->",
            "<title>loose",
        ]
    ),
    max_size=3,
).map("".join)
DOCUMENTS = st.builds(lambda items, head: document(*items, head=head), st.lists(ITEMS, max_size=6), HEADS)


def known_to(store: dict[str, Entry], entries: tuple[Entry, ...]) -> None:
    """Keep entries as the store does: what is said again in the same words is not new."""
    for entry in entries:
        store[entry.entry_id] = replace(entry, seen_at=SEEN)


@settings(deadline=None, max_examples=300)
@given(st.lists(DOCUMENTS, min_size=1, max_size=4), st.sampled_from([None, "ja"]))
def test_however_documents_follow_one_another_the_store_holds_the_same(polls: list[Fetched], lang: Any) -> None:
    cut: dict[str, Entry] = {}
    whole: dict[str, Entry] = {}
    marks: Marks | None = None
    for each in polls:
        parsed, after = read(feed(lang=lang), each, SEEN, history=False, marks=marks)
        marks = after or marks  # as the store does
        known_to(cut, parsed.entries)
        known_to(whole, parse(feed(lang=lang), each, SEEN, history=False).entries)
        assert cut == whole


@pytest.mark.parametrize("name", sorted(path.stem for path in FEEDS.glob("*.xml")))
def test_a_golden_feed_that_has_not_changed_brings_nothing_or_all_again(name: str) -> None:
    once = answer((FEEDS / f"{name}.xml").read_bytes(), "text/xml")
    parsed, marks = read(feed(), once, SEEN, history=False, marks=None)
    again, marks_again = read(feed(), once, SEEN, history=False, marks=marks)
    assert again.entries in {(), parsed.entries}
    assert marks_again == marks
