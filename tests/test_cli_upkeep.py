"""Backup, restore, forgetting and metrics as those who run the pipeline call them."""

import re
from pathlib import Path

import pytest

from pipeline.cli import verbs
from pipeline.settings import load
from pipeline.storage.store import Store
from tests.factories import article, entry, feed_state, record

pytestmark = pytest.mark.usefixtures("alone")


@pytest.fixture
def filled(alone: None) -> None:  # noqa: ARG001 - what is written has its place first
    store = Store(load().database_url)
    record(store, feed_state(), [entry()])
    store.articles.record([("entry-1", article(source="NHK"))])
    store.close()


def said(capsys: pytest.CaptureFixture[str], *call: str, status: int = 0) -> str:
    assert verbs.main(list(call)) == status
    out, err = capsys.readouterr()
    return out or err


@pytest.mark.usefixtures("filled")
def test_a_backup_is_named_and_restored_only_where_nothing_is_lost(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = said(capsys, "backup", str(tmp_path / "kept")).strip()
    refused = said(capsys, "restore", file, status=2)
    assert "holds 4 rows" in refused
    assert "--overwrite" in refused
    assert re.search(
        r"what was there is in .*backups.stancewatch-\d{8}T\d{6}Z\.db", said(capsys, "restore", file, "--overwrite")
    )
    monkeypatch.setenv("STANCEWATCH_VAR_DIR", str(tmp_path / "elsewhere"))
    assert said(capsys, "restore", file) == f"{file} is restored\n"
    store = Store(load().database_url)
    assert store.entries.of_feeds(["kyodo"]) == [entry()]
    store.close()


def test_a_backup_that_is_not_there_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "restore", "nowhere.db", status=2) == "stancewatch: nowhere.db: No such file or directory\n"


@pytest.mark.usefixtures("filled")
def test_forgetting_says_what_went_and_what_is_left_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    first = said(capsys, "forget", "NHK")
    assert "1 articles emptied, 1 entries emptied" in first
    assert "out of feeds.yaml" in first
    assert "Backups" in first
    assert "0 articles emptied, 0 entries emptied" in said(capsys, "forget", "NHK")


def test_an_outlet_that_is_misspelt_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "forget", "NKH", status=1).startswith("stancewatch: NKH: no text and no outlet")


@pytest.mark.usefixtures("filled")
def test_metrics_are_printed_for_who_has_no_port_to_spare(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "metrics")
    assert '\nstancewatch_waiting{stage="classify"} 1.0\n' in text
    assert "# TYPE stancewatch_passes_total counter" in text or "# TYPE stancewatch_passes counter" in text
