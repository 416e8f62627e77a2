from collections.abc import Iterable, Mapping
from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from pipeline import settings
from pipeline.domain import (
    Actor,
    Coverage,
    Feed,
    FeedKind,
    FeedState,
    Hearing,
    Incident,
    IncidentKind,
    Owner,
    Source,
    Voice,
)
from pipeline.poll.coverage import UNREAD, coverage, gaps, words
from tests.factories import NOW, feed, feed_state


def source(name: str, **over: object) -> Source:
    return Source(**{"name": name, "owner": Owner.STATE, "country": "JP", "tier": 1, **over})  # type: ignore[arg-type]


SOURCES = {
    one.name: one
    for one in [
        source("cabinet", official=Actor.JP, institution=True),
        source("chamber", institution=True),
        source("paper", owner=Owner.PRIVATE),
        source("portal", portal=True),
        source("agency", official=Actor.KP, country="KP"),
        source("reprints", edition_of="agency", country="US"),
        source("institute", institution=True, country="US"),
    ]
}
CABINET = feed(name="cabinet feed", source="cabinet", kind=FeedKind.GOVERNMENT)
PAPER = feed(name="paper feed", source="paper", kind=FeedKind.DAILY)
SEARCH = feed(name="search", source=None, kind=FeedKind.AGGREGATOR)
ALL = (CABINET, PAPER, SEARCH)


def well(feeds: Iterable[Feed]) -> dict[str, FeedState]:
    return {one.name: feed_state(feed=one.name, succeeded_at=NOW) for one in feeds}


def cell(
    feeds: Iterable[Feed],
    actor: Actor = Actor.JP,
    voice: Voice = Voice.GOVERNMENT,
    states: Mapping[str, FeedState] | None = None,
    incidents: Iterable[Incident] = (),
) -> Hearing:
    feeds = list(feeds)
    cells = coverage(feeds, SOURCES, well(feeds) if states is None else states, incidents, NOW)
    return next(one for one in cells if (one.actor, one.voice) == (actor, voice))


def ill(name: str, kind: IncidentKind = IncidentKind.BROKEN) -> Incident:
    return Incident(feed=name, kind=kind, started_at=NOW)


def test_the_nearest_way_that_works_is_named_with_its_feeds() -> None:
    assert cell(ALL) == Hearing(
        actor=Actor.JP, voice=Voice.GOVERNMENT, coverage=Coverage.DIRECT, feeds=("cabinet feed",), lost=()
    )
    assert cell(ALL, voice=Voice.OPPOSITION).coverage is Coverage.PRESS
    assert cell([SEARCH], voice=Voice.OPPOSITION).coverage is Coverage.SEARCH
    assert cell(ALL, actor=Actor.TW).coverage is Coverage.NONE


@pytest.mark.parametrize("kind", [IncidentKind.BROKEN, IncidentKind.SILENT])
def test_what_is_broken_or_silent_is_said_where_something_further_off_still_works(kind: IncidentKind) -> None:
    seen = cell(ALL, incidents=[ill("cabinet feed", kind)])

    assert (seen.coverage, seen.feeds, seen.lost) == (Coverage.PRESS, ("paper feed",), ("cabinet feed",))


def test_a_cell_whose_feeds_are_all_ill_is_down_and_not_unwatched() -> None:
    seen = cell(ALL, incidents=[ill(one.name) for one in ALL])

    assert (seen.coverage, seen.feeds, len(seen.lost)) == (Coverage.DOWN, (), 3)


def test_a_moved_feed_and_an_ended_incident_still_watch() -> None:
    ended = Incident(feed="cabinet feed", kind=IncidentKind.BROKEN, started_at=NOW, ended_at=NOW)

    assert cell(ALL, incidents=[ill("cabinet feed", IncidentKind.MOVED), ended]).coverage is Coverage.DIRECT


def test_a_feed_never_read_or_long_unread_watches_nothing() -> None:
    late = {"cabinet feed": feed_state(feed="cabinet feed", succeeded_at=NOW - UNREAD - timedelta(seconds=1))}
    barely = {"cabinet feed": feed_state(feed="cabinet feed", succeeded_at=NOW - UNREAD)}

    assert cell([CABINET], states={}).coverage is Coverage.DOWN
    assert (
        cell([CABINET], states={"cabinet feed": feed_state(feed="cabinet feed", succeeded_at=None)}).coverage
        is Coverage.DOWN
    )
    assert cell([CABINET], states=late).coverage is Coverage.DOWN
    assert cell([CABINET], states=barely).coverage is Coverage.DIRECT


def test_a_portal_is_a_search_and_a_reprint_of_the_official_agency_is_direct() -> None:
    portal = feed(name="portal feed", source="portal", kind=FeedKind.AGGREGATOR)
    reprints = feed(name="reprints feed", source="reprints", kind=FeedKind.AGGREGATOR, country="US")

    assert cell([portal]).coverage is Coverage.SEARCH
    assert cell([reprints], actor=Actor.KP).coverage is Coverage.DIRECT


def test_voices_say_what_cannot_be_derived() -> None:
    chamber = feed(
        name="chamber feed", source="chamber", kind=FeedKind.GOVERNMENT, voices={Actor.JP: (Voice.PARLIAMENT,)}
    )
    abroad = feed(name="abroad", source="institute", kind=FeedKind.THINKTANK, country="US")
    warnings = feed(name="warnings", source="cabinet", kind=FeedKind.GOVERNMENT, voices={})

    assert cell([chamber], voice=Voice.PARLIAMENT).coverage is Coverage.DIRECT
    assert cell([chamber]).coverage is Coverage.NONE
    assert cell([abroad], actor=Actor.KP).coverage is Coverage.NONE
    watching = feed(
        name="abroad", source="institute", kind=FeedKind.THINKTANK, country="US", voices={Actor.KP: (Voice.GOVERNMENT,)}
    )
    assert cell([watching], actor=Actor.KP).coverage is Coverage.PRESS
    assert cell([warnings]).coverage is Coverage.NONE


def test_the_table_has_a_row_for_every_actor_and_marks_what_is_lost() -> None:
    cells = coverage(ALL, SOURCES, well(ALL), [ill("cabinet feed")], NOW)
    rows = words(cells)

    assert [row[0] for row in rows] == ["", *Actor]
    assert rows[0][1:3] == ("government", "ruling party")
    assert rows[1][1:3] == ("press 1 *", "press 1")
    assert rows[2][1] == "none"


def test_the_gaps_say_where_nothing_seen_would_say_too_much() -> None:
    many = [feed(name=f"daily {n}", source="paper", kind=FeedKind.DAILY) for n in range(5)]
    said = gaps(coverage([SEARCH, *many], SOURCES, well([SEARCH]), [], NOW))

    assert "JP business: only what searches show; down: daily 0, daily 1, daily 2, 2 more" in said
    assert "KR ruling party: not watched" in said
    assert "JP government: down: cabinet feed" in gaps(coverage([CABINET], SOURCES, {}, [], NOW))
    assert not [line for line in gaps(coverage(ALL, SOURCES, well(ALL), [], NOW)) if line.startswith("JP")]


def test_the_projects_own_feeds_hear_every_government() -> None:
    own = settings.load({})
    names = {name: one for one in own.sources for name in (*one.aliases, one.name)}
    cells = coverage(own.feeds, names, well(own.feeds), [], NOW)

    assert all(one.coverage is Coverage.DIRECT for one in cells if one.voice is Voice.GOVERNMENT)


@given(st.sets(st.sampled_from(ALL)), st.sets(st.sampled_from(ALL)))
def test_one_more_working_feed_never_makes_a_cell_worse(some: set[Feed], more: set[Feed]) -> None:
    order = [Coverage.DIRECT, Coverage.PRESS, Coverage.SEARCH, Coverage.DOWN, Coverage.NONE]
    before, after = (
        coverage(feeds, SOURCES, well(feeds), [], NOW)
        for feeds in (sorted(some, key=lambda f: f.name), sorted(some | more, key=lambda f: f.name))
    )

    assert all(order.index(a.coverage) <= order.index(b.coverage) for a, b in zip(after, before, strict=True))
