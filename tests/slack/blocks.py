"""
Blocks -> what Slack would say of them: the documented limits, most of which slack_sdk does not check, and the total.

`../shared/facts/slack.md` holds where each number comes from. None: Slack takes them.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

BLOCKS, VIEW_BLOCKS, TOTAL, MARKDOWN = 50, 100, 13_000, 12_000
_MENTION = re.compile(r"<([!@#][^<>]*)>")
_LINK = re.compile(r"<((?:https?|mailto):[^<>|]*)(?:\|([^<>]*))?>")


def complaint(blocks: Any, most: int = BLOCKS) -> str | None:
    """Name the error that Slack would give."""
    if not isinstance(blocks, list) or len(blocks) > most or not all(isinstance(block, dict) for block in blocks):
        return "invalid_blocks"
    if not all(_fits(block) for block in blocks):
        return "invalid_blocks"
    for name in ("block_id", "action_id"):
        ids = Counter(each[name] for each in _parts(blocks) if isinstance(each.get(name), str))
        if (ids and max(ids.values()) > 1 and name == "block_id") or any(not 1 <= len(one) <= 255 for one in ids):
            return "invalid_blocks"
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MARKDOWN:
        return "msg_too_long"
    if length(blocks) > TOTAL:
        return "msg_blocks_too_long"
    return None


def length(blocks: Any) -> int:
    """Count every character that is shown."""
    return sum(len(text) for text in words(blocks))


def words(value: Any) -> Iterator[str]:
    """Yield every text that is shown."""
    if isinstance(value, list):
        for each in value:
            yield from words(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name in {"text", "alt_text"} and isinstance(each, str):
                yield each
            elif isinstance(each, (dict, list)):
                yield from words(each)


def texts_of(block: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """List the text objects of a block."""
    some = (block.get("text"), *block.get("elements", ()), *block.get("fields", ()))
    return [text for text in some if isinstance(text, dict) and "text" in text]


def pings(message: Mapping[str, Any]) -> list[str]:
    """List whom a message would call: ``<!channel>``, ``<@U…>``, and names where Slack is told to find them."""
    found = [
        ping
        for text in words([message.get("blocks"), {"text": message.get("text")}])
        for ping in _MENTION.findall(text)
    ]
    loose = [
        text["text"]
        for block in message.get("blocks") or []
        for text in texts_of(block)
        if text.get("type") == "mrkdwn" and not text.get("verbatim")
    ]
    return found + [name for text in loose for name in re.findall(r"(?<!\w)[@#]\w+", text)]


def links(message: Mapping[str, Any]) -> list[tuple[str, str]]:
    """List address and label of every link that a message shows."""
    return [link for text in words(message.get("blocks")) for link in _LINK.findall(text)]


def _parts(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        for each in value:
            yield from _parts(each)
    elif isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _parts(each)


def _text(value: Any, most: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> bool:
    return (
        isinstance(value, dict)
        and value.get("type") in kinds
        and isinstance(value.get("text"), str)
        and 1 <= len(value["text"]) <= most
    )


def _plain(value: Any, most: int) -> bool:
    return _text(value, most, ("plain_text",))


def _several(block: Mapping[str, Any], name: str, most: int, fits: Callable[[Any], bool]) -> bool:
    found = block.get(name)
    return isinstance(found, list) and 1 <= len(found) <= most and all(fits(each) for each in found)


def _option(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and _text(value.get("text"), 75)
        and 1 <= len(str(value.get("value", ""))) <= 150
        and ("description" not in value or _text(value["description"], 75))
    )


def _element(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    kind = value.get("type")
    if kind == "button":
        return (
            _plain(value.get("text"), 75)
            and len(value.get("value", "")) <= 2000
            and len(value.get("url", "")) <= 3000
            and value.get("style", "primary") in {"primary", "danger"}
        )
    if kind in _MOST_OPTIONS:
        return _several(value, "options", _MOST_OPTIONS[kind], _option) and _chosen(value)
    return kind in {"plain_text_input", "datepicker", "users_select", "image"}


_MOST_OPTIONS = {"overflow": 5, "static_select": 100, "multi_static_select": 100, "radio_buttons": 10, "checkboxes": 10}


def _chosen(value: Mapping[str, Any]) -> bool:
    """Say whether what is chosen beforehand is among the options, and each option is another."""
    values = [each["value"] for each in value["options"]]
    one, some = value.get("initial_option"), value.get("initial_options")
    if value["type"] in {"static_select", "radio_buttons"}:
        return len(set(values)) == len(values) and some is None and (one is None or one in value["options"])
    return (
        len(set(values)) == len(values)
        and one is None
        and (some is None or (bool(some) and all(each in value["options"] for each in some)))
    )


def _section(block: Mapping[str, Any]) -> bool:
    text, fields = block.get("text"), block.get("fields")
    return (
        (text is not None or fields is not None)
        and (text is None or _text(text, 3000))
        and (fields is None or _several(block, "fields", 10, lambda field: _text(field, 2000)))
        and ("accessory" not in block or _element(block["accessory"]))
    )


def _actions(block: Mapping[str, Any]) -> bool:
    ids = [each.get("action_id") for each in block.get("elements", ()) if isinstance(each, dict)]
    named = [one for one in ids if one]
    return _several(block, "elements", 25, _element) and len(named) == len(set(named))


_NO_HINT = {"type": "plain_text", "text": "-"}
_KINDS: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "header": lambda block: _plain(block.get("text"), 150),
    "section": _section,
    "context": lambda block: _several(block, "elements", 10, lambda each: _text(each, 3000) or _element(each)),
    "actions": _actions,
    "divider": lambda block: not texts_of(block),
    "image": lambda block: 1 <= len(block.get("alt_text", "")) <= 2000 and len(block.get("image_url", "")) <= 3000,
    "markdown": lambda block: isinstance(block.get("text"), str) and 1 <= len(block["text"]) <= MARKDOWN,
    "input": lambda block: (
        _plain(block.get("label"), 2000)
        and _plain(block.get("hint", _NO_HINT), 2000)
        and isinstance(block.get("optional", False), bool)
        and _element(block.get("element"))
        and block["element"]["type"] != "button"
    ),
}


def _fits(block: Mapping[str, Any]) -> bool:
    kind = block.get("type")
    return isinstance(kind, str) and kind in _KINDS and _KINDS[kind](block)
