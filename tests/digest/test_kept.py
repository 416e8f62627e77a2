from datetime import UTC, date, datetime

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from pipeline.digest.kept import dumped, loaded
from pipeline.domain import (
    Actor,
    Balance,
    Cell,
    CellState,
    Citation,
    Column,
    Digest,
    Gloss,
    Held,
    Item,
    Matrix,
    Occasion,
    Point,
    ReportedShift,
    Section,
    Stance,
    Standing,
    Track,
    Voice,
)
from tests.detect.told import backs, told
from tests.digest.known import digest

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
words = st.fixed_dictionaries({"en": texts, "uk": texts})
citations = st.builds(
    Citation,
    article_id=texts,
    title=texts,
    lang=texts,
    gloss=st.none() | st.builds(Gloss, en=texts, uk=texts),
    outlet=texts,
    at=times,
    url=texts,
    articles=st.integers(1, 99),
)
everything = st.builds(
    Digest,
    week=texts,
    since=times,
    until=times,
    items=st.lists(
        st.builds(
            Item,
            item_id=texts,
            section=st.sampled_from(Section),
            group=texts,
            actor=st.none() | st.sampled_from(Actor),
            voice=st.none() | st.sampled_from(Voice),
            tracks=st.frozensets(st.sampled_from(Track)),
            words=words,
            evidence=st.lists(citations, max_size=2).map(tuple),
            checked=st.booleans(),
            reading=st.just({}) | words,
        ),
        max_size=3,
    ).map(tuple),
    matrix=st.builds(
        Matrix,
        rows=st.lists(st.tuples(st.sampled_from(Actor), st.sampled_from(Voice)), max_size=3).map(tuple),
        columns=st.just(tuple(Column)),
        cells=st.lists(
            st.builds(
                Cell,
                actor=st.sampled_from(Actor),
                voice=st.sampled_from(Voice),
                column=st.sampled_from(Column),
                state=st.sampled_from(CellState),
                days=st.none() | st.integers(0, 999),
                direction=st.sampled_from(ReportedShift),
                stance=st.none() | st.sampled_from(Stance),
                item_id=st.none() | texts,
            ),
            max_size=3,
        ).map(tuple),
    ),
    standings=st.lists(
        st.builds(
            Standing,
            actor=st.sampled_from(Actor),
            balance=st.sampled_from(Balance),
            weeks=st.lists(
                st.builds(Point, until=times, stories=st.integers(0, 99), value=st.none() | st.floats(-1, 1)),
                min_size=1,
                max_size=3,
            ).map(tuple),
            moved=st.none() | st.sampled_from(ReportedShift),
            articles=st.lists(texts, max_size=2).map(tuple),
            held=st.none() | st.sampled_from(Held),
            start=st.none() | st.sampled_from(Stance),
        ),
        max_size=2,
    ).map(tuple),
    calendar=st.lists(
        st.builds(
            Occasion,
            on=st.dates(date(2000, 1, 1)),
            kind=texts,
            words=words,
            actors=st.frozensets(st.sampled_from(Actor)),
            source=texts,
        ),
        max_size=2,
    ).map(tuple),
)


@given(everything)
def test_whatever_a_digest_holds_is_read_back_equal(one: Digest) -> None:
    assert loaded(dumped(one)) == one


def test_a_real_week_is_read_back_with_its_types() -> None:
    one = loaded(dumped(digest(told(1, backs()))))
    assert one == digest(told(1, backs()))
    assert all(isinstance(item.section, Section) for item in one.items)
    assert one.until.tzinfo is not None


def test_what_is_no_digest_is_refused() -> None:
    with pytest.raises(ValidationError):
        loaded('{"week": "2026-W10"}')
