"""
``config/*.yaml`` and the environment -> frozen `Settings`. The only place that reads either.

A misspelt key, a wrong value or a broken file raises `ConfigError`, whose text names the file, the path
of the key and the mend; nothing is guessed and nothing is half-loaded.
"""

import datetime as dt
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, ValidationError

from pipeline.domain import (
    Actor,
    Feed,
    FeedKind,
    Owner,
    ReportedShift,
    Route,
    ShiftKind,
    Source,
    Stance,
    Terms,
    Voice,
)

ROOT = Path(__file__).resolve().parents[1]


_Model = TypeVar("_Model", bound=BaseModel)


class ConfigError(ValueError):
    """A setting is wrong: the message names file, key and mend."""


def zone(name: str) -> str:
    """Accept an IANA zone or a fixed offset such as ``+09:00``; return it unchanged."""
    if name.startswith(("+", "-")):
        if re.fullmatch(r"[+-](0?\d|1[0-4])(:[0-5]\d)?", name):  # UTC+14 is the last
            return name
        raise ValueError("an offset looks like +09:00")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: Asia is a folder of zones
        raise ValueError("not an IANA time zone (Asia/Tokyo) or a fixed offset (+09:00)") from error
    return name


Zone = Annotated[str, AfterValidator(zone)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Feed(_Strict):
    name: str
    url: HttpUrl
    source: str | None = None
    lang: str | None = None
    country: str
    kind: FeedKind
    terms: Terms
    timezone: Zone = "UTC"
    cookies: bool = False
    verify_tls: bool = True
    allow_private: bool = False
    min_gap: float = Field(default=1.0, ge=0)
    voices: Mapping[Actor, tuple[Voice, ...]] | None = None

    def noun(self) -> Feed:
        values = self.model_dump(exclude={"min_gap", "url"})
        return Feed(**values, url=str(self.url), min_gap_s=self.min_gap)


class _Source(_Strict):
    name: str
    owner: Owner
    country: str
    tier: int = Field(ge=1, le=3)
    official: Actor | None = None
    agency: bool = False
    institution: bool = False
    portal: bool = False
    edition_of: str | None = None
    group: str | None = None
    domains: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()


class _Start(_Strict):
    voice: Voice
    stance: Stance
    words: str
    author: str
    document: str = Field(pattern=r"^[0-9a-f]{64}$")
    date: dt.date | None = None


class _Label(_Strict):
    en: str
    uk: str


class ActorSettings(_Strict):
    """An actor's names, capital and starting position as the seed papers describe it."""

    id: Actor
    labels: Mapping[str, str]
    capital: _Label
    timezone: Zone
    start: tuple[_Start, ...] = ()


class Concept(_Strict):
    """One row of ``config/concepts/*.yaml``; see the README there for the matching rules."""

    id: str
    kind: Literal["country", "person", "office", "agency", "party", "house", "firm", "instrument", "word"]
    actor: Actor | None = None
    voice: Voice | None = None
    tracks: tuple[str, ...] = ()
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    source: str = ""
    langs: tuple[str, ...] = ()
    label: _Label | None = None
    forms: Mapping[str, tuple[str, ...]]
    near: tuple[str, ...] = ()
    not_in: tuple[str, ...] = ()


class HappeningSettings(_Strict):
    """The words that stories are compared by, beside the concepts: ``config/happenings.yaml``."""

    concepts: tuple[Concept, ...]
    often: dict[str, float]


class PollSettings(_Strict):
    """How feeds are read: ``config/poll.yaml``."""

    contact: str
    interval_minutes: float = Field(default=30, gt=0)
    fastest_minutes: float = Field(default=10, gt=0)
    slowest_minutes: float = Field(default=240, gt=0)
    shard_seconds: float = Field(default=45, gt=0)
    timeout_seconds: float = Field(default=20, gt=0)
    max_bytes: int = Field(default=8_000_000, gt=0)
    connections: int = Field(default=32, gt=0)
    shards: int = Field(default=4, gt=0)


class DetectSettings(_Strict):
    """What the detectors are asked for: ``config/detect.yaml``."""

    false_alarms_per_quarter: float = Field(default=1.0, gt=0)
    stories_per_quarter: float = Field(default=650.0, gt=0)
    min_stories: int = Field(default=12, gt=0)
    matter_hours: float = Field(default=72, gt=0)


class _Route(_Strict):
    name: str
    channel: str
    actors: frozenset[Actor] = frozenset()
    kinds: frozenset[ShiftKind] = frozenset()
    directions: frozenset[ReportedShift] = frozenset()
    min_certainty: float = Field(default=0.0, ge=0, le=1)


class DigestSettings(_Strict):
    """Who gets the weekly digest: ``config/digest.yaml``."""

    sender: str
    list_id: str
    timezone: Zone = "Europe/Kyiv"
    subscribers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """Where mail is handed over; ``host`` None means that it is written to files."""

    host: str | None
    port: int
    user: str | None
    password: str | None
    starttls: bool
    sender: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """Where messages are posted; ``token`` None means that they are printed."""

    token: str | None
    base_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that the configuration says, checked once."""

    config_dir: Path
    var_dir: Path
    shared_dir: Path | None
    database_url: str
    public_url: str | None
    feeds: tuple[Feed, ...]
    sources: tuple[Source, ...]
    actors: Mapping[Actor, ActorSettings]
    concepts: tuple[Concept, ...]
    happenings: HappeningSettings
    routes: tuple[Route, ...]
    poll: PollSettings
    detect: DetectSettings
    digest: DigestSettings
    second_voter: bool
    slack: Slack
    smtp: Smtp


KNOWN_VARIABLES = frozenset(
    f"STANCEWATCH_{name}"
    for name in [
        "DATABASE_URL",
        "CONFIG_DIR",
        "VAR_DIR",
        "SHARED",
        "REQUIRE_SHARED",
        "PUBLIC_URL",
        "SECOND_VOTER",
        "SECRET_KEY",
        "SLACK_BASE_URL",
        "SMTP_HOST",
        "SMTP_PORT",
        "SMTP_USER",
        "SMTP_PASSWORD",
        "SMTP_FROM",
        "SMTP_STARTTLS",
        "WRITE_GOLDENS",
    ]
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
        feeds=_feeds(config / "feeds.yaml"),
        sources=_sources(config / "sources.yaml"),
        actors=MappingProxyType(_actors(_beside(config, "actors.yaml"))),
        concepts=tuple(_concepts(_beside(config, "concepts"))),
        happenings=_read(_beside(config, "happenings.yaml"), HappeningSettings),
        routes=tuple(Route(**row.model_dump()) for row in _rows(_beside(config, "routes.yaml"), "routes", _Route)),
        poll=_read(_beside(config, "poll.yaml"), PollSettings),
        detect=_read(_beside(config, "detect.yaml"), DetectSettings),
        digest=_read(_beside(config, "digest.yaml"), DigestSettings),
        second_voter=_switch(env, "STANCEWATCH_SECOND_VOTER"),
        slack=Slack(token=env.get("SLACK_BOT_TOKEN"), base_url=env.get("STANCEWATCH_SLACK_BASE_URL")),
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


def _smtp(env: Mapping[str, str]) -> Smtp:
    port = env.get("STANCEWATCH_SMTP_PORT", "587")
    if not (port.isdecimal() and 0 < int(port) < 65536):  # noqa: PLR2004
        raise ConfigError(f"environment: STANCEWATCH_SMTP_PORT={port} is not a port number")
    return Smtp(
        host=env.get("STANCEWATCH_SMTP_HOST"),
        port=int(port),
        user=env.get("STANCEWATCH_SMTP_USER"),
        password=env.get("STANCEWATCH_SMTP_PASSWORD"),
        starttls=_switch(env, "STANCEWATCH_SMTP_STARTTLS"),
        sender=env.get("STANCEWATCH_SMTP_FROM"),
    )


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


def _rows(path: Path, key: str, model: type[_Model]) -> list[_Model]:
    value = _yaml(path)
    if set(value) != {key} or not isinstance(value[key], list):
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
    return tuple(row.noun() for row in _rows(path, "feeds", _Feed))


def _sources(path: Path) -> tuple[Source, ...]:
    sources = tuple(Source(**row.model_dump()) for row in _rows(path, "sources", _Source))
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


def _actors(path: Path) -> dict[Actor, ActorSettings]:
    actors = {row.id: row for row in _rows(path, "actors", ActorSettings)}
    if missing := set(Actor) - set(actors):
        raise ConfigError(f"{path}: actors: {', '.join(sorted(missing))} missing")
    return actors


def _concepts(folder: Path) -> Iterator[Concept]:
    seen: dict[str, Path] = {}
    for path in sorted(folder.glob("*.yaml")):
        for row in _rows(path, "concepts", Concept):
            if row.id in seen:
                raise ConfigError(f"{path}: concepts: {row.id} stands already in {seen[row.id]}")
            seen[row.id] = path
            yield row
