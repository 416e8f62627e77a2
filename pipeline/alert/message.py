"""
Shift -> the message that a policy team reads in five seconds. Pure.

Who moved and which way, the change, how sure, on which condition; then at most three headlines in the original
language with a gloss, outlet, owner, link and time; what became of it since (denied, corrected, taken down) stands in
front of them, buttons at the end. Everything from a feed is escaped (Slack asks for & < > only) and shown verbatim,
so that a hostile headline pings and links nobody, and cut while it is made, so that every block stays whole within
Slack's limits.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pipeline.alert.asking import acted, buttons
from pipeline.alert.blocks import context, escape, fit, header, section
from pipeline.alert.wording import Capital, about, change, conditions, headline, how_sure, moment, owned
from pipeline.domain import (
    Actor,
    Article,
    Development,
    DevelopmentKind,
    Evidence,
    Gloss,
    Message,
    Severity,
    Shift,
    ShiftKind,
    Source,
)

SHOWN = 3
_WORDS, _TITLE, _SOURCE, _LINK = 600, 220, 150, 800
"""Characters, as escaped: all pieces and words are below 12,000. Slack takes 150 a header, 3,000 a section
and, measured, about 13,000 a message."""

_GATHERED, _SECTIONS = 10_000, 30
"""The same for a message about many shifts, which has a section for each."""

_KYIV = ZoneInfo("Europe/Kyiv")
_LANGUAGES = {"en": "English", "uk": "Ukrainian"}


def message(
    shift: Shift,
    names: Mapping[Actor, str],
    sources: Mapping[str, Source],
    public_url: str | None = None,
    developments: Sequence[Development] = (),
    severity: Severity | None = None,
    capital: Capital | None = None,
) -> Message:
    """Return the Slack message for one shift as it stands; ``names`` are the actors' English names."""
    head, sure = headline(shift, names), how_sure(shift, sources)
    grave = [one for one in developments if one.kind in _STANDS][: SHOWN - 1]
    state = next((_STANDS[one.kind] for one in grave if _overturns(shift, one)), "")
    head, summary = (
        (f"{state} · {about(shift, names)}", f"{_said(grave[0], shift, sources)}. ") if state else (head, "")
    )
    pieces = shift.evidence[: SHOWN - len(grave)]
    done = acted(developments)
    blocks: tuple[Mapping[str, object], ...] = (
        header(head),
        *(section(_development(one, shift, sources, capital)) for one in grave),
        section(_told(shift, sure, stands=shift.stands and not state)),
        *(section(_piece(piece, sources, capital)) for piece in pieces),
        *([context(_whole(done, _WORDS))] if done else []),
        buttons(shift.shift_id),
        context(_foot(shift, severity, len(shift.evidence) - len(pieces), public_url)),
    )
    return Message(text=fit(f"{head}. {summary}{_sentence(change(shift))} {_sentence(sure)}", _WORDS), blocks=blocks)


def _told(shift: Shift, sure: str, *, stands: bool) -> str:
    """Say the change, how sure that is, and the first condition that a story names."""
    told = _sentence(change(shift)) if stands else f"Told before: {change(shift)}."
    lines = [fit(told, _WORDS), f"*How sure:* {fit(_sentence(sure), _WORDS)}"]
    for quoted, article in islice(conditions(shift), 1):
        lines.append(f"*Condition:* “{fit(quoted, _TITLE)}” ({fit(article.source, _SOURCE)})")
    return "\n".join(lines)


def _foot(shift: Shift, severity: Severity | None, more: int, public_url: str | None) -> str:
    parts = [
        f"Severity {severity}" if severity else "",
        f"and {more} more {'story' if more == 1 else 'stories'}" if more else "",
        fit(shift.words, _WORDS) if shift.kind is ShiftKind.SERIES else "",
        f"seen {moment(shift.detected_at)}",
        f"tagged by machine · {fit(shift.shift_id, _SOURCE)}",
        f"<{public_url.rstrip('/')}/shifts/{shift.shift_id}|record>" if public_url else "",
    ]
    return " · ".join(part for part in parts if part)


def reply(
    shift: Shift,
    names: Mapping[Actor, str],
    sources: Mapping[str, Source],
    news: Sequence[Development],
    capital: Capital | None = None,
) -> Message:
    """Return the answer in a shift's thread that tells what is new, the gravest first."""
    head = f"New on {about(shift, names)}"
    told = [one for one in news if one.kind is not DevelopmentKind.CONFIRMED]
    shown, more = told[:SHOWN], len(told) - len(told[:SHOWN])
    sure = f"\n*How sure:* {fit(how_sure(shift, sources), _WORDS)}" if len(told) < len(news) else ""
    blocks = (
        section(f"{fit(head, _WORDS)}{sure}"),
        *(section(_development(one, shift, sources, capital)) for one in shown),
        *([context(f"and {more} more")] if more else []),
    )
    summary = "; ".join(_said(one, shift, sources) for one in news[:SHOWN])
    return Message(text=fit(f"{head}: {summary}.", _WORDS), blocks=blocks)


@dataclass(frozen=True, slots=True)
class Line:
    """One shift in a message about many: what is said of it, and the article that is shown under it."""

    words: str
    shown: str = ""


def line(shift: Shift, names: Mapping[Actor, str], severity: Severity, sources: Mapping[str, Source]) -> Line:
    """Return one shift as a line, with its first headline."""
    said = headline(shift, names)
    if shift.kind is ShiftKind.SERIES:  # of a step, the headline says it all
        said = f"{said}: {change(shift)}"
    words = f"*{severity}* · {fit(said, 2 * _TITLE)} ({fit(how_sure(shift, sources), _TITLE)})"
    words += "".join(f"; condition: “{fit(quoted, _TITLE)}”" for quoted, _ in islice(conditions(shift), 1))
    return Line(words, _piece(shift.evidence[0], sources, None) if shift.evidence else "")


def taken_back(shift: Shift, since: Development, names: Mapping[Actor, str], sources: Mapping[str, Source]) -> Line:
    """Return what became of a shift that was told among many, with the article that says so."""
    why = f" ({shift.withdrawn_why})" if since.kind is DevelopmentKind.WITHDRAWN and shift.withdrawn_why else ""
    words = f"*{_STANDS[since.kind]} since:* {fit(f'{about(shift, names)}{_by(since)}{why}', 2 * _TITLE)}"
    return Line(words, _linked(since.article, sources, None) if since.article else "")


def gathered(head: str, lines: Sequence[Line], foot: str = "") -> Message:
    """Return a message of many lines; what is too much is counted."""
    shown, taken = list[str](), 0
    for each in lines:
        text = f"{each.words}\n{each.shown}" if each.shown else each.words
        if (taken := taken + len(text)) > _GATHERED or len(shown) == _SECTIONS:
            break
        shown.append(text)
    more = len(lines) - len(shown)
    foot = " · ".join(each for each in (f"and {more} more: `./run explain` lists them" if more else "", foot) if each)
    blocks = (
        header(head),
        *(section(each) for each in shown or ["nothing"]),
        *([context(foot)] if foot else []),
    )
    summary = "; ".join(each.words for each in lines[:SHOWN]).replace("*", "") or "nothing"
    return Message(text=_whole(f"{escape(head)}: {summary}", _WORDS), blocks=blocks)


def readable(message: Message) -> str:
    """Return a message as a terminal or a plain mail shows it: links as title and address, no markup, no buttons."""
    lines = []
    for block in message.blocks:
        elements = block.get("elements")
        texts = elements if isinstance(elements, list) else [block.get("text")]
        lines += [str(text["text"]) for text in texts if isinstance(text, dict) and text.get("type") != "button"]
    shown = re.sub(r"<(https?://[^|>]+)\|([^>]*)>", r"\2\n  \1", "\n".join(lines))
    shown = re.sub(r"\*([^*\n]{1,300})\*", r"\1", re.sub(r"<@(\w+)>", r"@\1", shown))
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


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


def _said(development: Development, shift: Shift, sources: Mapping[str, Source]) -> str:
    """Say in a few plain words what happened, by whom and when."""
    if development.kind is DevelopmentKind.CONFIRMED:
        return how_sure(shift, sources)
    return f"{_STANDS.get(development.kind, 'A further report')}{_by(development)}"


def _by(development: Development) -> str:
    outlet = development.article.source if development.article else ""
    who = f" by {development.who or outlet}" if development.who or outlet else ""
    if development.kind is DevelopmentKind.DENIED and not development.who:
        who = f", as {outlet} reports"
    return f"{who}, {development.at.astimezone(_KYIV):%d %b}"


def _development(development: Development, shift: Shift, sources: Mapping[str, Source], capital: Capital | None) -> str:
    words = f"*{fit(_said(development, shift, sources), _SOURCE)}*"
    if development.was:
        words += f"\nwas: {fit(development.was, _TITLE)}"
    if development.article is None:
        return words
    piece = next((p for p in shift.evidence if p.article.article_id == development.article.article_id), None)
    if piece:
        return f"{words}\n{_piece(piece, sources, capital)}"
    ours = _gloss(development.article, None, development.gloss)
    return f"{words}\n{_linked(development.article, sources, capital, ours)}"


def _piece(piece: Evidence, sources: Mapping[str, Source], capital: Capital | None) -> str:
    return _linked(piece.article, sources, capital, _gloss(piece.article, piece.readable, piece.gloss), piece.articles)


def _gloss(article: Article, readable: Article | None, gloss: Gloss | None) -> str:
    """Say a headline that readers cannot read as an outlet that they can read says it, else as we do."""
    if article.lang in _LANGUAGES:
        return ""
    if readable is not None:
        language = _LANGUAGES.get(readable.lang, readable.lang)
        return f"» {_link(readable)} ({fit(readable.source, _SOURCE)}, in {language})\n"
    return f"» {fit(gloss.en, _SOURCE)} (our line, no translation)\n" if gloss else ""


def _linked(
    article: Article, sources: Mapping[str, Source], capital: Capital | None, ours: str = "", articles: int = 1
) -> str:
    """Show an article: its headline as a link, our line about it, outlet and time."""
    copies = f" · {articles} articles" if articles > 1 else ""
    when = moment(article.published_at or article.seen_at, capital)
    return f"{_link(article)}\n{ours}{fit(owned(article.source, sources), _SOURCE)}{copies} · {when}"


def _link(article: Article) -> str:
    title = fit(article.headline, _TITLE).replace("|", "¦")
    link = escape(re.sub(r"[\s<>|]", lambda match: quote(match[0]), article.url))
    return f"<{link}|{title}>" if len(link) <= _LINK and link.startswith(("http://", "https://")) else title


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _whole(text: str, length: int) -> str:
    """Cut a text that is escaped already, and no escape in it."""
    return text if len(text) <= length else re.sub(r"&\w*$", "", text[: length - 1]) + "…"
