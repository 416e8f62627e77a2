"""
Short mails in plain text: what the desk is told, a correction, what a person is asked to confirm. Pure.

They hold no pictures and no HTML, so that every program shows them, and each says why it came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from pipeline.domain import Choice, Development, DevelopmentKind, Edition, Rendered

_ASKED = {
    "en": (
        "Confirm: the weekly digest of Stancewatch",
        (
            "Somebody, probably you, asked that the weekly digest of Stancewatch, East Asian positions on Ukraine, "
            "comes to {address} like this:\n\n{choice}\n\n"
            "Confirm it here within 14 days:\n{url}\n\n"
            "If it was not you, do nothing: nothing changes, and nobody is told.\n"
        ),
    ),
    "uk": (
        "Підтвердьте: щотижневий дайджест Stancewatch",
        (
            "Хтось, мабуть ви, попросив надсилати щотижневий дайджест Stancewatch про позиції країн Східної Азії щодо "
            "України на адресу {address} ось так:\n\n{choice}\n\n"
            "Підтвердьте тут протягом 14 днів:\n{url}\n\n"
            "Якщо це були не ви, нічого не робіть: нічого не зміниться, і ніхто про це не дізнається.\n"
        ),
    ),
}
_CHOICE = {
    "en": ("language: {lang}", "time zone: {zone}", "actors: {actors}", "tracks: {tracks}", "all"),
    "uk": ("мова: {lang}", "часовий пояс: {zone}", "актори: {actors}", "напрями: {tracks}", "усі"),
}
_WRONG = {
    "en": {
        DevelopmentKind.WITHDRAWN: "We take it back: our own further look at the reports does not bear it out.",
        DevelopmentKind.DENIED: "It has been denied.",
        DevelopmentKind.CORRECTED: "A report that it rests on has been corrected.",
    },
    "uk": {
        DevelopmentKind.WITHDRAWN: "Ми відкликаємо це: повторний перегляд повідомлень цього не підтверджує.",
        DevelopmentKind.DENIED: "Це спростовано.",
        DevelopmentKind.CORRECTED: "Повідомлення, на яке воно спирається, виправлено.",
    },
}
_ERRATUM = {
    "en": (
        "Correction to the digest of week {week}",
        "In the digest of week {week} we wrote:\n\n    {words}\n",
        "You get this because you received that digest. There is one correction an item.",
    ),
    "uk": (
        "Виправлення до дайджесту за тиждень {week}",
        "У дайджесті за тиждень {week} ми написали:\n\n    {words}\n",
        "Ви отримали цей лист, бо отримали той дайджест. Щодо кожного повідомлення є одне виправлення.",
    ),
}


def request(address: str, choice: Choice, url: str, names: Mapping[str, str]) -> Rendered:
    """Ask a person to confirm from their mailbox what was asked in their name."""
    subject, text = _ASKED[choice.lang]
    *lines, everything = _CHOICE[choice.lang]
    told = {
        "lang": choice.lang,
        "zone": choice.timezone,
        "actors": ", ".join(names[one] for one in sorted(choice.actors)) or everything,
        "tracks": ", ".join(names[one] for one in sorted(choice.tracks)) or everything,
    }
    listed = "\n".join(f"    {line.format(**told)}" for line in lines)
    return _plain(subject, text.format(address=address, choice=listed, url=url))


def draft(page: Rendered, edition: Edition) -> Rendered:
    """Show the desk a draft, and say how to edit and approve it."""
    how = (
        f"Draft {edition.draft} of week {edition.week}, cut off {edition.until:%Y-%m-%d %H:%M} UTC. "
        f"Edit it: ./run digest edit --week {edition.week} list\n"
        "Approve it: ./run digest edit approve --initials AB (before Monday 08:00, or external readers get nothing)\n\n"
    )
    return replace(page, subject=f"[Draft {edition.draft}] {page.subject}", text=how + page.text)


def unreviewed(week: str, *, had_it: int, waiting: int) -> Rendered:
    """Tell the desk that nobody approved an edition in time."""
    return _plain(
        f"Not reviewed: the digest of week {week}",
        f"Nobody had approved the digest of week {week} by Monday 08:00. "
        f"The internal list ({had_it}) gets it marked as not reviewed; the external list ({waiting}) gets nothing.\n\n"
        f"Once it is approved, the external list gets it with the next pass:\n"
        f"./run digest edit --week {week} list\n./run digest edit --week {week} approve --initials AB\n",
    )


def erratum(week: str, words: str, news: Sequence[Development], lang: str, zone: str) -> Rendered:
    """Correct what a digest said, with what proved it wrong."""
    subject, opening, closing = (text.format(week=week, words=words) for text in _ERRATUM[lang])
    told = [f"{_WRONG[lang][one.kind]}{_source(one, zone)}" for one in news]
    return _plain(subject, "\n".join([opening, *told, "", closing, ""]))


def _source(one: Development, zone: str) -> str:
    if one.article is None:
        return ""
    who = f" ({one.who})" if one.who else ""
    at: datetime = (one.article.published_at or one.article.seen_at).astimezone(ZoneInfo(zone))
    return (
        f"{who}\n    {one.article.title}\n    {one.article.source}, {at:%Y-%m-%d %H:%M} ({zone})\n    {one.article.url}"
    )


def _plain(subject: str, text: str) -> Rendered:
    return Rendered(subject=subject, text=text, html="", images=())
