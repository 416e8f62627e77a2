"""Answers taken in batches: what is written does not depend on how many there are or who reads them."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline import collect, flows
from pipeline.domain import IncidentKind, PollOutcome
from pipeline.poll.parsers import ENOUGH_BYTES
from tests.fakes import rss
from tests.house import HOUR, House, fake_feed, item, small_settings

FEEDS = tuple(fake_feed(f"office {number}", "Wire") for number in range(40))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    settings = small_settings(tmp_path)
    built.services = replace(built.services, settings=replace(settings, feeds=FEEDS))
    yield built
    built.store.close()


def test_many_large_first_documents_are_read_in_several_batches_and_each_entry_once(home: House) -> None:
    size = 2 * collect.FULL_BYTES // len(FEEDS)
    for feed in FEEDS:
        home.feeds.answers[feed.name] = rss([item(f"{feed.name} {n}") for n in range(3)], note="x" * size)
    assert size * len(FEEDS) > ENOUGH_BYTES
    counts = flows.poll(home.services)
    assert (counts["new"], counts["entries"]) == (len(FEEDS), 3 * len(FEEDS))
    assert home.store.counts()["entries"] == 3 * len(FEEDS)
    assert {state.outcome for state in home.store.entries.states().values()} == {PollOutcome.NEW}
    home.clock.forward(hours=5)
    assert flows.poll(home.services) == {"edited": 0, "entries": 0, "unchanged": len(FEEDS)}


def test_many_entries_are_written_in_several_transactions_and_each_once(home: House) -> None:
    many = collect.FULL_ENTRIES // 2 + 1
    for feed in FEEDS[:5]:
        items = [item(f"{feed.name} {n}") for n in range(many)]
        home.feeds.answers[feed.name] = rss(items, note="x" * (collect.FULL_BYTES // 2))
    counts = flows.poll(home.services)
    assert (counts["new"], counts["entries"]) == (5, 5 * many)
    assert home.store.counts()["entries"] == home.store.counts()["versions"] == 5 * many


def test_a_body_that_comes_again_is_known_by_its_digest(home: House) -> None:
    home.publish("office 1", item("a"))
    flows.poll(home.services)
    state = home.store.entries.states()["office 1"]
    home.clock.forward(hours=80)  # asked in full
    assert state.body_sha256 == hashlib.sha256(home.feeds.answers["office 1"]).hexdigest()
    assert flows.poll(home.services)["same_body"] == 1


def test_what_an_answer_counts_as_is_what_is_written(home: House) -> None:
    home.publish("office 1", item("a"), item("b"))
    flows.poll(home.services)
    home.clock.forward(hours=30)
    home.publish("office 1", item("b"), item("a"), note="made at noon")
    assert flows.poll(home.services)["nothing_new"] == 1
    assert home.store.entries.states()["office 1"].outcome is PollOutcome.NOTHING_NEW


def test_a_document_without_news_still_says_how_long_it_is_fresh(home: House) -> None:
    def publish(ttl: int, *names: str) -> None:
        told = rss([item(name) for name in names]).replace(b"<title>Fake", b"<ttl>%d</ttl><title>Fake" % ttl)
        home.feeds.answers["office 1"] = told

    publish(120, "a", "b")
    flows.poll(home.services)
    home.clock.forward(hours=6)
    publish(180, "b", "a")
    assert flows.poll(home.services)["nothing_new"] == 1
    state = home.store.entries.states()["office 1"]
    assert state.fresh_s == 180 * 60
    assert state.next_poll_at
    assert state.next_poll_at - home.clock() > timedelta(hours=2.5)


def test_a_flood_is_an_incident_from_the_poll_that_brings_it(tmp_path: Path) -> None:
    home = House(tmp_path)
    for day in range(12):
        home.publish("wire", *(item(f"{day}-{n}", published_at=home.clock.at - n * HOUR) for n in range(3)))
        flows.poll(home.services)
        home.clock.forward(hours=20)
    assert IncidentKind.FLOODED not in {each.kind for each in home.store.entries.incidents()}
    home.publish("wire", *(item(f"flood {n}", published_at=home.clock.at - HOUR) for n in range(80)))
    flows.poll(home.services)
    started = {
        each.feed: each.started_at for each in home.store.entries.incidents() if each.kind is IncidentKind.FLOODED
    }
    home.store.close()
    assert started == {"wire": home.clock.at}
