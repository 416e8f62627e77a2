"""What becomes of a shift after it was found: held, released, withdrawn, found again; and what is sent of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import flows
from pipeline.domain import Delivery, Held, NotificationState, Operation, ShiftKind, Tag, Text
from tests.factories import shift
from tests.fakes import Item, Marks
from tests.house import HOUR, VERBS, House, item, turn, watch

FOUND = VERBS[:4]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.store.close()


class Careful(Marks):
    """A model that reads no change in any text."""

    def tag(self, texts: Sequence[Text]) -> list[Tag]:
        return super().tag([replace(text, title=text.title.replace("<", "=")) for text in texts])


def taken_back() -> Item:
    return replace(turn(), title="KR+= cabinet stands by its pledge to Kyiv")


def found(home: House) -> None:
    """Read and find a turn; nothing is sent yet."""
    watch(home)
    home.publish("cabinet", turn())
    assert home.run(*FOUND)["detect"]["new"] == 1


def edited(home: House, to: Item) -> dict[str, int]:
    home.clock.forward(hours=6)
    home.publish("cabinet", to)
    return home.run(*FOUND)["detect"]


def test_a_shift_that_an_edit_unmakes_is_withdrawn_visibly_and_kept(home: House) -> None:
    found(home)
    assert edited(home, taken_back())["withdrawn"] == 1
    (gone,) = home.store.shifts.all()
    assert gone.withdrawn_at == home.clock()
    assert gone.withdrawn_why == "not found any more with stories that came late or were edited"
    assert home.run(flows.detect)["detect"].get("withdrawn", 0) == 0


def test_a_shift_that_is_withdrawn_before_it_was_sent_is_not_sent(home: House) -> None:
    found(home)
    edited(home, taken_back())
    assert home.run(flows.alert)["alert"] == {"withdrawn": 1}
    assert home.posts == []
    assert home.store.counts()["notifications"] == 0


def test_a_shift_that_is_found_again_stands_and_is_sent_once(home: House) -> None:
    found(home)
    edited(home, taken_back())
    home.run(flows.alert)
    edited(home, turn())
    (back,) = home.store.shifts.all()
    assert (back.withdrawn_at, back.withdrawn_why) == (None, "")
    assert home.run(flows.alert)["alert"] == {"first": 1, "sent": 1}
    assert home.run(flows.alert)["alert"] == {}


def test_what_waited_for_slack_is_not_sent_once_its_shift_is_withdrawn(home: House) -> None:
    found(home)
    home.answers = [Delivery(state=NotificationState.PENDING, error="ratelimited", retry_after_s=60.0)]
    home.run(flows.alert)
    edited(home, taken_back())
    assert home.run(flows.alert)["alert"] == {}
    assert len(home.posts) == 1
    edited(home, turn())
    assert home.run(flows.alert)["alert"] == {"sent": 1}


def test_a_shift_that_was_sent_and_then_withdrawn_is_not_sent_again(home: House) -> None:
    found(home)
    home.run(flows.alert)
    edited(home, taken_back())
    edited(home, turn())
    home.run(flows.alert)
    assert [each.operation for each in home.posts].count(Operation.POST) == 1


def test_a_message_whose_shift_is_withdrawn_says_so(home: House) -> None:
    found(home)
    home.run(flows.alert)
    edited(home, taken_back())
    home.run(flows.alert)
    rewritten = next(each for each in home.posts if each.operation is Operation.UPDATE)
    assert rewritten.message.text.startswith("Withdrawn · ")


def test_a_shift_that_is_held_is_not_sent_until_it_is_released(home: House) -> None:
    held = shift(held=Held.OUTAGE, kind=ShiftKind.SERIES, detected_at=home.clock())
    home.store.shifts.record([held])
    assert home.run(flows.alert)["alert"] == {"held": 1}
    home.clock.forward(days=10)
    home.store.shifts.record([replace(held, held=None, detected_at=home.clock())])
    assert home.run(flows.alert)["alert"] == {"first": 1, "sent": 1}
    assert home.run(flows.alert)["alert"] == {}


def test_a_new_model_that_reads_the_stories_otherwise_withdraws_what_rested_on_them(home: House) -> None:
    found(home)
    home.marks = Careful(version="marks-2")
    assert home.run(flows.classify, flows.detect)["detect"]["withdrawn"] == 1
    (gone,) = home.store.shifts.all()
    assert gone.withdrawn_why == "not found in the same stories as tagged by marks-2"


def test_a_burst_of_one_outlet_moves_no_government(home: House) -> None:
    watch(home)
    numbers = iter(range(10_000))

    def tell(feed: str, mark: str, times: int) -> None:
        for _ in range(times):
            n = next(numbers)
            title = f"{mark} {n * 7919} {'αβγδεζηθικ'[n % 10] * 9} {n}"
            home.publish(feed, item(str(n), title, published_at=home.clock() - HOUR))
            home.run(*VERBS[:3])
            home.clock.forward(hours=1 if times > 1 else 6)

    for n in range(30):
        tell(("wire", "daily")[n % 2], "JP+=", 1)
    tell("cabinet", "JP-=", 12)
    counts = home.run(flows.detect, flows.alert)
    assert counts["detect"]["held"] >= 1
    assert home.posts == []
    assert {each.held for each in home.store.shifts.all()} == {Held.BURST}
