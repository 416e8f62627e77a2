"""Rows of an archive: what becomes an entry of history, and with which words another is refused."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pipeline.domain import Entry
from pipeline.poll.texts import KEYS, Reader, TextError, known_language
from tests.factories import NOW

ROW = {"title": "Cabinet funds mine clearance", "date": "2024-05-01", "url": "https://paper.example/1"}


def reader(source: str | None = None, lang: str | None = None, timezone: str = "UTC") -> Reader:
    return Reader("import: paper", NOW, source, lang, timezone)


def entry(**over: Any) -> Entry:
    return reader().read({**ROW, **over})


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_a_row_is_history_of_its_own_day() -> None:
    found = entry(lead="  <p>The sum is &amp; small.</p> ", source=" The Paper ")
    assert (found.title, found.lead, found.source) == (ROW["title"], "The sum is & small.", "The Paper")
    assert (found.feed, found.url, found.guid, found.lang) == ("import: paper", ROW["url"], ROW["url"], "en")
    assert (found.published_at, found.seen_at, found.history) == (at(2024, 5, 1), at(2024, 5, 1), True)


@pytest.mark.parametrize(
    ("printed", "zone", "read"),
    [
        ("2024-05-01", "Asia/Tokyo", at(2024, 4, 30, 15)),
        ("2024-05-01T09:30", "+09:00", at(2024, 5, 1, 0, 30)),
        ("2024-05-01T09:30:00+02:00", "Asia/Tokyo", at(2024, 5, 1, 7, 30)),
        ("2024-05-01T09:30:00.5Z", "Asia/Tokyo", at(2024, 5, 1, 9, 30).replace(microsecond=500_000)),
        ("20240501", "UTC", at(2024, 5, 1)),
        ("2024年5月1日 9時30分", "Asia/Tokyo", at(2024, 5, 1, 0, 30)),
        ("Wed, 01 May 2024 09:30:00 KST", "UTC", at(2024, 5, 1, 0, 30)),
        ("1 травня 2024", "UTC", at(2024, 5, 1)),
    ],
)
def test_dates_are_read_as_they_are_written(printed: str, zone: str, read: datetime) -> None:
    assert reader(timezone=zone).read({**ROW, "date": printed}).published_at == read


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"title": ""}, "title and lead are both empty"),
        ({"title": "<b> </b>", "lead": None}, "title and lead are both empty"),
        ({"date": ""}, "`date` is missing"),
        ({"date": None}, "`date` is missing"),
        ({"date": "yesterday"}, "`date` cannot be read: 'yesterday'"),
        ({"date": "2024-13-01"}, "`date` cannot be read"),
        ({"date": "1970-01-01"}, "`date` cannot be: 1970-01-01"),
        ({"date": "2031-01-01"}, "`date` cannot be: 2031-01-01"),
        ({"date": 20240501}, "`date` is to be a string"),
        ({"lang": "english"}, "unknown language 'english'"),
        ({"lang": "xx"}, "unknown language 'xx'"),
        ({"title": ["a"]}, "`title` is to be a string"),
        ({"url": "javascript:alert(1)"}, "`url` is no web address"),
        ({"url": "http://[::1"}, "`url` is no web address"),
    ],
)
def test_a_bad_row_is_refused_with_what_is_wanted(row: dict[str, Any], words: str) -> None:
    with pytest.raises(TextError) as error:
        entry(**row)
    assert words in str(error.value)


def test_title_or_lead_alone_is_enough() -> None:
    assert entry(title="", lead="Only a summary.").lead == "Only a summary."
    assert entry(lead=None).lead == ""


def test_a_language_is_declared_by_the_row_then_for_all_then_found() -> None:
    kanji = {**ROW, "title": "政府支援決定"}
    assert reader(lang="ja").read(kanji).lang == "ja"
    assert reader(lang="ja").read({**kanji, "lang": "zh_TW"}).lang == "zh-Hant"
    assert reader(lang="ja").read({**ROW, "title": "정부, 지원 계획을 발표하다"}).lang == "ko"
    assert reader().read({**ROW, "title": "政府は支援を決めた"}).lang == "ja"


@pytest.mark.parametrize("tag", ["en", "en-US", "zh", "zh-Hant", "zh_TW", "KO", "jp", "ua"])
def test_tags_that_feeds_write_are_known(tag: str) -> None:
    assert known_language(tag)


@pytest.mark.parametrize("tag", ["", "e", "eng", "english", "日本語", "e n", " "])
def test_others_are_not(tag: str) -> None:
    assert not known_language(tag)


def test_a_text_of_today_that_names_a_later_hour_was_not_seen_later_than_now() -> None:
    found = entry(date=(NOW + timedelta(hours=2)).isoformat())
    assert found.published_at == NOW + timedelta(hours=2)
    assert found.seen_at == NOW


def test_an_id_may_be_a_number_and_what_json_cannot_say_is_left_out() -> None:
    assert entry(id=17).guid == "17"
    assert entry(title="a\ud83d b").title == "a b"


def test_a_mended_text_of_one_id_stays_the_same_entry() -> None:
    assert entry(id="7").entry_id == entry(id="7", title="Cabinet funds more").entry_id


def test_texts_under_one_address_are_entries_of_their_own_and_the_same_at_every_reading() -> None:
    rows = [ROW, {**ROW, "title": "Minister visits the port"}, {**ROW, "lead": "Another lead."}]
    once, again = ([each.read(row).entry_id for row in rows] for each in (reader(), reader()))
    assert once == again
    assert len(set(once)) == 3


def test_rows_without_an_address_are_told_apart_by_title_and_date() -> None:
    bare = {"title": "Cabinet meets", "date": "2024-05-01"}
    ids = {reader().read(row).entry_id for row in (bare, {**bare, "date": "2024-05-02"}, {**bare, "title": "It ends"})}
    assert len(ids) == 3


@given(st.dictionaries(st.sampled_from(KEYS), st.none() | st.integers() | st.text() | st.lists(st.text())))
def test_any_row_is_an_entry_of_history_or_refused(row: dict[str, Any]) -> None:
    with suppress(TextError):
        found = reader().read(row)
        assert found.history
        assert found.published_at is not None
        assert found.title or found.lead
