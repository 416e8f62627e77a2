"""What is collected: feeds and what is known of them, servers' answers, entries, and what was wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipeline.domain.labels import Actor, Voice


class FeedKind(StrEnum):
    """What publishes a feed."""

    WIRE = "wire"
    DAILY = "daily"
    GOVERNMENT = "government"
    AGGREGATOR = "aggregator"
    THINKTANK = "thinktank"


class Terms(StrEnum):
    """What a feed's owner allows; decides how long a summary is kept."""

    OPEN = "open"
    HEADLINES = "headlines"
    PERSONAL = "personal"


class PollOutcome(StrEnum):
    """How one attempt to read one feed ended; each poll has exactly one."""

    NEW = "new"  # at least one entry was new or edited
    UNCHANGED = "unchanged"  # the server said 304
    SAME_BODY = "same_body"  # 200 with the bytes of last time
    NOTHING_NEW = "nothing_new"  # another body, but every entry is known
    EMPTY = "empty"  # 200 with no entries: a soft failure
    NOT_A_FEED = "not_a_feed"  # the body cannot be read as a feed: soft
    TOO_LARGE = "too_large"  # soft
    TEMPORARY = "temporary"  # time-out, connection, 429, 5xx
    REFUSED = "refused"  # 401, 403, 407, 451: hard
    GONE = "gone"  # 404, 410: hard
    FORBIDDEN_ADDRESS = "forbidden_address"  # resolves to a private network without allow_private
    NOT_REACHED = "not_reached"  # the shard's time was over: stays due, not a failure


class IncidentKind(StrEnum):
    """What can be wrong with a feed; "quiet" by its own rhythm is none of it."""

    BROKEN = "broken"  # it cannot be read
    SILENT = "silent"  # it can be read, but its newest item is older than its rhythm allows
    MOVED = "moved"  # it answers from another address for good: mend feeds.yaml
    FLOODED = "flooded"  # it published far more in a day than its own days let expect


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """An address that is polled, and what its configuration knows of it."""

    name: str
    url: str
    source: str | None = None
    lang: str | None = None
    country: str
    kind: FeedKind
    terms: Terms
    timezone: str
    cookies: bool = False
    verify_tls: bool = True
    allow_private: bool = False
    min_gap_s: float = 1.0
    voices: Mapping[Actor, tuple[Voice, ...]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """
    What earlier polls left for the next one. Validators are kept byte for byte.

    ``rhythm`` counts the entries of 28 days by hour of the week, one base-36 digit an hour, Monday 00:00 UTC first.
    """

    feed: str
    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None
    whole_at: datetime | None = None
    liar: bool = False
    moved_url: str | None = None
    moved_times: int = 0
    fresh_s: float = 0.0
    rhythm: str = ""
    newest_at: datetime | None = None
    failures: float = 0.0
    outcome: PollOutcome | None = None
    detail: str = ""
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    next_poll_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What is remembered of a feed's last document: its frame, its encoding, and each item's digest with its entry."""

    frame: str
    encoding: str
    items: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """
    What a server answered, or why it did not. ``body`` is bytes, never decoded text.

    ``whole`` says that no condition was sent; ``moved_url`` is where only permanent redirects led; ``fresh_s`` is for
    how long the server calls its answer fresh.
    """

    feed: str
    outcome: PollOutcome | None  # None: a body arrived and has to be read
    status: int | None = None
    detail: str = ""
    url: str = ""
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    retry_after_s: float | None = None
    fresh_s: float = 0.0
    whole: bool = True
    moved_url: str | None = None
    body: bytes = b""
    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item that one feed published. An edited title or lead is a new ``version`` of the same entry."""

    entry_id: str
    feed: str
    guid: str
    url: str
    title: str
    lead: str
    lang: str
    source: str | None
    published_at: datetime | None
    seen_at: datetime
    version: int = 1
    history: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """
    One feed's answer, ready to be written. ``marks`` None leaves what is remembered of its last document.

    ``removed`` are ids of entries that its outlet has taken back.
    """

    state: FeedState
    entries: tuple[Entry, ...] = ()
    marks: Marks | None = None
    removed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something wrong with a feed, from its start to its end; ``ended_at`` None: it lasts."""

    feed: str
    kind: IncidentKind
    started_at: datetime
    ended_at: datetime | None = None
    detail: str = ""


class Coverage(StrEnum):
    """How one voice of one actor is watched at this moment: the nearest way that works."""

    DIRECT = "direct"  # a feed of the voice's own institution, or of its government's official outlet
    PRESS = "press"  # feeds of outlets that report on it
    SEARCH = "search"  # only what a search or a portal shows
    DOWN = "down"  # feeds are configured, and none of them works
    NONE = "none"  # no feed is configured


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """One voice of one actor: ``feeds`` are what it is heard through, ``lost`` what would be nearer but is down."""

    actor: Actor
    voice: Voice
    coverage: Coverage
    feeds: tuple[str, ...]
    lost: tuple[str, ...]
