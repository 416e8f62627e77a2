from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.storage.database import DatabaseError
from pipeline.storage.store import Store
from tests.digest.weeks import letter, person
from tests.factories import NOW, article, entry, evidence, feed_state, record, shift, tag

LATER = NOW + timedelta(seconds=61)


def test_a_lease_has_one_holder(store: Store) -> None:
    with store.lease("poll", "a", NOW, 60) as first, store.lease("poll", "b", NOW, 60) as second:
        assert (first, second) == (True, False)


def test_leases_of_different_names_do_not_meet(store: Store) -> None:
    with store.lease("poll", "a", NOW, 60) as first, store.lease("alert", "b", NOW, 60) as second:
        assert (first, second) == (True, True)


def test_a_lease_is_given_back_at_the_end(store: Store) -> None:
    with store.lease("poll", "a", NOW, 60):
        pass
    with store.lease("poll", "b", NOW, 60) as got:
        assert got


def test_a_lease_is_given_back_when_its_holder_fails(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.lease("poll", "a", NOW, 60):
        raise ZeroDivisionError
    with store.lease("poll", "b", NOW, 60) as got:
        assert got


def test_who_was_refused_takes_nothing_from_the_holder(store: Store) -> None:
    with store.lease("poll", "a", NOW, 60):
        with store.lease("poll", "b", NOW, 60):
            pass
        with store.lease("poll", "c", NOW, 60) as got:
            assert not got


def test_a_lease_that_is_over_goes_to_who_asks_next(store: Store) -> None:
    with store.lease("poll", "dead", NOW, 60):
        with store.lease("poll", "b", NOW + timedelta(seconds=59), 60) as early:
            assert not early
        with store.lease("poll", "b", NOW + timedelta(seconds=60), 60) as got:
            assert got


def test_a_holder_that_comes_back_late_does_not_end_the_next_ones_lease(store: Store) -> None:
    late = store.lease("poll", "late", NOW, 60)
    late.__enter__()
    with store.lease("poll", "b", LATER, 60) as got:
        late.__exit__(None, None, None)
        with store.lease("poll", "c", LATER, 60) as third:
            assert (got, third) == (True, False)


def test_the_rows_of_every_table_are_counted(store: Store) -> None:
    assert set(store.counts().values()) == {0}
    record(store, feed_state(), [entry()])
    store.articles.record([("entry-1", article())])
    store.articles.record_tags({"article-1": tag()})
    store.shifts.record([shift(evidence=(evidence(),))])
    store.letters.record([letter()])
    store.subscribers.record(person(), NOW)
    with store.lease("poll", "a", NOW, 60):
        assert store.counts() == {
            "acknowledgements": 0,
            "alterations": 0,
            "articles": 1,
            "corrections": 0,
            "editions": 0,
            "entries": 1,
            "evidence": 1,
            "feeds": 1,
            "incidents": 0,
            "letters": 1,
            "links": 0,
            "marks": 0,
            "notifications": 0,
            "regroupings": 0,
            "shifts": 1,
            "silences": 0,
            "subscribers": 1,
            "tags": 1,
            "versions": 1,
        }


def test_what_was_recorded_is_there_when_the_store_is_opened_again(store: Store, database_url: str) -> None:
    record(store, feed_state(), [entry()])
    store.close()
    again = Store(database_url)
    assert again.entries.of_feeds(["kyodo"]) == [entry()]
    again.close()


def test_instants_are_the_same_whatever_zone_the_server_keeps(postgres_url: str) -> None:
    for zone in ("Asia/Tokyo", "America/St_Johns"):
        store = Store(f"{postgres_url}&options=-c%20timezone%3D{zone}")
        record(store, feed_state(), [entry()])
        (kept,) = store.entries.of_feeds(["kyodo"])
        assert kept == entry()
        assert kept.seen_at.utcoffset() == timedelta(0)
        store.close()


def test_the_folder_of_a_sqlite_file_is_made(tmp_path: Path) -> None:
    Store(f"sqlite:///{tmp_path}/a/b/stancewatch.db").close()
    assert (tmp_path / "a/b/stancewatch.db").is_file()


def test_a_database_of_another_kind_is_refused_with_what_to_do() -> None:
    with pytest.raises(DatabaseError, match=r"mysql.*use sqlite:///.* or postgresql://"):
        Store("mysql://localhost/x")
