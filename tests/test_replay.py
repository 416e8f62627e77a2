"""A past period under other settings: what would have been sent, said in words; nothing is written."""

import argparse
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline import flows, replay
from pipeline.cli.replay import end, rate, start
from pipeline.domain import RefusalError, Tag, Text
from pipeline.replay import Difference, Period, words
from tests.factories import untagged
from tests.fakes import Marks
from tests.house import HOUR, VERBS, House, item, turn, watch

DAY = timedelta(days=1)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.store.close()


@dataclass
class Careful(Marks):
    """A model that reads no change in any text."""

    version: str = "careful-1"

    def tag(self, texts: Sequence[Text]) -> list[Tag]:
        return super().tag([replace(text, title=text.title.replace("<", "=")) for text in texts])


def ever(home: House) -> Period:
    return Period(since=home.clock() - 365 * DAY, until=home.clock() + DAY)


def told(home: House) -> None:
    watch(home)
    home.publish("cabinet", turn())
    home.run()
    assert len(home.posts) == 1


def drifted(home: House) -> None:
    """Have Tokyo's line fall from support to hedging, slowly read and sent: a shift of the series."""
    watch(home)
    for n in range(60):
        mark = "JP+=" if n < 30 else "JP0="
        title = f"{mark} {n * 7919} {'αβγδεζηθικ'[n % 10] * 9} {n}"
        home.publish(("wire", "daily")[n % 2], item(str(n), title, published_at=home.clock() - HOUR))
        home.run(*VERBS[:3])
        home.clock.forward(hours=6)
        if n >= 30:
            home.run(flows.detect, flows.alert)
    assert len(home.posts) == 1


def said(home: House, difference: Difference) -> str:
    return words(difference, home.services.names)


def dump(home: House) -> list[str]:
    with sqlite3.connect(home.settings.database_url.removeprefix("sqlite:///")) as database:
        lines = list(database.iterdump())
    database.close()
    return lines


def test_the_same_settings_would_have_sent_the_same(home: House) -> None:
    told(home)
    difference = replay.replay(home.services, ever(home))
    assert (difference.sent, difference.as_now, difference.instead) == (1, 1, 1)
    assert said(home, difference).endswith("these settings would have sent the same 1 message.")


def test_a_series_shift_is_sent_again_by_the_same_settings(home: House) -> None:
    drifted(home)
    difference = replay.replay(home.services, ever(home))
    assert (difference.sent, difference.instead, difference.gained, difference.lost) == (1, 1, (), ())


def test_fewer_accepted_false_alarms_lose_a_message_and_say_which_and_why(home: House) -> None:
    drifted(home)
    difference = replay.replay(home.services, ever(home), false_alarms_per_quarter=1e-9)
    ((lost, why),) = difference.lost
    assert lost.shift == home.store.shifts.all()[0]
    assert why == "not found at 1e-09 accepted false alarms a quarter"
    text = said(home, difference)
    assert "these settings would have sent 0 messages instead of 1." in text
    assert lost.shift.shift_id in text
    assert "lost: 1" in text
    assert "gained" not in text


def test_fewer_messages_a_week_lose_a_message_and_say_that_it_was_over_the_budget(home: House) -> None:
    told(home)
    difference = replay.replay(home.services, ever(home), messages_per_week=0)
    ((_, why),) = difference.lost
    assert (difference.sent, difference.as_now, difference.instead) == (1, 1, 0)
    assert why == "found, but not a message of its own: over_budget"
    assert replay.replay(home.services, ever(home), messages_per_week=5).lost == ()


def test_another_model_is_asked_in_memory_and_its_losses_are_listed(home: House) -> None:
    told(home)
    difference = replay.replay(home.services, ever(home), tagger=Careful())
    ((_, why),) = difference.lost
    assert (difference.sent, difference.instead) == (1, 0)
    assert why == "not found in the same stories as tagged by careful-1"
    assert untagged(home.store, "marks-1") == []


def test_what_only_another_model_reads_is_gained(home: House) -> None:
    home.marks = Careful()
    watch(home)
    home.publish("cabinet", turn())
    home.run()
    assert home.posts == []
    difference = replay.replay(home.services, ever(home), tagger=Marks())
    assert (difference.sent, difference.instead, len(difference.gained)) == (0, 1, 1)
    assert "gained: 1" in said(home, difference)
    assert "South Korea · government · decides · aid: further from Ukraine" in said(home, difference)


def test_only_the_period_counts_but_its_past_is_read(home: House) -> None:
    drifted(home)
    (found,) = home.store.shifts.all()
    on = Period(since=found.detected_at, until=found.detected_at + HOUR)
    before = Period(since=found.detected_at - DAY, until=found.detected_at)
    assert replay.replay(home.services, on).instead == 1
    assert replay.replay(home.services, before).instead == 0


def test_history_is_not_sent_by_any_settings(home: House) -> None:
    home.publish("cabinet", turn())
    home.run()
    assert replay.replay(home.services, ever(home), false_alarms_per_quarter=50).instead == 0


def test_a_replay_writes_nothing_and_sends_nothing(home: House) -> None:
    drifted(home)
    before, posts = dump(home), len(home.posts)
    replay.replay(home.services, ever(home), false_alarms_per_quarter=1e-9, tagger=Careful())
    replay.replay(home.services, ever(home))
    assert dump(home) == before
    assert len(home.posts) == posts


def test_a_period_that_ends_before_it_begins_is_refused(home: House) -> None:
    with pytest.raises(RefusalError, match="is not before"):
        replay.replay(home.services, Period(since=home.clock(), until=home.clock() - DAY))


def test_a_day_is_played_from_its_beginning_to_its_end() -> None:
    assert start("2026-05-01") == datetime(2026, 5, 1, tzinfo=UTC)
    assert end("2026-05-01") == datetime(2026, 5, 2, tzinfo=UTC)
    assert end("2026-05-01T09:30+03:00") == datetime(2026, 5, 1, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize("given", ["yesterday", "2026-13-01", ""])
def test_a_date_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="say a day like"):
        end(given)


@pytest.mark.parametrize("given", ["0", "-1", "nan", "inf", "few"])
def test_a_rate_that_nobody_can_accept_is_refused(given: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="above 0"):
        rate(given)
