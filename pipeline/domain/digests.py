"""What a week was, in both languages: kept, edited and written for each reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from pipeline.domain.labels import Actor, Balance, ReportedShift, Stance, Track, Voice
from pipeline.domain.shifts import Held
from pipeline.domain.stories import Gloss

LANGUAGES = ("en", "uk")
"""What a digest is written in: every ``Mapping[str, str]`` of its own words has these keys."""


class Section(StrEnum):
    """The parts of a digest, in their order."""

    SENTENCE = "sentence"  # the one sentence of the week
    SHIFTED = "shifted"
    LINE = "line"  # the current line: the items that cells of the matrix show
    STANDING = "standing"  # where each actor stands now, four weeks ago and in the seed papers
    CALENDAR = "calendar"  # the next seven days
    STEPS = "steps"  # promised, decided, delivered
    CONTACTS = "contacts"
    DEBATE = "debate"
    ALLEGATIONS = "allegations"  # what Moscow, Beijing, Pyongyang and others say about them
    TAKEN_BACK = "taken_back"  # denials and corrections since the last issue
    WATCHING = "watching"
    RECORD = "record"  # how often earlier alerts proved right


class Column(StrEnum):
    """The headings of the current line: the nine of the New Europe Center paper, and ties with Russia."""

    PRESSURE = "pressure"
    DIALOGUE = "dialogue"
    PARLIAMENTS = "parliaments"
    SUPPORT = "support"
    FORMATS = "formats"
    K_DIPLOMACY = "k_diplomacy"
    RECONSTRUCTION = "reconstruction"
    TRIBUNAL = "tribunal"
    CULTURE = "culture"
    RUSSIA_TIES = "russia_ties"


class CellState(StrEnum):
    """What can be said in a cell of the current line."""

    STATED = "stated"  # the last act or statement: the item of the cell
    NOTHING = "nothing"  # nothing for ``days``; the item is the last there was, if any
    WEAK_TAG = "weak_tag"  # cannot judge: all that was read is unsure
    WEAK_COVERAGE = "weak_coverage"  # cannot judge: nothing was seen, and the voice is hardly watched
    NOT_ITS_OWN = "not_its_own"  # the heading is another actor's own (K-diplomacy)


class Review(StrEnum):
    """Whether an editor has seen an edition."""

    DRAFT = "draft"
    UNREVIEWED = "unreviewed"
    APPROVED = "approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A text behind an item: its headline as printed, our gloss, who printed it and where it stands."""

    article_id: str
    title: str
    lang: str
    gloss: Gloss | None
    outlet: str
    at: datetime
    url: str
    articles: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """
    One thing that a digest says. ``item_id`` names its section and what it is about, and outlives a new draft.

    ``group`` is a heading within its section; ``reading`` is the editors' own; ``evidence`` is all there is, of which
    a page shows the first pieces.
    """

    item_id: str
    section: Section
    group: str = ""
    actor: Actor | None = None
    voice: Voice | None = None
    tracks: frozenset[Track] = frozenset()
    words: Mapping[str, str]
    evidence: tuple[Citation, ...] = ()
    checked: bool = False
    reading: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One voice under one heading. ``item_id`` names the item of ``Section.LINE`` that it shows."""

    actor: Actor
    voice: Voice
    column: Column
    state: CellState
    days: int | None = None
    direction: ReportedShift = ReportedShift.NONE
    stance: Stance | None = None
    item_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """The current line: one row of cells a voice, one cell a column, in order."""

    rows: tuple[tuple[Actor, Voice], ...]
    columns: tuple[Column, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A balance over the 28 days before ``until``; ``value`` None: too few stories."""

    until: datetime
    stories: int
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    Where one government stands on one balance, week by week, the newest last.

    ``moved`` compares now with four weeks ago: None is too little to tell; ``held`` says what of our own pipeline may
    explain a change. ``articles`` are the stories of ``now``.
    """

    actor: Actor
    balance: Balance
    weeks: tuple[Point, ...]
    moved: ReportedShift | None
    articles: tuple[str, ...] = ()
    held: Held | None = None
    start: Stance | None = None

    @property
    def now(self) -> Point:
        """The last 28 days."""
        return self.weeks[-1]

    @property
    def before(self) -> Point:
        """The 28 days before them."""
        return self.weeks[-5]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """A dated fact of the calendar: an election, a change of cabinet, a turn in Washington. No actor: everybody's."""

    on: date
    kind: str
    words: Mapping[str, str]
    actors: frozenset[Actor] = frozenset()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One week up to its cut-off (``until``): what is said of it, and what its table and charts are made of."""

    week: str
    since: datetime
    until: datetime
    items: tuple[Item, ...]
    matrix: Matrix
    standings: tuple[Standing, ...]
    calendar: tuple[Occasion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """For whom a digest is written; no actors or tracks: all of them."""

    lang: str
    actors: frozenset[Actor] = frozenset()
    tracks: frozenset[Track] = frozenset()
    timezone: str = "Europe/Kyiv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint:
    """What stands above and below every copy: who reviewed it (``initials``), who sends it, how to leave."""

    sender: str
    review: Review
    initials: str = ""
    page_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture of a page, shown as ``cid:`` and told by ``alt``."""

    cid: str
    alt: str
    png: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A digest as one reader gets it, without addresses and headers."""

    subject: str
    text: str
    html: str
    images: tuple[Image, ...]
