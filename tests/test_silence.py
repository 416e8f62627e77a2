"""Silences from the command line to the decision: kept with author, comment and end."""

import argparse
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline import flows
from pipeline.cli.durations import duration
from pipeline.cli.silence import arguments, line, made
from pipeline.domain import Actor, RefusalError, Silence, Track
from pipeline.storage.store import Store
from tests.factories import NOW
from tests.house import HOUR, House
from tests.slack.told import matter, tell


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.store.close()


def asked(*words: str) -> Silence:
    parser = argparse.ArgumentParser()
    arguments(parser)
    return made(parser.parse_args(["add", *words, "--comment", "known since May", "--author", "desk"]), NOW)


def test_what_was_asked_for_is_silenced_with_author_comment_and_end() -> None:
    one = asked("--actor", "JP", "--track", "aid", "--track", "culture", "--for", "1w")
    assert (one.actors, one.tracks) == ({Actor.JP}, {Track.AID, Track.CULTURE})
    assert (one.author, one.comment, one.ends_at) == ("desk", "known since May", NOW + timedelta(days=7))
    assert line(one).endswith("until 2026-05-19 09:30 UTC  actor=JP track=aid,culture  desk: known since May")


def test_nothing_is_silenced_whole_and_no_label_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RefusalError):
        asked("--for", "1h")
    with pytest.raises(SystemExit):
        asked("--actor", "UA", "--for", "1h")
    assert "UA" in capsys.readouterr().err


@pytest.mark.parametrize("given", ["", "1", "0h", "h", "1y", "-1d", "99999h", "1.5h", "1 h"])
def test_a_time_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        duration(given)


def test_a_silence_is_kept_until_it_ends_or_is_ended(store: Store) -> None:
    one, other = asked("--actor", "JP", "--for", "8h"), asked("--source", "Kyodo", "--severity", "B", "--for", "1d")
    assert (store.silences.add(one), store.silences.add(one), store.silences.add(other)) == (1, 0, 1)
    assert sorted(s.silence_id for s in store.silences.lasting(NOW)) == sorted([one.silence_id, other.silence_id])
    assert store.silences.lasting(NOW + 8 * HOUR) == [other]
    assert (store.silences.end(other.silence_id, NOW + HOUR), store.silences.end("none", NOW)) == (1, 0)
    assert store.silences.lasting(NOW + HOUR) == [one]


def test_what_is_silenced_is_never_posted_and_stays_so(home: House) -> None:
    home.store.silences.add(asked("--actor", "JP", "--for", "8h"))
    tell(home.store, matter("one", home.clock()))
    assert home.run(flows.alert)["alert"]["silenced"] == 1
    home.clock.forward(hours=9)
    assert "first" not in home.run(flows.alert)["alert"]
    assert home.posts == []
