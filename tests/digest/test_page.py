import re
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from pipeline.digest.page import MOST_BYTES
from pipeline.digest.phrases import TABLES
from pipeline.digest.view import shown as items_shown
from pipeline.domain import (
    LANGUAGES,
    Actor,
    Citation,
    Digest,
    Gloss,
    Imprint,
    Item,
    Occasion,
    Reader,
    Rendered,
    Review,
    Section,
    Track,
    Voice,
)
from tests.detect.told import START, at, backs, hedges, opposes, told
from tests.digest.known import ENGLISH, IMPRINT, UKRAINIAN, WEEK, digest, items, shown
from tests.digest.test_shifted import report

ELECTION = Occasion(
    on=date(2026, 3, 10),
    kind="election",
    words={"en": "an election", "uk": "вибори"},
    actors=frozenset({Actor.JP}),
    source="https://vote.example/2026",
)
BEFORE = replace(ELECTION, on=date(2026, 2, 10), words={"en": "a new cabinet", "uk": "новий уряд"})


def week(**over: Any) -> Digest:
    """A week with something in most of its sections."""
    tagged = [told(hour, backs(), name=f"jp {hour}", url=f"https://kyodo.example/{hour}") for hour in range(4)]
    return digest(
        *tagged,
        told(5, hedges(actor=Actor.KR), tracks=[Track.MILITARY], name="kr", url="https://yonhap.example/1", lang="ko"),
        told(6, opposes(voice=Voice.OPPOSITION), name="party", url="https://kyodo.example/party"),
        shifts=(report(),),
        calendar=(BEFORE, ELECTION),
        **over,
    )


class _Links(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.images: list[dict[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links.add(dict(attributes)["href"] or "")
        if tag == "img":
            self.images.append(dict(attributes))


def text_of(page: str) -> str:
    return page.replace("&amp;", "&").replace("&#39;", "'")


@pytest.mark.parametrize("reader", [ENGLISH, UKRAINIAN])
def test_sections_stand_in_their_order_in_both_parts(reader: Reader) -> None:
    one = shown(week(), reader)
    heads = [str(TABLES[reader.lang][f"section.{section}"]) for section in Section]
    assert re.findall("<h2[^>]*>([^<]*)</h2>", one.html) == heads
    lines = one.text.splitlines()
    assert [line for line in lines if line in {head.upper() for head in heads}] == [head.upper() for head in heads]


def test_the_cut_off_and_the_review_are_stated_in_both_parts() -> None:
    for review, said in (
        (Review.UNREVIEWED, "NOT REVIEWED"),
        (Review.DRAFT, "Draft, not reviewed"),
        (Review.APPROVED, "Reviewed by an editor: O. K."),
    ):
        one = shown(week(), imprint=Imprint(sender="desk", review=review, initials="O. K."))
        for part in (one.text, one.html):
            assert said in part
            assert "Cut-off: 9 March 2026, 02:00 (Kyiv)" in part


def test_the_cut_off_is_told_in_the_readers_own_time() -> None:
    one = shown(week(), Reader(lang="uk", timezone="Asia/Tokyo"))
    assert "9 березня 2026, 09:00 (Tokyo)" in one.text


def test_plain_text_carries_every_link_of_the_page() -> None:
    one = shown(week(), imprint=replace(IMPRINT, page_url="https://desk.example/u/token"))
    links = _Links(one.html).links
    assert {"https://kyodo.example/3", "https://vote.example/2026", "https://desk.example/u/token"} <= links
    assert all(link in one.text for link in links)


@pytest.mark.parametrize("reader", [ENGLISH, UKRAINIAN])
def test_every_item_is_marked_as_machine_tagged_or_checked(reader: Reader) -> None:
    one = week()
    checked = replace(one, items=tuple(replace(item, checked=True) for item in one.items))
    said = {"en": ("machine-tagged ·", "checked ·"), "uk": ("машинна мітка ·", "перевірено ·")}[reader.lang]
    for digested, mark, other in ((one, *said), (checked, *reversed(said))):
        part = shown(digested, reader).text
        assert all(item.item_id in part for item in digested.items)
        assert mark in part
        assert other not in part


def test_a_headline_stands_as_printed_with_its_gloss_in_the_readers_language() -> None:
    one = digest(told(1, backs(gloss=Gloss(en="our line", uk="наш рядок")), title="政府、供与を決定"))
    for reader, gloss in ((ENGLISH, "our line"), (UKRAINIAN, "наш рядок")):
        written = shown(one, reader)
        for part in (written.text, written.html):
            assert "政府、供与を決定" in part
            assert gloss in part
        assert 'lang="ja"' in written.html


def test_what_comes_from_feeds_is_escaped_and_only_web_addresses_become_links() -> None:
    one = digest(told(1, backs(), title='<script>alert(1)</script> & "', url="javascript:alert(1)"))
    page = shown(one).html
    assert "<script" not in page
    assert "javascript:" not in page
    assert "&lt;script&gt;" in page


def test_charts_are_shown_by_content_id_with_a_text_that_tells_them() -> None:
    one = shown(week())
    (picture,) = [image for image in one.images if image.cid == "standing.JP@stancewatch"]
    assert picture.alt.startswith("Chart: Japan, week by week until 9 March 2026. Support for Ukraine: +1.00 on 9 Mar")
    assert {image["src"] for image in _Links(one.html).images} == {f"cid:{image.cid}" for image in one.images}
    assert all(image["alt"] and image["width"] and image["height"] for image in _Links(one.html).images)
    assert picture.alt in one.text
    assert "In the chart: 1: 10 Feb, a new cabinet." in one.text


def test_too_little_to_tell_is_said_and_not_drawn() -> None:
    one = shown(digest(told(1, backs())))
    assert one.images == ()
    assert "Support for Ukraine: too little to tell (1 story)." in one.text


def test_the_next_seven_days_are_printed_and_a_week_without_any_has_no_such_heading() -> None:
    assert "Tuesday 10 Mar: an election" in shown(week()).text
    assert "THE NEXT SEVEN DAYS" not in shown(digest(told(1, backs()), calendar=(BEFORE,))).text


def test_a_reader_gets_the_chosen_actors_and_tracks_and_is_told_so() -> None:
    one = shown(week(), Reader(lang="en", actors=frozenset({Actor.KR})))
    assert "Your choice: South Korea." in one.text
    assert {item.actor for item in items_shown(week(), Reader(lang="en", actors=frozenset({Actor.KR})))} == {
        *(None, Actor.KR)
    }
    assert "Japan · cabinet\n" not in one.text
    assert one.images == ()
    of_tracks = items_shown(week(), Reader(lang="en", tracks=frozenset({Track.MILITARY})))
    assert {item.item_id for item in of_tracks if item.tracks} == {
        item.item_id for item in week().items if item.tracks & {Track.MILITARY}
    }


def test_our_reading_stands_below_its_item_in_the_readers_language() -> None:
    one = week()
    marked = tuple(
        replace(item, reading={"en": "We doubt it.", "uk": "Сумніваємося."}) if item.section in read else item
        for item in one.items
        if (read := {Section.SENTENCE, Section.SHIFTED, Section.LINE})
    )
    written = shown(replace(one, items=marked), UKRAINIAN)
    assert written.text.count("Наше тлумачення: Сумніваємося.") >= len(items(one, Section.SHIFTED)) + 1
    assert "Наше тлумачення: Сумніваємося." in written.html
    assert "We doubt it." not in written.text


def test_headings_with_the_same_last_word_stand_together() -> None:
    one = shown(digest(told(1, backs(), tracks=[Track.AID, Track.NATO_EU])))
    assert "* Financial, economic, humanitarian support; NATO and EU formats: →" in one.text


def test_a_page_without_its_style_block_is_whole_and_dark_mode_is_in_the_block() -> None:
    page = shown(week()).html
    block = page[page.index("<style>") : page.index("</style>")]
    assert "prefers-color-scheme: dark" in block
    assert "max-width: 480px" in block
    assert 'style="' in page.replace(block, "")
    assert '<meta name="color-scheme" content="light dark">' in page
    assert "http://" not in page
    assert "url(" not in page


def test_the_same_digest_gives_the_same_bytes() -> None:
    assert shown(week()) == shown(week())


def crowded(title: int, url: int, evidence: int) -> Digest:
    """A week in which every section is full of long headlines and addresses."""
    one = week()
    piece = Citation(
        article_id="a",
        title="決" * title,
        lang="ja",
        gloss=Gloss(en="Tokyo · government · decides · toward Ukraine", uk="Токіо · уряд · вирішує · у бік України"),
        outlet="Outlet of some length",
        at=at(3),
        url="https://news.example/" + "x" * url,
    )
    sections = [section for section in Section if section not in {Section.SENTENCE, Section.RECORD, Section.LINE}]
    many = [
        Item(
            item_id=f"{n:08}",
            section=section,
            actor=Actor.JP,
            words=dict.fromkeys(LANGUAGES, "слово " * 40),
            evidence=(piece,) * evidence,
        )
        for section in sections
        for n in range(12)
    ]
    return replace(one, items=(*one.items, *many))


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 300), st.integers(10, 600), st.integers(0, 30), st.sampled_from(["en", "uk"]))
def test_however_much_happened_the_page_stays_below_what_gmail_shows(
    title: int, url: int, evidence: int, lang: str
) -> None:
    one: Rendered = shown(crowded(title, url, evidence), Reader(lang=lang))
    assert len(one.html.encode()) <= MOST_BYTES < 100_000


def test_a_crowded_page_counts_what_it_does_not_show() -> None:
    assert re.search("and 2[789] more stories", shown(crowded(30, 40, 30)).text)
    one = shown(crowded(300, 600, 30))
    for part in (one.text, one.html):
        assert "and 30 more stories" in part
        assert "and 3 more lines" in part


def test_the_week_of_these_tests_is_cut_off_at_its_end() -> None:
    assert WEEK.until - timedelta(days=7) == START
    assert WEEK.until.astimezone(ZoneInfo("Europe/Kyiv")).hour == 2
