"""
Texts -> Block Kit, within Slack's limits by construction. Pure.

What is marked up is ours: a text of others is escaped (Slack asks for & < > only), cut at a whole character and shown
verbatim, so that it pings and links nobody.
"""

from collections.abc import Iterable, Mapping

Block = Mapping[str, object]

OPTION, DESCRIPTION, VALUE = 75, 75, 150
"""Characters that Slack takes of an option."""
HEADER, SECTION = 150, 3_000


def escape(text: str) -> str:
    """Escape for Slack's mrkdwn."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fit(text: str, length: int) -> str:
    """Escape a text and cut it at a whole character, so that it takes at most ``length``."""
    if len(escape(text)) <= length:
        return escape(text)
    kept, taken = 0, len("…")
    while (taken := taken + len(escape(text[kept]))) <= length:
        kept += 1
    return f"{escape(text[:kept])}…"


def cut(text: str, length: int) -> str:
    """Cut a text that Slack does not read as mrkdwn."""
    return text if len(text) <= length else text[: length - 1] + "…"


def mrkdwn(text: str) -> Block:
    """Format what is marked up and nothing else: by default Slack links bare addresses and names of channels."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain(text: str) -> Block:
    """Show a text as it is."""
    return {"type": "plain_text", "text": text, "emoji": False}


def section(text: str) -> Block:
    """Return a paragraph of mrkdwn."""
    return {"type": "section", "text": mrkdwn(text)}


def header(text: str) -> Block:
    """Return a title, shown as it is."""
    return {"type": "header", "text": plain(cut(text, HEADER))}


def context(text: str) -> Block:
    """Return small print in mrkdwn."""
    return {"type": "context", "elements": [mrkdwn(text)]}


def verbatim(text: str) -> Block:
    """Return a paragraph that is shown as it is."""
    return {"type": "section", "text": plain(cut(text, SECTION))}


def option(label: str, value: str, description: str = "") -> Block:
    """Return one choice; a value that is cut would be another, so that it has to be short enough."""
    said = {"description": plain(cut(description, DESCRIPTION))} if description else {}
    return {"text": plain(cut(label, OPTION) or "…"), "value": value, **said}


def select(name: str, label: str, options: Iterable[Block], chosen: str) -> Block:
    """Return a question with one answer; ``chosen`` is the value that it starts with."""
    known = list(options)
    first = next((one for one in known if one["value"] == chosen), known[0])
    return _input(name, label, {"type": "static_select", "options": known, "initial_option": first})


def several(name: str, label: str, options: Iterable[Block], chosen: Iterable[str], *, optional: bool = False) -> Block:
    """Return a question with any number of answers."""
    known, wanted = list(options), set(chosen)
    first = [one for one in known if one["value"] in wanted]
    initial = {"initial_options": first} if first else {}
    return _input(name, label, {"type": "multi_static_select", "options": known, **initial}, optional=optional)


def radio(name: str, label: str, options: Iterable[Block]) -> Block:
    """Return a question with one answer, all of which are seen at once; it starts with the first."""
    known = list(options)
    return _input(name, label, {"type": "radio_buttons", "options": known, "initial_option": known[0]})


def tick(name: str, label: str, words: str, *, ticked: bool) -> Block:
    """Return a box to tick."""
    one = option(words, name)
    initial = {"initial_options": [one]} if ticked else {}
    return _input(name, label, {"type": "checkboxes", "options": [one], **initial}, optional=True)


def _input(name: str, label: str, element: Block, *, optional: bool = False) -> Block:
    asked = {**element, "action_id": name}
    return {"type": "input", "block_id": name, "label": plain(label), "element": asked, "optional": optional}
