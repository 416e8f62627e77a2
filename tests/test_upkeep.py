"""What is told of the collection: one message a day, and one for a standstill with its end."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from pipeline import flows
from pipeline.alert.health import VERBS, report
from pipeline.alert.message import readable
from pipeline.domain import Incident, IncidentKind, Notification, Operation, PollOutcome, Route
from tests.factories import NOW
from tests.house import FEEDS, HOUR, House, item, watch
from tests.slack.blocks import complaint, length, pings
from tests.slack.told import matter, tell

OPS = Route(name="ops", channel="#ops", health_at=time(9), shifts=False)
DAY = timedelta(days=1)
MORNING = datetime(2026, 5, 13, 6, tzinfo=UTC)  # 09:00 in Kyiv


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path, routes=(OPS,))
    yield built
    built.store.close()


def said(home: House, *verbs: object) -> list[Notification]:
    before = len(home.posts)
    home.run(*(verbs or (flows.alert,)))  # type: ignore[arg-type]
    return home.posts[before:]


def wrong(feed: str, kind: IncidentKind, at: datetime = NOW, **over: object) -> Incident:
    return replace(Incident(feed=feed, kind=kind, started_at=at, detail=f"detail of {feed}"), **over)  # type: ignore[arg-type]


def test_feeds_that_need_a_look_are_one_message_a_day(home: House) -> None:
    home.store.entries.record_incidents(
        [
            wrong("wire", IncidentKind.BROKEN),
            wrong("daily", IncidentKind.MOVED),
            wrong("cabinet", IncidentKind.SILENT, ended_at=MORNING - HOUR),
            wrong("wire", IncidentKind.SILENT, NOW - 9 * DAY, ended_at=NOW - 8 * DAY),
            wrong("a feed that is not read any more", IncidentKind.BROKEN),
        ]
    )
    home.clock.at = MORNING - timedelta(seconds=1)
    assert said(home) == []
    home.clock.at = MORNING
    (one,) = said(home)
    text = readable(one.message)
    assert one.channel == "#ops"
    assert text.splitlines()[0] == "Collection · Wed 13 May · 2 of 3 feeds need a look"
    assert "Broken: cannot be read (1 of 3)\n• wire, since 12 May 2026 12:30 Kyiv: detail of wire" in text
    assert "Moved: mend config/feeds.yaml (1 of 3)\n• daily" in text
    assert "Recovered since yesterday (1 of 3)\n• cabinet: was silent from" in text
    assert "not read any more" not in text
    home.clock.forward(hours=5)
    assert said(home) == []
    home.clock.at = MORNING + DAY
    assert len(said(home)) == 1


def test_where_no_feed_needs_a_look_nothing_is_said(home: House) -> None:
    home.clock.at = MORNING
    assert said(home) == []


def test_a_route_of_the_collection_hears_of_no_shift(home: House) -> None:
    tell(home.store, matter("one"))
    assert home.run(flows.alert)["alert"] == {"no_route": 1}


incidents = st.lists(
    st.builds(
        wrong,
        st.text(max_size=300) | st.sampled_from(["<!channel>", "&" * 300]),
        st.sampled_from(IncidentKind),
        detail=st.text(max_size=2_000) | st.just("<" * 2_000),
        ended_at=st.sampled_from([None, NOW]),
    ),
    max_size=80,
)


@given(incidents, incidents)
def test_a_report_fits_and_pings_nobody(lasting: list[Incident], ended: list[Incident]) -> None:
    made = report("Wed 13 May", 200, lasting, ended)
    blocks = list(made.blocks)
    assert complaint(blocks) is None
    assert length(blocks) <= 12_000
    assert pings({"text": made.text, "blocks": blocks}) == []


# --- a standstill ---


def test_a_standstill_is_told_once_and_so_is_its_end(home: House) -> None:
    watch(home)
    assert said(home, *VERBS_RUN) == []
    home.clock.forward(hours=2)
    assert said(home) == []
    home.clock.forward(hours=2)
    (stands,) = said(home)
    assert (stands.operation, stands.channel) == (Operation.POST, "#ops")
    assert stands.message.title == "NOT WATCHING · no poll has succeeded for 4 hours"
    home.clock.forward(hours=6)
    assert said(home) == []
    read_again(home)
    again = said(home, *VERBS_RUN)
    assert sorted(each.operation for each in again) == ["reply", "update"]
    assert {each.matter for each in again} == {stands.key}
    assert all(each.message.title == "WATCHING AGAIN · poll runs again" for each in again)
    assert said(home) == []
    home.clock.forward(hours=4)
    assert len(said(home)) == 1


VERBS_RUN = (flows.poll, flows.dedup, flows.classify, flows.detect, flows.alert)


def read_again(home: House) -> None:
    for feed in FEEDS:
        home.publish(feed.name, item(f"{feed.name}-again"))


def test_one_verb_that_fails_is_named_though_those_before_it_run(home: House) -> None:
    watch(home)
    said(home, *VERBS_RUN)
    home.clock.forward(hours=4)
    read_again(home)
    (stands,) = said(home, flows.poll, flows.dedup, flows.alert)
    assert stands.message.title == "NOT WATCHING · no classify has succeeded for 4 hours"


def test_a_pass_that_can_read_no_feed_is_no_success(home: House) -> None:
    watch(home)
    said(home, *VERBS_RUN)
    for feed in FEEDS:
        home.feeds.answers[feed.name] = PollOutcome.TEMPORARY
    for _ in range(12):
        home.clock.forward(hours=1)
        home.run(*VERBS_RUN)
    (stands,) = home.posts
    assert stands.message.title.startswith("NOT WATCHING · no poll has succeeded for ")


def test_a_sender_that_does_not_run_is_told_of_by_the_nightly_task(home: House) -> None:
    watch(home)
    said(home, *VERBS_RUN)
    for _ in range(4):
        home.clock.forward(hours=1)
        read_again(home)
        home.run(*VERBS_RUN[:-1])
    (stands,) = said(home, flows.housekeeping)
    assert stands.message.title == "NOT WATCHING · no alert has succeeded for 4 hours"
    assert said(home, flows.housekeeping) == []


def test_what_never_ran_is_not_missed(home: House) -> None:
    home.clock.forward(hours=100)
    assert said(home, flows.housekeeping) == []
    assert set(home.store.passes.last()) == {"housekeeping"}
    assert "housekeeping" not in VERBS
