"""
What Slack sends when a person acts -> what is asked, by whom, of what. Pure; None for what is none of ours.

The payload is the same over a socket and over signed HTTP: a button (``block_actions``), a modal that was filled in
(``view_submission``), a slash command.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from pipeline.alert.asking import Ask
from pipeline.domain import Person

COMMAND = "/stance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """
    One deed of one person; ``act_id`` is the same however often Slack tells of it.

    ``about`` is a shift, or for `Ask.UNDO` and `Ask.SETTLE` an act, or the words after a command. ``given`` holds the
    answers of a modal. What answers goes to ``answer_url`` where there is one, else to ``channel``.
    """

    ask: Ask
    act_id: str
    by: Person
    about: str
    channel: str = ""
    trigger: str = ""
    answer_url: str = ""
    given: Mapping[str, Sequence[str]] | None = field(default=None)

    def one(self, name: str) -> str:
        """Return the answer to a question that has one; "" where there was none."""
        return next(iter((self.given or {}).get(name, ())), "")


def payload_of(body: bytes) -> Mapping[str, Any]:
    """Read the body of a signed request: a command is a form, all else one field of it; empty where it is neither."""
    try:
        form = dict(parse_qsl(body.decode()))
        found = json.loads(form["payload"]) if "payload" in form else form
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def asked(payload: Mapping[str, Any]) -> Asked | None:
    """Read a payload; what is not as Slack documents it is nobody's."""
    try:
        if payload.get("type") == "block_actions":
            return _pressed(payload)
        if payload.get("type") == "view_submission":
            return _submitted(payload)
        return _commanded(payload) if payload.get("command") == COMMAND else None
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return None


def _pressed(payload: Mapping[str, Any]) -> Asked | None:
    action = payload["actions"][0]
    if action.get("action_id") not in set(Ask):
        return None
    by, ask, about = _person(payload["user"]), Ask(action["action_id"]), str(action["value"])
    return Asked(
        ask=ask,
        act_id=_act_id(by, ask, about, str(action["action_ts"])),
        by=by,
        about=about,
        channel=str((payload.get("channel") or {}).get("id", "")),
        trigger=str(payload.get("trigger_id", "")),
        answer_url=str(payload.get("response_url") or ""),
    )


def _submitted(payload: Mapping[str, Any]) -> Asked:
    view = payload["view"]
    by, ask, kept = _person(payload["user"]), Ask(view["callback_id"]), json.loads(view["private_metadata"])
    given = {name: _answers(element) for block in view["state"]["values"].values() for name, element in block.items()}
    return Asked(
        ask=ask,
        act_id=_act_id(by, ask, str(kept["about"]), str(view["id"])),
        by=by,
        about=str(kept["about"]),
        channel=str(kept["channel"]),
        given=given,
    )


def _commanded(payload: Mapping[str, Any]) -> Asked:
    by = Person(id=str(payload["user_id"]), name=str(payload.get("user_name") or payload["user_id"]))
    about = str(payload.get("text") or "").strip().lower()
    return Asked(
        ask=Ask.STANCE,
        act_id=_act_id(by, Ask.STANCE, about, str(payload["trigger_id"])),
        by=by,
        about=about,
        channel=str(payload.get("channel_id", "")),
        answer_url=str(payload.get("response_url") or ""),
    )


def _answers(element: Mapping[str, Any]) -> Sequence[str]:
    one = element.get("selected_option")
    chosen = [one] if one else element.get("selected_options") or []
    return [str(each["value"]) for each in chosen]


def _person(user: Mapping[str, Any]) -> Person:
    return Person(id=str(user["id"]), name=str(user.get("username") or user.get("name") or user["id"]))


def _act_id(by: Person, ask: Ask, about: str, once: str) -> str:
    return hashlib.sha256(f"{by.id}\0{ask}\0{about}\0{once}".encode()).hexdigest()[:24]
