from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from zlib import crc32

import pytest

from pipeline.dedup.fingerprint import fingerprint
from pipeline.dedup.match import WINDOW, Match, bare, by_name, outlet, place, same
from pipeline.domain import Article, Entry, Owner, Source
from tests.factories import PUBLISHED, entry

NAMES = frozenset({"Kyodo News", "架空日報", "연합뉴스", "Укрінформ"})


def put(which: Entry, known: Sequence[Article] = (), source: str | None = None) -> tuple[Match, Article]:
    marks = fingerprint(bare(which.title, NAMES), which.lead)
    return place(which, source or which.feed, marks, known, NAMES)


def said(title: str, source: str = "one", lead: str = "", *, hours: float = 0, url: str = "") -> Entry:
    return entry(
        entry_id=f"{source} {title}",
        feed=source,
        url=url or f"https://{source}.example/{crc32(title.encode())}",
        title=title,
        lead=lead,
        published_at=PUBLISHED + timedelta(hours=hours),
    )


def copies(one: Entry, other: Entry) -> bool:
    return put(other, [put(one)[1]])[0] is Match.COPY


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tokyo to send twenty generators to Odesa", "Tokyo to send twenty generators to Odesa"),
        ("Tokyo to send twenty generators to Odesa", "Tokyo to send twenty generators to Odesa - Kyodo News"),
        ("Tokyo to send twenty generators to Odesa", "TOKYO TO SEND TWENTY GENERATORS TO ODESA!"),
        ("Tokyo to send twenty generators to Odesa", "Tokyo to send twenty power generators to Odesa"),
        ("政府、ウクライナへ発電機を追加供与へ", "政府、ウクライナへ発電機を追加供与へ｜架空日報"),
        ("政府、ウクライナへ発電機を追加供与へ", "政府、ウクライナへ発電機を追加供与"),
        ("정부, 우크라이나에 발전기 추가 지원 결정", "정부, 우크라이나에 발전기 추가 지원 결정 | 연합뉴스"),
        ("Японія передасть Україні генератори на зиму", "Японія передасть Україні генератори на зиму — Укрінформ"),
        ("外交部：首批援烏發電機將於下週從高雄港啟運", "外交部：首批援烏發電機將於下周從高雄港啟運"),
    ],
)  # fmt: skip
def test_an_outlets_name_or_a_small_edit_leaves_a_copy(one: str, other: str) -> None:
    assert copies(said(one, "one"), said(other, "two"))
    assert copies(said(other, "two"), said(one, "one"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Air raid alert in Kyiv: 12 drones shot down", "Air raid alert in Kyiv: 17 drones shot down"),
        ("Japan approves 3 billion yen for Ukraine", "Japan approves 30 billion yen for Ukraine"),
        ("海自、露艦2隻を確認", "海自、露艦3隻を確認"),
        ("북한군 포로 2명 송환 요청", "북한군 포로 3명 송환 요청"),
        ("Tokyo to send twenty generators to Odesa", "Seoul calls for talks on Kursk"),
        ("Prime Minister's schedule", "President's schedule for Sunday"),
    ],
)
def test_another_number_or_another_text_is_no_copy(one: str, other: str) -> None:
    assert not copies(said(one, "one"), said(other, "two"))


def test_a_lead_may_be_cut_anywhere() -> None:
    title, lead = "Tokyo to send twenty generators to Odesa", "The units leave Yokohama this month, the ministry said."
    for cut in (0, 10, 30, len(lead)):
        assert copies(said(title, "one", lead), said(title, "two", lead[:cut]))


def test_a_cut_title_is_a_copy_where_the_leads_agree() -> None:
    title = "Tokyo to send twenty generators and four transformers to Odesa before winter, ministry says"
    cut, lead = title[:50], "The units leave Yokohama this month, the ministry said on Friday in Tokyo."
    assert copies(said(title, "one", lead), said(cut, "two", lead))
    assert copies(said(cut, "two", lead[:40]), said(title, "one", lead))
    assert not copies(said(title, "one", lead), said(cut, "two", "Nobody was hurt when a warehouse burned in Odesa."))


def test_a_title_that_stands_in_another_is_its_short_form_only_if_it_is_half_of_it() -> None:
    title = "Ukraine war briefing: Seoul weighs shells for Kyiv"
    assert copies(said(title), said(title[:40], "two"))
    assert not copies(said(title), said("Ukraine war briefing", "two"))
    assert not copies(said(title, lead="Words that one outlet alone has."), said("Ukraine war briefing", "two"))


def test_nothing_is_the_copy_of_a_text_without_words() -> None:
    assert not same(fingerprint("…", ""), fingerprint("…", ""))
    assert not same(fingerprint("Tokyo waits", ""), fingerprint("", ""))


def test_the_first_of_its_kind_is_a_story_of_its_own() -> None:
    kind, article = put(said("Tokyo to send twenty generators to Odesa"))
    assert (kind, article.story_id) == (Match.NEW, article.article_id)


def test_an_article_keeps_what_its_entry_said() -> None:
    one = entry(url="http://kyodo.example/1?utm_source=rss", history=True)
    _, article = put(one, source="Kyodo")
    assert (article.source, article.url, article.lang, article.title, article.lead) == (
        "Kyodo", one.url, one.lang, one.title, one.lead,
    )  # fmt: skip
    assert (article.published_at, article.seen_at, article.history) == (one.published_at, one.seen_at, True)


def test_the_same_address_of_one_outlet_is_a_known_text() -> None:
    first = said("Tokyo to send twenty generators to Odesa", url="https://one.example/a?utm_source=x")
    again = replace(first, entry_id="again", feed="one, politics", url="http://one.example/a#top")
    _, article = put(first, source="One")
    kind, same_article = put(again, [article], source="One")
    assert (kind, same_article.article_id, same_article.story_id) == (
        Match.KNOWN,
        article.article_id,
        article.story_id,
    )


def test_a_known_text_keeps_its_story() -> None:
    first = said("Tokyo to send twenty generators to Odesa", url="https://one.example/a")
    _, article = put(first)
    kind, again = put(
        replace(first, url="https://one.example/a?utm_source=rss"), [replace(article, story_id="earlier")]
    )
    assert (kind, again.story_id) == (Match.KNOWN, "earlier")


def test_two_texts_that_one_outlet_gives_one_address_are_both_kept() -> None:
    _, one = put(said("Tokyo to send twenty generators to Odesa", url="https://one.example/news"))
    _, other = put(said("Seoul weighs shells for Kyiv", url="https://one.example/news"), [one])
    assert one.article_id != other.article_id


def test_the_same_address_at_another_outlet_is_another_article() -> None:
    first = said("Tokyo to send twenty generators to Odesa", url="https://one.example/a")
    _, article = put(first, source="One")
    kind, other = put(first, [article], source="Two")
    assert kind is Match.COPY
    assert (other.article_id != article.article_id, other.story_id) == (True, article.story_id)


def test_without_an_address_title_and_day_name_a_text() -> None:
    def article_id(title: str, hours: float) -> str:
        return put(replace(said(title, hours=hours), url=""))[1].article_id

    assert article_id("Briefing", 0) == article_id("Briefing", 1)
    assert article_id("Briefing", 0) != article_id("Briefing", 24)
    assert article_id("Briefing", 0) != article_id("Another", 0)


def test_a_copy_counts_within_three_days_and_not_after() -> None:
    first = said("Tokyo to send twenty generators to Odesa", "one")
    hours = WINDOW / timedelta(hours=1)
    assert copies(first, replace(first, feed="two", published_at=PUBLISHED + WINDOW))
    assert copies(replace(first, published_at=PUBLISHED + timedelta(hours=hours)), replace(first, feed="two"))
    assert not copies(first, replace(first, feed="two", published_at=PUBLISHED + WINDOW + timedelta(seconds=1)))


def test_an_undated_text_counts_from_when_it_was_seen() -> None:
    first = said("Tokyo to send twenty generators to Odesa", "one")
    late = replace(first, feed="two", published_at=None, seen_at=PUBLISHED + WINDOW)
    assert copies(first, late)
    assert not copies(first, replace(late, seen_at=PUBLISHED + WINDOW + timedelta(seconds=1)))
    assert not copies(replace(late, seen_at=PUBLISHED - WINDOW - timedelta(seconds=1)), first)


def test_stories_are_the_same_in_whatever_order_their_texts_come() -> None:
    texts = [
        said("Tokyo to send twenty generators to Odesa", "one"),
        said("Tokyo to send twenty generators to Odesa - Kyodo News", "two", "The units leave this month.", hours=5),
        said("Tokyo to send twenty power generators to Odesa", "three", hours=9),
        said("Air raid alert in Kyiv: 12 drones shot down", "one", hours=1),
        said("Air raid alert in Kyiv: 12 drones shot down!", "two", hours=2),
        said("Air raid alert in Kyiv: 17 drones shot down", "one", hours=26),
    ]

    def stories(order: Sequence[Entry]) -> frozenset[frozenset[str]]:
        known: list[Article] = []
        groups: dict[str, set[str]] = {}
        for each in order:
            kind, article = put(each, known)
            assert kind is not Match.KNOWN
            known.append(article)
            groups.setdefault(article.story_id, set()).add(each.entry_id)
        return frozenset(frozenset(group) for group in groups.values())

    partitions = {stories(order) for order in permutations(texts)}
    assert len(partitions) == 1
    assert sorted(len(story) for story in partitions.pop()) == [1, 2, 3]


@pytest.mark.parametrize(
    ("title", "without"),
    [
        ("Talks in Seoul - Kyodo News", "Talks in Seoul"),
        ("Talks in Seoul | Kyodo News", "Talks in Seoul"),
        ("Talks – Kyodo News", "Talks"),
        ("Talks — Kyodo News ", "Talks"),
        ("会談｜架空日報", "会談"),
        ("Talks - and more - Kyodo News", "Talks - and more"),
        ("Talks - and more", "Talks - and more"),
        ("Talks - Nobody Known", "Talks - Nobody Known"),
        ("Kyodo News", "Kyodo News"),
        ("", ""),
    ],
)
def test_a_title_is_compared_without_its_outlet(title: str, without: str) -> None:
    assert bare(title, NAMES) == without


def test_the_outlet_is_what_the_feed_is_configured_with_or_the_item_names_or_the_feed() -> None:
    known = by_name(
        [Source(name="Kyodo", owner=Owner.PRIVATE, country="JP", tier=1, aliases=("共同通信", "Kyodo News"))]
    )
    aggregated = entry(feed="Google News", source="共同通信")
    assert outlet(aggregated, None, known) == "Kyodo"
    assert outlet(aggregated, "NHK", known) == "NHK"
    assert outlet(replace(aggregated, source="A Local Paper"), None, known) == "A Local Paper"
    assert outlet(replace(aggregated, source=None), None, known) == "Google News"
    assert outlet(replace(aggregated, source=None), "Kyodo News", known) == "Kyodo"


def test_an_outlets_own_name_wins_over_anothers_alias() -> None:
    one = Source(name="NHK", owner=Owner.PUBLIC, country="JP", tier=1, aliases=("NHK",))
    assert by_name([one]) == {"NHK": one}
