"""What people did about what was said: who has a matter, and how they judged it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from pipeline.domain.alerts import Reason
from pipeline.domain.labels import Actor, Track, Voice
from pipeline.domain.shifts import Shift, ShiftKind
from pipeline.domain.stories import Position, Tag


class Verdict(StrEnum):
    """How a person judged what a message rests on."""

    TAKEN = "taken"  # took the matter on, and found nothing wrong with it
    WRONG_TAG = "wrong_tag"  # it is another position
    NOT_RELEVANT = "not_relevant"  # it is none of our matters


class CorrectionState(StrEnum):
    """Whether a correction counts."""

    HOLDS = "holds"
    CONTESTED = "contested"  # another person's, which came first, holds until the desk's head settles it
    OVERRULED = "overruled"  # its author or the desk's head thought again
    UNDONE = "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A colleague: the id that Slack knows, and the name for everybody else."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """A person has a matter until it ends; ``act_id`` is one press of a button, however often Slack tells of it."""

    act_id: str
    shift_id: str
    owner: Person
    at: datetime
    ended_at: datetime | None = None
    ended_why: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """
    What a person says of the story that an article tells: not relevant, or another position of one voice.

    ``position`` takes the place of what ``actor`` and ``voice`` were tagged with, ``tracks`` that of the tag's.
    """

    act_id: str
    shift_id: str
    article_id: str
    verdict: Verdict
    author: Person
    at: datetime
    actor: Actor | None = None
    voice: Voice | None = None
    position: Position | None = None
    tracks: tuple[Track, ...] = ()
    state: CorrectionState = CorrectionState.HOLDS

    def agrees(self, other: "Correction") -> bool:
        """Say whether both may hold of one story: they say the same, or speak of different voices."""
        if Verdict.NOT_RELEVANT in {self.verdict, other.verdict}:
            return self.verdict is other.verdict
        if (self.actor, self.voice) != (other.actor, other.voice):
            return True
        return (self.said, self.tracks) == (other.said, other.tracks)

    def leaves(self, shift: Shift) -> bool:
        """Say whether its story is still evidence of a shift."""
        if self.verdict is Verdict.NOT_RELEVANT:
            return False
        of, about = self.position, (shift.actor, shift.voice)
        if of is None or (self.actor, self.voice) != about:
            return True
        same_way = shift.kind is ShiftKind.SERIES or of.reported_shift is shift.direction
        return (of.actor, of.voice) == about and not of.allegation and same_way

    @property
    def said(self) -> tuple[object, ...]:
        """The labels that it gives."""
        of = self.position
        return () if of is None else (of.voice, of.stance, of.reported_shift, of.act, of.allegation)

    def applied(self, tag: Tag, article_id: str) -> Tag:
        """Return a tag of the story's as corrected; of the article itself, also a position that was not seen at all."""
        if self.position is None:
            return replace(tag, relevant=False, positions=(), tracks=())
        about = (self.actor, self.voice)
        seen = any((p.actor, p.voice) == about for p in tag.positions)
        if not seen and article_id != self.article_id:
            return tag
        kept = [self.position if (p.actor, p.voice) == about else p for p in tag.positions]
        positions = tuple(kept) if seen else (self.position, *kept)
        return replace(tag, relevant=True, positions=positions, tracks=self.tracks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A shift that a person looked at, and the verdict; ``article_id`` where it is about one story of it."""

    shift_id: str
    article_id: str | None
    verdict: Verdict
    by: Person
    at: datetime
