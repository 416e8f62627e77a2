"""
Shift -> the message that a policy team reads in five seconds. Pure.

Who moved, which way, how sure, then at most three headlines in the original language with outlet, owner and
link. Everything from a feed is escaped (Slack asks for & < > only) and shown verbatim, so that a hostile headline
pings and links nobody, and cut while it is made, so that every block stays whole within Slack's limits.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pipeline.domain import Actor, Balance, Evidence, Message, ReportedShift, Shift, ShiftKind, Source, Voice

SHOWN = 3
_HEADER, _WORDS, _TITLE, _SOURCE, _LINK = 150, 2_000, 300, 200, 2_000
"""Characters, as escaped. Slack takes 150 a header, 3,000 a section and, measured, about 12,000 a message."""

_KYIV = ZoneInfo("Europe/Kyiv")
_WAY = {ReportedShift.TOWARD: "closer to Ukraine", ReportedShift.AWAY: "further from Ukraine"}
_MATTER = {Balance.SUPPORT: "support for Ukraine", Balance.RUSSIA: "pressure on Russia", None: ""}


def message(
    shift: Shift, names: Mapping[Actor, str], sources: Mapping[str, Source], public_url: str | None = None
) -> Message:
    """Return the Slack message for one shift; ``names`` are the actors' English names."""
    head, sure = headline(shift, names), how_sure(shift)
    pieces = shift.evidence[:SHOWN]
    more = len(shift.evidence) - len(pieces)
    foot = f"and {more} more · " if more else ""
    foot += f"Seen {moment(shift.detected_at)} · lines with » are ours · tagged by machine · `{shift.shift_id}`"
    if public_url:
        foot += f" · <{public_url.rstrip('/')}/shifts/{shift.shift_id}|record>"
    blocks: tuple[Mapping[str, object], ...] = (
        {"type": "header", "text": {"type": "plain_text", "text": _cut(head, _HEADER), "emoji": False}},
        _section(f"{_fit(shift.words, _WORDS)}\n*How sure:* {sure}"),
        *(_section(_piece(piece, sources)) for piece in pieces),
        {"type": "context", "elements": [_mrkdwn(foot)]},
    )
    return Message(text=_fit(f"{head}. {shift.words}. {sure}.", _WORDS), blocks=blocks)


def readable(message: Message) -> str:
    """Return a message as a terminal shows it: every block, links as title and address, no markup."""
    lines = []
    for block in message.blocks:
        elements = block.get("elements")
        texts = elements if isinstance(elements, list) else [block.get("text")]
        lines += [str(text["text"]) for text in texts if isinstance(text, dict)]
    shown = re.sub(r"<(https?://[^|>]+)\|([^>]*)>", r"\2\n  \1", "\n".join(lines)).replace("*How sure:*", "How sure:")
    return shown.replace("`", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def headline(shift: Shift, names: Mapping[Actor, str]) -> str:
    """Say who moved and which way; a country is named for its government alone, any other voice for its debate."""
    matter = f" on {_MATTER[shift.balance]}" if shift.balance else ""
    matter = f" on {shift.track.replace('_', ' ')}" if shift.track else matter
    voice = shift.voice.replace("_", " ")
    who = names[shift.actor] if shift.voice is Voice.GOVERNMENT else f"Debate in {names[shift.actor]}"
    state = "" if shift.stands else "Withdrawn · " if shift.withdrawn_at else "Held · "
    return f"{state}{who} · {voice}: {_WAY[shift.direction]}{matter}"


def how_sure(shift: Shift) -> str:
    """Put the certainty into words."""
    if shift.withdrawn_at is not None:
        return f"withdrawn: {shift.withdrawn_why}"
    if shift.held is not None:
        return "held: our own pipeline may explain it"
    if shift.kind is ShiftKind.SERIES:
        return f"likely real; {shift.stories_after} stories since {moment(shift.onset_at)}"
    return "confirmed by a second or official source" if shift.confirmed else "one source; not confirmed"


def escape(text: str) -> str:
    """Escape for Slack's mrkdwn."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def moment(at: datetime) -> str:
    """Print a time as Kyiv reads it."""
    return at.astimezone(_KYIV).strftime("%d %b %Y %H:%M Kyiv")


def owned(source: str, sources: Mapping[str, Source]) -> str:
    """Name an outlet with its owner, where that is known."""
    known = sources.get(source)
    return f"{source} ({known.owner}, {known.country})" if known else source


def _piece(piece: Evidence, sources: Mapping[str, Source]) -> str:
    article = piece.article
    title = _fit(article.title or article.url, _TITLE).replace("|", "¦")
    link = escape(re.sub(r"[\s<>|]", lambda match: quote(match[0]), article.url))
    linked = f"<{link}|{title}>" if len(link) <= _LINK and link.startswith(("http://", "https://")) else title
    copies = f" · {piece.articles} outlets" if piece.articles > 1 else ""
    when = moment(article.published_at or article.seen_at)
    ours = f"» {_fit(piece.gloss.en, _SOURCE)}\n" if piece.gloss else ""
    return f"{linked}\n{ours}{_fit(owned(article.source, sources), _SOURCE)}{copies} · {when}"


def _section(text: str) -> Mapping[str, object]:
    return {"type": "section", "text": _mrkdwn(text)}


def _mrkdwn(text: str) -> Mapping[str, object]:
    """Format what is marked up and nothing else: by default Slack links bare addresses and names of channels."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _fit(text: str, length: int) -> str:
    """Escape a text and cut it at a whole character, so that it takes at most ``length``."""
    if len(escape(text)) <= length:
        return escape(text)
    kept, taken = 0, len("…")
    while (taken := taken + len(escape(text[kept]))) <= length:
        kept += 1
    return f"{escape(text[:kept])}…"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
