"""What is found: series, the shifts in them and in reports, and the evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pipeline.domain.labels import Act, Actor, Balance, ReportedShift, Stance, Track, Voice
from pipeline.domain.stories import Article, Gloss

BEFORE_DAYS = 90
"""So far back lie the stories that say where a voice stood before a reported shift."""


class ShiftKind(StrEnum):
    """The two ways in which a change becomes known."""

    REPORTED = "reported"
    SERIES = "series"


class Held(StrEnum):
    """What of our own pipeline may explain that a series moved; it is then shown as held, and not sent."""

    OUTAGE = "outage"  # feeds that carried the earlier stories are silent or broken
    MIX = "mix"  # other outlets or languages speak than before
    BURST = "burst"  # one outlet, or those never heard before, tell more and otherwise than the others
    DUPLICATE = "duplicate"  # headlines came again under another name
    BACKFILL = "backfill"  # many stories of other days were read at one moment
    MODEL = "model"  # earlier and later stories were tagged by different models


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
    """
    A story behind a shift, shown by its first article; ``influence`` is how much evidence falls without it.

    ``readable`` tells the same story in a language of the readers, where ``article`` is in none of them.
    """

    article: Article
    articles: int
    stance: Stance
    influence: float
    gloss: Gloss | None
    readable: Article | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """
    A change in where a voice stands: reported by a text, or seen in a series of stories.

    Nine times in ten the onset lies between ``onset_from`` and ``onset_until`` and the change of the balance between
    ``size_low`` and ``size_high``. Without its ``rests_on`` weightiest stories it would not have been found. Where it
    is reported, ``before`` and ``stories_before`` are of the `BEFORE_DAYS` before it, and ``act`` is its gravest.
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
    def stories(self) -> frozenset[str]:
        """The stories that it rests on, as they are grouped now."""
        return frozenset(piece.article.story_id for piece in self.evidence)

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
