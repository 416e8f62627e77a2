from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from pipeline import flows
from pipeline.storage.store import Store
from tests.factories import NOW
from tests.house import House, house, item

SOON = NOW + timedelta(seconds=90)


def test_a_pass_leaves_when_it_began_and_ended_and_what_it_counted(store: Store) -> None:
    store.passes.began("poll", NOW)
    store.passes.ended("poll", NOW, SOON, {"new": 2, "entries": 5})
    (one,) = store.passes.all()
    assert (one.verb, one.begun_at, one.succeeded_at, one.seconds) == ("poll", NOW, SOON, 90)
    assert (one.begun, one.succeeded, one.busy, one.totals) == (1, 1, 0, {"new": 2, "entries": 5})


def test_totals_only_grow(store: Store) -> None:
    for counts in ({"new": 2}, {"new": 0, "gone": 1}, {"new": 3}):
        store.passes.began("poll", NOW)
        store.passes.ended("poll", NOW, SOON, counts)
    assert store.passes.all()[0].totals == {"new": 5, "gone": 1}


def test_one_that_fails_has_begun_and_not_succeeded(store: Store) -> None:
    store.passes.began("poll", NOW)
    (one,) = store.passes.all()
    assert (one.begun, one.succeeded, one.succeeded_at) == (1, 0, None)


def test_to_find_another_at_work_is_no_success(store: Store) -> None:
    store.passes.began("dedup", NOW)
    store.passes.ended("dedup", NOW, SOON, {"busy": 1})
    (one,) = store.passes.all()
    assert (one.begun, one.succeeded, one.busy, one.succeeded_at, one.totals) == (1, 0, 1, None, {})


def test_a_pass_that_read_nothing_ended_but_not_well() -> None:
    with house() as home:
        home.run(flows.poll)
        (one,) = home.store.passes.all()
        assert (one.succeeded_at, one.begun, one.succeeded, one.busy) == (None, 1, 0, 0)


def test_workers_that_end_together_lose_no_count(store: Store) -> None:
    def work(_: int) -> None:
        store.passes.began("classify", NOW)
        store.passes.ended("classify", NOW, SOON, {"tagged": 7})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(20)))
    (one,) = store.passes.all()
    assert (one.begun, one.succeeded, one.totals) == (20, 20, {"tagged": 140})


def test_every_verb_leaves_its_last_success() -> None:
    with house() as home:
        home.publish("wire", item("a"))
        counts = home.run()
        known = {one.verb: one for one in home.store.passes.all()}
        assert set(known) == set(counts)
        assert {one.succeeded_at for one in known.values()} == {home.clock.at}
        assert known["poll"].totals == {name: number for name, number in counts["poll"].items() if number}


def _break(home: House) -> None:
    def fetch(*_: object) -> None:
        raise OSError("no network at all")

    object.__setattr__(home.services, "fetch", fetch)


def test_a_verb_that_fails_leaves_no_success() -> None:
    with house() as home:
        home.publish("wire", item("a"))
        home.run(flows.poll)
        before = home.clock.at
        home.clock.forward(hours=1)
        _break(home)
        with pytest.raises(OSError, match="no network"):
            home.run(flows.poll)
        (one,) = home.store.passes.all()
        assert (one.begun_at, one.succeeded_at, one.begun, one.succeeded) == (home.clock.at, before, 2, 1)
