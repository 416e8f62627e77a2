"""
Colleagues at the stand-in's workspace: they press the buttons that a message shows, fill in its modals, and give
commands. What they send has the shape that Slack documents; each deed may be told again as Slack does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.slack.place import Place

DESK = "C000DESK"
_deeds = count(1)


@dataclass(slots=True)
class Colleague:
    """A person: ``told`` holds what Slack sent for each deed, so that it may be sent again."""

    place: Place
    send: Callable[[str, dict[str, Any]], Any]
    id: str = "U000ANNA"
    name: str = "anna"
    channel: str = DESK
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def press(self, ask: str, message: Mapping[str, Any]) -> Any:
        """Press a button that a message shows."""
        button = next(each for each in buttons(message) if each["action_id"] == ask)
        return self.press_this(button, message)

    def press_this(self, button: Mapping[str, Any], message: Mapping[str, Any]) -> Any:
        """Press one of several buttons of a kind."""
        number = next(_deeds)
        trigger = f"13345224609.738474920.{number}"
        self.place.triggers[trigger] = self.place.now()
        payload = {
            "type": "block_actions",
            "user": {"id": self.id, "username": self.name, "name": self.name, "team_id": "T0000001"},
            "api_app_id": "A0000001",
            "token": "deprecated",
            "container": {"type": "message", "message_ts": message.get("ts", "1.0"), "channel_id": self.channel},
            "trigger_id": trigger,
            "team": {"id": "T0000001", "domain": "desk"},
            "channel": {"id": self.channel, "name": "desk"},
            "message": {"type": "message", "ts": message.get("ts", "1.0"), "text": message.get("text", "")},
            "response_url": self.place.answer_url(self.id),
            "actions": [{**button, "block_id": "b1", "type": "button", "action_ts": f"{self.place.now():.6f}{number}"}],
        }
        return self._send("interactive", payload)

    def fill(self, view: Mapping[str, Any], **answers: Any) -> Any:
        """Submit a modal: what is not answered stays as it was chosen beforehand."""
        values = {}
        for block in (each for each in view["blocks"] if each["type"] == "input"):
            name = block["element"]["action_id"]
            values[block["block_id"]] = {name: _answered(block["element"], answers.get(name))}
        number = next(_deeds)
        payload = {
            "type": "view_submission",
            "user": {"id": self.id, "username": self.name, "name": self.name, "team_id": "T0000001"},
            "trigger_id": f"13345224609.738474920.{number}",
            "view": {**view, "id": f"V{number:08}", "hash": "156772938.1827394", "state": {"values": values}},
            "response_urls": [],
        }
        return self._send("interactive", payload)

    def command(self, words: str) -> Any:
        """Say ``/stance`` and some words."""
        payload = {
            "command": "/stance",
            "text": words,
            "user_id": self.id,
            "user_name": self.name,
            "channel_id": self.channel,
            "channel_name": "desk",
            "team_id": "T0000001",
            "api_app_id": "A0000001",
            "trigger_id": f"13345224609.738474920.{next(_deeds)}",
            "response_url": self.place.answer_url(self.id),
        }
        return self._send("slash_commands", payload)

    def again(self) -> Any:
        """Let Slack tell of the last deed once more."""
        return self.send(*self.told[-1])

    def _send(self, kind: str, payload: dict[str, Any]) -> Any:
        self.told.append((kind, payload))
        return self.send(kind, payload)


def buttons(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """List the buttons that a message shows."""
    rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    return [each for row in rows for each in row]


def shown(message: Mapping[str, Any]) -> str:
    """Return all that a message says."""
    found = []
    for block in message["blocks"]:
        texts = block.get("elements") or [block.get("text")]
        found += [str(each["text"]) for each in texts if isinstance(each, dict) and isinstance(each.get("text"), str)]
    return "\n".join(found)


def _answered(element: Mapping[str, Any], answer: Any) -> dict[str, Any]:
    options = {each["value"]: each for each in element["options"]}
    if element["type"] in {"static_select", "radio_buttons"}:
        one = element.get("initial_option") if answer is None else options[answer]
        return {"type": element["type"], "selected_option": one}
    some = element.get("initial_options", []) if answer is None else [options[each] for each in answer]
    return {"type": element["type"], "selected_options": some}
