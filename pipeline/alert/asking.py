"""
A shift and what people did about it -> what its message ends with: the line that says so, and the buttons. Pure.

Imports nothing of ours but nouns, so that `pipeline.alert.message` may end with either.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from zoneinfo import ZoneInfo

from pipeline.domain import Development, DevelopmentKind

BUTTON, VALUE = 75, 2_000
"""Characters that Slack takes at most."""

_KYIV = ZoneInfo("Europe/Kyiv")


class Ask(StrEnum):
    """What a person may ask of a message; the ``action_id`` of its button."""

    HAVE_IT = "have_it"
    WRONG_TAG = "wrong_tag"
    NOT_RELEVANT = "not_relevant"
    MUTE = "mute"
    WHY = "why"
    COPY = "copy"
    TAKE_OVER = "take_over"  # the matter is somebody's
    UNDO = "undo"
    SETTLE = "settle"  # the head's choice between two corrections
    STANCE = "stance"  # the slash command


_LABELS = {
    Ask.HAVE_IT: "I have it",
    Ask.WRONG_TAG: "Wrong tag…",
    Ask.NOT_RELEVANT: "Not relevant",
    Ask.MUTE: "Mute…",
    Ask.WHY: "Why?",
    Ask.COPY: "Copy for minister",
}
_SAYS = {
    DevelopmentKind.OWNED: "has it since",
    DevelopmentKind.RELEASED: "had it until more became known,",
    DevelopmentKind.JUDGED: "judged it",
}


def buttons(shift_id: str) -> Mapping[str, object]:
    """Return the block of buttons that a shift's message ends with."""
    return {"type": "actions", "elements": [button(ask, label, shift_id) for ask, label in _LABELS.items()]}


def button(ask: Ask, label: str, value: str, *, danger: bool = False) -> Mapping[str, object]:
    """Return a button; ``value`` is what it is about."""
    shown = {"type": "plain_text", "text": label[:BUTTON], "emoji": False}
    styled = {"style": "danger"} if danger else {}
    return {"type": "button", "action_id": str(ask), "text": shown, "value": value[:VALUE], **styled}


def acted(developments: Iterable[Development]) -> str:
    """Say in mrkdwn who has a matter and how people judged it; empty where nobody did anything that still holds."""
    said = [
        f"{mention(one.who)} {_SAYS[one.kind]} {one.at.astimezone(_KYIV):%d %b %H:%M} Kyiv"
        + (f": {one.was}" if one.was else "")
        for one in developments
        if one.kind in _SAYS
    ]
    return " · ".join(said)


def mention(user: str) -> str:
    """Name a person so that Slack shows the name; in a rewritten or a private message it calls nobody."""
    return f"<@{user}>"
