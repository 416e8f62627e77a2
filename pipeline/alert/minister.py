"""
A shift -> five plain lines in English and five in Ukrainian, to be copied into a letter. Pure.

No markup, no scores, no names of colleagues, and nothing of a headline: only what we ourselves say of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from babel.dates import format_date

from pipeline.alert.subjects import SUBJECTS
from pipeline.alert.wording import Basis, basis
from pipeline.domain import (
    Act,
    Development,
    DevelopmentKind,
    Gloss,
    ReportedShift,
    Shift,
    ShiftKind,
    Source,
    Voice,
)

OUTLETS, TRACKS, NAME = 3, 3, 60
"""So many outlets and subjects are named, and so many characters of a name."""

_KYIV = ZoneInfo("Europe/Kyiv")
_LANGUAGES = ("en", "uk")
_VOICES = {
    Voice.GOVERNMENT: Gloss(en="government", uk="уряд"),
    Voice.RULING_PARTY: Gloss(en="deputies of the ruling party", uk="депутати правлячої партії"),
    Voice.OPPOSITION: Gloss(en="opposition", uk="опозиція"),
    Voice.PARLIAMENT: Gloss(en="parliament", uk="парламент"),
    Voice.BUSINESS: Gloss(en="firms", uk="бізнес"),
    Voice.SOCIETY: Gloss(en="public debate", uk="суспільна дискусія"),
}
_WAYS = {
    ReportedShift.TOWARD: Gloss(en="closer to Ukraine", uk="ближче до України"),
    ReportedShift.AWAY: Gloss(en="further from Ukraine", uk="далі від України"),
}
_ACTS = {
    Act.SAID: Gloss(en="said", uk="заявлено"),
    Act.CONSIDERING: Gloss(en="under consideration", uk="розглядається"),
    Act.DECIDED: Gloss(en="decided", uk="вирішено"),
    Act.CARRIED_OUT: Gloss(en="carried out", uk="виконано"),
    Act.REFUSED: Gloss(en="refused", uk="відмовлено"),
    Act.DENIED: Gloss(en="denied", uk="заперечено"),
}
_TREND = Gloss(en="seen over many reports", uk="видно з багатьох повідомлень")
_ALL = Gloss(en="the whole of its policy toward Ukraine", uk="політика щодо України загалом")
_SURE = {
    Basis.WITHDRAWN: Gloss(en="withdrawn: do not rely on it", uk="відкликано: не спирайтеся на це"),
    Basis.HELD: Gloss(en="still being checked", uk="ще перевіряється"),
    Basis.SERIES: Gloss(en="likely, from many reports", uk="імовірно, за багатьма повідомленнями"),
    Basis.OFFICIAL: Gloss(en="said by the government itself", uk="повідомив сам уряд"),
    Basis.CONFIRMED: Gloss(
        en="likely, two sources or more, not confirmed by the government itself",
        uk="імовірно, два джерела чи більше, сам уряд не підтвердив",
    ),
    Basis.ONE: Gloss(
        en="possible, one source, not confirmed by the government itself",
        uk="можливо, одне джерело, сам уряд не підтвердив",
    ),
}
_SINCE = {
    DevelopmentKind.DENIED: Gloss(en="denied since", uk="згодом заперечено"),
    DevelopmentKind.CORRECTED: Gloss(en="corrected since", uk="згодом виправлено"),
    DevelopmentKind.REMOVED: Gloss(en="a report was taken down", uk="одне з повідомлень знято"),
}
_SUBJECT = Gloss(en="Subject", uk="Тема")
_WHEN = Gloss(en="When", uk="Коли")
_HOW_SURE = Gloss(en="How sure", uk="Певність")
_REPORTED_BY = Gloss(en="Reported by", uk="Джерела")
_TIMES = Gloss(en="{onset}; known to us on {seen}", uk="{onset}; нам відомо з {seen}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """The same five lines in both languages."""

    en: tuple[str, ...]
    uk: tuple[str, ...]


def copy(
    shift: Shift,
    country: Gloss,
    sources: Mapping[str, Source],
    developments: Iterable[Development] = (),
) -> Copy:
    """Return the lines; ``country`` names the actor in both languages."""
    since = [one.kind for one in developments if one.kind in _SINCE]
    lines = {language: tuple(_lines(shift, country, sources, since, language)) for language in _LANGUAGES}
    return Copy(en=lines["en"], uk=lines["uk"])


def _lines(
    shift: Shift, country: Gloss, sources: Mapping[str, Source], since: Sequence[DevelopmentKind], language: str
) -> Iterable[str]:
    def said(gloss: Gloss) -> str:
        return str(getattr(gloss, language))

    act = _ACTS[shift.act] if shift.act and shift.kind is ShiftKind.REPORTED else _TREND
    subject = [SUBJECTS[track] for track in ([shift.track] if shift.track else shift.tracks[:TRACKS])] or [_ALL]
    sure = [_SURE[basis(shift, sources)], *(_SINCE[kind] for kind in dict.fromkeys(since))]
    names = dict.fromkeys(piece.article.source for piece in shift.evidence)
    when = said(_TIMES).format(onset=_day(shift.onset_at, language), seen=_day(shift.detected_at, language))
    yield f"{said(country)}, {said(_VOICES[shift.voice])}: {said(_WAYS[shift.direction])} ({said(act)})."
    yield f"{said(_SUBJECT)}: {', '.join(map(said, subject))}."
    yield f"{said(_WHEN)}: {when}."
    yield f"{said(_HOW_SURE)}: {'; '.join(map(said, sure))}."
    yield f"{said(_REPORTED_BY)}: {', '.join(_name(name) for name in islice(names, OUTLETS))}."


def _day(at: datetime, language: str) -> str:
    return format_date(at.astimezone(_KYIV), "d MMMM y", locale=language)


def _name(source: str) -> str:
    """Print an outlet's name, which a feed may have chosen, as one line without signs that Slack reads."""
    return " ".join(source.translate(_SIGNS).split())[:NAME] or "?"


_SIGNS = str.maketrans(dict.fromkeys("<>&*_~`|", " "))
