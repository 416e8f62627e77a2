"""Faults that a simulated month showed (``./run bench month``)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline import flows
from pipeline.domain import FeedState, Fetched, PollOutcome
from pipeline.poll.read import read
from pipeline.poll.schedule import HONESTY_DAYS, REPEATS, after, asked, expected, rhythm
from pipeline.shapes import PollSettings
from tests.factories import feed
from tests.fakes import Item
from tests.house import House

NOW = datetime(2026, 5, 12, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
PACE = PollSettings(contact="me", interval_minutes=30, fastest_minutes=10, slowest_minutes=240)
NEW_PLACE = "https://kyodo.example/new"


def failed(state: FeedState, outcome: PollOutcome) -> FeedState:
    return after(state, Fetched(feed="kyodo", outcome=outcome), outcome, NOW, PACE)


def test_a_time_out_at_the_new_address_does_not_lose_it_when_the_old_one_is_dead() -> None:
    state = failed(FeedState(feed="kyodo", moved_url=NEW_PLACE, moved_times=REPEATS), PollOutcome.TEMPORARY)
    places = []
    for _ in range(4):
        place = asked(feed(), state, NOW)[0].url
        places.append(place)
        state = failed(state, PollOutcome.TEMPORARY if place == NEW_PLACE else PollOutcome.GONE)

    assert NEW_PLACE in places
    assert feed().url in places  # it may also have moved back


def test_a_server_is_tested_within_hours_while_its_feeds_rhythm_is_not_known() -> None:
    state = FeedState(feed="kyodo", etag='"always"', outcome=PollOutcome.UNCHANGED, whole_at=NOW - 7 * HOUR)

    assert asked(feed(), state, NOW)[1].etag is None
    known = replace(state, rhythm=rhythm([NOW] * 10))
    assert asked(feed(), known, NOW)[1].etag is not None
    assert asked(feed(), known, NOW + timedelta(days=HONESTY_DAYS))[1].etag is None


def test_a_feed_without_dates_grows_old_although_its_bytes_change(tmp_path: Path) -> None:
    home = House(tmp_path)
    ages = []
    for note in ("one", "two"):
        home.publish("wire", *(Item(guid=str(n), title=f"item {n}") for n in range(5)), note=note)
        flows.poll(home.services)
        ages.append(home.store.entries.states()["wire"].newest_at)
        home.clock.forward(days=1)
    home.store.close()

    assert ages[0] == ages[1]


def test_what_is_remembered_of_a_cut_document_is_in_its_order() -> None:
    def document(*names: str) -> Fetched:
        items = "\n".join(f"<item><title>{n}</title><guid>{n}</guid></item>" for n in names)
        body = f"<rss version='2.0'><channel><title>t</title>{items}</channel></rss>".encode()
        return Fetched(feed="kyodo", outcome=None, body=body, content_type="text/xml; charset=utf-8")

    _, first = read(feed(), document("b", "c"), NOW, history=False, marks=None)
    _, cut = read(feed(), document("a", "b", "c"), NOW, history=False, marks=first)
    _, whole = read(feed(), document("a", "b", "c"), NOW, history=False, marks=None)

    assert cut is not None
    assert whole is not None
    assert list(cut.items.values()) == list(whole.items.values())


def test_the_rhythm_of_a_feed_watched_for_nine_days_is_not_that_of_four_weeks(tmp_path: Path) -> None:
    home = House(tmp_path)
    start = home.clock.at
    items: list[Item] = []
    for hour in range(0, 9 * 24, 4):
        items = [
            Item(guid=f"{hour}-{n}", title=f"item {hour} {n}", published_at=home.clock.at - timedelta(minutes=30 * n))
            for n in range(1, 9)
        ] + items[:8]
        home.publish("wire", *items)
        flows.poll(home.services)
        home.clock.at = start + timedelta(hours=hour + 4)
    known = home.store.entries.states()["wire"].rhythm
    home.store.close()

    a_day = expected(known, home.clock.at - timedelta(days=7), home.clock.at) / 7
    assert 40 < a_day < 56  # two an hour
