"""
The nouns of the field: frozen values that every stage shares. No imports of ours.

Times are aware UTC ``datetime``; unknown is ``None``; probabilities are floats in [0, 1].
The labels follow ``docs/codebook.md``; a test holds the two together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum


class RefusalError(RuntimeError):
    """Something a person has to mend: the message names the file, row or place, and the mend."""


class Actor(StrEnum):
    """The five whose policy is watched."""

    JP = "JP"
    KR = "KR"
    TW = "TW"
    CN = "CN"
    KP = "KP"


class Voice(StrEnum):
    """Whose position it is: a country is never one voice."""

    GOVERNMENT = "government"
    RULING_PARTY = "ruling_party"
    OPPOSITION = "opposition"
    PARLIAMENT = "parliament"
    BUSINESS = "business"
    SOCIETY = "society"


class Stance(StrEnum):
    """A voice's position toward supporting Ukraine."""

    SUPPORTIVE = "supportive"
    HEDGING = "hedging"
    OPPOSING = "opposing"
    NEUTRAL = "neutral"


class ReportedShift(StrEnum):
    """Whether the text itself reports a change; not to be confused with `Shift`."""

    TOWARD = "toward"
    AWAY = "away"
    NONE = "none"


class Act(StrEnum):
    """What was done, in its strongest form in the text."""

    SAID = "said"
    CONSIDERING = "considering"
    DECIDED = "decided"
    CARRIED_OUT = "carried_out"
    REFUSED = "refused"
    DENIED = "denied"


class Track(StrEnum):
    """The nine headings of the New Europe Center paper, then five drivers of policy."""

    SANCTIONS = "sanctions"
    DIALOGUE = "dialogue"
    PARLIAMENT = "parliament"
    AID = "aid"
    NATO_EU = "nato_eu"
    K_DIPLOMACY = "k_diplomacy"
    RECONSTRUCTION = "reconstruction"
    ACCOUNTABILITY = "accountability"
    CULTURE = "culture"
    MILITARY = "military"
    RUSSIA_TIES = "russia_ties"
    DPRK_RUSSIA = "dprk_russia"
    US_FACTOR = "us_factor"
    TAIWAN_ANALOGY = "taiwan_analogy"


class Balance(StrEnum):
    """The two numbers kept for a government: Seoul can give aid and reopen ties with Moscow at once."""

    SUPPORT = "support"
    RUSSIA = "russia"


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


class Owner(StrEnum):
    """Who owns an outlet."""

    STATE = "state"
    PARTY = "party"
    PRIVATE = "private"
    PUBLIC = "public"
    NGO = "ngo"


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


class LinkKind(StrEnum):
    """What a story is to an earlier one."""

    DENIES = "denies"  # an actor's voice denies what was reported
    CORRECTS = "corrects"  # an outlet takes back or mends its own report
    FOLLOWS = "follows"  # the next step of the same matter, on a later day


class AlterationKind(StrEnum):
    """What an outlet did to an entry that had been alerted on."""

    REMOVED = "removed"
    REWRITTEN = "rewritten"


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
    ROLL_UP = "roll_up"  # the day's message of what was not said by itself
    BRIEF = "brief"  # the weekday's message of what was found overnight


class NotificationState(StrEnum):
    """Where a notification stands in the outbox."""

    PENDING = "pending"  # Slack has not taken it
    TRYING = "trying"  # handed over; whether Slack took it is not known: looked for before it is said again
    BLOCKED = "blocked"  # a person has to mend the token or the channel; tried again now and then
    SENT = "sent"
    PRINTED = "printed"  # no token: shown on the terminal and kept
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


class ShiftKind(StrEnum):
    """The two ways in which a change becomes known."""

    REPORTED = "reported"
    SERIES = "series"


class Held(StrEnum):
    """What of our own pipeline may explain that a series moved; it is then shown as held, and not sent."""

    OUTAGE = "outage"  # feeds that carried the earlier stories are silent or broken
    MIX = "mix"  # other outlets or languages speak than before
    BURST = "burst"  # one outlet, or outlets never heard before, publish far more than their share
    DUPLICATE = "duplicate"  # headlines came again under another name
    BACKFILL = "backfill"  # many stories of other days were read at one moment
    MODEL = "model"  # earlier and later stories were tagged by different models


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
    kind: "IncidentKind"
    started_at: datetime
    ended_at: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An outlet: who owns it, where, whether it is an actor's own official site, and what it is to other outlets."""

    name: str
    owner: Owner
    country: str
    tier: int
    official: Actor | None = None
    agency: bool = False
    institution: bool = False
    portal: bool = False
    edition_of: str | None = None
    group: str | None = None
    domains: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()

    @property
    def house(self) -> str | None:
        """Who answers for its pages: two sources of one house are one witness, and None, a portal, is no witness."""
        return None if self.portal else self.group or self.edition_of or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """
    A distinct text of one outlet, and the story that it reports.

    ``origin`` is the outlet whose text it is or rests on, once mirrors, agency credits and quotations are traced;
    near-copies of one another share ``copy_id``, the ``article_id`` of the first of them.
    """

    article_id: str
    copy_id: str
    story_id: str
    source: str
    origin: str
    url: str
    lang: str
    title: str
    lead: str
    published_at: datetime | None
    seen_at: datetime
    history: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What one story is to an earlier one."""

    story_id: str
    other_id: str
    kind: LinkKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Alteration:
    """An outlet removed or rewrote an entry after it was evidence of something that a route was told."""

    entry_id: str
    kind: AlterationKind
    version: int
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Gloss:
    """One line of ours about a position, in the two languages of the readers; it translates nothing."""

    en: str
    uk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where one voice of one actor stands in one text. Distributions sum to 1."""

    actor: Actor
    voice: Voice
    stance: Stance
    stance_probabilities: Mapping[Stance, float]
    reported_shift: ReportedShift
    shift_probabilities: Mapping[ReportedShift, float]
    act: Act
    allegation: bool
    unsure: bool
    gloss: Gloss | None

    @property
    def official(self) -> bool:
        """Whether it is its government's own, not another's claim about it, and clear enough to count."""
        return self.voice is Voice.GOVERNMENT and not self.allegation and not self.unsure


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """What one model version says of one text; the first position is the main one."""

    relevant: bool
    relevance: float
    positions: tuple[Position, ...]
    tracks: tuple[Track, ...]
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A headline and its summary, as the model takes them. ``published_at`` decides who governs."""

    title: str
    lead: str
    lang: str
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedArticle:
    """An article with its tag: what the detectors read."""

    article: Article
    tag: Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What is watched for a change: one voice of one actor on one balance, or on one track of it."""

    actor: Actor
    voice: Voice = Voice.GOVERNMENT
    balance: Balance
    track: Track | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """How often a model says each stance of positions that people gave another: ``counts`` by label, then as said."""

    model: str
    counts: Mapping[Stance, Mapping[Stance, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A story behind a shift, shown by its first article; ``influence`` is how much evidence falls without it."""

    article: Article
    articles: int
    stance: Stance
    influence: float
    gloss: Gloss | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """
    A change in where a voice stands: reported by a text, or seen in a series of stories.

    Nine times in ten the onset lies between ``onset_from`` and ``onset_until`` and the change of the balance between
    ``size_low`` and ``size_high``. Without its ``rests_on`` weightiest stories it would not have been found.
    """

    shift_id: str
    kind: ShiftKind
    actor: Actor
    balance: Balance | None
    direction: ReportedShift
    act: Act | None
    tracks: tuple[Track, ...]
    onset_at: datetime
    detected_at: datetime
    before: float | None
    after: float | None
    stories_before: int
    stories_after: int
    certainty: float
    false_alarms_per_quarter: float | None
    confirmed: bool
    history: bool
    words: str
    evidence: tuple[Evidence, ...] = field(default=())
    voice: Voice = Voice.GOVERNMENT
    track: Track | None = None
    model: str = ""
    onset_from: datetime | None = None
    onset_until: datetime | None = None
    size_low: float | None = None
    size_high: float | None = None
    rests_on: int | None = None
    held: Held | None = None
    withdrawn_at: datetime | None = None
    withdrawn_why: str = ""

    @property
    def stands(self) -> bool:
        """Whether it is found, and nothing of our own explains it."""
        return self.held is None and self.withdrawn_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Where a series stands since its line began; ``stands`` None: too little to tell."""

    series: Series
    stories: int
    since: datetime | None
    stands: float | None
    corrected: bool
    held: Held | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allegation:
    """What others say about a government: ``by`` is the actor that says it, else the country of the outlet."""

    by: str
    actor: Actor
    stance: Stance
    stories: int
    evidence: tuple[Evidence, ...]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Development:
    """
    Something that is known of a matter. It has been told where one of its ``names`` has.

    ``article`` reports it or is what was altered; ``who`` denies; ``was`` is a headline before its change.
    """

    kind: DevelopmentKind
    names: frozenset[str]
    at: datetime
    article: Article | None = None
    who: str = ""
    was: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Where a matter's message stands in Slack."""

    channel: str
    ts: str


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
    """A digest as one recipient gets it."""

    message_id: str
    recipient: str
    subject: str
    text: str
    html: str
    date: datetime
