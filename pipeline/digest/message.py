"""
Digest -> the mail's subject, plain text and HTML. Pure; the same digest gives the same bytes.

Both parts say the same and carry every link. HTML is escaped by the template engine, styles stand inline.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from pipeline.domain import (
    Actor,
    Balance,
    Digest,
    Evidence,
    Mail,
    Reported,
    ReportedShift,
    Shift,
    Standing,
    Voice,
    Watching,
)

_BALANCE = {Balance.SUPPORT: "support for Ukraine", Balance.RUSSIA: "pressure on Russia"}
_CHANGE = {ReportedShift.TOWARD: ", moving closer", ReportedShift.AWAY: ", moving away", ReportedShift.NONE: ""}
TOO_LITTLE = "too little to tell"
_TITLE, _SOURCE = 160, 60
"""Characters: Gmail hides what comes after 102 kB, and a page may hold sixty titles at 3 bytes a character."""

Words = Callable[[Shift], str]


def mail(
    digest: Digest,
    recipient: str,
    *,
    names: Mapping[Actor, str],
    headline: Words,
    how_sure: Words,
    sender: str,
    list_id: str,
    zone: str,
    now: datetime,
) -> Mail:
    """Write a digest for one recipient. The Message-ID is the same for the same week and recipient."""
    subject = f"East Asia on Ukraine, week {digest.week}"
    mark = hashlib.sha256(f"{digest.week}\0{recipient}".encode()).hexdigest()[:24]
    shared = {
        "digest": digest,
        "subject": subject,
        "period": _period(digest, zone),
        "sentence": _sentence(digest, names),
        "headline": headline,
        "how_sure": how_sure,
        "rows": [_row(standing, names) for standing in digest.standings if standing.stories],
        "sections": [
            ("What governments did and said", digest.governments),
            ("The debate: opposition, business, society", digest.debate),
            ("What others say about them (allegations)", digest.allegations),
        ],
        "told": lambda line: _told(line, names),
        "tagged": _tagged,
        "watching": _watching(digest.watching),
        "sender": sender,
    }
    templates = _templates()
    return Mail(
        message_id=f"<{digest.week}.{mark}@{list_id}>",
        recipient=recipient,
        subject=subject,
        text=templates.get_template("digest.txt").render(**shared, linked=_plain_link),
        html=templates.get_template("digest.html").render(**shared, linked=_html_link),
        date=now,
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("pipeline.digest"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=False,
        keep_trailing_newline=True,
    )


def _sentence(digest: Digest, names: Mapping[Actor, str]) -> str:
    """Say the week in one sentence."""
    shifts = [shift for shift in digest.shifts if shift.stands and shift.voice is Voice.GOVERNMENT]
    if not shifts:
        stories = len(digest.governments)
        return f"A quiet week: no government moved; {stories or 'no'} government {_plural('story', stories)} of note."
    moved = dict.fromkeys(
        f"{names[s.actor]} moved {'closer to' if s.direction is ReportedShift.TOWARD else 'further from'} Ukraine"
        for s in shifts
    )
    return "; ".join(moved) + "."


def _plural(word: str, number: int) -> str:
    return word if number == 1 else word.removesuffix("y") + "ies"


def _period(digest: Digest, zone: str) -> str:
    place = ZoneInfo(zone)
    since, until = digest.since.astimezone(place), digest.until.astimezone(place)
    return f"{since:%d %B} to {until:%d %B %Y}, {until:%H:%M} ({zone})"


def _row(standing: Standing, names: Mapping[Actor, str]) -> dict[str, str]:
    return {
        "actor": names[standing.actor],
        "balance": _BALANCE[standing.balance],
        "now": f"{_number(standing.now)} ({standing.stories} stories)",
        "before": _number(standing.before),
    }


def _number(balance: float | None) -> str:
    return TOO_LITTLE if balance is None else f"{balance:+.2f}".replace("-", "−")


def _told(line: Reported, names: Mapping[Actor, str]) -> str:
    """Say it in our own line; what was tagged before there were any is named by its voice."""
    if line.position.gloss:
        return line.position.gloss.en
    return f"{names[line.position.actor]} · {line.position.voice.replace('_', ' ')}"


def _tagged(line: Reported) -> str:
    unsure = "; unsure" if line.position.unsure else ""
    tracks = f"; {', '.join(track.replace('_', ' ') for track in line.tracks)}" if line.tracks else ""
    return f"{line.position.stance}{_CHANGE[line.position.reported_shift]}{tracks}{unsure}"


def _watching(watching: Watching) -> str:
    silent = f" Silent: {', '.join(watching.silent[:10])}." if watching.silent else ""
    more = f" And {len(watching.silent) - 10} more." if len(watching.silent) > 10 else ""  # noqa: PLR2004
    return f"{watching.healthy} of {watching.feeds} feeds healthy.{silent}{more}"


def _about(piece: Evidence) -> str:
    article = piece.article
    when = article.published_at or article.seen_at
    copies = f", {piece.articles} outlets" if piece.articles > 1 else ""
    return f"{_cut(article.source, _SOURCE)}, {when:%d %b}{copies}"


def _plain_link(piece: Evidence) -> str:
    return f"{_cut(piece.article.headline, _TITLE)} ({_about(piece)}) {piece.article.url}".strip()


def _html_link(piece: Evidence) -> Markup:
    article = piece.article
    title = escape(_cut(article.headline, _TITLE))
    if not article.url.startswith(("http://", "https://")):
        return Markup("{} ({})").format(title, _about(piece))
    return Markup('<a href="{}" style="color:#0b57d0">{}</a> ({})').format(article.url, title, _about(piece))


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
