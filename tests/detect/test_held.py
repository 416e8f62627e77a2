"""Was it the world or our pipeline? Lines of stories by several outlets, with one fault each."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import cycle

import pytest
from hypothesis import given, settings, strategies as st

from pipeline.detect.series import RUSSIA_TRACKS
from pipeline.detect.shifts import Around, shifts
from pipeline.domain import (
    Feed,
    FeedKind,
    Held,
    Incident,
    IncidentKind,
    Owner,
    ReportedShift,
    Shift,
    ShiftKind,
    Source,
    TaggedArticle,
    Terms,
)
from pipeline.shapes import DetectSettings
from tests.detect.told import at, backs, hedges, opposes, told, turns

HOURS = 12.0
OUTLETS = ("Morning", "Hanguk", "Evening", "Seoul Post")
ENGLISH, KOREAN = OUTLETS[::2], OUTLETS[1::2]
LANGS = {"Hanguk": "ko", "Seoul Post": "ko", "Morning": "en", "Evening": "en"}
SOURCES = {name: Source(name=name, owner=Owner.PRIVATE, country="KR", tier=2) for name in OUTLETS}
FEEDS = tuple(
    Feed(
        name=f"feed of {name}",
        url="https://feed.example/",
        source=name,
        country="KR",
        kind=FeedKind.DAILY,
        terms=Terms.OPEN,
        timezone="UTC",
    )
    for name in OUTLETS
)
Line = Callable[[int, str], object]


def usual(_: int, outlet: str) -> object:
    """English outlets say that the government backs Kyiv, Korean ones that it hedges."""
    return backs() if LANGS.get(outlet) == "en" else hedges()


def line(
    start: int, stories: int, outlets: Sequence[str] = OUTLETS, says: Line = usual, **over: object
) -> list[TaggedArticle]:
    """Tell ``stories``, one every twelve hours from the ``start``-th on, by the outlets in turn."""
    return [
        told(
            HOURS * n,
            says(n, outlet),  # type: ignore[arg-type]
            **{"source": outlet, "lang": LANGS.get(outlet, "en"), "title": f"headline {n}", **over},  # type: ignore[arg-type]
        )
        for n, outlet in zip(range(start, start + stories), cycle(outlets))
    ]


def of_the_series(tagged: Sequence[TaggedArticle], incidents: Sequence[Incident] = ()) -> list[Shift]:
    found = shifts(tagged, DetectSettings(), Around(sources=SOURCES, feeds=FEEDS, incidents=incidents))
    return [shift for shift in found if shift.kind is ShiftKind.SERIES and shift.track is None]


def silent(outlet: str, since: datetime, until: datetime | None = None) -> Incident:
    return Incident(feed=f"feed of {outlet}", kind=IncidentKind.SILENT, started_at=since, ended_at=until)


def test_a_line_of_outlets_that_differ_does_not_move() -> None:
    assert of_the_series(line(0, 200)) == []


def test_a_true_change_is_not_held() -> None:
    (shift,) = of_the_series(line(0, 60) + line(60, 40, says=lambda *_: opposes()))
    assert (shift.held, shift.stands, shift.direction) == (None, True, ReportedShift.AWAY)


def test_another_mix_of_languages_holds_a_change() -> None:
    stop = line(0, 80) + line(80, 60, ENGLISH)
    (shift,) = of_the_series(stop)
    assert (shift.held, shift.stands, shift.direction) == (Held.MIX, False, ReportedShift.TOWARD)
    assert shift.words.startswith("held: other outlets or languages speak than before")
    assert "likely real" not in shift.words


def test_feeds_that_fell_silent_are_named_as_the_outage_that_they_are() -> None:
    stop = line(0, 80) + line(80, 60, ENGLISH)
    incidents = [silent(name, at(HOURS * 82)) for name in KOREAN]
    (shift,) = of_the_series(stop, incidents)
    assert shift.held is Held.OUTAGE
    assert "50% of the earlier stories" in shift.words


def test_an_outage_of_long_ago_explains_nothing() -> None:
    stop = line(0, 80) + line(80, 60, ENGLISH)
    old = [silent(name, at(HOURS * 10), at(HOURS * 20)) for name in KOREAN]
    assert [shift.held for shift in of_the_series(stop, old)] == [Held.MIX]


def test_an_outage_does_not_hide_a_change_that_the_other_outlets_show() -> None:
    turned = line(0, 80) + line(80, 40, ENGLISH, says=lambda *_: opposes())
    incidents = [silent(name, at(HOURS * 80)) for name in KOREAN]
    assert [shift.held for shift in of_the_series(turned, incidents)] == [None]


def test_a_change_during_an_outage_is_released_when_the_outlets_themselves_show_it() -> None:
    turned = line(0, 80) + line(80, 40, ENGLISH) + line(120, 80, says=lambda *_: backs())
    incidents = [silent(name, at(HOURS * 80), at(HOURS * 120)) for name in KOREAN]
    during = of_the_series(turned[:120], incidents)
    after = of_the_series(turned, incidents)
    assert [(shift.held, shift.direction) for shift in during] == [(Held.OUTAGE, ReportedShift.TOWARD)]
    assert [(shift.held, shift.shift_id) for shift in after] == [(None, during[0].shift_id)]
    assert after[0].detected_at > during[0].detected_at
    assert "first held (outlets that carried 50% of the earlier stories" in after[0].words


def test_a_burst_of_one_outlet_holds_a_change() -> None:
    campaign = line(0, 80) + [
        told(HOURS * 80 + n, opposes(), source="Hanguk", lang="ko", title=f"campaign {n}") for n in range(24)
    ]
    (shift,) = of_the_series(campaign)
    assert shift.held is Held.BURST
    assert "held: Hanguk told" in shift.words


def test_an_outlet_that_tells_more_as_the_others_do_holds_nothing() -> None:
    loud = [told(HOURS * n + 3, opposes(), source="Hanguk", lang="ko", title=f"more {n}") for n in range(80, 110)]
    assert [shift.held for shift in of_the_series(line(0, 80) + line(80, 30, says=lambda *_: opposes()) + loud)] == [
        None
    ]


def test_a_new_outlet_alone_moves_nothing() -> None:
    portal = [told(HOURS * 80 + n, opposes(), source="Portal", title=f"again {n}") for n in range(80)]
    assert of_the_series(line(0, 120) + portal) == []


def test_outlets_never_heard_before_hold_a_change() -> None:
    added = line(0, 80) + line(80, 24, [f"new {n}" for n in range(12)], says=lambda *_: opposes())
    (shift,) = of_the_series(added)
    assert shift.held is Held.BURST
    assert "outlets not heard before told" in shift.words


def test_a_feed_that_is_there_twice_holds_a_change() -> None:
    once = line(0, 80) + line(80, 10, says=lambda n, outlet: opposes() if n in {80, 81} else usual(n, outlet))
    again = [
        told(HOURS * n + k / 10, opposes(), source=f"mirror {k}", title=f"headline {n}", published_at=at(HOURS * n))
        for n in (80, 81)
        for k in range(1, 9)
    ]
    assert of_the_series(once) == []
    assert [shift.held for shift in of_the_series(once + again)] == [Held.DUPLICATE]


def test_a_heap_of_earlier_days_read_at_one_moment_holds_a_change() -> None:
    heap = [
        told(HOURS * 80 + n, hedges(), source=outlet, published_at=at(HOURS * 80 + n - 30), title=f"heap {n}")
        for n, outlet in zip(range(24), cycle(OUTLETS))
    ]
    moment = [replace(one, article=replace(one.article, seen_at=at(HOURS * 82))) for one in heap]
    (shift,) = of_the_series(line(0, 80, says=lambda *_: backs()) + moment)
    assert shift.held is Held.BACKFILL


def test_a_back_filled_month_is_history() -> None:
    month = line(20, 60, says=lambda *_: opposes(), seen_at=at(HOURS * 100), story_id="")
    month = [replace(one, article=replace(one.article, story_id=one.article.article_id)) for one in month]
    found = of_the_series(line(0, 20, says=lambda *_: backs()) + month)
    assert found
    assert all(shift.history or shift.held for shift in found)


def by_model(tagged: Sequence[TaggedArticle], model: str) -> list[TaggedArticle]:
    return [replace(one, tag=replace(one.tag, model=model)) for one in tagged]


def test_another_model_holds_a_change_until_the_earlier_stories_are_tagged_by_it_too() -> None:
    old, new = line(0, 60, says=lambda *_: backs()), by_model(line(60, 30, says=lambda *_: opposes()), "model-2")
    assert [shift.held for shift in of_the_series(old + new)] == [Held.MODEL]
    assert [shift.held for shift in of_the_series(by_model(old, "model-2") + new)] == [None]
    assert of_the_series(by_model(line(0, 60, says=lambda *_: opposes()), "model-2") + new) == []


def test_a_change_the_other_way_is_found_while_one_is_held() -> None:
    turned = line(0, 80) + line(80, 60, ENGLISH) + line(140, 80, says=lambda *_: opposes())
    assert [(shift.held, shift.direction) for shift in of_the_series(turned)] == [
        (Held.MIX, ReportedShift.TOWARD),
        (None, ReportedShift.AWAY),
    ]


def test_what_is_held_in_one_series_holds_nothing_in_another() -> None:
    stop = line(0, 80) + line(80, 60, ENGLISH)
    other = [
        replace(one, tag=replace(one.tag, tracks=(min(RUSSIA_TRACKS),)))
        for one in line(0, 60, says=lambda *_: backs(), story_id="")
        + line(60, 30, says=lambda *_: opposes(), story_id="")
    ]
    other = [
        replace(one, article=replace(one.article, article_id=f"r{n}", story_id=f"r{n}", title=f"russia {n}"))
        for n, one in enumerate(other)
    ]
    held = {shift.balance: shift.held for shift in of_the_series(stop + other)}
    assert list(held.values()).count(None) == 1
    assert len(held) == 2


def test_a_reported_shift_is_never_held() -> None:
    reports = [told(HOURS * 85 + n, turns(), source=name) for n, name in enumerate(ENGLISH)]
    stop = [*line(0, 80), *line(80, 60, ENGLISH), *reports]
    found = shifts(stop, DetectSettings(), Around(sources=SOURCES))
    assert [shift.held for shift in found if shift.kind is ShiftKind.REPORTED] == [None]


@settings(max_examples=8)
@given(st.integers(85, 180))
def test_looking_again_with_more_stories_keeps_every_shift_that_stood(length: int) -> None:
    tagged = line(0, 80) + line(80, 40, ENGLISH) + line(120, 60, says=lambda *_: opposes())
    then, now = of_the_series(tagged[:length]), of_the_series(tagged)
    stood = {shift.shift_id for shift in then if shift.stands}
    assert stood <= {shift.shift_id for shift in now if shift.stands}


@pytest.mark.parametrize("kind", [IncidentKind.MOVED, IncidentKind.FLOODED])
def test_only_feeds_that_could_not_be_read_are_an_outage(kind: IncidentKind) -> None:
    stop = line(0, 80) + line(80, 60, ENGLISH)
    other = [replace(silent(name, at(HOURS * 80)), kind=kind) for name in KOREAN]
    assert [shift.held for shift in of_the_series(stop, other)] == [Held.MIX]
