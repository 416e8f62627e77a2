"""What a server says around its document, and with what code -> what it means for the next question. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from pipeline.domain import FeedState, PollOutcome

WANTED = frozenset({b"etag", b"last-modified", b"content-type", b"retry-after", b"cache-control", b"expires"})

_BUSY = {408, 425, 429}
_GONE = {404, 410}
_MAX_AGE = re.compile(r"\bmax-age=(\d{1,9})\b")


def conditions(state: FeedState) -> list[str]:
    """Send both validators back as they came: an ETag's quotes are part of it."""
    validators = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    return [f"{name}: {value}" for name, value in validators.items() if value]


def sendable(value: bytes | None) -> str | None:
    """Keep a validator only where it can go back byte for byte."""
    text = value.decode("latin-1") if value else ""
    return text if text.isascii() and text.isprintable() and text else None


def failure(status: int) -> PollOutcome:
    """Name the outcome of an answer that is neither a document nor the word that it has not changed."""
    if status in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return PollOutcome.TEMPORARY
    return PollOutcome.GONE if status in _GONE else PollOutcome.REFUSED


def retry_after_s(value: bytes | None, now: datetime) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3), seconds or a date, as seconds from ``now``."""
    text = value.decode("latin-1").strip() if value else ""
    return float(text) if text.isascii() and text.isdigit() else _seconds_until(text, now)


def fresh_s(headers: Mapping[bytes, bytes], now: datetime) -> float:
    """Read for how many seconds an answer is fresh (RFC 9111): max-age, else Expires, else not at all."""
    age = _MAX_AGE.search(headers.get(b"cache-control", b"").decode("latin-1").lower())
    if age:
        return float(age[1])
    return _seconds_until(headers.get(b"expires", b"").decode("latin-1").strip(), now) or 0.0


def _seconds_until(date: str, now: datetime) -> float | None:
    """Reckon a date of HTTP, which is in GMT even where it does not say so."""
    try:
        at = parsedate_to_datetime(date)
        return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())
    except (ValueError, OverflowError):
        return None
