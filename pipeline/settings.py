"""
``config/*.yaml`` and the environment -> frozen `Settings`. The only place that reads either.

A misspelt key, a wrong value or a broken file raises `ConfigError`, whose text names the file, the path
of the key and the mend; nothing is guessed and nothing is half-loaded.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from pipeline.domain import Actor, Feed, Occasion, Route, Rule, Source
from pipeline.places import Slack, Smtp, tls_of
from pipeline.shapes import (
    ActorSettings,
    DetectSettings,
    DigestSettings,
    FeedRow,
    OccasionRow,
    PollSettings,
    RetentionSettings,
    RouteRow,
    RuleRow,
    SourceRow,
)
from pipeline.vocabulary import CodebookSettings, Concept, ContactSettings, HappeningSettings

ROOT = Path(__file__).resolve().parents[1]
_SHORTEST_KEY = 32


_Model = TypeVar("_Model", bound=BaseModel)
_ROUTING = frozenset({"routes", "rubric", "desk_head"})


class ConfigError(ValueError):
    """A setting is wrong: the message names file, key and mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that the configuration says, checked once."""

    config_dir: Path
    var_dir: Path
    shared_dir: Path | None
    database_url: str
    public_url: str | None
    secret_key: str | None
    feeds: tuple[Feed, ...]
    sources: tuple[Source, ...]
    actors: Mapping[Actor, ActorSettings]
    concepts: tuple[Concept, ...]
    happenings: HappeningSettings
    contacts: ContactSettings
    calendar: tuple[Occasion, ...]
    routes: tuple[Route, ...]
    rubric: tuple[Rule, ...]
    desk_head: str | None
    codebook: CodebookSettings
    poll: PollSettings
    detect: DetectSettings
    retention: RetentionSettings
    digest: DigestSettings
    second_voter: bool
    slack: Slack
    smtp: Smtp


KNOWN_VARIABLES = frozenset(
    f"STANCEWATCH_{name}"
    for name in (
        *("DATABASE_URL", "CONFIG_DIR", "VAR_DIR", "SHARED", "REQUIRE_SHARED", "PUBLIC_URL", "SECOND_VOTER"),
        *("SECRET_KEY", "SLACK_BASE_URL", "WRITE_GOLDENS"),
        *("SMTP_HOST", "SMTP_PORT", "SMTP_USER", "SMTP_PASSWORD", "SMTP_FROM", "SMTP_STARTTLS"),
    )
)
SECRETS = frozenset({"STANCEWATCH_DATABASE_URL", "STANCEWATCH_SECRET_KEY", "STANCEWATCH_SMTP_PASSWORD"}) | {
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
}


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """
    Read every setting once.

    Raises `ConfigError` for the first file or variable that cannot be used.
    """
    env = _environment(environ)
    config = Path(env.get("STANCEWATCH_CONFIG_DIR") or ROOT / "config")
    var = Path(env.get("STANCEWATCH_VAR_DIR") or ROOT / "var")
    shared = env.get("STANCEWATCH_SHARED")
    return Settings(
        config_dir=config,
        var_dir=var,
        shared_dir=Path(shared) if shared else None,
        database_url=env.get("STANCEWATCH_DATABASE_URL") or f"sqlite:///{var.absolute() / 'stancewatch.db'}",
        public_url=env.get("STANCEWATCH_PUBLIC_URL"),
        secret_key=_secret_key(env),
        feeds=_feeds(config / "feeds.yaml"),
        sources=_sources(config / "sources.yaml"),
        actors=MappingProxyType(_actors(_beside(config, "actors.yaml"))),
        concepts=tuple(_concepts(_beside(config, "concepts"))),
        happenings=_read(_beside(config, "happenings.yaml"), HappeningSettings),
        contacts=_read(_beside(config, "contacts.yaml"), ContactSettings),
        calendar=_calendar(_beside(config, "calendar.yaml")),
        routes=_routes(_beside(config, "routes.yaml")),
        rubric=_rubric(_beside(config, "routes.yaml")),
        desk_head=_desk_head(_beside(config, "routes.yaml")),
        codebook=_read(_beside(config, "codebook.yaml"), CodebookSettings),
        poll=_read(_beside(config, "poll.yaml"), PollSettings),
        detect=_read(_beside(config, "detect.yaml"), DetectSettings),
        retention=_read(_beside(config, "retention.yaml"), RetentionSettings),
        digest=_read(_beside(config, "digest.yaml"), DigestSettings),
        second_voter=_switch(env, "STANCEWATCH_SECOND_VOTER"),
        slack=_slack(env),
        smtp=_smtp(env),
    )


def _beside(config: Path, name: str) -> Path:
    """Return ``name`` in this configuration, else the project's own: a small set of feeds needs no copies."""
    return config / name if (config / name).exists() else ROOT / "config" / name


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    env = {k: v for k, v in environ.items() if v and (k.startswith("STANCEWATCH_") or k in SECRETS)}
    for secret in SECRETS:
        if path := environ.get(f"{secret}_FILE"):
            try:
                env[secret] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(
                    f"{secret}_FILE={path}: {getattr(error, 'strerror', 'not text')}; name a readable file"
                ) from error
    for key in env:
        if key.startswith("STANCEWATCH_") and key not in KNOWN_VARIABLES and key.removesuffix("_FILE") not in SECRETS:
            raise ConfigError(f"environment: {key} is not a setting; known are {', '.join(sorted(KNOWN_VARIABLES))}")
    return env


def _slack(env: Mapping[str, str]) -> Slack:
    return Slack(
        token=env.get("SLACK_BOT_TOKEN"),
        base_url=env.get("STANCEWATCH_SLACK_BASE_URL"),
        app_token=env.get("SLACK_APP_TOKEN"),
        signing_secret=env.get("SLACK_SIGNING_SECRET"),
    )


def _smtp(env: Mapping[str, str]) -> Smtp:
    port = env.get("STANCEWATCH_SMTP_PORT", "587")
    if not (port.isdecimal() and 0 < int(port) < 65536):  # noqa: PLR2004
        raise ConfigError(f"environment: STANCEWATCH_SMTP_PORT={port} is not a port number")
    return Smtp(
        host=env.get("STANCEWATCH_SMTP_HOST"),
        port=int(port),
        user=env.get("STANCEWATCH_SMTP_USER"),
        password=env.get("STANCEWATCH_SMTP_PASSWORD"),
        tls=tls_of(int(port), starttls=_switch(env, "STANCEWATCH_SMTP_STARTTLS")),
        sender=env.get("STANCEWATCH_SMTP_FROM"),
    )


def _secret_key(env: Mapping[str, str]) -> str | None:
    """Read what signs links; without it a public address would lead to pages that anybody could open."""
    key, mend = env.get("STANCEWATCH_SECRET_KEY"), "`openssl rand -hex 32` makes one"
    if key is None and env.get("STANCEWATCH_PUBLIC_URL"):
        raise ConfigError(f"environment: STANCEWATCH_PUBLIC_URL needs STANCEWATCH_SECRET_KEY to sign links; {mend}")
    if key is not None and len(key) < _SHORTEST_KEY:
        raise ConfigError(f"environment: STANCEWATCH_SECRET_KEY is shorter than {_SHORTEST_KEY} characters; {mend}")
    return key


def _switch(env: Mapping[str, str], name: str) -> bool:
    """Read what is on unless it is switched off."""
    value = env.get(name, "1").lower()
    if value not in {"0", "1", "true", "false", "yes", "no"}:
        raise ConfigError(f"environment: {name}={value}: say 1 or 0")
    return value in {"1", "true", "yes"}


def _yaml(path: Path) -> dict[str, Any]:
    try:
        value = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; the file is needed") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that is none
        raise ConfigError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: a mapping is wanted at the top")
    return value


def _blame(path: Path, error: ValidationError, at: str = "") -> ConfigError:
    first = error.errors()[0]
    where = ".".join(str(part) for part in (at, *first["loc"]) if part != "")
    what = "no such key; see config/README.md" if first["type"] == "extra_forbidden" else first["msg"]
    return ConfigError(f"{path}: {where}: {what}")


def _read(path: Path, model: type[_Model]) -> _Model:
    try:
        return model.model_validate(_yaml(path))
    except ValidationError as error:
        raise _blame(path, error) from error


def _rows(path: Path, key: str, model: type[_Model], beside: frozenset[str] = frozenset()) -> list[_Model]:
    """Read the list under a key of a file that holds no other but those ``beside`` it."""
    value = _yaml(path)
    if set(value) - (beside - {key}) != {key} or not isinstance(value[key], list):
        raise ConfigError(f"{path}: one key is wanted, `{key}:`, with a list")
    rows = []
    for number, row in enumerate(value[key]):
        name = row.get("name") or row.get("id") if isinstance(row, dict) else None
        try:
            rows.append(model.model_validate(row))
        except ValidationError as error:
            raise _blame(path, error, f"{key}[{number}]" + (f" ({name})" if name else "")) from error
    names = Counter(str(getattr(row, "name", None) or getattr(row, "id", None)) for row in rows)
    if doubled := sorted(name for name, times in names.items() if times > 1):
        raise ConfigError(f"{path}: {key}: {doubled[0]} stands twice; names are unique")
    return rows


def _feeds(path: Path) -> tuple[Feed, ...]:
    return tuple(row.noun() for row in _rows(path, "feeds", FeedRow))


def _sources(path: Path) -> tuple[Source, ...]:
    sources = tuple(Source(**row.model_dump()) for row in _rows(path, "sources", SourceRow))
    house = {source.name: source.edition_of for source in sources}
    names: dict[str, str] = {}
    for at, source in enumerate(sources):
        where = f"{path}: sources[{at}] ({source.name})"
        if source.edition_of is not None and house.get(source.edition_of, "") is not None:
            raise ConfigError(f"{where}.edition_of: {source.edition_of} is no source of its own; name one of this file")
        for name in {source.name, *source.aliases}:
            if (other := names.setdefault(name, source.name)) != source.name:
                raise ConfigError(f"{where}.aliases: {name} stands already for {other}; a name belongs to one outlet")
    return sources


def _routes(path: Path) -> tuple[Route, ...]:
    routes = tuple(row.noun() for row in _rows(path, "routes", RouteRow, beside=_ROUTING))
    names, waiting = set[str](), list(routes)
    for route in waiting:
        waiting += route.routes
        if not route.channel:
            raise ConfigError(f"{path}: routes ({route.name}).channel: neither it nor a route above names one")
        if route.name in names:
            raise ConfigError(f"{path}: routes: {route.name} stands twice; names are unique")
        names.add(route.name)
    return routes


def _desk_head(path: Path) -> str | None:
    """Read who settles what two people disagree on."""
    head = _yaml(path).get("desk_head")
    if head is not None and not re.fullmatch(r"[UW][A-Z0-9]{2,63}", str(head)):
        raise ConfigError(f"{path}: desk_head: {head} is no member of Slack; copy the member ID (U…) of a profile")
    return head


def _rubric(path: Path) -> tuple[Rule, ...]:
    """Read the rubric; routes without one are read with the project's own."""
    place = path if "rubric" in _yaml(path) else ROOT / "config" / path.name
    return tuple(row.noun() for row in _rows(place, "rubric", RuleRow, beside=_ROUTING))


def _actors(path: Path) -> dict[Actor, ActorSettings]:
    actors = {row.id: row for row in _rows(path, "actors", ActorSettings)}
    if missing := set(Actor) - set(actors):
        raise ConfigError(f"{path}: actors: {', '.join(sorted(missing))} missing")
    return actors


def _calendar(path: Path) -> tuple[Occasion, ...]:
    return tuple(sorted((row.noun() for row in _rows(path, "calendar", OccasionRow)), key=lambda each: each.on))


def _concepts(folder: Path) -> Iterator[Concept]:
    seen: dict[str, Path] = {}
    for path in sorted(folder.glob("*.yaml")):
        for row in _rows(path, "concepts", Concept):
            if row.id in seen:
                raise ConfigError(f"{path}: concepts: {row.id} stands already in {seen[row.id]}")
            seen[row.id] = path
            yield row
