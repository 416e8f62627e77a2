"""A time comes back as it was, and stands in SQLite as SQLAlchemy itself would write it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st
from sqlalchemy import DateTime, Dialect
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.storage.columns import Instant

SQLITE: Dialect = sqlite.dialect()
POSTGRES: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
WRITTEN = Instant().dialect_impl(SQLITE).bind_processor(SQLITE)
READ = Instant().dialect_impl(SQLITE).result_processor(SQLITE, None)
ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29), timezones=ZONES)


@given(TIMES)
def test_a_time_stands_in_sqlite_as_sqlalchemy_would_write_it_and_comes_back_in_utc(at: datetime) -> None:
    assert WRITTEN is not None
    assert READ is not None
    own = DateTime().dialect_impl(SQLITE).bind_processor(SQLITE)
    assert own is not None
    text = WRITTEN(at)
    assert text == own(at.astimezone(UTC).replace(tzinfo=None))
    back = READ(text)
    assert back == at
    assert back.tzinfo is UTC


def test_no_time_is_kept_as_none() -> None:
    assert WRITTEN is not None
    assert READ is not None
    assert (WRITTEN(None), READ(None)) == (None, None)


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRES], ids=["sqlite", "postgres"])
def test_a_time_without_a_zone_is_refused(dialect: Dialect) -> None:
    bind = Instant().dialect_impl(dialect).bind_processor(dialect)
    assert bind is not None
    with pytest.raises(ValueError, match="without a zone"):
        bind(datetime(2026, 3, 4))
