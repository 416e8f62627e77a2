import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from pipeline.storage.store import Store
from tests import postgres

NO_SHARED = "needs the folder of real texts: STANCEWATCH_SHARED names none"

settings.register_profile("house", deadline=None)  # a busy machine is no failure
settings.load_profile("house")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real texts and feeds; where there is none the test is skipped, or fails if it is required."""
    folder = Path(os.environ.get("STANCEWATCH_SHARED") or "/nowhere")
    if folder.is_dir():
        return folder
    if os.environ.get("STANCEWATCH_REQUIRE_SHARED") == "1":
        pytest.fail(NO_SHARED)
    pytest.skip(NO_SHARED)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Nobody's settings, and a place of its own for what is written."""
    for name in os.environ:
        if name.startswith(("STANCEWATCH_", "SLACK_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("STANCEWATCH_VAR_DIR", str(tmp_path / "var"))
    yield
    structlog.reset_defaults()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "shared" in getattr(item, "fixturenames", ()):
            item.add_marker("shared")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [report for report in terminalreporter.stats.get("skipped", ()) if NO_SHARED in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} tests were skipped: {NO_SHARED}")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    return postgres.emptied(postgres_server)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'stancewatch.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store(database_url)
    yield opened
    opened.close()
