"""
Senders that are killed at every boundary of their steps: what stands in the channel is each thing once.

The channel is `tests.slack`'s; the senders are processes of their own on the real store and the real client.
"""

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.storage.store import Store
from tests.factories import NOW
from tests.house import migrated
from tests.slack.place import Fault, Place
from tests.slack.sender import Sender, sender
from tests.slack.told import confirm, deny, matter, tell
from tests.slack.wire import serve

Scene = Callable[[], None]


@pytest.fixture
def place() -> Iterator[Place]:
    with serve(limited=False) as served:
        yield served


@pytest.fixture
def killed(place: Place, tmp_path: Path) -> Iterator[Sender]:
    path = tmp_path / "alert.db"
    migrated(path).close()
    with sender(place, f"sqlite:///{path}", NOW) as made:
        yield made


def store_of(killed: Sender) -> Store:
    return Store(killed.database)


def first_messages(killed: Sender) -> None:
    """Two matters that nobody has been told of."""
    store = store_of(killed)
    tell(store, matter("one"), matter("two"))
    store.close()


def what_follows(killed: Sender) -> None:
    """One matter that was told, and then confirmed and denied: a message to rewrite and a thread to answer in."""
    store = store_of(killed)
    one = matter("one")
    tell(store, one)
    assert killed.run()["counts"]["sent"] == 1
    confirm(store, one, "more")
    deny(store, one, "less")
    store.close()


def stands(place: Place, matters: int, replies: int) -> None:
    """Say that each matter has one message, that everything follows on it, and that nothing stands twice."""
    alerts = place.alerts()
    assert len(alerts) == len(set(alerts)) == matters + replies
    assert len(place.top()) == matters
    assert sum(len(place.thread(each["ts"])) for each in place.top()) == replies


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("scene", "matters", "replies"), [(first_messages, 2, 0), (what_follows, 1, 1)])
def test_a_sender_may_be_killed_at_any_step_and_each_thing_is_said_once(
    killed: Sender, place: Place, scene: Callable[[Sender], None], matters: int, replies: int, tmp_path: Path
) -> None:
    scene(killed)
    path, kept, said, at = tmp_path / "alert.db", tmp_path / "kept.db", list(place.messages["C000DESK"]), killed.at
    Store(killed.database).close()
    shutil.copy(path, kept)

    def again() -> None:
        for old in tmp_path.glob("alert.db*"):
            old.unlink()
        shutil.copy(kept, path)
        place.clear()
        place.messages["C000DESK"] = [dict(each) for each in said]
        killed.at = at

    steps = killed.run()["steps"]
    assert steps > 8
    for step in range(1, steps + 1):
        again()
        assert killed.run(kill=step)["killed"]
        killed.run_out()
        stands(place, matters, replies)
        if replies:
            assert place.rewritten >= 1
            assert place.top()[0]["text"].startswith("DENIED")


def test_senders_that_are_killed_while_slack_fails_leave_each_thing_said_once(killed: Sender, place: Place) -> None:
    dice, store, shifts = random.Random(6), store_of(killed), []
    kills = 0
    for number in range(12):
        shifts.append(matter(f"{number}", killed.at))
        tell(store, shifts[-1])
        if number % 3 == 2:
            confirm(store, shifts[-3], f"more-{number}", killed.at)
        place.faults += dice.sample(
            [
                Fault(cut="after"),
                Fault(status=500, accepted=True),
                Fault(status=429, error="ratelimited", headers={"Retry-After": "30"}),
                Fault(cut="within"),
                Fault(seconds=1.2, accepted=True),
            ],
            k=1,
        )
        kills += killed.run(kill=dice.randrange(1, 20))["killed"]
    place.faults.clear()
    killed.run_out()
    store.close()
    assert kills > 4
    stands(place, 12, 4)
