"""
What the files of words may hold: ``concepts/``, ``happenings.yaml``, ``contacts.yaml``, ``codebook.yaml``.

A key that is none is an error.

Under `pipeline.shapes`, which holds the shapes of all other files of ``config/``.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from pipeline.domain import Act, Actor, ReportedShift, Stance, Track, Voice


class Strict(BaseModel):
    """A row or a file whose keys are all known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(Strict):
    """A name of ours in the two languages of the readers."""

    en: str
    uk: str


class Concept(Strict):
    """One row of ``config/concepts/*.yaml``; see the README there for the matching rules."""

    id: str
    kind: Literal["country", "person", "office", "agency", "party", "house", "firm", "instrument", "word"]
    actor: Actor | None = None
    voice: Voice | None = None
    tracks: tuple[str, ...] = ()
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    source: str = ""
    langs: tuple[str, ...] = ()
    label: Label | None = None
    forms: Mapping[str, tuple[str, ...]]
    near: tuple[str, ...] = ()
    not_in: tuple[str, ...] = ()


class HappeningSettings(Strict):
    """The words that stories are compared by, beside the concepts: ``config/happenings.yaml``."""

    concepts: tuple[Concept, ...]
    often: dict[str, float]


class ContactSettings(Strict):
    """The words that tell a call, a meeting or a visit, and its level: ``config/contacts.yaml``."""

    levels: Mapping[str, tuple[str, ...]]
    concepts: tuple[Concept, ...]


class Meaning(Strict):
    """What a label means, with examples of ours and what is ``unlike`` it."""

    means: str
    examples: tuple[str, ...]
    unlike: str = ""


class CodebookSettings(Strict):
    """What people are asked for who correct a tag: ``config/codebook.yaml``."""

    voices: Mapping[Voice, Meaning]
    stances: Mapping[Stance, Meaning]
    shifts: Mapping[ReportedShift, Meaning]
    acts: Mapping[Act, Meaning]
    tracks: Mapping[Track, Meaning]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        asked = {"voices": Voice, "stances": Stance, "shifts": ReportedShift, "acts": Act, "tracks": Track}
        for name, labels in asked.items():
            if missing := sorted(set(labels) - set(getattr(self, name))):
                raise ValueError(f"{name}: no meaning of {', '.join(missing)}")
        return self
