"""The documents say what is there: layout, keys, labels, verbs; and nothing that must not be in the project."""

import re
import subprocess
from enum import StrEnum
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from pipeline import settings, shapes, vocabulary
from pipeline.domain import Act, Actor, FeedKind, Owner, Reason, ReportedShift, Severity, Stance, Terms, Track, Voice

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUN = (ROOT / "run").read_text(encoding="utf-8")
KEYS = (ROOT / "config" / "README.md").read_text(encoding="utf-8")
SEVERITY = (ROOT / "docs" / "severity.md").read_text(encoding="utf-8")
CODEBOOK = (ROOT / "docs" / "codebook.md").read_text(encoding="utf-8")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=False
    )
    return [ROOT / name for name in listed.stdout.decode().splitlines() if (ROOT / name).is_file()]


def test_every_place_in_the_layout_exists_and_every_place_is_in_it() -> None:
    layout = README.split("## Layout")[1].split("```")[1]
    named = re.findall(r"^( *)([\w.-]+/?) ", layout, flags=re.MULTILINE)
    top = {name.rstrip("/") for indent, name in named if not indent}
    inside = {name.rstrip("/") for indent, name in named if indent}

    folders = {"config", "dags", "docker", "docs", "models", "pipeline", "tests"}
    assert top == folders | {"Dockerfile", "docker-compose.yml", "run"}
    assert all((ROOT / name).exists() for name in top)
    packages = {path.name for path in (ROOT / "pipeline").iterdir() if path.name != "__pycache__"}
    assert inside == packages - {"__init__.py", "__main__.py", "py.typed"}


def test_every_verb_of_run_is_in_the_readme_and_in_its_own_help() -> None:
    verbs = set(re.findall(r"^([a-z][a-z |-]*)\)", RUN, flags=re.MULTILINE))
    names = {name for group in verbs for name in group.replace(" ", "").split("|")} - {"help", "-h", "--help"}
    table = README.split("## The verbs")[1].split("## Layout")[0]
    usage = RUN.split("usage() {")[1].split("TEXT\n}")[0]

    assert names == set(re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\| (.*?) \|", table, flags=re.MULTILINE))))
    assert all(re.search(rf"\b{name}\b", usage) for name in names)


def models() -> list[tuple[str, type[BaseModel]]]:
    return [
        ("feeds.yaml", shapes.FeedRow),
        ("sources.yaml", shapes.SourceRow),
        ("actors.yaml", shapes.ActorSettings),
        ("codebook.yaml", vocabulary.CodebookSettings),
        ("poll.yaml", shapes.PollSettings),
        ("detect.yaml", shapes.DetectSettings),
        ("retention.yaml", shapes.RetentionSettings),
        ("routes.yaml", shapes.RouteRow),
        ("The rubric of routes.yaml", shapes.RuleRow),
        ("digest.yaml", shapes.DigestSettings),
        ("calendar.yaml", shapes.OccasionRow),
        ("contacts.yaml", vocabulary.ContactSettings),
    ]


@pytest.mark.parametrize(("file", "model"), models())
def test_every_key_of_the_configuration_is_documented_and_no_other(file: str, model: type[BaseModel]) -> None:
    section = KEYS.split(f"## {file}")[1].split("\n## ")[0]
    documented = set(re.findall(r"`([a-z_]+)`", "".join(re.findall(r"^\| (.*?) \|", section, flags=re.MULTILINE))))

    assert documented == set(model.model_fields)


def test_every_key_of_a_concept_is_documented() -> None:
    keys = (ROOT / "config" / "concepts" / "README.md").read_text(encoding="utf-8")

    assert all(f"`{name}`" in keys for name in vocabulary.Concept.model_fields)


def test_every_environment_variable_is_documented_and_no_other() -> None:
    section = KEYS.split("## Environment")[1]

    assert set(re.findall(r"`((?:STANCEWATCH|SLACK)_[A-Z_]+)`", section)) == settings.KNOWN_VARIABLES | settings.SECRETS


@pytest.mark.parametrize("labels", [Actor, Voice, Stance, ReportedShift, Act, Track])
def test_the_codebook_has_every_label(labels: type[StrEnum]) -> None:
    assert all(f"`{label}`" in CODEBOOK for label in labels)


def test_people_are_asked_in_the_words_of_the_codebook() -> None:
    known = settings.load({}).codebook
    for meanings in (known.voices, known.stances, known.shifts, known.acts, known.tracks):
        for label, one in meanings.items():
            cells = [f"`{label}`", one.means, *one.examples, *([one.unlike] if one.unlike else [])]
            assert f"| {' | '.join(cells)} |" in CODEBOOK


@pytest.mark.parametrize("labels", [Severity, Reason])
def test_the_page_on_severity_has_every_label(labels: type[StrEnum]) -> None:
    assert all(f"`{label}`" in SEVERITY for label in labels)


def test_the_page_on_severity_says_what_the_rubric_does_in_its_order() -> None:
    rows = yaml.safe_load((ROOT / "config" / "routes.yaml").read_text(encoding="utf-8"))["rubric"]
    table = re.findall(r"^\| (.+?) \| `([ABC])` \|$", SEVERITY, flags=re.MULTILINE)

    assert table[:-1] == [(row["name"], row["severity"]) for row in rows]
    assert table[-1][1] == Severity.C


def test_every_track_has_two_examples_and_a_counter_example() -> None:
    rows = {
        row[0]: row
        for row in re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", CODEBOOK, re.MULTILINE)
    }

    assert set(rows) == set(Track)


@pytest.mark.parametrize("labels", [FeedKind, Terms, Owner])
def test_the_settings_page_names_every_choice(labels: type[StrEnum]) -> None:
    assert all(f"`{label}`" in KEYS for label in labels)


def test_links_between_documents_lead_somewhere() -> None:
    for path in (p for p in tracked() if p.suffix == ".md"):
        for link in re.findall(r"\]\((?!https?://)([^)#]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / link).exists(), f"{path}: {link}"


def test_decisions_are_numbered_without_gaps_and_short() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))

    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    assert all(len(page.read_text(encoding="utf-8").splitlines()) <= 30 for page in pages)


def test_no_file_names_a_package_index_or_a_path_of_the_machine() -> None:
    hosts = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "deb." + "debian.org"]
    wanted = re.compile("|".join(map(re.escape, [*hosts, "/ro" + "ot/", "/wo" + "rk/"])))
    for path in tracked():
        if path.stat().st_size < 3_000_000 and path.suffix not in {".npz", ".png"}:
            found = wanted.search(path.read_text(encoding="utf-8", errors="replace"))
            assert found is None, f"{path}: {found and found.group()}"


def test_files_stay_small() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for folder in ("pipeline", "dags", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > (400 if folder == "tests" else 300)
    }

    assert not long


def test_the_project_file_pins_everything_by_hash_and_names_no_index() -> None:
    for name in ("requirements.lock", "requirements-bench.lock"):
        lock = (ROOT / name).read_text(encoding="utf-8")
        pins = [line for line in lock.splitlines() if re.match(r"^[a-zA-Z0-9]", line)]

        assert pins
        assert all("==" in pin for pin in pins)
        assert lock.count("--hash=sha256:") >= len(pins)
        assert "index-url" not in lock
