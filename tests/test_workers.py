"""Several workers on one memory: no feed is asked by two, no text is tagged by two, and hosts are left in peace."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest

from pipeline import flows
from pipeline.domain import Feed, FeedState, Fetched, Tag, Text
from pipeline.services import Asked, Services
from tests.factories import feed_state, record
from tests.fakes import Feeds, Marks
from tests.house import FEEDS, House, fake_feed, item


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    for feed in FEEDS:
        built.publish(feed.name, item(f"{feed.name}-1"), item(f"{feed.name}-2"))
    yield built
    built.store.close()


@dataclass
class Meanwhile:
    """A fetch during which something else happens."""

    feeds: Feeds
    happens: Callable[[], object]

    def __call__(self, asked: Asked, at: datetime, each: Callable[[Fetched], None]) -> None:
        self.happens()
        self.feeds(asked, at, each)


@dataclass
class SlowMarks:
    """A tagger beside which something else happens once."""

    marks: Marks
    happens: list[Callable[[], object]] = field(default_factory=list)

    @property
    def version(self) -> str:
        return self.marks.version

    def tag(self, texts: Sequence[Text]) -> list[Tag]:
        while self.happens:
            self.happens.pop()()
        return self.marks.tag(texts)


def meanwhile(home: House, happens: Callable[[], object], holder: str = "one") -> Services:
    return replace(home.of(holder), fetch=Meanwhile(home.feeds, happens))


def asked(home: House) -> list[str]:
    return sorted(name for names in home.feeds.asked for name in names)


def test_a_worker_leaves_alone_what_another_is_asking(home: House) -> None:
    seen: list[flows.Counts] = []
    counts = flows.poll(meanwhile(home, lambda: seen.append(flows.poll(home.of("two")))))
    assert seen == [{"busy": 3}]
    assert (counts["new"], asked(home)) == (3, ["cabinet", "daily", "wire"])


def test_workers_that_shard_otherwise_ask_no_feed_twice(home: House) -> None:
    def others() -> None:
        for shard in range(3):
            flows.poll(home.of("two"), shard, 3)

    flows.poll(meanwhile(home, others), 0, 2)
    flows.poll(home.of("one"), 1, 2)
    assert asked(home) == ["cabinet", "daily", "wire"]


def test_two_feeds_of_one_host_are_never_asked_by_two_workers_at_once(home: House) -> None:
    one, two = fake_feed("wire", "Wire"), fake_feed("daily", "Daily", url="https://wire.example/other")
    left, right = (replace(home.of(name), settings=replace(home.settings, feeds=(feed,))) for name, feed in
                   (("one", one), ("two", two)))  # fmt: skip
    seen: list[flows.Counts] = []
    left = replace(left, fetch=Meanwhile(home.feeds, lambda: seen.append(flows.poll(right))))
    flows.poll(left)
    assert (seen, asked(home)) == ([{"busy": 1}], ["wire"])


def test_a_feed_that_moved_is_claimed_at_the_host_where_it_is_asked(home: House) -> None:
    moved = feed_state(feed="daily", moved_url="https://wire.example/moved", moved_times=3, next_poll_at=None)
    record(home.store, moved, [])
    seen: list[flows.Counts] = []
    only = replace(home.settings, feeds=(FEEDS[1],))
    right = replace(home.of("two"), settings=only)
    flows.poll(meanwhile(home, lambda: seen.append(flows.poll(right))))
    assert seen == [{"busy": 1}]


def test_a_host_rests_for_its_gap_between_two_workers(home: House) -> None:
    feeds = (fake_feed("wire", "Wire", min_gap_s=20.0),)
    first = replace(home.of("one"), settings=replace(home.settings, feeds=feeds))
    flows.poll(first)
    other = fake_feed("daily", "Daily", url="https://wire.example/other")
    second = replace(home.of("two"), settings=replace(home.settings, feeds=(other,)))
    assert flows.poll(second) == {"busy": 1}
    home.clock.forward(seconds=20)
    assert flows.poll(second)["new"] == 1


def test_what_was_asked_while_a_worker_waited_for_its_claim_is_not_asked_again(home: House) -> None:
    class Late:
        """A store whose claim is preceded by another worker's whole pass."""

        def __init__(self) -> None:
            self.passes, self.entries = home.store.passes, home.store.entries

        def claim(self, names: dict[str, float], *rest: object) -> object:
            flows.poll(home.of("two"))
            home.clock.forward(seconds=2)
            return home.store.claim(names, *rest)  # type: ignore[arg-type]

    counts = flows.poll(replace(home.of("one"), store=Late()))  # type: ignore[arg-type]
    assert asked(home) == ["cabinet", "daily", "wire"]
    assert "new" not in counts


def test_the_hosts_of_a_dead_worker_are_asked_when_its_claim_has_run_out(home: House) -> None:
    dead = home.store.claim({f"host {feed.name}.example": 1.0 for feed in FEEDS}, "dead", home.clock, 600)
    dead.__enter__()
    assert flows.poll(home.of("two")) == {"busy": 3}
    home.clock.forward(seconds=600)
    assert flows.poll(home.of("two"))["new"] == 3


def test_no_text_is_tagged_by_two_workers(home: House) -> None:
    home.run(flows.poll, flows.dedup)
    counts: list[flows.Counts] = []
    slow = SlowMarks(home.marks, [lambda: counts.append(flows.classify(home.of("two")))])
    counts.append(flows.classify(replace(home.of("one"), tagger=lambda: slow)))
    assert counts == [{}, {"relevant": 0, "tagged": 6}]
    assert sorted(home.marks.tagged) == sorted(set(home.marks.tagged))


def test_the_texts_of_a_worker_that_died_are_tagged_by_the_next(home: House) -> None:
    home.run(flows.poll, flows.dedup)

    def die() -> None:
        raise MemoryError

    with pytest.raises(MemoryError):
        flows.classify(replace(home.of("one"), tagger=lambda: SlowMarks(home.marks, [die])))
    assert flows.classify(home.of("two")) == {}
    home.clock.forward(seconds=600)
    assert flows.classify(home.of("two"))["tagged"] == 6


def states(home: House) -> dict[str, FeedState]:
    return home.store.entries.states()


def test_a_shard_of_one_worker_and_all_of_another_together_ask_every_feed(home: House) -> None:
    feeds: list[Feed] = list(home.settings.feeds)
    flows.poll(meanwhile(home, lambda: flows.poll(home.of("two"))), 0, 2)
    assert set(states(home)) == {feed.name for feed in feeds}
