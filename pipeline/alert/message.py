"""
Shift -> the message that a policy team reads in five seconds. Pure.

Who moved, which way, how sure, then at most three headlines in the original language with outlet, owner and
link; what became of it since (denied, corrected, taken down) stands in front of them. Everything from a feed is
escaped (Slack asks for & < > only) and shown verbatim, so that a hostile headline pings and links nobody, and cut
while it is made, so that every block stays whole within Slack's limits.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pipeline.domain import (
    Actor,
    Article,
    Balance,
    Development,
    DevelopmentKind,
    Evidence,
    Message,
    ReportedShift,
    Severity,
    Shift,
    ShiftKind,
    Source,
    Voice,
)

SHOWN = 3
_HEADER, _WORDS, _TITLE, _SOURCE, _LINK = 150, 1_500, 300, 200, 1_500
"""Characters, as escaped: three pieces and all words are 11,000 at most. Slack takes 150 a header, 3,000 a section
and, measured, about 13,000 a message, of which 12,000 are used."""

_GATHERED, _SECTIONS = 10_000, 30
"""The same for a message about many shifts, which has a section for each."""

_KYIV = ZoneInfo("Europe/Kyiv")
_WAY = {ReportedShift.TOWARD: "closer to Ukraine", ReportedShift.AWAY: "further from Ukraine"}
_MATTER = {Balance.SUPPORT: "support for Ukraine", Balance.RUSSIA: "pressure on Russia", None: ""}


def message(
    shift: Shift,
    names: Mapping[Actor, str],
    sources: Mapping[str, Source],
    public_url: str | None = None,
    developments: Sequence[Development] = (),
    severity: Severity | None = None,
) -> Message:
    """Return the Slack message for one shift as it stands; ``names`` are the actors' English names."""
    head, sure = headline(shift, names), how_sure(shift)
    grave = [one for one in developments if one.kind in _STANDS][: SHOWN - 1]
    state = next((_STANDS[one.kind] for one in grave if _overturns(shift, one)), "")
    head, summary = (f"{state} · {_about(shift, names)}", f"{_said(grave[0], shift)}. ") if state else (head, "")
    pieces = shift.evidence[: SHOWN - len(grave)]
    more = len(shift.evidence) - len(pieces)
    foot = f"Severity {severity} · " if severity else ""
    foot += f"and {more} more · " if more else ""
    foot += f"Seen {moment(shift.detected_at)} · lines with » are ours · tagged by machine · `{shift.shift_id}`"
    if public_url:
        foot += f" · <{public_url.rstrip('/')}/shifts/{shift.shift_id}|record>"
    blocks: tuple[Mapping[str, object], ...] = (
        {"type": "header", "text": {"type": "plain_text", "text": _cut(head, _HEADER), "emoji": False}},
        *(_section(_development(one, shift, sources)) for one in grave),
        _section(f"{_fit(shift.words, _WORDS)}\n*How sure:* {sure}"),
        *(_section(_piece(piece, sources)) for piece in pieces),
        {"type": "context", "elements": [_mrkdwn(foot)]},
    )
    return Message(text=_fit(f"{head}. {summary}{shift.words}. {sure}.", _WORDS), blocks=blocks)


def reply(
    shift: Shift, names: Mapping[Actor, str], sources: Mapping[str, Source], news: Sequence[Development]
) -> Message:
    """Return the answer in a shift's thread that tells what is new, the gravest first."""
    head = f"New on {headline(shift, names)}"
    told = [one for one in news if one.kind is not DevelopmentKind.CONFIRMED]
    shown, more = told[:SHOWN], len(told) - len(told[:SHOWN])
    sure = f"\n*How sure:* {how_sure(shift)}" if len(told) < len(news) else ""
    blocks = (
        _section(f"{_fit(head, _WORDS)}{sure}"),
        *(_section(_development(one, shift, sources)) for one in shown),
        *([{"type": "context", "elements": [_mrkdwn(f"and {more} more")]}] if more else []),
    )
    summary = "; ".join(_said(one, shift) for one in news[:SHOWN])
    return Message(text=_fit(f"{head}: {summary}.", _WORDS), blocks=blocks)


def line(shift: Shift, names: Mapping[Actor, str], severity: Severity) -> str:
    """Return one shift as a line of a message about many."""
    return f"*{severity}* · {_fit(headline(shift, names), _TITLE)}. {_fit(shift.words, _TITLE)} ({how_sure(shift)})"


def gathered(
    head: str, lines: Sequence[tuple[str, Shift]], sources: Mapping[str, Source], foot: str, *, headlines: bool = True
) -> Message:
    """Return a message about many shifts, each a line and its first headline; what is too much is counted."""
    shown, taken = list[str](), 0
    for words, shift in lines:
        piece = f"\n{_linked(shift.evidence[0].article, sources)}" if headlines and shift.evidence else ""
        if (taken := taken + len(words) + len(piece)) > _GATHERED or len(shown) == _SECTIONS:
            break
        shown.append(f"{words}{piece}")
    more = len(lines) - len(shown)
    foot = " · ".join(each for each in (f"and {more} more: `./run explain` lists them" if more else "", foot) if each)
    blocks = (
        {"type": "header", "text": {"type": "plain_text", "text": _cut(head, _HEADER), "emoji": False}},
        *(_section(each) for each in shown or ["nothing"]),
        *([{"type": "context", "elements": [_mrkdwn(foot)]}] if foot else []),
    )
    summary = "; ".join(words for words, _ in lines[:SHOWN]).replace("*", "") or "nothing"
    return Message(text=_whole(f"{escape(head)}: {summary}", _WORDS), blocks=blocks)


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
    """Say who moved and which way, and whether that stands."""
    state = "" if shift.stands else "Withdrawn · " if shift.withdrawn_at else "Held · "
    return f"{state}{_about(shift, names)}"


def _about(shift: Shift, names: Mapping[Actor, str]) -> str:
    """Name a country for its government alone, any other voice for its debate."""
    matter = f" on {_MATTER[shift.balance]}" if shift.balance else ""
    matter = f" on {shift.track.replace('_', ' ')}" if shift.track else matter
    voice = shift.voice.replace("_", " ")
    who = names[shift.actor] if shift.voice is Voice.GOVERNMENT else f"Debate in {names[shift.actor]}"
    return f"{who} · {voice}: {_WAY[shift.direction]}{matter}"


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


_STANDS = {
    DevelopmentKind.WITHDRAWN: "WITHDRAWN",
    DevelopmentKind.DENIED: "DENIED",
    DevelopmentKind.CORRECTED: "CORRECTED",
    DevelopmentKind.REMOVED: "REPORT TAKEN DOWN",
    DevelopmentKind.REWRITTEN: "HEADLINE CHANGED",
}


def _overturns(shift: Shift, development: Development) -> bool:
    """Say whether a development changes what the whole message says: one denied story does not end a series."""
    return shift.kind is ShiftKind.REPORTED and development.kind in {DevelopmentKind.DENIED, DevelopmentKind.CORRECTED}


def _said(development: Development, shift: Shift) -> str:
    """Say in a few plain words what happened, by whom and when."""
    if development.kind is DevelopmentKind.CONFIRMED:
        return how_sure(shift)
    outlet = development.article.source if development.article else ""
    who = f" by {development.who or outlet}" if development.who or outlet else ""
    if development.kind is DevelopmentKind.DENIED and not development.who:
        who = f", as {outlet} reports"
    state = _STANDS.get(development.kind, "A further report")
    return f"{state}{who}, {development.at.astimezone(_KYIV).strftime('%d %b')}"


def _development(development: Development, shift: Shift, sources: Mapping[str, Source]) -> str:
    words = f"*{_fit(_said(development, shift), _SOURCE)}*"
    if development.was:
        words += f"\nwas: {_fit(development.was, _TITLE)}"
    if development.article is None:
        return words
    piece = next((p for p in shift.evidence if p.article.article_id == development.article.article_id), None)
    return f"{words}\n{_piece(piece, sources) if piece else _linked(development.article, sources)}"


def _piece(piece: Evidence, sources: Mapping[str, Source]) -> str:
    ours = f"» {_fit(piece.gloss.en, _SOURCE)}\n" if piece.gloss else ""
    return _linked(piece.article, sources, ours, piece.articles)


def _linked(article: Article, sources: Mapping[str, Source], ours: str = "", articles: int = 1) -> str:
    """Show an article: its headline as a link, our line about it, outlet and time."""
    title = _fit(article.headline, _TITLE).replace("|", "¦")
    link = escape(re.sub(r"[\s<>|]", lambda match: quote(match[0]), article.url))
    linked = f"<{link}|{title}>" if len(link) <= _LINK and link.startswith(("http://", "https://")) else title
    copies = f" · {articles} outlets" if articles > 1 else ""
    when = moment(article.published_at or article.seen_at)
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


def _whole(text: str, length: int) -> str:
    """Cut a text that is escaped already, and no escape in it."""
    return text if len(text) <= length else re.sub(r"&\w*$", "", text[: length - 1]) + "…"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
