import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, strategies as st

from pipeline.digest.build import MOST_LINES
from pipeline.digest.message import TOO_LITTLE
from pipeline.domain import Actor, Gloss, OldDigest, ReportedShift, Voice, Watching
from tests.detect.told import turns
from tests.digest.issues import issue, line, written
from tests.factories import evidence, shift

EMPTY = issue(
    shifts=(),
    standings=(),
    governments=(),
    debate=(),
    allegations=(),
    watching=Watching(feeds=0, healthy=0, silent=()),
)
GMAIL_CLIPS_AT = 100_000


class Page(HTMLParser):
    """What a mail program makes of a page: its text, its links, its elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.links: list[str] = []
        self.tags: list[str] = []
        self.langs: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == [], "an element is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        known = dict(attrs)
        if tag == "a":
            self.links.append(known["href"] or "")
        if "lang" in known and tag != "html":
            self.langs.append(known["lang"] or "")
        if tag not in {"meta", "br"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def urls(digest: OldDigest) -> set[str]:
    shown = [piece for one in digest.shifts for piece in one.evidence[:3]]
    shown += [each.evidence for lines in (digest.governments, digest.debate, digest.allegations) for each in lines]
    return {piece.article.url for piece in shown}


def section(text: str, heading: str) -> str:
    """The part of the plain text under a heading."""
    return text.split(f"{heading}\n")[1].split("\n\n", maxsplit=1)[0]


def test_both_parts_carry_every_link() -> None:
    mail = written()
    assert set(Page(mail.html).links) == urls(issue())
    assert set(re.findall(r"https?://\S+", mail.text)) == urls(issue())


def test_the_three_lists_stand_apart_in_both_parts() -> None:
    mail = written()
    headings = (
        "What governments did and said",
        "The debate: opposition, business, society",
        "What others say about them (allegations)",
    )
    for number, heading in zip((1, 3, 4), headings, strict=True):
        part = section(mail.text, heading.upper())
        html = mail.html.split(f"{heading}</h2>")[1].split("<h2")[0]
        for text in (part, html):
            assert f"headline {number}" in text
            assert not any(f"headline {other}" in text for other in {1, 3, 4} - {number})


def test_a_shift_says_who_how_sure_and_shows_three_pieces() -> None:
    mail = written()
    for text in (mail.text, Page(mail.html).text):
        assert "Japan · government: closer to Ukraine on support for Ukraine" in text
        assert "likely real; 6 stories since 12 May 2026 11:00 Kyiv." in text
        assert [n for n in range(70, 75) if f"headline {n}" in text] == [70, 71, 72]


def test_a_week_with_a_shift_opens_with_it() -> None:
    moved = issue(shifts=(shift(), shift(actor=Actor.KR, direction=ReportedShift.AWAY), shift(shift_id="again")))
    sentence = "Japan moved closer to Ukraine; South Korea moved further from Ukraine."
    assert sentence in written(moved).text
    assert f"<strong>{sentence}</strong>" in written(moved).html


@pytest.mark.parametrize(
    ("number", "words"), [(0, "no government stories"), (1, "1 government story"), (2, "2 government stories")]
)
def test_a_quiet_week_is_said_to_be_quiet(number: int, words: str) -> None:
    quiet = issue(shifts=(), governments=tuple(line(n) for n in range(number)))
    sentence = f"A quiet week: no government moved; {words} of note."
    assert sentence in written(quiet).text
    assert sentence in Page(written(quiet).html).text
    assert "No shift this week." in written(quiet).text


def test_an_empty_week_is_a_whole_mail() -> None:
    mail = written(EMPTY)
    assert mail.text.count("Nothing this week.") == 3
    assert Page(mail.html).text.count("Nothing this week.") == 3
    assert Page(mail.html).links == []


def test_standings_are_numbers_with_a_sign_or_say_that_there_is_too_little() -> None:
    mail = written()
    assert "* Japan, support for Ukraine: +0.50 (14 stories); four weeks ago −0.25" in mail.text
    assert f"* South Korea, pressure on Russia: {TOO_LITTLE} (2 stories); four weeks ago {TOO_LITTLE}" in mail.text
    assert "China" not in mail.text
    for cell in ("+0.50 (14 stories)", "−0.25", TOO_LITTLE):
        assert cell in Page(mail.html).text


def test_the_period_is_given_in_the_readers_zone() -> None:
    assert "11 May to 18 May 2026, 00:00 (Europe/Kyiv)" in written().text


def test_silent_feeds_are_named_and_the_rest_counted() -> None:
    assert "18 of 20 feeds healthy. Silent: kyodo, nhk." in written().text
    many = Watching(feeds=20, healthy=8, silent=tuple(f"feed{n:02}" for n in range(12)))
    assert "Silent: feed00, feed01" in written(issue(watching=many)).text
    assert "feed09. And 2 more." in written(issue(watching=many)).text
    assert "0 of 0 feeds healthy.\n" in written(EMPTY).text


def test_a_line_is_our_gloss_with_its_tags_and_whether_they_are_unsure() -> None:
    ours = Gloss(en="Japan · LDP · considers · away from Ukraine", uk="Японія · ЛДП · розглядає · від України")
    change = replace(line(9, Voice.RULING_PARTY), position=turns(voice=Voice.RULING_PARTY, unsure=True, gloss=ours))
    text = written(issue(debate=(change,))).text
    assert f"* {ours.en} (hedging, moving away; aid, nato eu; unsure)" in text


def test_a_line_tagged_before_there_were_glosses_names_its_voice() -> None:
    old = replace(line(9, Voice.RULING_PARTY), position=turns(voice=Voice.RULING_PARTY, gloss=None))
    assert "* Japan · ruling party (hedging, moving away; aid, nato eu)" in written(issue(debate=(old,))).text


def test_outlets_are_counted_where_there_are_several() -> None:
    assert "headline 1 (Kyodo, 12 May, 2 outlets) https://kyodo.example/1" in written().text
    assert "(Kyodo, 12 May) " in written(issue(governments=(line(0),))).text


def test_headlines_say_their_language() -> None:
    korean = issue(governments=(line(1, lang="ko"),), debate=(line(2, lang="zh-Hant"),), allegations=(), shifts=())
    assert Page(written(korean).html).langs == ["ko", "zh-Hant"]


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</p></td></table><h1>You have won</h1>",
    "<a href='https://evil.example'>free</a>",
    "{{ 7 * 7 }} {% raw %} ${7}",
    "&lt;b&gt; & &amp;",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_headline_is_only_text(hostile: str) -> None:
    plain, bad = issue(), issue(governments=(line(1, title=hostile, source=hostile), line(2)))
    page, harmless = Page(written(bad).html), Page(written(plain).html)
    assert page.tags == harmless.tags
    assert page.links == harmless.links
    assert hostile in page.text
    assert hostile in written(bad).text


@pytest.mark.parametrize(
    "url", ['https://x.example/" onmouseover="alert(1)', "javascript:alert(1)", "", "data:text/html,x"]
)
def test_a_hostile_address_is_no_attribute_and_no_script(url: str) -> None:
    page = Page(written(issue(governments=(line(1, url=url),), debate=(), allegations=(), shifts=())).html)
    assert page.links == ([url] if url.startswith("https://") else [])
    assert "headline 1" in page.text


@given(title=st.text(max_size=80), source=st.text(max_size=30), words=st.text(max_size=80))
def test_any_text_is_only_text(title: str, source: str, words: str) -> None:
    one = issue(governments=(line(1, title=title, source=source),), shifts=(shift(words=words),))
    harmless = issue(governments=(line(1, title="a", source="a"),), shifts=(shift(words="a"),))
    assert Page(written(one).html).tags == Page(written(harmless).html).tags


@pytest.mark.parametrize("title", ["日" * 1_000, "&" * 1_000, "대한민국 " * 200])
def test_twelve_lines_a_list_of_the_longest_titles_stay_whole_in_gmail(title: str) -> None:
    def lines(voice: Voice, *, allegation: bool = False) -> tuple[object, ...]:
        long = "https://news.example/" + "a" * 400
        over = {"title": title, "source": "東" * 200}
        return tuple(line(n, voice, allegation=allegation, url=f"{long}/{n}", **over) for n in range(MOST_LINES))

    pieces = tuple(evidence(article=line(n, title=title).evidence.article) for n in range(8))
    mail = written(
        issue(
            shifts=tuple(shift(shift_id=str(n), evidence=pieces) for n in range(8)),
            governments=lines(Voice.GOVERNMENT),
            debate=lines(Voice.OPPOSITION),
            allegations=lines(Voice.GOVERNMENT, allegation=True),
        )
    )
    assert len(mail.html.encode()) < GMAIL_CLIPS_AT
    assert len(Page(mail.html).links) == 3 * MOST_LINES + 3 * 8


def test_the_page_fetches_nothing_and_tracks_nobody() -> None:
    assert not {"img", "script", "link", "iframe", "style", "form"} & set(Page(written().html).tags)


def test_the_message_id_is_one_for_a_week_and_a_recipient() -> None:
    mine = written().message_id
    assert mine == written(issue(shifts=())).message_id
    assert (
        len({mine, written(recipient="chief@example.org").message_id, written(issue(week="2026-W21")).message_id}) == 3
    )
    assert re.fullmatch(r"<2026-W20\.[0-9a-f]{24}@weekly\.stancewatch\.example>", mine)


def test_the_recipient_is_not_in_the_text() -> None:
    assert "desk@example.org" not in written().text + written().html


def test_the_same_digest_gives_the_same_bytes() -> None:
    assert written() == written()


def test_the_week_is_in_the_subject() -> None:
    assert written().subject == "East Asia on Ukraine, week 2026-W20"
