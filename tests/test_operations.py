"""The guide to running it holds: its verbs, services, secrets, alerts and the Slack app are the ones that there are."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
RUN = (ROOT / "run").read_text(encoding="utf-8")
DEPLOYMENT: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
RULES: dict[str, Any] = yaml.safe_load((ROOT / "config" / "prometheus-rules.yaml").read_text(encoding="utf-8"))
APP: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "slack-app-manifest.yaml").read_text(encoding="utf-8"))
SCOPES = {
    "chat_postMessage": {"chat:write"},
    "chat_update": {"chat:write"},
    "chat_postEphemeral": {"chat:write"},
    "conversations_list": {"channels:read", "groups:read"},
    "conversations_members": {"channels:read", "groups:read"},
    "conversations_history": {"channels:history", "groups:history"},
    "conversations_replies": {"channels:history", "groups:history"},
    "views_open": set(),
    "views_update": set(),
    "auth_test": set(),
}


def section(title: str) -> str:
    return GUIDE.split(f"## {title}\n")[1].split("\n## ")[0]


def test_every_verb_that_the_guide_says_is_one() -> None:
    cases = re.findall(r"^([a-z][a-z |-]*)\)", RUN, flags=re.MULTILINE)
    verbs = {name for group in cases for name in group.replace(" ", "").split("|")}
    said = set(re.findall(r"\./run ([a-z][a-z-]*)|run --rm verb ([a-z][a-z-]*)|-m pipeline ([a-z][a-z-]*)", GUIDE))
    named = {name for group in said for name in group if name}
    assert named >= {"secrets", "monitor", "check-config", "feeds"}
    assert named <= verbs, named - verbs


def test_every_service_that_the_guide_names_is_one() -> None:
    options = r"(?: -[-a-z]+(?: \d\w*)?)*"
    said = re.findall(rf"docker-compose (?:logs|restart|exec|run|up -d --no-deps){options} ([a-z][a-z-]+)", GUIDE)
    assert {"worker", "postgres", "scheduler", "migrate", "verb"} <= set(said) <= set(DEPLOYMENT["services"])


def options_of_compose() -> set[tuple[str, str]]:
    """Find what the guide says to Compose, before the service's name, as sub-command and option."""
    said = re.findall(r"docker-compose ([a-z]+)((?: --?[a-z][-a-z]*(?: \d+)?)*)", GUIDE)
    return {(verb, option) for verb, rest in said for option in re.findall(r" (--?[a-z][-a-z]*)", rest)}


@pytest.mark.parametrize("words", [["docker-compose"], ["docker", "compose"]], ids=" ".join)
def test_compose_has_every_option_that_the_guide_uses(words: list[str]) -> None:
    if not shutil.which(words[0]) or subprocess.run([*words, "version"], capture_output=True, check=False).returncode:
        pytest.skip(f"needs {' '.join(words)}")
    wanted = options_of_compose()
    assert {("logs", "--tail"), ("up", "-d"), ("run", "--rm")} <= wanted
    for verb in {verb for verb, _ in wanted}:
        shown = subprocess.run([*words, verb, "--help"], capture_output=True, text=True, check=True).stdout
        known = set(re.findall(r"(?<![-\w])--?[a-z][-a-z]*", shown))
        assert {option for each, option in wanted if each == verb} <= known, verb


def test_the_guide_says_how_to_rotate_every_secret() -> None:
    rows = re.findall(r"^\| (.*?) \|", section("Rotating a secret"), flags=re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", "".join(rows))) == set(DEPLOYMENT["secrets"])


def test_the_guide_says_what_every_alert_means_and_how_grave_it_is() -> None:
    told = re.findall(r"^\| `(\w+)` \| (\w+) \| .+ \| .+ \|$", section("What each alert means"), flags=re.MULTILINE)
    rules = [rule for group in RULES["groups"] for rule in group["rules"]]
    assert dict(told) == {rule["alert"]: rule["labels"]["severity"] for rule in rules}


def test_the_slack_app_asks_for_what_is_called_and_for_nothing_else() -> None:
    called = set[str]()
    for path in (ROOT / "pipeline" / "alert").glob("*.py"):
        called |= set(
            re.findall(
                r"client\.((?:auth|chat|conversations|files|reactions|users|views)_\w+)\(",
                path.read_text(encoding="utf-8"),
            )
        )
    needed = set[str]().union(*(SCOPES[name] for name in called))
    assert "chat_postMessage" in called
    assert set(APP["oauth_config"]["scopes"]["bot"]) == needed | {"commands"}


def test_the_slack_app_talks_over_a_socket_and_names_no_address() -> None:
    assert APP["settings"]["socket_mode_enabled"]
    assert APP["settings"]["interactivity"] == {"is_enabled": True}
    assert [command["command"] for command in APP["features"]["slash_commands"]] == ["/stance"]
    assert "url" not in APP["features"]["slash_commands"][0]
