"""Who gets the digest, what an editor made of it, and each mail as it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipeline.domain.digests import Review
from pipeline.domain.labels import Actor, Track


class Circle(StrEnum):
    """Which list a subscriber is on."""

    INTERNAL = "internal"  # gets an edition that nobody approved, too, marked so
    EXTERNAL = "external"  # gets approved editions only


class SubscriberState(StrEnum):
    """Where a subscription stands; only a confirmed one gets digests."""

    INVITED = "invited"  # one of us asked them; they have not answered
    PENDING = "pending"  # they asked; not confirmed by mail
    CONFIRMED = "confirmed"
    LEFT = "left"
    BOUNCED = "bounced"  # their server refused them three times


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """
    One address and its choice; no actors or tracks: all of them.

    ``listed``: it stands in ``config/digest.yaml``. ``version`` counts what the person has changed: a link made for
    an earlier one is void. ``bounces``: refusals in a row.
    """

    address: str
    lang: str = "en"
    timezone: str = "Europe/Kyiv"
    actors: frozenset[Actor] = frozenset()
    tracks: frozenset[Track] = frozenset()
    circle: Circle = Circle.EXTERNAL
    state: SubscriberState = SubscriberState.CONFIRMED
    listed: bool = False
    bounces: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person asked for by a form; it holds once they confirm it from their mailbox."""

    lang: str = "en"
    timezone: str = "Europe/Kyiv"
    actors: frozenset[Actor] = frozenset()
    tracks: frozenset[Track] = frozenset()


class Answer(StrEnum):
    """What became of something that a person asked for on a page."""

    OPEN = "open"  # the page is shown, nothing was done
    LEFT = "left"
    MAILED = "mailed"  # a mail is under way, whose link confirms it
    CONFIRMED = "confirmed"
    VOID = "void"  # the link is none of ours, too old, or used
    TOO_MANY = "too_many"  # too many mails for one address today
    WRONG = "wrong"  # the form holds what it does not offer


class EditKind(StrEnum):
    """What an editor does to a draft."""

    DROP = "drop"
    MOVE = "move"  # before another item of its section, or to its end
    REWORD = "reword"
    READING = "reading"  # adds our reading to an item
    CHECK = "check"  # holds the item against its evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change to one item. ``before`` is the item that a moved one is put in front of; empty: the end."""

    kind: EditKind
    item_id: str
    words: Mapping[str, str] | None = None
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """
    The week as it was last put together, before edits, and what an editor made of it.

    ``content`` is the digest as `pipeline.digest.kept` writes it; ``draft`` says which draft it is, 0: none.
    """

    week: str
    until: datetime
    review: Review
    content: str
    written_at: datetime
    draft: int = 0
    initials: str = ""
    edits: tuple[Edit, ...] = ()


class LetterKind(StrEnum):
    """What a mail is."""

    DIGEST = "digest"
    DRAFT = "draft"  # to the desk
    NOTICE = "notice"  # to the desk: what went out unreviewed, and what waits
    ERRATUM = "erratum"
    REQUEST = "request"  # asks a person to confirm
    ALERT = "alert"  # to a team without Slack


class LetterState(StrEnum):
    """Where a mail stands."""

    PENDING = "pending"  # not handed over, or put off
    TRYING = "trying"  # handed over; whether it was taken is not known: sent again, byte for byte
    SENT = "sent"
    WRITTEN = "written"  # no server: kept as a file
    FAILED = "failed"  # refused for good
    DROPPED = "dropped"  # its reader left before it was handed over


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """
    A mail as it is sent, byte for byte. ``message_id`` is the same for the same thing said to the same address.

    ``shifts`` are those that it tells as grave ones: a correction follows them.
    """

    message_id: str
    kind: LetterKind
    week: str
    address: str
    raw: bytes
    created_at: datetime
    shifts: frozenset[str] = frozenset()
    attempts: int = 0


class Handover(StrEnum):
    """What a mail server made of one mail."""

    TAKEN = "taken"
    WRITTEN = "written"  # there is no server: kept as a file
    LATER = "later"  # put off: try again
    UNKNOWN = "unknown"  # the connection broke after the text: it may have been taken
    BOUNCED = "bounced"  # no such mailbox
    REFUSED = "refused"  # this mail is not wanted
    CLOSED = "closed"  # the server is not there, or takes no mail of ours: nobody's fault that is written to


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A mail server's answer, with its own words where it did not take the mail."""

    handover: Handover
    error: str = ""
