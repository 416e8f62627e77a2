"""What a week was, ready to be written."""

from dataclasses import dataclass
from datetime import datetime

from pipeline.domain.labels import Actor, Balance, Track
from pipeline.domain.shifts import Evidence, Shift
from pipeline.domain.stories import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one government stands on one balance at the end of a week."""

    actor: Actor
    balance: Balance
    stories: int
    now: float | None
    before: float | None
    start: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A line of the digest: one story and the main position that it reports."""

    position: Position
    evidence: Evidence
    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """How complete the watching was."""

    feeds: int
    healthy: int
    silent: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One week, ready to be written: what shifted, what governments did, what others said."""

    week: str
    since: datetime
    until: datetime
    shifts: tuple[Shift, ...]
    standings: tuple[Standing, ...]
    governments: tuple[Reported, ...]
    debate: tuple[Reported, ...]
    allegations: tuple[Reported, ...]
    watching: Watching


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A digest or an alert as its recipients get it; without ``html`` it is plain."""

    message_id: str
    recipient: str
    subject: str
    text: str
    html: str
    date: datetime
    in_reply_to: str | None = None
