"""The digest from the command line: an editor's work on a draft, and the lists of readers."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from pipeline.cli import verbs
from pipeline.settings import ROOT
from tests.digest.office import FRIDAY, Office
from tests.digest.weeks import SECRET


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office whose store the command line opens."""
    for name, value in {
        "STANCEWATCH_VAR_DIR": str(tmp_path),
        "STANCEWATCH_DATABASE_URL": f"sqlite:///{tmp_path / 'office.db'}",
        "STANCEWATCH_PUBLIC_URL": "https://watch.example",
        "STANCEWATCH_SECRET_KEY": SECRET,
    }.items():
        monkeypatch.setenv(name, value)
    built = Office(tmp_path)
    yield built
    built.store.close()
    structlog.reset_defaults()


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    status = verbs.main(words)
    said = capsys.readouterr()
    return status, said.out + said.err


def test_an_editor_edits_and_approves_a_draft(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.publish(FRIDAY)
    status, said = run(capsys, "digest", "edit", "list")
    assert status == 0
    assert "2026-W20, cut off 2026-05-15 13:00 UTC: draft 1, not approved" in said
    assert "  1  Tokyo says turn.  [machine-tagged]" in said
    assert "https://outlet.example/turn" in said
    assert run(capsys, "digest", "edit", "drop", "2")[0] == 0
    run(capsys, "digest", "edit", "reword", "1", "en", "Tokyo has turned.")
    run(capsys, "digest", "edit", "reword", "1", "uk", "Токіо повернувся.")
    run(capsys, "digest", "edit", "reading", "1", "en", "It is about winter.")
    run(capsys, "digest", "edit", "reading", "1", "uk", "Йдеться про зиму.")
    said = run(capsys, "digest", "edit")[1]
    assert "Tokyo has turned.  [checked]" in said
    assert "uk: our reading: Йдеться про зиму." in said
    assert "says step" not in said
    status, said = run(capsys, "digest", "edit", "--week", "2026-W20", "approve", "--initials", "NB")
    assert (status, "approved by NB" in said) == (0, True)
    assert "5 changes" in said
    assert "draft 1, not approved" in run(capsys, "digest", "edit", "undo")[1]


def test_what_cannot_be_done_is_said_in_one_line(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "digest", "edit") == (
        1,
        "stancewatch: no week: there is no draft yet; the first is made on Friday 16:00\n",
    )
    office.publish(FRIDAY)
    assert run(capsys, "digest", "edit", "drop", "9") == (
        1,
        "stancewatch: 9: the items are 1 to 2; `list` shows them\n",
    )


def test_somebody_is_invited_listed_and_removed(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = run(capsys, "subscribers", "invite", "Guest@Ministry.example", "--lang", "uk", "--actor", "JP")
    assert status == 0
    assert "guest@ministry.example  invited  external (by mail)  uk  Europe/Kyiv  JP; all tracks" in said
    (mail,) = (office.folder / "digests").glob("request.*.eml")
    assert b"To: guest@ministry.example" in mail.read_bytes()
    assert "left" in run(capsys, "subscribers", "remove", "guest@ministry.example")[1]
    assert run(capsys, "subscribers", "remove", "nobody@x.example")[0] == 1


def test_what_is_no_address_is_refused_with_the_reason(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        verbs.main(["subscribers", "invite", "not an address"])
    assert "is no address" in capsys.readouterr().err
    assert office.posted == []


def test_a_public_address_needs_a_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANCEWATCH_VAR_DIR", str(tmp_path))
    monkeypatch.delenv("STANCEWATCH_SECRET_KEY", raising=False)
    assert run(capsys, "web")[0] == 1
    monkeypatch.setenv("STANCEWATCH_PUBLIC_URL", "https://watch.example")
    status, said = run(capsys, "digest")
    assert status == 2
    assert "STANCEWATCH_SECRET_KEY" in said
    monkeypatch.setenv("STANCEWATCH_SECRET_KEY", "short")
    assert "shorter than 32" in run(capsys, "digest")[1]


def test_the_pass_itself_prints_its_counts(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = run(capsys, "digest")
    assert (status, isinstance(json.loads(said.splitlines()[0]), dict)) == (0, True)
    assert (ROOT / "config" / "digest.yaml").exists()
    assert office.posted == []
