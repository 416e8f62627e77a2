"""What is remembered of the work itself: when each verb last began, and last ended well."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """
    The passes of one verb so far; ``succeeded_at`` None: none has ended well yet.

    ``totals`` sums what they counted. ``begun`` without ``succeeded`` or ``busy`` failed, was killed, or is running.
    """

    verb: str
    begun_at: datetime
    succeeded_at: datetime | None
    seconds: float | None
    begun: int
    succeeded: int
    busy: int
    totals: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What one stage has still to do; ``since`` is when the oldest of it came."""

    stage: str
    number: int
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """How long one message took: from the newest text behind it, as published and as fetched, until it was sent."""

    published_at: datetime | None
    seen_at: datetime
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Workings:
    """How the work stands at one moment; counts are by the labels in the order of their names."""

    at: datetime
    passes: tuple[Pass, ...]
    waiting: tuple[Waiting, ...]
    feeds: Mapping[str, int]
    incidents: Mapping[str, int]
    shifts: Mapping[tuple[str, str], int]
    notifications: Mapping[tuple[str, str, str], int]
    deliveries: Mapping[str, int]
    issue_sent_at: datetime | None
    delays: tuple[Delay, ...]
    said_at: Mapping[str, tuple[datetime, ...]]
    rows: Mapping[str, int]
    bytes_used: int
