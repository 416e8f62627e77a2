"""
What each file of ``config/`` may hold: one class a kind of row or file. A key that is none of theirs is an error.

`pipeline.settings` reads the files and names file, key and mend where one does not fit.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, HttpUrl, model_validator

from pipeline.domain import (
    Act,
    Actor,
    Feed,
    FeedKind,
    Owner,
    ReportedShift,
    Route,
    Rule,
    Severity,
    ShiftKind,
    Stance,
    Terms,
    Track,
    Voice,
)


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


def clock(given: object) -> object:
    """Refuse what YAML makes of 17:00 without quotes: the number 1020."""
    if given is not None and not isinstance(given, str | dt.time):
        raise ValueError('put a time of day into quotes: "17:00"')
    return given


Clock = Annotated[dt.time, BeforeValidator(clock)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FeedRow(_Strict):
    """A row of ``config/feeds.yaml``."""

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
        """Return the feed that the row describes."""
        values = self.model_dump(exclude={"min_gap", "url"})
        return Feed(**values, url=str(self.url), min_gap_s=self.min_gap)


class SourceRow(_Strict):
    """A row of ``config/sources.yaml``: an outlet and whose it is."""

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
    min_stories: int = Field(default=12, gt=0)
    track_stories_per_week: float = Field(default=2.0, gt=0)
    matter_hours: float = Field(default=72, gt=0)


class RetentionSettings(_Strict):
    """How many days what is kept: ``config/retention.yaml``; None: for good."""

    personal_leads: float = Field(default=30, gt=0, le=30)
    irrelevant_texts: float | None = Field(default=180, ge=60)
    superseded_tags: float | None = Field(default=180, gt=0)
    messages: float | None = Field(default=730, ge=60)
    incidents: float | None = Field(default=400, ge=400)
    silences: float | None = Field(default=400, gt=0)


class _Pattern(_Strict):
    actors: frozenset[Actor] = frozenset()
    voices: frozenset[Voice] = frozenset()
    acts: frozenset[Act] = frozenset()
    tracks: frozenset[Track] = frozenset()
    directions: frozenset[ReportedShift] = frozenset()
    kinds: frozenset[ShiftKind] = frozenset()


class RuleRow(_Pattern):
    """A row of the rubric of ``config/routes.yaml``: what it fits has its severity."""

    name: str
    severity: Severity
    amount_usd: float = Field(default=0.0, ge=0)

    def noun(self) -> Rule:
        """Return the rule that the row describes."""
        return Rule(**self.model_dump(exclude={"name"}))


class RouteRow(_Pattern):
    """A row of ``config/routes.yaml``; a branch takes from the route above it what it does not say itself."""

    name: str = Field(min_length=1, max_length=100)
    channel: str = ""
    severities: frozenset[Severity] = frozenset()
    languages: frozenset[str] = frozenset()
    owners: frozenset[Owner] = frozenset()
    min_certainty: float = Field(default=0.0, ge=0, le=1)
    single: frozenset[Severity] = frozenset({Severity.A})
    messages_per_week: int | None = Field(default=5, ge=0)
    group_by: tuple[Literal["actor", "voice", "track", "direction", "kind", "severity"], ...] = ()
    group_wait_minutes: float = Field(default=0.0, ge=0)
    group_interval_minutes: float = Field(default=15.0, ge=0)
    repeat_interval_hours: float | None = Field(default=None, gt=0)
    timezone: Zone = "Europe/Kyiv"
    quiet_from: Clock | None = None
    quiet_until: Clock | None = None
    roll_up_at: Clock | None = dt.time(17)
    brief_at: Clock | None = None
    also: bool = False
    routes: "tuple[RouteRow, ...]" = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet_from and quiet_until come together")
        if self.timezone.startswith(("+", "-")):
            raise ValueError("timezone: name a zone such as Europe/Kyiv, whose clocks change")
        if self.name == "none":
            raise ValueError("`none` stands for what no route hears; name it otherwise")
        return self

    def noun(self, above: Route | None = None) -> Route:
        """Return the route that the row describes, with its branches."""
        values = self.model_dump(exclude={"routes"})
        if above is not None:
            values |= {name: getattr(above, name) for name in _HANDED_DOWN - self.model_fields_set}
        route = Route(**values)
        return replace(route, routes=tuple(row.noun(route) for row in self.routes))


_HANDED_DOWN = (
    frozenset(RouteRow.model_fields)
    - frozenset(_Pattern.model_fields)
    - {
        *("name", "severities", "languages", "owners", "brief_at", "also", "routes")  # these are each route's own
    }
)


class DigestSettings(_Strict):
    """Who gets the weekly digest: ``config/digest.yaml``."""

    sender: str
    list_id: str
    timezone: Zone = "Europe/Kyiv"
    subscribers: tuple[str, ...] = ()
