"""What is read: outlets, their texts, the stories that they tell, and what a model says of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipeline.domain.labels import Act, Actor, ReportedShift, Stance, Track, Voice


class Owner(StrEnum):
    """Who owns an outlet."""

    STATE = "state"
    PARTY = "party"
    PRIVATE = "private"
    PUBLIC = "public"
    NGO = "ngo"


class LinkKind(StrEnum):
    """What a story is to an earlier one."""

    DENIES = "denies"  # an actor's voice denies what was reported
    CORRECTS = "corrects"  # an outlet takes back or mends its own report
    FOLLOWS = "follows"  # the next step of the same matter, on a later day


class AlterationKind(StrEnum):
    """What an outlet did to an entry that had been alerted on."""

    REMOVED = "removed"
    REWRITTEN = "rewritten"


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
    near-copies of one another share ``copy_id``, the ``article_id`` of the first of them. One that is forgotten on
    request has no text any more.
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
    forgotten_at: datetime | None = None

    @property
    def headline(self) -> str:
        """What stands for it where it is shown."""
        if self.forgotten_at is not None:
            return f"text deleted on request on {self.forgotten_at:%Y-%m-%d}"
        return self.title or self.url

    @property
    def text(self) -> "Text":
        """What the model takes of it."""
        return Text(title=self.title, lead=self.lead, lang=self.lang, published_at=self.published_at)


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
    """
    One line of ours about a position, in the two languages of the readers; it translates nothing.

    ``matter_en`` and ``matter_uk`` name what it is about, where the text names something that we know.
    """

    en: str
    uk: str
    matter_en: str = ""
    matter_uk: str = ""


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
