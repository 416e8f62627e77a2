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

from pydantic import AfterValidator, BeforeValidator, Field, HttpUrl, model_validator

from pipeline.domain import (
    EMAIL,
    Act,
    Actor,
    Circle,
    Feed,
    FeedKind,
    Occasion,
    Owner,
    ReportedShift,
    Route,
    Rule,
    Severity,
    ShiftKind,
    Stance,
    Subscriber,
    Terms,
    Track,
    Voice,
)
from pipeline.places import address_of
from pipeline.vocabulary import Label, Strict


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


def named_zone(name: str) -> str:
    """Accept an IANA zone alone: what people's clocks show changes with the season."""
    if name.startswith(("+", "-")):
        raise ValueError("name a zone such as Europe/Kyiv, whose clocks change")
    return zone(name)


Zone = Annotated[str, AfterValidator(zone)]
NamedZone = Annotated[str, AfterValidator(named_zone)]


def clock(given: object) -> object:
    """Refuse what YAML makes of 17:00 without quotes: the number 1020."""
    if given is not None and not isinstance(given, str | dt.time):
        raise ValueError('put a time of day into quotes: "17:00"')
    return given


Clock = Annotated[dt.time, BeforeValidator(clock)]
Address = Annotated[str, Field(pattern=r"^[^@\s,<>]+@[^@\s,<>]+$")]


class FeedRow(Strict):
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


class SourceRow(Strict):
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


class _Start(Strict):
    voice: Voice
    stance: Stance
    words: Label
    author: Label
    document: str = Field(pattern=r"^[0-9a-f]{64}$")
    date: dt.date | None = None


class ActorSettings(Strict):
    """An actor's names, capital and starting position as the seed papers describe it."""

    id: Actor
    labels: Mapping[str, str]
    capital: Label
    timezone: NamedZone
    start: tuple[_Start, ...] = ()


class OccasionRow(Strict):
    """One row of ``config/calendar.yaml``."""

    name: str
    date: dt.date
    kind: Literal["election", "cabinet", "washington", "summit", "other"]
    words: Label
    actors: frozenset[Actor] = frozenset()
    source: str = Field(pattern=r"^https?://")

    def noun(self) -> Occasion:
        """Return what the digest shows."""
        words = self.words.model_dump()
        return Occasion(on=self.date, kind=self.kind, words=words, actors=self.actors, source=self.source)


class PollSettings(Strict):
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


class DetectSettings(Strict):
    """What the detectors are asked for: ``config/detect.yaml``."""

    false_alarms_per_quarter: float = Field(default=1.0, gt=0)
    min_stories: int = Field(default=12, gt=0)
    track_stories_per_week: float = Field(default=2.0, gt=0)
    matter_hours: float = Field(default=72, gt=0)


class RetentionSettings(Strict):
    """How many days what is kept: ``config/retention.yaml``; None: for good."""

    personal_leads: float = Field(default=30, gt=0, le=30)
    irrelevant_texts: float | None = Field(default=180, ge=60)
    superseded_tags: float | None = Field(default=180, gt=0)
    messages: float | None = Field(default=730, ge=60)
    incidents: float | None = Field(default=400, ge=400)
    silences: float | None = Field(default=400, gt=0)


class _Pattern(Strict):
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
    timezone: NamedZone = "Europe/Kyiv"
    quiet_from: Clock | None = None
    quiet_until: Clock | None = None
    roll_up_at: Clock | None = dt.time(17)
    brief_at: Clock | None = None
    health_at: Clock | None = None
    stalled_hours: float = Field(default=3.0, gt=0)
    email: tuple[Address, ...] = ()
    shifts: bool = True
    also: bool = False
    routes: "tuple[RouteRow, ...]" = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet_from and quiet_until come together")
        if self.channel and self.email:
            raise ValueError("channel or email: a route is posted or mailed")
        if self.name == "none":
            raise ValueError("`none` stands for what no route hears; name it otherwise")
        return self

    def noun(self, above: Route | None = None) -> Route:
        """Return the route that the row describes, with its branches."""
        values = self.model_dump(exclude={"routes"})
        if above is not None:
            own = self.model_fields_set | (_WHERE if _WHERE & self.model_fields_set else set())
            values |= {name: getattr(above, name) for name in _HANDED_DOWN - own}
        values["channel"] = EMAIL if values["email"] else values["channel"]
        route = Route(**values)
        return replace(route, routes=tuple(row.noun(route) for row in self.routes))


_WHERE = frozenset({"channel", "email"})
_OWN = {"name", "severities", "languages", "owners", "brief_at", "health_at", "shifts", "also", "routes"}
_HANDED_DOWN = frozenset(RouteRow.model_fields) - frozenset(_Pattern.model_fields) - _OWN


def _place(given: object) -> object:
    """Let a bare address stand for a subscriber of the house."""
    return {"address": given} if isinstance(given, str) else given


def _named(name: str) -> str:
    if name.startswith(("+", "-")):
        raise ValueError("name a zone such as Europe/Kyiv, whose clocks change")
    return zone(name)


class SubscriberRow(Strict):
    """A row under ``subscribers`` of ``config/digest.yaml``."""

    address: Annotated[str, AfterValidator(address_of)]
    list: Circle = Circle.INTERNAL
    lang: Literal["en", "uk"] = "en"
    timezone: Annotated[str, AfterValidator(_named)] | None = None
    actors: frozenset[Actor] = frozenset()
    tracks: frozenset[Track] = frozenset()

    def noun(self, timezone: str) -> Subscriber:
        """Return the subscriber that the row describes, who reads in ``timezone`` unless it names one."""
        values = self.model_dump(exclude={"list", "timezone"})
        return Subscriber(**values, circle=self.list, timezone=self.timezone or timezone, listed=True)


class DigestSettings(Strict):
    """Who gets the weekly digest: ``config/digest.yaml``."""

    sender: str
    list_id: str
    timezone: Annotated[str, AfterValidator(_named)] = "Europe/Kyiv"
    desk: tuple[Annotated[str, AfterValidator(address_of)], ...] = ()
    domains: tuple[str, ...] = ()
    subscribers: tuple[Annotated[SubscriberRow, BeforeValidator(_place)], ...] = ()
