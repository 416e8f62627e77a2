"""The verbs that a person asks with, `explain` and `replay`, as people and scripts meet them."""

from pathlib import Path

import pytest

from pipeline.cli import verbs
from pipeline.settings import load
from pipeline.storage.store import Store
from tests.factories import NOW, article, entry, evidence, feed_state, record, shift

pytestmark = pytest.mark.usefixtures("alone")


def stored(*ids: str) -> None:
    store = Store(load().database_url)
    record(store, feed_state(), [entry()])
    store.articles.record([("entry-1", article())])
    store.shifts.record([shift(shift_id=name, evidence=(evidence(),)) for name in ids])
    store.close()


def test_without_a_shift_there_is_none_to_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert verbs.main(["explain"]) == 0
    assert capsys.readouterr().out == "no shift has been found yet\n"


def test_without_an_id_the_latest_twenty_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    stored(*(f"shift-{n:02}" for n in range(25)))
    assert verbs.main(["explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [f"shift-{n:02}" for n in range(24, 4, -1)]


def test_a_shift_is_explained_by_the_beginning_of_its_id(capsys: pytest.CaptureFixture[str]) -> None:
    stored("abcdef")
    assert verbs.main(["explain", "abc"]) == 0
    said = capsys.readouterr().out
    assert "id        abcdef (series)" in said
    assert "fetch   feed kyodo at 2026-05-12 09:30:15 UTC: entry entry-1" in said


def test_an_id_that_nobody_knows_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert verbs.main(["explain", "zzz"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("stancewatch: zzz: no shift has this id")
    assert said.count("\n") == 1


def test_a_replay_says_the_difference(capsys: pytest.CaptureFixture[str]) -> None:
    assert verbs.main(["replay", "--since", "2026-01-01", "--until", f"{NOW:%Y-%m-%d}"]) == 0
    said = capsys.readouterr().out
    assert said == (
        "From 2026-01-01 00:00 until 2026-05-13 00:00 UTC: these settings would have sent the same 0 messages.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--since", "2026-01-01"], "--until"),
        (["--since", "spring", "--until", "2026-01-01"], "say a day like"),
        (["--since", "2026-01-01", "--until", "2026-02-01", "--false-alarms-per-quarter", "0"], "above 0"),
    ],
)
def test_a_replay_that_cannot_be_is_refused_with_the_usage(
    capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        verbs.main(["replay", *arguments])
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err


def test_a_replay_of_no_time_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert verbs.main(["replay", "--since", "2026-02-01", "--until", "2026-01-01"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_replay_with_a_model_that_is_none_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = ["replay", "--since", "2026-01-01", "--until", "2026-02-01", "--model", str(tmp_path)]
    assert verbs.main(arguments) == 1
    assert "model.npz: No such file" in capsys.readouterr().err


def test_slack_is_not_listened_to_without_its_tokens(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert verbs.main(["slack"]) == 1
    assert "slack: SLACK_BOT_TOKEN, SLACK_APP_TOKEN not set" in capsys.readouterr().err
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    assert verbs.main(["slack"]) == 1
    assert "slack: SLACK_APP_TOKEN not set" in capsys.readouterr().err
