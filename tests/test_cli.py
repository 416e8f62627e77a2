"""The command line as people and scripts meet it: exit status, stdout, stderr."""

import io
import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import training
from pipeline.classify import artifact, measure
from pipeline.cli import verbs
from pipeline.domain import Incident, IncidentKind
from pipeline.settings import ROOT, load
from pipeline.storage.store import Store
from tests.factories import NOW
from tests.fakes import closed_port

pytestmark = pytest.mark.usefixtures("alone")


# --- verbs, settings ---


def test_a_model_folder_that_is_none_is_said_in_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert verbs.main(["tag", "--model", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"stancewatch: {tmp_path}/model.npz: No such file")
    assert said.count("\n") == 1


@pytest.mark.parametrize("arguments", [["montior"], [], ["tag", "--modle", "x"]])
def test_a_misspelt_call_is_refused_with_the_usage(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        verbs.main(arguments)
    assert ended.value.code == 2
    assert "usage: ./run" in capsys.readouterr().err


def test_a_misspelt_verb_of_run_is_refused_with_the_usage() -> None:
    done = subprocess.run([ROOT / "run", "montior"], capture_output=True, check=False, timeout=60)
    assert done.returncode == 2
    assert b"there is no verb 'montior'" in done.stderr
    assert b"./run VERB" in done.stderr


def test_the_configuration_is_checked_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert verbs.main(["check-config"]) == 0
    said, settings = capsys.readouterr().out, load({})
    assert f"{len(settings.feeds)} feeds, {len(settings.sources)} sources" in said
    assert "no SLACK_BOT_TOKEN: messages are printed and kept" in said


def test_a_check_shows_no_password(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANCEWATCH_DATABASE_URL", "postgresql://desk:hunter2@db.example/watch")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-hunter3")
    assert verbs.main(["check-config"]) == 0
    said = capsys.readouterr().out
    assert "db.example/watch" in said
    assert "hunter" not in said


def test_a_misspelt_setting_is_named_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANCEWATCH_SMTP_HOTS", "mail.example")
    assert verbs.main(["check-config"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("stancewatch: environment: STANCEWATCH_SMTP_HOTS is not a setting")
    assert said.count("\n") == 1


def test_a_misspelt_key_is_named_with_its_path(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configure(monkeypatch, tmp_path, "    lnag: en\n")
    assert verbs.main(["check-config"]) == 2
    assert "feeds.yaml: feeds[0] (one).lnag: no such key" in capsys.readouterr().err


def test_a_database_of_another_kind_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANCEWATCH_DATABASE_URL", "mysql://db.example/watch")
    assert verbs.main(["detect"]) == 2
    assert "mysql" in capsys.readouterr().err


def test_a_stage_prints_its_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert verbs.main(["dedup"]) == 0
    assert json.loads(capsys.readouterr().out) == {}


# --- monitor ---


def configure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, more: str = "", names: str = "one two three") -> None:
    """Configure feeds on a port of this machine on which nobody listens."""
    port, config = closed_port(), tmp_path / "config"
    config.mkdir()
    feeds = "".join(
        f"  - name: {name}\n    url: http://127.0.0.1:{port}/{name}.rss\n    country: GB\n    kind: wire\n"
        f"    terms: open\n    allow_private: true\n    min_gap: 0\n{more}"
        for name in names.split()
    )
    (config / "feeds.yaml").write_text(f"feeds:\n{feeds}", encoding="utf-8")
    (config / "sources.yaml").write_text("sources: []\n", encoding="utf-8")
    monkeypatch.setenv("STANCEWATCH_CONFIG_DIR", str(config))


def test_without_a_network_each_feed_has_a_line_and_nothing_is_lost(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configure(monkeypatch, tmp_path)
    assert verbs.main(["monitor"]) == 1
    *feeds, summary, hint = capsys.readouterr().out.splitlines()
    assert sorted(row.partition(":")[0] for row in feeds) == ["one", "three", "two"]
    assert all(": temporary: " in row and "; next try 20" in row for row in feeds)
    assert summary.startswith("0 feeds read, 3 failed, 0 not reached and still due")
    assert "./run demo" in hint
    store = Store(load().database_url)
    assert store.counts()["feeds"] == 3
    assert {state.failures for state in store.entries.states().values()} == {0.25}
    store.close()


def test_a_second_pass_at_once_asks_nobody_and_is_no_failure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configure(monkeypatch, tmp_path)
    verbs.main(["monitor"])
    capsys.readouterr()
    assert verbs.main(["monitor"]) == 0
    assert capsys.readouterr().out.startswith("0 feeds read, 0 failed")


def test_a_pause_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for pause in ("10", "0m", "ten minutes", "-5m"):
        with pytest.raises(SystemExit) as ended:
            verbs.main(["monitor", f"--every={pause}"])
        assert ended.value.code == 2
        assert "such as 90s, 10m, 8h" in capsys.readouterr().err


def test_the_table_of_feeds_fits_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    configure(monkeypatch, tmp_path)
    verbs.main(["poll"])
    capsys.readouterr()
    assert verbs.main(["feeds"]) == 0
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 80
    assert "next poll" in said
    assert all(re.search(rf"^ *{name} +temporary", said, re.MULTILINE) for name in ("one", "two", "three"))


def test_each_feed_is_listed_with_how_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    configure(monkeypatch, tmp_path, names="one")
    assert verbs.main(["feeds"]) == 0
    assert "never polled" in capsys.readouterr().out
    verbs.main(["poll"])
    capsys.readouterr()
    assert verbs.main(["feeds"]) == 0
    said = capsys.readouterr().out
    assert "temporary" in said
    assert "0.25" in said


# --- the model's verbs ---


POSITION = {"actor": "JP", "voice": "government", "stance": "supportive", "reported_shift": "toward"}
LABELLED: list[dict[str, Any]] = [
    {"title": "Japan sends generators to Ukraine", "relevant": True, "positions": [POSITION]},
    {"title": "Spring sale on umbrellas", "relevant": False, "positions": []},
    {"title": "Umbrellas again", "relevant": True, "positions": [POSITION | {"stance": "opposing"}]},
]


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """Three labelled texts; what the last is labelled as nobody could say."""
    rows = [{"id": f"t{n}", "lang": "en", "tracks": []} | row for n, row in enumerate(LABELLED)]
    for row in rows:
        row["positions"] = [{**p, "act": "decided", "allegation": False} for p in row["positions"]]
    path = tmp_path / "gold" / "three.jsonl"
    path.parent.mkdir()
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def trained(folder: Path, name: str = "stance-2-small") -> Path:
    artifact.save(folder / name, replace(artifact.current(training.MODELS), version=name, second=None), {}, "")
    return folder / name


def test_a_model_below_its_floor_is_refused_by_evaluate_and_by_promote(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, gold: Path
) -> None:
    folder, floors = trained(tmp_path / "var" / "models"), tmp_path / "floors.json"
    floors.write_text('{"one": {"relevance": 0.9}, "both": {}}', encoding="utf-8")
    monkeypatch.setattr(training, "EVALUATION", gold.parent)
    monkeypatch.setattr(training.held, "__defaults__", (floors,))
    monkeypatch.setattr(training.promote, "__kwdefaults__", {"floors": floors, "gold": gold.parent})
    for arguments in (["evaluate", "--model", str(folder)], ["evaluate"], ["promote", "--model", str(folder)]):
        assert verbs.main(arguments) == 1
        said = capsys.readouterr().err
        assert said.startswith("stancewatch: stance-2-small: below its floor: relevance 0.667 < 0.900; see")
        assert said.count("\n") == 1
    assert not (folder.parent / "current").exists()
    floors.write_text('{"one": {"relevance": 0.5}, "both": {}}', encoding="utf-8")
    assert verbs.main(["evaluate"]) == 0
    assert "relevance  0.667  floor 0.500" in capsys.readouterr().out
    assert verbs.main(["promote"]) == 0
    assert capsys.readouterr().out == "stance-2-small\n"
    assert (folder.parent / "current").read_text().startswith("stance-2-small ")


def test_texts_of_others_are_measured_without_floors_and_the_surest_errors_are_listed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, gold: Path
) -> None:
    folder = trained(tmp_path / "models")
    assert verbs.main(["evaluate", "--model", str(folder), "--gold", str(gold), "--worst", "1"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("stance-2-small on 3 texts\n")
    for name in measure.FIELDS:
        assert re.search(rf"^{name} +(nan|\d\.\d{{3}})  \[(nan|\d\.\d{{3}}), (nan|\d\.\d{{3}})\]$", said, re.MULTILINE)
    assert "en       n=  3  relevance 0.67  actor 0.50" in said
    assert re.search(r"^shifts of governments that may alert: [01] right of [01] said, 2 labelled$", said, re.MULTILINE)
    assert said.endswith("  0.99 t2: relevance\n")
    assert "floor" not in said


def test_labelled_texts_that_are_none_are_said_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, gold: Path
) -> None:
    folder = trained(tmp_path / "models")
    gold.write_text('{"id": "a"}\n', encoding="utf-8")
    for path, complaint in ((gold, "line 1: 'positions' is missing"), (tmp_path / "gone.jsonl", "no labelled texts")):
        assert verbs.main(["evaluate", "--model", str(folder), "--gold", str(path)]) == 1
        said = capsys.readouterr().err
        assert said.startswith(f"stancewatch: {path}: {complaint}")
        assert said.count("\n") == 1


def tagged(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> list[dict[str, Any]]:
    """Tag our three texts from stdin."""
    rows = [{"id": f"t{n}", "lang": "en", "title": row["title"], "lead": None} for n, row in enumerate(LABELLED)]
    given = "".join(json.dumps(row) + "\n" for row in rows).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given)))
    assert verbs.main(["tag", *arguments]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_tags_say_why_where_that_is_asked_and_are_else_the_same(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    model = ("--model", str(trained(tmp_path / "models")))
    plain, explained = tagged(capsys, monkeypatch, *model), tagged(capsys, monkeypatch, *model, "--why")
    (position,) = explained[0]["positions"]
    said = position.pop("why")
    assert explained == plain
    assert "why" not in plain[0]["positions"][0]
    assert [(why["question"], why["label"]) for why in said] == [
        ("stance", position["stance"]),
        ("shift", position["reported_shift"]),
        ("act", position["act"]),
    ]
    for why in said:
        assert set(why) == {"question", "label", "one", "features", "second", "clauses"}
        assert 0 <= why["one"] <= 1
        assert (why["second"], why["clauses"]) == (None, [])
        assert all(isinstance(name, str) and isinstance(weight, float) for name, weight in why["features"])
        assert why["features"]


def test_nothing_trained_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("evaluate", "promote"):
        assert verbs.main([verb]) == 1
        assert "no trained model; run `./run train`" in capsys.readouterr().err


def test_seeds_that_are_not_there_are_said_in_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert verbs.main(["train", "--seeds", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "no document with SHA-256" in said
    assert said.count("\n") == 1


def test_feeds_says_what_is_wrong_since_when(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'var' / 'stancewatch.db'}")
    incident = Incident(feed="wire", kind=IncidentKind.BROKEN, started_at=NOW, detail="gone: HTTP 404")
    store.entries.record_incidents([incident])
    store.close()

    assert verbs.main(["feeds"]) == 0
    assert "broken since 2026-05-12 09:30 UTC: wire: gone: HTTP 404" in " ".join(capsys.readouterr().out.split())
