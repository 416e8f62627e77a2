from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from zlib import crc32

import pytest

from pipeline.dedup.fingerprint import Fingerprint, fingerprint
from pipeline.dedup.match import WINDOW, Match, article, bare, by_name, copies, matched, outlet, pairs, together
from pipeline.domain import Article, Entry, Owner, Source
from tests.factories import NOW, PUBLISHED, entry

NAMES = frozenset({"Kyodo News", "架空日報", "연합뉴스", "Укрінформ"})


def said(title: str, source: str = "one", lead: str = "", *, hours: float = 0, url: str = "") -> Entry:
    return entry(
        entry_id=f"{source} {title}",
        feed=source,
        url=url or f"https://{source}.example/{crc32(title.encode())}",
        title=title,
        lead=lead,
        published_at=PUBLISHED + timedelta(hours=hours),
        seen_at=NOW + timedelta(hours=hours),
    )


def placed(which: Entry) -> Article:
    return article(which, which.feed, which.feed)


def grouped(*texts: Entry) -> list[str]:
    """The copy id of every text."""
    articles = [placed(text) for text in texts]
    found = copies(articles, pairs(articles, (), marks))
    return [found[a.article_id] for a in articles]


def marks(one: Article) -> Fingerprint:
    return fingerprint(bare(one.title, NAMES), one.lead)


def are_copies(one: Entry, other: Entry) -> bool:
    return len(set(grouped(one, other))) == 1


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
    assert are_copies(said(one, "one"), said(other, "two"))
    assert are_copies(said(other, "two"), said(one, "one"))


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
    assert not are_copies(said(one, "one"), said(other, "two"))


def test_a_lead_may_be_cut_anywhere() -> None:
    title, lead = "Tokyo to send twenty generators to Odesa", "The units leave Yokohama this month, the ministry said."
    for cut in (0, 10, 30, len(lead)):
        assert are_copies(said(title, "one", lead), said(title, "two", lead[:cut]))


def test_a_cut_title_is_a_copy_where_the_leads_agree() -> None:
    title = "Tokyo to send twenty generators and four transformers to Odesa before winter, ministry says"
    cut, lead = title[:50], "The units leave Yokohama this month, the ministry said on Friday in Tokyo."
    assert are_copies(said(title, "one", lead), said(cut, "two", lead))
    assert are_copies(said(cut, "two", lead[:40]), said(title, "one", lead))
    assert not are_copies(
        said(title, "one", lead), said(cut, "two", "Nobody was hurt when a warehouse burned in Odesa.")
    )


def test_a_title_that_stands_in_another_is_its_short_form_only_if_it_is_half_of_it() -> None:
    title = "Ukraine war briefing: Seoul weighs shells for Kyiv"
    assert are_copies(said(title), said(title[:40], "two"))
    assert not are_copies(said(title), said("Ukraine war briefing", "two"))
    assert not are_copies(said(title, lead="Words that one outlet alone has."), said("Ukraine war briefing", "two"))


def test_nothing_is_the_copy_of_a_text_without_words() -> None:
    assert not are_copies(said("…", "one"), said("…", "two"))
    assert not are_copies(said("Tokyo waits", "one"), said("", "two"))


def test_an_article_keeps_what_its_entry_said() -> None:
    one = entry(url="http://kyodo.example/1?utm_source=rss", history=True)
    found = article(one, "Kyodo Online", "Kyodo")
    assert (found.source, found.origin, found.url, found.lang, found.title, found.lead) == (
        "Kyodo Online", "Kyodo", one.url, one.lang, one.title, one.lead,
    )  # fmt: skip
    assert (found.published_at, found.seen_at, found.history) == (one.published_at, one.seen_at, True)
    assert matched(found) is Match.NEW


def test_the_same_address_of_one_outlet_is_a_known_text() -> None:
    first = said("Tokyo to send twenty generators to Odesa", url="https://one.example/a?utm_source=x")
    again = replace(first, entry_id="again", feed="one, politics", url="http://one.example/a#top")
    assert article(first, "One", "One").article_id == article(again, "One", "One").article_id


def test_an_article_is_a_copy_or_joins_a_story_or_is_new() -> None:
    one = placed(said("Tokyo to send twenty generators to Odesa"))
    assert matched(replace(one, copy_id="another", story_id="another")) is Match.COPY
    assert matched(replace(one, story_id="another")) is Match.JOINED


def test_what_happened_within_the_window_of_the_earliest_goes_together() -> None:
    hours = WINDOW / timedelta(hours=1)
    articles = [placed(said(f"text {n}", hours=at)) for n, at in enumerate((0, 1, hours, hours + 1, 9999))]
    assert together(articles) == articles[:3]


def test_copies_are_called_after_the_first_seen() -> None:
    late, first = said("Tokyo waits for Kyiv", "one", hours=-5), said("Tokyo waits for Kyiv!", "two")
    seen_late = replace(late, seen_at=NOW + timedelta(hours=9))
    assert grouped(seen_late, first) == [placed(first).article_id] * 2


def test_what_stands_is_compared_with_what_is_new_and_not_with_itself() -> None:
    said_twice = [placed(said("Tokyo waits for Kyiv", outlet)) for outlet in ("one", "two")]
    (fresh,) = [placed(said("Tokyo waits for Kyiv!", "three"))]
    assert pairs([], said_twice, marks) == []
    assert sorted(pairs([fresh], said_twice, marks)) == sorted((fresh.article_id, a.article_id) for a in said_twice)


def test_copies_of_a_copy_are_one_group() -> None:
    hours = WINDOW / timedelta(hours=1)
    chain = [said("Tokyo waits for Kyiv", f"outlet {n}", hours=n * hours) for n in range(3)]
    assert len(set(grouped(*chain))) == 1
    assert len(set(grouped(chain[0], chain[2]))) == 2


def test_two_texts_that_one_outlet_gives_one_address_are_both_kept() -> None:
    one = placed(said("Tokyo to send twenty generators to Odesa", url="https://one.example/news"))
    other = placed(said("Seoul weighs shells for Kyiv", url="https://one.example/news"))
    assert one.article_id != other.article_id


def test_the_same_address_at_another_outlet_is_another_article() -> None:
    first = said("Tokyo to send twenty generators to Odesa", url="https://one.example/a")
    assert article(first, "One", "One").article_id != article(first, "Two", "Two").article_id


def test_without_an_address_title_and_day_name_a_text() -> None:
    def article_id(title: str, hours: float) -> str:
        return placed(replace(said(title, hours=hours), url="")).article_id

    assert article_id("Briefing", 0) == article_id("Briefing", 1)
    assert article_id("Briefing", 0) != article_id("Briefing", 24)
    assert article_id("Briefing", 0) != article_id("Another", 0)


def test_a_copy_counts_within_three_days_and_not_after() -> None:
    first = said("Tokyo to send twenty generators to Odesa", "one")
    hours = WINDOW / timedelta(hours=1)
    assert are_copies(first, replace(first, feed="two", published_at=PUBLISHED + WINDOW))
    assert are_copies(replace(first, published_at=PUBLISHED + timedelta(hours=hours)), replace(first, feed="two"))
    assert not are_copies(first, replace(first, feed="two", published_at=PUBLISHED + WINDOW + timedelta(seconds=1)))


def test_an_undated_text_counts_from_when_it_was_seen() -> None:
    first = said("Tokyo to send twenty generators to Odesa", "one")
    late = replace(first, feed="two", published_at=None, seen_at=PUBLISHED + WINDOW)
    assert are_copies(first, late)
    assert not are_copies(first, replace(late, seen_at=PUBLISHED + WINDOW + timedelta(seconds=1)))
    assert not are_copies(replace(late, seen_at=PUBLISHED - WINDOW - timedelta(seconds=1)), first)


def test_copies_are_the_same_in_whatever_order_their_texts_come() -> None:
    texts = [
        said("Tokyo to send twenty generators to Odesa", "one"),
        said("Tokyo to send twenty generators to Odesa - Kyodo News", "two", "The units leave this month.", hours=5),
        said("Tokyo to send twenty power generators to Odesa", "three", hours=9),
        said("Air raid alert in Kyiv: 12 drones shot down", "one", hours=1),
        said("Air raid alert in Kyiv: 12 drones shot down!", "two", hours=2),
        said("Air raid alert in Kyiv: 17 drones shot down", "one", hours=26),
    ]

    def partition(order: Sequence[Entry]) -> dict[str, str]:
        return dict(zip((one.entry_id for one in order), grouped(*order), strict=True))

    partitions = [partition(order) for order in permutations(texts)]
    assert all(each == partitions[0] for each in partitions)
    assert sorted(list(partitions[0].values()).count(name) for name in set(partitions[0].values())) == [1, 2, 3]


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
