from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest

from pipeline.storage.store import Store
from tests.factories import NOW, article, decision, entry, evidence, feed_state, message, record, shift, tag

T = TypeVar("T")
MANY = [entry(entry_id=f"entry-{number:03}", url=f"https://kyodo.example/{number}") for number in range(200)]


def together(url: str, workers: int, work: Callable[[Store, int], T]) -> list[T]:
    """Give each worker a store of its own, and let all begin at the same moment."""
    start = Barrier(workers, timeout=30)

    def worker(number: int) -> T:
        own = Store(url)
        try:
            start.wait()
            return work(own, number)
        finally:
            own.close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(worker, range(workers)))


def test_workers_that_record_the_same_entries_write_each_once(store: Store, database_url: str) -> None:
    def work(own: Store, number: int) -> tuple[int, int]:
        return record(own, feed_state(), MANY if number % 2 else MANY[::-1])

    done = together(database_url, 4, work)
    assert store.entries.of_feeds(["kyodo"]) == MANY
    assert store.counts()["versions"] == len(MANY)
    assert sum(new for new, _ in done) == len(MANY)


def test_workers_that_record_the_same_edits_write_each_once(store: Store, database_url: str) -> None:
    record(store, feed_state(), MANY)
    edits = [entry(entry_id=each.entry_id, url=each.url, title="edited") for each in MANY]

    def work(own: Store, number: int) -> tuple[int, int]:
        return record(own, feed_state(), edits if number % 2 else edits[::-1])

    together(database_url, 4, work)
    assert {each.version for each in store.entries.of_feeds(["kyodo"])} == {2}
    assert store.counts()["versions"] == 2 * len(MANY)


def test_workers_that_record_one_feed_after_another_never_lock_each_other_out(store: Store, database_url: str) -> None:
    def work(own: Store, number: int) -> None:
        for turn in range(10):
            name = f"feed-{number}-{turn}"
            record(own, feed_state(feed=name), [entry(entry_id=f"{name}-{i}", feed=name) for i in range(20)])
            own.entries.states()

    together(database_url, 4, work)
    assert store.counts()["feeds"] == 40
    assert store.counts()["entries"] == 800


def test_workers_that_find_the_same_things_write_each_once(store: Store, database_url: str) -> None:
    record(store, feed_state(), MANY)
    pieces = [article(article_id=f"article-{number}", story_id=f"story-{number}") for number in range(20)]

    def find(own: Store, number: int) -> tuple[int, int]:
        mine = pieces if number % 2 else pieces[::-1]
        for each, known in zip(mine, MANY, strict=False):
            own.articles.record([(known.entry_id, each)])
        own.articles.record_tags({each.article_id: tag() for each in mine})
        found = [shift(shift_id=each.article_id, evidence=(evidence(article=each),)) for each in mine]
        new = own.shifts.record(found)
        said = [(each.shift_id, decision(shift_id=each.shift_id), message()) for each in found]
        return new, own.outbox.record(said, NOW)

    done = together(database_url, 4, find)
    counts = store.counts()
    assert {counts[name] for name in ("articles", "tags", "shifts", "evidence", "notifications")} == {20}
    assert [sum(column) for column in zip(*done, strict=True)] == [20, 20]


def test_among_many_workers_one_holds_the_lease(database_url: str, store: Store) -> None:
    everyone_asked = Barrier(6, timeout=30)

    def hold(own: Store, number: int) -> bool:
        with own.lease("poll", f"worker-{number}", NOW, 60) as got:
            everyone_asked.wait()
            return got

    assert sorted(together(database_url, 6, hold)) == [False] * 5 + [True]
    with store.lease("poll", "next", NOW, 60) as got:
        assert got


@pytest.mark.timeout(20)
def test_a_reader_does_not_wait_for_a_writer(store: Store) -> None:
    record(store, feed_state(), [entry()])
    with store._database.write() as connection:
        connection.exec_driver_sql("UPDATE entries SET title = 'not yet'")
        assert store.entries.of_feeds(["kyodo"]) == [entry()]
