"""Who is told what, why, and what became of it: severities, routes, decisions, messages in the outbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from pipeline.domain.labels import Act, Actor, ReportedShift, Track, Voice
from pipeline.domain.shifts import ShiftKind
from pipeline.domain.stories import Article, Gloss, Owner

EMAIL = "mailto:"
"""The channel of routes that are mailed."""


class Severity(StrEnum):
    """How a shift is brought to people; ``docs/severity.md`` says which is which."""

    A = "A"  # interrupts: a message of its own
    B = "B"  # goes into the daily roll-up
    C = "C"  # waits for the weekly digest


class Reason(StrEnum):
    """Why a shift was or was not said to a route."""

    FIRST = "first"  # said for the first time
    HISTORY = "history"  # rests on entries published before we watched
    NO_ROUTE = "no_route"  # no route matches
    BELOW_THRESHOLD = "below_threshold"  # the route asks for more certainty
    STALE = "stale"  # became known too long ago: a new route, or a new model's second look at old texts
    HELD = "held"  # our own pipeline may explain it: asked again at the next pass
    WITHDRAWN = "withdrawn"  # no longer found: asked again at the next pass
    ALREADY_SAID = "already_said"  # this route has been told
    INHIBITED = "inhibited"  # the series shift that it is part of was said
    ROLLED_UP = "rolled_up"  # not grave enough for a message of its own: in the day's roll-up
    DIGEST = "digest"  # not grave enough for the roll-up: in the week's digest
    OVER_BUDGET = "over_budget"  # the route has had its messages: in the day's roll-up
    SILENCED = "silenced"  # a person silenced what would have been a message of its own
    OMITTED = "omitted"  # a person silenced what would have been in the day's roll-up
    QUIET = "quiet"  # the route's quiet hours: asked again when they end
    GROUPING = "grouping"  # waits for more of its matter, or for its group's interval: asked again then
    FOLLOWS = "follows"  # rewrites or answers what was said
    OWNED = "owned"  # a person has the matter: asked again when that ends
    NEW_EVIDENCE = "new_evidence"  # independent evidence came: nobody has the matter any more
    ROLL_UP = "roll_up"  # the day's message of what was not said by itself
    BRIEF = "brief"  # the weekday's message of what was found overnight
    HEALTH = "health"  # the day's message of feeds that need a look
    STALLED = "stalled"  # no pass of a verb has succeeded for too long


class NotificationState(StrEnum):
    """Where a notification stands in the outbox."""

    PENDING = "pending"  # Slack has not taken it
    TRYING = "trying"  # handed over; whether Slack took it is not known: looked for before it is said again
    BLOCKED = "blocked"  # a person has to mend the token or the channel; tried again now and then
    SENT = "sent"
    PRINTED = "printed"  # no token: shown on the terminal and kept
    HELD = "held"  # an answer without a message: its reason says why
    FAILED = "failed"  # refused for what it says, also as plain text, or its message is gone


class Operation(StrEnum):
    """What a notification does to its matter's one message."""

    POST = "post"
    UPDATE = "update"  # rewrites it
    REPLY = "reply"  # answers in its thread


class DevelopmentKind(StrEnum):
    """What may become of a matter, the gravest first."""

    WITHDRAWN = "withdrawn"  # we take it back
    DENIED = "denied"  # an actor's voice denies it
    CORRECTED = "corrected"  # an outlet corrects its report
    REMOVED = "removed"  # an outlet took its report down
    REWRITTEN = "rewritten"  # an outlet changed its headline
    CONFIRMED = "confirmed"  # a second or official source
    STORY = "story"  # a story that reports it
    OWNED = "owned"  # a person has it
    RELEASED = "released"  # nobody has it any more: new evidence came
    JUDGED = "judged"  # a person corrected its tag, or found it not relevant
    UNDONE = "undone"  # a person took one of these back


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What a shift itself has to be: an empty set matches everything."""

    actors: frozenset[Actor] = frozenset()
    voices: frozenset[Voice] = frozenset()
    acts: frozenset[Act] = frozenset()
    tracks: frozenset[Track] = frozenset()
    directions: frozenset[ReportedShift] = frozenset()
    kinds: frozenset[ShiftKind] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Pattern):
    """A row of the rubric: what fits has this severity. ``amount_usd``: only where a headline names so much."""

    severity: Severity
    amount_usd: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter(Pattern):
    """What a route hears or a silence covers: the shift, its severity, and who reported it."""

    severities: frozenset[Severity] = frozenset()
    languages: frozenset[str] = frozenset()
    owners: frozenset[Owner] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Filter):
    """
    Who hears what, and how. What it wants to hear goes to the first of its ``routes`` that wants it, else to itself.

    ``channel`` is Slack's, or `EMAIL` for one whose messages are mailed to ``email``. Without ``shifts`` it hears of
    collection alone: daily at ``health_at``, and where nothing has run for ``stalled_hours``.

    With ``also`` the routes after it are asked, too. ``single`` severities are messages of their own, at most
    ``messages_per_week`` (None: any number); ``group_by`` names what is kept apart by ``group_interval_minutes``.
    """

    name: str
    channel: str
    min_certainty: float = 0.0
    single: frozenset[Severity] = frozenset(Severity)
    messages_per_week: int | None = None
    group_by: tuple[str, ...] = ()
    group_wait_minutes: float = 0.0
    group_interval_minutes: float = 15.0
    repeat_interval_hours: float | None = None
    timezone: str = "Europe/Kyiv"
    quiet_from: time | None = None
    quiet_until: time | None = None
    roll_up_at: time | None = None
    brief_at: time | None = None
    health_at: time | None = None
    stalled_hours: float = 3.0
    email: tuple[str, ...] = ()
    shifts: bool = True
    also: bool = False
    routes: "tuple[Route, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence(Filter):
    """What a person does not want to hear until it ends; ``stories`` and ``sources`` narrow it to them."""

    silence_id: str
    author: str
    comment: str
    created_at: datetime
    ends_at: datetime
    stories: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """
    One route's answer to one shift, with the reason; what only waits is asked again at ``again_at``.

    ``risen``: it was in the roll-up or the digest, and has become graver since.
    """

    shift_id: str
    route: str
    channel: str
    send: bool
    reason: Reason
    severity: Severity = Severity.C
    again_at: datetime | None = None
    risen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is posted: Block Kit blocks and the plain text that stands for them."""

    text: str
    blocks: tuple[Mapping[str, object], ...]

    @property
    def title(self) -> str:
        """Its header, else the text that stands for it."""
        heads = (block["text"] for block in self.blocks if block.get("type") == "header")
        return next((str(head["text"]) for head in heads if isinstance(head, Mapping)), self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Development:
    """
    Something that is known of a matter. It has been told where one of its ``names`` has.

    ``article`` reports it or is what was altered; ``who`` denies, has or judges it; ``was`` is a headline before its
    change, or a judgement in words. ``gloss`` is our line about it.
    """

    kind: DevelopmentKind
    names: frozenset[str]
    at: datetime
    article: Article | None = None
    who: str = ""
    was: str = ""
    gloss: Gloss | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Where a matter's message stands: in Slack, or as a mail; ``title`` is its first one."""

    channel: str
    ts: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """
    A message in the outbox; ``key`` is unique, so that nothing is said twice.

    ``matter`` is the key of the first message about it, ``told`` the names of the developments that it tells;
    ``doubted_at`` is when Slack was first asked without a clear answer; a message about many has no ``shift_id``.
    """

    key: str
    shift_id: str | None
    route: str
    channel: str
    message: Message
    state: NotificationState
    attempts: int = 0
    operation: Operation = Operation.POST
    matter: str = ""
    told: frozenset[str] = frozenset()
    thread: Thread | None = None
    doubted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was put to a route about a matter, without its words."""

    operation: Operation
    state: NotificationState
    told: frozenset[str]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """
    What became of one attempt. ``plain``: say it again without blocks.

    ``everywhere``: what holds this message up holds up those for other channels.
    """

    state: NotificationState
    ts: str | None = None
    channel: str | None = None
    error: str | None = None
    retry_after_s: float | None = None
    plain: bool = False
    everywhere: bool = False
