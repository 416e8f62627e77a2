"""
A date as a feed prints it -> aware UTC. Pure.

feedparser reads "KST", "JST", "MSK" and zoneless dates as UTC, "CST" as US Central and "2026/11/21" as the
first of the month, all in silence (measured with 6.0.14), so the printed string is read here, with the
zone that the feed's configuration knows. Follows RFC 822, RFC 3339 and what East Asian and Ukrainian sites
print.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

FUTURE_HOURS = 3.0
"""A date further ahead than this is wrong: sites with a broken zone run 5 to 9 hours ahead."""

_NAMED_HOURS = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "cest": 2, "eet": 2, "eest": 3,
    "msk": 3, "kst": 9, "jst": 9, "hkt": 8, "sgt": 8, "est": -5, "edt": -4, "cdt": -5, "mst": -7, "mdt": -6,
    "pst": -8, "pdt": -7,
}  # fmt: skip

_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "jan january січня січ января янв",
            "feb february лютого лют февраля фев февр",
            "mar march березня бер марта мар",
            "apr april квітня кві квіт апреля апр",
            "may травня тра трав мая май",
            "jun june червня чер черв июня июн",
            "jul july липня лип июля июл",
            "aug august серпня сер серп августа авг",
            "sep sept september вересня вер сентября сен сент",
            "oct october жовтня жов жовт октября окт",
            "nov november листопада лис лист ноября ноя нояб",
            "dec december грудня гру груд декабря дек",
        ),
        start=1,
    )
    for name in (*names.split(), f"{month}月", f"{month}월")
}

_TIME = (
    r"(?P<half>[ap]\.?m\b\.?|午前|午後|上午|下午|오전|오후)?\s*(?P<hour>\d{1,2})\s*(?::|時|时|點|点|시)\s*(?P<minute>\d{1,2})?\s*(?:分|분)?"
    r"(?:\s*(?::|秒)?\s*(?P<second>\d{2})(?:[.,]\d+)?\s*(?:秒|초)?)?\s*(?P<half2>[ap]\.?m\b\.?)?"
)
_DASH = r"(?:[-–—|]\s+)?"
_ZONE = r"\s*(?P<zone>[+-]\d{1,2}:?\d{2}|[+-]\d{2}|(?:gmt|utc)\s*[+-]\s*\d{1,2}(?::?\d{2})?|[a-z]{1,5})?"
_WEEKDAY = r"(?:\([^)]{1,4}\)|(?:星期|週|周)[一二三四五六日天]|[日月火水木金土]曜日?|[일월화수목금토]요일)"
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})\s*(?:[-/.]|年|년)\s*(?P<month>\d{1,2})\s*(?:[-/.]|月|월)\s*(?P<day>\d{1,2})\s*(?:日|일|\.)?"
    r"(?:\s*" + _WEEKDAY + r")?(?:[t,\s]*" + _DASH + _TIME + _ZONE + r")?",
)
_COMPACT = re.compile(
    r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)"
    r"(?:[t\s]?(?P<half>)(?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d))?(?:\.\d+)?(?P<half2>)" + _ZONE + r")?$"
)
_DAY_FIRST = re.compile(
    r"(?:[^\W\d]+[.,\s]+)?(?P<day>\d{1,2})(?:\s+|-)(?P<name>\d{0,2}[^\W\d]+)\.?,?(?:\s+|-)(?P<year>\d{4}|\d{2})(?![\d:])"
    r"(?:\s*(?:року|года|р|г)\b\.?)?(?:[,\s]*(?:о|об|at|в)?\s*" + _DASH + _TIME + _ZONE + r")?",
)
_MONTH_FIRST = re.compile(
    r"(?:[^\W\d]+[.,\s]+)?(?P<name>[^\W\d]+)\.?\s+(?P<day>\d{1,2}),?\s+(?P<year>\d{4})(?:[,\s]*(?:at)?\s*"
    + _DASH
    + _TIME
    + _ZONE
    + r")?",
)
_DIGITS = r"(?P<%s>\d{1,2})[./-](?P<%s>\d{1,2})[./-](?P<year>\d{4})(?:[,\s]*" + _DASH + _TIME + _ZONE + r")?"
_DAY_FIRST_DIGITS, _MONTH_FIRST_DIGITS = re.compile(_DIGITS % ("day", "month")), re.compile(_DIGITS % ("month", "day"))
_YEAR_LAST = re.compile(
    r"(?:[^\W\d]+\s+)?(?P<name>[^\W\d]+)\s+(?P<day>\d{1,2})\s+" + _TIME + _ZONE + r"\s+(?P<year>\d{4})"
)
_PATTERNS = (
    _YEAR_FIRST, _COMPACT, _DAY_FIRST, _MONTH_FIRST, _DAY_FIRST_DIGITS, _MONTH_FIRST_DIGITS, _YEAR_LAST,
)  # fmt: skip
_TIME_FIRST = re.compile(r"(\d{1,2}:\d{2}(?::\d{2})?)[,\s]+(.+)")
_EPOCH = re.compile(r"(\d{10})(?:\.\d+|\d{3})?")  # in seconds or milliseconds
_ERA = re.compile(r"(令和|平成|中華民國|民國)\s?(\d{1,3}|元)\s?年")
_BEFORE_ERA = {"令和": 2018, "平成": 1988, "中華民國": 1911, "民國": 1911}


def place(zone: str) -> tzinfo:
    """Turn a configured zone, IANA or fixed (``+09:00``), into one to reckon with."""
    if zone.startswith(("+", "-")):
        hours, _, minutes = zone[1:].partition(":")
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(-offset if zone.startswith("-") else offset)
    return ZoneInfo(zone)


def read(printed: str, zone: str) -> datetime | None:
    """Return the instant that ``printed`` names, in UTC; None where it names none."""
    text = " ".join(unicodedata.normalize("NFKC", printed).replace("−", "-").lower().split())
    epoch = _EPOCH.fullmatch(text)
    if epoch:
        return datetime.fromtimestamp(int(epoch[1]), UTC)
    text = _ERA.sub(_common_year, text)
    if time_first := _TIME_FIRST.fullmatch(text):
        text = f"{time_first[2]} {time_first[1]}"
    for pattern in _PATTERNS:
        match = pattern.match(text)
        if match:
            found = _instant(match.groupdict(), zone)
            if found is not None:
                return found
    return None


def _common_year(era: re.Match[str]) -> str:
    return f"{_BEFORE_ERA[era[1]] + (1 if era[2] == '元' else int(era[2]))}年"


def plausible(published_at: datetime | None, seen_at: datetime) -> datetime | None:
    """Keep a date unless it lies in the future by more than `FUTURE_HOURS` or before the web."""
    if published_at is None or published_at > seen_at + timedelta(hours=FUTURE_HOURS):
        return None
    return published_at if published_at.year >= 1990 else None  # noqa: PLR2004


def _instant(parts: Mapping[str, str | None], zone: str) -> datetime | None:
    month = _MONTHS.get(parts["name"] or "") if "name" in parts else int(parts["month"] or 0)
    clock = _clock(parts)
    if month is None or clock is None:
        return None
    try:
        midnight = datetime(
            _year(parts["year"] or ""), month, int(parts["day"] or 0), tzinfo=_offset(parts["zone"], zone)
        )
        return (midnight + clock).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _year(printed: str) -> int:
    """Read a year; one of two digits as RFC 5322, 4.3 says."""
    if len(printed) > 2:  # noqa: PLR2004
        return int(printed)
    return int(printed) + (2000 if int(printed) < 50 else 1900)  # noqa: PLR2004


def _clock(parts: Mapping[str, str | None]) -> timedelta | None:
    """Return the time since midnight: 24:00 is the day's end, later there is nothing."""
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    half = (parts["half"] or parts["half2"] or "").replace(".", "")
    if half in {"pm", "午後", "下午", "오후"} and hour < 12:  # noqa: PLR2004
        hour += 12
    elif half in {"am", "午前", "上午", "오전"} and hour == 12:  # noqa: PLR2004
        hour = 0
    time = timedelta(hours=hour, minutes=minute, seconds=second)
    return time if minute < 60 and second <= 60 and time <= timedelta(days=1) else None  # noqa: PLR2004


def _offset(printed: str | None, zone: str) -> tzinfo:
    """Reckon the printed zone; CST is the feed's own where that lies in Asia, and no zone is the feed's own."""
    if not printed:
        return place(zone)
    sign = re.search(r"[+-]", printed)
    if sign:
        digits = re.sub(r"\D", "", printed[sign.start() :])
        hours, minutes = (digits, "0") if len(digits) <= 2 else (digits[:-2], digits[-2:])  # noqa: PLR2004
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-offset if sign.group() == "-" else offset)
    if printed == "cst":
        own = place(zone).utcoffset(datetime(2026, 1, 1))  # noqa: DTZ001 - Asia keeps one offset all year
        return timezone(timedelta(hours=8) if own and own > timedelta(hours=4) else timedelta(hours=-6))
    hours_of = _NAMED_HOURS.get(printed)
    return place(zone) if hours_of is None else timezone(timedelta(hours=hours_of))
