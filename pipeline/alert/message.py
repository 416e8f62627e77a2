"""
Shift -> the message that a policy team reads in five seconds. Pure.

Who moved, which way, how sure, then at most three headlines in the original language with outlet, owner and
link. Everything from a feed is escaped (Slack asks for & < > only), so that a hostile headline pings and
links nobody, and cut so that every block stays within Slack's limits.
"""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from pipeline.domain import Actor, Balance, Evidence, Message, ReportedShift, Shift, ShiftKind, Source

SHOWN = 3
_HEADER = 150
_SECTION = 2_900
_TITLE = 300
_KYIV = ZoneInfo("Europe/Kyiv")
_WAY = {ReportedShift.TOWARD: "closer to Ukraine", ReportedShift.AWAY: "further from Ukraine"}
_MATTER = {Balance.SUPPORT: "support for Ukraine", Balance.RUSSIA: "pressure on Russia", None: ""}


def message(
    shift: Shift, names: Mapping[Actor, str], sources: Mapping[str, Source], public_url: str | None = None
) -> Message:
    """Return the Slack message for one shift; ``names`` are the actors' English names."""
    head = headline(shift, names)
    sure = how_sure(shift)
    pieces = shift.evidence[:SHOWN]
    shown = "\n\n".join(_piece(piece, sources) for piece in pieces)
    more = len(shift.evidence) - len(pieces)
    blocks: list[Mapping[str, object]] = [
        {"type": "header", "text": {"type": "plain_text", "text": _cut(head, _HEADER), "emoji": False}},
        _section(f"{escape(shift.words)}\n*How sure:* {escape(sure)}"),
    ]
    if shown:
        blocks.append(_section(shown + (f"\n\nand {more} more" if more else "")))
    foot = f"Seen {moment(shift.detected_at)} · tagged by machine · `{shift.shift_id}`"
    if public_url:
        foot += f" · <{public_url.rstrip('/')}/shifts/{shift.shift_id}|record>"
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": foot}]})
    text = f"{head}. {shift.words}. {sure}."
    return Message(text=escape(text), blocks=tuple(blocks))


def headline(shift: Shift, names: Mapping[Actor, str]) -> str:
    """Say who moved and which way; a country is named for its government alone."""
    matter = f" on {_MATTER[shift.balance]}" if shift.balance else ""
    return f"{names[shift.actor]} · government: {_WAY[shift.direction]}{matter}"


def how_sure(shift: Shift) -> str:
    """Put the certainty into words."""
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
    title = escape(_cut(article.title or article.url, _TITLE)).replace("|", "¦")
    link = article.url.replace("|", "%7C").replace(">", "%3E").replace("<", "%3C").replace(" ", "%20")
    linked = f"<{link}|{title}>" if len(link) < _TITLE and link.startswith(("http://", "https://")) else title
    copies = f" · {piece.articles} outlets" if piece.articles > 1 else ""
    when = moment(article.published_at or article.seen_at)
    return f"{linked}\n{escape(owned(_cut(article.source, _TITLE), sources))}{copies} · {when}"


def _section(text: str) -> Mapping[str, object]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": _cut(text, _SECTION)}}


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
