"""What an answer to a person rests on, and what it may be: the values that asking and answering share. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pipeline.alert.asked import Asked
from pipeline.alert.asking import Ask, button
from pipeline.alert.blocks import Block, section
from pipeline.domain import (
    Acknowledgement,
    Actor,
    Article,
    Correction,
    Gloss,
    Message,
    Position,
    Shift,
    Silence,
    Tag,
)
from pipeline.vocabulary import CodebookSettings


class Outcome(StrEnum):
    """What came of a question; each has exactly one."""

    TOLD = "told"
    OPENED = "opened"  # a modal asks further
    TAKEN = "taken"
    THEIRS = "theirs"  # somebody else has it
    CORRECTED = "corrected"
    CONTESTED = "contested"  # another said otherwise before: that holds until the desk's head settles it
    MUTED = "muted"
    UNDONE = "undone"
    SETTLED = "settled"
    REPEATED = "repeated"  # done before: Slack told of it again
    EMPTY = "empty"  # nothing was chosen, or what is no choice
    UNKNOWN = "unknown"  # what it is about is not there any more
    NOT_A_MEMBER = "not_a_member"
    NOT_THE_HEAD = "not_the_head"
    NOT_OURS = "not_ours"  # no question that we offer


class Deed(StrEnum):
    """What can be undone, as the value of an *Undo* button names it."""

    TAKE = "take"
    JUDGE = "judge"
    MUTE = "mute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """
    What an answer to a deed rests on.

    ``tags`` are by article and ``others``, the corrections of its story, too; ``chosen`` is what the head decided for.
    """

    now: datetime
    names: Mapping[Actor, str]
    codebook: CodebookSettings
    head: str | None
    member: bool
    gloss: Callable[[Article, Position], Gloss | None]
    shift: Shift | None = None
    owner: Acknowledgement | None = None
    tags: Mapping[str, Tag] = field(default_factory=dict)
    others: Mapping[str, Sequence[Correction]] = field(default_factory=dict)
    chosen: Sequence[Correction] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """
    What is to be done: write, then open or say. What was written before is not said again.

    ``to_head`` asks the desk's head in the matter's thread; ``replaces`` the private message that held the button.
    """

    outcome: Outcome
    say: Message | None = None
    view: Block | None = None
    take: Acknowledgement | None = None
    corrections: tuple[Correction, ...] = ()
    silence: Silence | None = None
    undo: tuple[Deed, str] | None = None
    to_head: Message | None = None
    replaces: bool = False


def undo_button(deed: Deed, asked: Asked, label: str = "Undo") -> Block:
    """Return the button that takes a deed back."""
    return button(Ask.UNDO, label, f"{deed}:{asked.act_id}")


def said(outcome: Outcome, words: str, *buttons: Block) -> Response:
    """Return an answer that only says something."""
    return Response(outcome=outcome, say=message(words, *buttons))


def message(words: str, *buttons: Block) -> Message:
    """Return a paragraph with buttons under it, each in a block of its own: two may ask the same."""
    actions = [{"type": "actions", "elements": [each]} for each in buttons]
    return Message(text=words, blocks=(section(words), *actions))
