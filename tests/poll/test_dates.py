"""What feeds print as dates, the traps of East Asian and Ukrainian sites among them."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from pipeline.poll.dates import plausible, read

SEEN = datetime(2026, 11, 21, 12, tzinfo=UTC)
SEOUL, TOKYO, TAIPEI, KYIV = "Asia/Seoul", "Asia/Tokyo", "Asia/Taipei", "Europe/Kyiv"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("printed", "instant"),
    [
        ("Sat, 21 Nov 2026 10:00:00 KST", "2026-11-21T01:00"),
        ("Sat, 21 Nov 2026 10:00:00 JST", "2026-11-21T01:00"),
        ("Sat, 21 Nov 2026 10:00:00 HKT", "2026-11-21T02:00"),
        ("Sat, 21 Nov 2026 10:00:00 MSK", "2026-11-21T07:00"),
        ("Sat, 21 Nov 2026 10:00:00 EET", "2026-11-21T08:00"),
        ("Tue, 21 Jul 2026 10:00:00 EEST", "2026-07-21T07:00"),
        ("Tue, 21 Jul 2026 10:00:00 EDT", "2026-07-21T14:00"),
        ("Sat, 21 Nov 2026 10:00:00 GMT", "2026-11-21T10:00"),
        ("Sat, 21 Nov 2026 10:00:00 Z", "2026-11-21T10:00"),
        ("Sat, 21 Nov 2026 10:00:00 +0900 (JST)", "2026-11-21T01:00"),
        ("Sat, 21 Nov 2026 10:00:00 GMT+9", "2026-11-21T01:00"),
        ("Sat, 21 Nov 2026 10:00:00 GMT+0900", "2026-11-21T01:00"),
        ("Sat, 21 Nov 2026 10:00:00 UTC +09:00", "2026-11-21T01:00"),
        ("Sat, 21 Nov 2026 10:00:00 GMT-3", "2026-11-21T13:00"),
        ("Sat, 21 Nov 2026 10:00:00 −0930", "2026-11-21T19:30"),
        ("2026-11-21T10:00:00+09", "2026-11-21T01:00"),
        ("2026-11-21T10:00:00+930", "2026-11-21T00:30"),
        ("1795255200", "2026-11-21T10:00"),
        ("1795255200.25", "2026-11-21T10:00"),
        ("1795255200000", "2026-11-21T10:00"),
        ("20261121T100000Z", "2026-11-21T10:00"),
        ("20261121100000 +0900", "2026-11-21T01:00"),
        ("11/21/2026 10:00 UTC", "2026-11-21T10:00"),
        ("21/11/2026 - 10:00 UTC", "2026-11-21T10:00"),
        ("令和8年11月21日 10:00 JST", "2026-11-21T01:00"),
        ("令和元年5月2日 9:00 JST", "2019-05-02T00:00"),
        ("中華民國115年11月21日 上午10:00 HKT", "2026-11-21T02:00"),
    ],
)
def test_a_printed_zone_is_reckoned_and_the_feeds_own_does_not_matter(printed: str, instant: str) -> None:
    assert read(printed, "America/New_York") == utc(instant)


@pytest.mark.parametrize(
    ("zone", "instant"),
    [
        (TAIPEI, "2026-11-21T02:00"),
        ("Asia/Shanghai", "2026-11-21T02:00"),
        ("+08:00", "2026-11-21T02:00"),
        (TOKYO, "2026-11-21T02:00"),
        ("America/Chicago", "2026-11-21T16:00"),
        ("UTC", "2026-11-21T16:00"),
        ("-06:00", "2026-11-21T16:00"),
    ],
)
def test_cst_is_china_time_in_asia_and_central_time_elsewhere(zone: str, instant: str) -> None:
    assert read("Sat, 21 Nov 2026 10:00:00 CST", zone) == utc(instant)


@pytest.mark.parametrize(
    "printed",
    [
        "Sat, 21 Nov 2026 10:00:00",
        "Sat,21 Nov 2026 10:00:00",
        "21 Nov 2026 10:00",
        "Sat, 21 Nov 26 10:00:00",
        "Saturday, 21-Nov-26 10:00:00",
        "Sat Nov 21 10:00:00 2026",
        "Sat Nov 21 10:00:00 KST 2026",
        "November 21, 2026 10:00",
        "Nov. 21, 2026, 10:00 AM",
        "Saturday, November 21, 2026 at 10:00 a.m.",
        "2026-11-21T10:00:00",
        "2026-11-21 10:00",
        "2026-11-21 10:00:00.250",
        "2026-11-21 10:00:00,250",
        "2026/11/21 10:00",
        "2026.11.21 10:00",
        "2026. 11. 21. 10:00",
        "2026. 11. 21. 오전 10:00",
        "2026.11.21(토) 10:00",
        "2026.11.21 AM 10:00",
        "2026년 11월 21일 10시",
        "2026년 11월 21일 오전 10시 0분",
        "2026년 11월 21일 토요일 10:00",
        "2026年11月21日10時00分",
        "2026年11月21日 午前10時",
        "2026年11月21日（土） 10時00分00秒",
        "2026年11月21日土曜日 10:00",
        "2026年11月21日 星期六 上午10:00",
        "2026年11月21日 週六 10點00分",
        "２０２６年１１月２１日　１０：００",
        "21.11.2026 10:00",
        "21/11/2026, 10:00",
        "10:00, 21.11.2026",
        "10:00 21 листопада 2026",
        "20261121100000",
        "令和8年11月21日 10時",
        "토, 21 11월 2026 10:00:00",
        "土, 21 11月 2026 10:00:00 +0900",
        "週六, 21 11月 2026 09:00:00 +0800",
        "Сб, 21 Nov 2026 03:00:00 +0200",
    ],
)
def test_a_date_without_a_zone_is_in_the_feeds_own(printed: str) -> None:
    assert read(printed, SEOUL) == utc("2026-11-21T01:00")


@pytest.mark.parametrize(
    ("printed", "instant"),
    [
        ("2026. 11. 21. 오후 3:05", "2026-11-21T06:05"),
        ("2026-11-21 오후 12:05", "2026-11-21T03:05"),
        ("2026-11-21 오전 12:05", "2026-11-20T15:05"),
        ("2026年11月21日 午後3時5分", "2026-11-21T06:05"),
        ("2026年11月21日 午後0時5分", "2026-11-21T03:05"),
        ("2026年11月21日 午前0時5分", "2026-11-20T15:05"),
        ("2026/11/21 下午 03:05:06", "2026-11-21T06:05:06"),
        ("2026/11/21 下午 15:05:06", "2026-11-21T06:05:06"),
        ("Nov 21, 2026 3:05 pm", "2026-11-21T06:05"),
        ("Nov 21, 2026 3:05 p.m. KST", "2026-11-21T06:05"),
        ("Nov 21, 2026 12:05 AM", "2026-11-20T15:05"),
    ],
)
def test_halves_of_the_day_are_told_apart(printed: str, instant: str) -> None:
    assert read(printed, SEOUL) == utc(instant)


@pytest.mark.parametrize(
    "printed",
    ["2026/11/21", "2026. 11. 21.", "2026.11.21", "2026年11月21日", "2026년 11월 21일", "21.11.2026", "Nov 21, 2026"],
)
def test_a_day_without_a_time_is_its_midnight(printed: str) -> None:
    assert read(printed, SEOUL) == utc("2026-11-20T15:00")


@pytest.mark.parametrize(
    ("printed", "instant"),
    [
        ("21 листопада 2026", "2026-11-20T22:00"),
        ("21 листопада 2026 р.", "2026-11-20T22:00"),
        ("21 листопада 2026 року, 10:00", "2026-11-21T08:00"),
        ("21 листопада 2026, 10:00", "2026-11-21T08:00"),
        ("Субота, 21 листопада 2026 о 10:00", "2026-11-21T08:00"),
        ("Сб, 21 лис 2026 10:00:00 +0200", "2026-11-21T08:00"),
        ("21 лист. 2026 10:00", "2026-11-21T08:00"),
        ("5 серпня 2026, 10:00", "2026-08-05T07:00"),
        ("1 травня 2026 10:00", "2026-05-01T07:00"),
        ("21 ноября 2026 г., 10:00", "2026-11-21T08:00"),
        ("21 ноября 2026 года в 10:00", "2026-11-21T08:00"),
        ("Суббота, 21 ноября 2026 10:00 MSK", "2026-11-21T07:00"),
        ("9 мая 2026", "2026-05-08T21:00"),
    ],
)
def test_ukrainian_and_russian_months_are_known_with_and_without_a_time(printed: str, instant: str) -> None:
    assert read(printed, KYIV) == utc(instant)


@pytest.mark.parametrize(
    ("printed", "instant"),
    [
        ("2026-11-21T10:00:00Z", "2026-11-21T10:00:00"),
        ("2026-11-21T10:00:00.123456Z", "2026-11-21T10:00:00"),
        ("2026-11-21T10:00:00+09:00", "2026-11-21T01:00:00"),
        ("2026-11-21T10:00:00.5-05:00", "2026-11-21T15:00:00"),
        ("2026-11-21 10:00:00 +0900", "2026-11-21T01:00:00"),
        ("2026-11-21T10:00:00 +09:00", "2026-11-21T01:00:00"),
        ("2026-11-21 10:00:00 UTC", "2026-11-21T10:00:00"),
        ("2026-11-21T10:00Z", "2026-11-21T10:00:00"),
    ],
)
def test_iso_8601_is_read_with_every_mark_of_a_zone(printed: str, instant: str) -> None:
    assert read(printed, "America/New_York") == utc(instant)


def test_twenty_four_hundred_is_the_end_of_the_day() -> None:
    assert read("Sat, 21 Nov 2026 24:00:00 +0900", "UTC") == utc("2026-11-21T15:00")
    assert read("2026-11-21T24:00:00Z", "UTC") == utc("2026-11-22T00:00")


def test_a_leap_second_is_the_next_minute() -> None:
    assert read("Sat, 31 Dec 2016 23:59:60 GMT", "UTC") == utc("2017-01-01T00:00")


def test_years_of_two_digits_turn_at_fifty() -> None:
    assert read("21 Nov 49 10:00 GMT", "UTC") == utc("2049-11-21T10:00")
    assert read("21 Nov 99 10:00 GMT", "UTC") == utc("1999-11-21T10:00")


def test_a_zone_name_that_nobody_knows_leaves_the_feeds_own() -> None:
    assert read("Sat, 21 Nov 2026 10:00:00 QZT", SEOUL) == utc("2026-11-21T01:00")


def test_summer_time_is_the_feeds_zone_on_that_day() -> None:
    assert read("2026-07-21 10:00", KYIV) == utc("2026-07-21T07:00")
    assert read("2026-11-21 10:00", KYIV) == utc("2026-11-21T08:00")


def test_a_fixed_offset_stands_for_a_zone() -> None:
    assert read("2026-11-21 10:00", "+09:00") == utc("2026-11-21T01:00")
    assert read("2026-11-21 10:00", "-03:30") == utc("2026-11-21T13:30")
    assert read("2026-11-21 10:00", "+9") == utc("2026-11-21T01:00")


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "   ",
        "yesterday",
        "3 hours ago",
        "Nov",
        "2026",
        "10:00",
        "99:99",
        "2026-13-40",
        "2026-02-30",
        "0000-00-00 00:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-10:00",
        "2026-11-21 99:99",
        "2026-11-21 24:01",
        "2026-11-21 10:61",
        "2026-11-21T10:00:00-25:00",
        "Sun, 30 Feb 2026 10:00:00 GMT",
        "32 Nov 2026",
        "21 Smarch 2026",
        "Sat, 21 Nov 102 10:00:00 GMT",
        "Sat 21 Nov 10:00:00 2026",
        "令和8年13月21日",
        "99999999999",
        "20261321",
    ],
)
def test_what_names_no_instant_is_none(printed: str) -> None:
    assert read(printed, SEOUL) is None


FORMATS = [
    "%a, %d %b %Y %H:%M:%S %z",
    "%a, %d %b %y %H:%M:%S %z",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S %z",
    "%A, %B %d, %Y %I:%M:%S %p %z",
    "%d.%m.%Y %H:%M:%S %z",
    "%Y/%m/%d %H:%M:%S %z",
    "%Y年%m月%d日 %H時%M分%S秒 %z",
]
OFFSETS = st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
INSTANTS = st.datetimes(datetime(1990, 1, 2), datetime(2049, 12, 30)).map(
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)


@settings(deadline=None, max_examples=300)
@given(INSTANTS, OFFSETS, st.sampled_from(FORMATS))
def test_every_format_with_its_zone_gives_the_instant_back(instant: datetime, zone: timezone, form: str) -> None:
    assert read(instant.astimezone(zone).strftime(form), "America/Chicago") == instant


@settings(deadline=None, max_examples=200)
@given(INSTANTS, st.sampled_from([SEOUL, TOKYO, TAIPEI, KYIV, "UTC"]), st.sampled_from(FORMATS))
def test_every_format_without_a_zone_gives_the_instant_back_in_the_feeds_own(
    instant: datetime, zone: str, form: str
) -> None:
    local = instant.astimezone(ZoneInfo(zone))
    if local.fold or local.astimezone(UTC) != local.replace(fold=0).astimezone(UTC):
        return  # an hour that a clock shows twice
    assert read(local.strftime(form.removesuffix("%z")), zone) == instant


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=60) | st.text("0123456789 -/.:年月日TZ+오후", max_size=30))
def test_any_text_is_an_instant_in_utc_or_none(text: str) -> None:
    found = read(text, SEOUL)
    assert found is None or found.tzinfo is UTC


def test_no_text_takes_long() -> None:
    for text in ("1" * 100_000, "a " * 50_000, "2026-11-21 " + ", t" * 50_000, "nov " * 50_000, "2026年" * 30_000):
        assert read(text, SEOUL) is None or text.startswith("2026-11-21")


def test_a_date_a_little_ahead_is_kept_and_one_far_ahead_is_not() -> None:
    assert plausible(SEEN + timedelta(hours=3), SEEN) == SEEN + timedelta(hours=3)
    assert plausible(SEEN + timedelta(hours=3, seconds=1), SEEN) is None
    assert plausible(SEEN + timedelta(days=400), SEEN) is None


def test_a_date_before_the_web_is_no_date() -> None:
    assert plausible(datetime(1989, 12, 31, tzinfo=UTC), SEEN) is None
    assert plausible(datetime(1970, 1, 1, tzinfo=UTC), SEEN) is None
    assert plausible(datetime(1990, 1, 1, tzinfo=UTC), SEEN) == datetime(1990, 1, 1, tzinfo=UTC)


def test_no_date_stays_none() -> None:
    assert plausible(None, SEEN) is None
