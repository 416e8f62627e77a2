"""The deployment's files: what Compose may read, what no container may do, and that no secret is in any of them."""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.settings import load

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
DEPLOYMENT: dict[str, Any] = yaml.safe_load(COMPOSE)
SERVICES: dict[str, dict[str, Any]] = DEPLOYMENT["services"]
ONE_SHOT = {"migrate", "verb"}
IMAGE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
INSTRUCTIONS = "\n".join(line for line in IMAGE.splitlines() if not line.startswith("#"))
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the secrets as a clone would."""
    clone = tmp_path_factory.mktemp("clone")
    shutil.copy(ROOT / "run", clone)
    subprocess.run([clone / "run", "secrets"], check=True, capture_output=True)
    return clone / "secrets"


def test_the_compose_specification_knows_every_key() -> None:
    pytest.importorskip("check_jsonschema")
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*checker, ROOT / "docker-compose.yml"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("words", [["docker-compose"], ["docker", "compose"]], ids=" ".join)
def test_compose_reads_the_file_without_an_env_file(secrets: Path, words: list[str]) -> None:
    environ = {name: os.environ[name] for name in ("PATH", "HOME", "DOCKER_CONFIG") if name in os.environ}
    shutil.copy(ROOT / "docker-compose.yml", secrets.parent)

    def said(*more: str) -> subprocess.CompletedProcess[str]:
        command = [*words, *more]
        return subprocess.run(command, cwd=secrets.parent, env=environ, capture_output=True, text=True, check=False)

    if not shutil.which(words[0]) or said("version").returncode:
        pytest.skip(f"needs {' '.join(words)}")
    done = said("config", "-q")
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_is_asked_that_docker_compose_1_29_or_the_legacy_builder_lacks() -> None:
    assert not {"name", "include", "version", "configs"} & set(DEPLOYMENT)
    assert all(not {"deploy", "develop", "extends"} & set(service) for service in SERVICES.values())
    assert not re.search(r"syntax=|--mount|<<|COPY --(?!from|chown)", IMAGE)


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["cpus"]
    assert service["pids_limit"]
    assert service["logging"]["options"]["max-size"]
    assert service["restart"] == ("no" if name in ONE_SHOT else "unless-stopped")


@pytest.mark.parametrize("name", SERVICES)
def test_no_container_runs_as_root(name: str) -> None:
    ours = SERVICES[name]["image"].startswith("stancewatch:")
    assert INSTRUCTIONS.rindex("USER stancewatch") < INSTRUCTIONS.rindex("ENTRYPOINT")
    assert SERVICES[name].get("user") == (None if ours else name)


@pytest.mark.parametrize("name", set(SERVICES) - ONE_SHOT - {"mail"})
def test_every_container_that_others_need_says_how_it_is(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}


def test_every_image_is_pinned_by_version() -> None:
    named = {service["image"] for service in SERVICES.values()} | set(re.findall(r"PYTHON_IMAGE=(\S+)", IMAGE))
    ours = "stancewatch:${STANCEWATCH_VERSION:-"
    assert all(re.search(r":\d+\.\d+", name) for name in named if not name.startswith(ours)), named


def test_nothing_starts_before_both_databases_are_at_their_newest_version() -> None:
    by_hand = {"verb"}  # Compose would migrate again before each
    apart = {"postgres", "redis", "migrate", "mail"} | by_hand
    for name in set(SERVICES) - apart:
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    for name in {"migrate"} | by_hand:
        assert SERVICES[name]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_only_loopback_is_published_and_the_databases_reach_no_other_network() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(published) == 3
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert DEPLOYMENT["networks"]["store"] == {"internal": True}
    assert {name for name, service in SERVICES.items() if service["networks"] == ["store"]} == {
        "postgres", "redis", "mail",
    }  # fmt: skip


def test_every_variable_of_the_compose_file_has_a_default_and_stands_in_the_example() -> None:
    asked = re.findall(r"\$\{([A-Z_]+)(:-)?", COMPOSE)
    offered = set(re.findall(r"^([A-Z_]+)=", EXAMPLE, flags=re.MULTILINE))
    assert all(default for _, default in asked)
    assert {name for name, _ in asked} - {"STANCEWATCH_SLACK_BASE_URL"} == offered - {"COMPOSE_PROFILES"}


def test_the_profiles_of_the_example_are_those_of_the_compose_file() -> None:
    known = {profile for service in SERVICES.values() for profile in service.get("profiles", [])}
    told = re.search(r"^COMPOSE_PROFILES=(.*)$", EXAMPLE, flags=re.MULTILINE)
    assert told
    assert set(told[1].split(",")) <= known == {"mail", "slack", "verb"}


def test_the_secrets_that_compose_mounts_are_the_ones_that_are_made(secrets: Path) -> None:
    made = {path.name: path.read_text(encoding="utf-8").strip() for path in secrets.iterdir()}
    assert {name: {"file": f"./secrets/{name}"} for name in made} == DEPLOYMENT["secrets"]
    assert {name for name, text in made.items() if not text} == {"slack_bot_token", "slack_app_token", "smtp_password"}
    assert all(re.fullmatch(r"[A-Za-z0-9]{64}|[A-Za-z0-9]{43}=", text) for text in made.values() if text)
    assert len(made["airflow_fernet_key"]) == 44
    assert secrets.stat().st_mode & 0o777 == 0o700


def test_making_secrets_again_changes_none(secrets: Path) -> None:
    before = {path.name: path.read_bytes() for path in secrets.iterdir()}
    subprocess.run([secrets.parent / "run", "secrets"], check=True, capture_output=True)
    assert {path.name: path.read_bytes() for path in secrets.iterdir()} == before


def test_no_secret_is_in_the_image_or_in_the_repository() -> None:
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in let_in
    assert not {"!secrets", "!.env", "!var", "!."} & set(let_in)
    assert not re.search(r"(?i)(password|token|secret|key)\s*=", INSTRUCTIONS)
    ignored = ["secrets/postgres_password", ".env"]
    done = subprocess.run(["git", "check-ignore", *ignored], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ignored


def said(secrets: Path, **environ: str) -> dict[str, str]:
    """Return the environment that a container's command is given."""
    done = subprocess.run(
        ["bash", ROOT / "docker" / "with-secrets", "env", "-0"],
        env={"PATH": os.environ["PATH"], "SECRETS_DIR": str(secrets), **environ},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return dict(line.split("=", 1) for line in done.stdout.split("\0") if line)


def test_a_container_is_told_of_its_secrets_as_airflow_and_the_pipeline_expect_them(secrets: Path) -> None:
    told = said(secrets)
    password = (secrets / "postgres_password").read_text(encoding="utf-8").strip()
    assert (
        told["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == f"postgresql+psycopg2://stancewatch:{password}@postgres/airflow"
    )
    assert load(told).database_url == f"postgresql://stancewatch:{password}@postgres/stancewatch"
    assert load(told).slack.token is None  # an empty file is a secret that is not used
    assert "AIRFLOW_CONN_SLACK_DEFAULT" not in told


def test_a_slack_token_reaches_the_alerts_and_the_dags_callbacks(secrets: Path, tmp_path: Path) -> None:
    mine = shutil.copytree(secrets, tmp_path / "secrets")
    (mine / "slack_bot_token").write_text("xoxb-1\n", encoding="utf-8")
    told = said(mine, STANCEWATCH_SLACK_BASE_URL="http://outside/api/")
    assert load(told).slack.token == "xoxb-1"
    assert yaml.safe_load(told["AIRFLOW_CONN_SLACK_DEFAULT"]) == {
        "conn_type": "slack", "password": "xoxb-1", "extra": {"base_url": "http://outside/api/"},
    }  # fmt: skip


def test_what_the_environment_says_already_holds_against_the_files(secrets: Path) -> None:
    elsewhere = "postgresql://desk@db.example/stancewatch"
    assert said(secrets, STANCEWATCH_DATABASE_URL=elsewhere)["STANCEWATCH_DATABASE_URL"] == elsewhere


def test_a_password_that_begins_with_a_dash_is_handed_over_as_one(tmp_path: Path) -> None:
    """As an option of its own it ended every first start whose secret began so, one in 64."""
    (tmp_path / "airflow_admin_password").write_text("-8Xdash", encoding="utf-8")
    for name in ("python", "airflow"):
        (tmp_path / name).write_text(f'#!/bin/bash\nprintf "%s\\n" "$@" >>{tmp_path}/told\n', encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    environ = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SECRETS_DIR": str(tmp_path)}
    subprocess.run(["bash", ROOT / "docker" / "migrate"], env=environ, check=True, capture_output=True)
    told = argparse.ArgumentParser()
    told.add_argument("--password")
    words = (tmp_path / "told").read_text(encoding="utf-8").splitlines()
    assert told.parse_known_args(words)[0].password == "-8Xdash"
