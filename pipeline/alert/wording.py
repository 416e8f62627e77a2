"""
A shift -> what is said of it in plain words: who, what, the change, how sure, on which condition. Pure.

A country is named for its government alone; any other voice is somebody in it. Nothing here is marked up or escaped.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from pipeline.alert.subjects import SUBJECTS
from pipeline.domain import (
    Act,
    Actor,
    Article,
    Balance,
    ReportedShift,
    Shift,
    ShiftKind,
    Source,
    Voice,
)
from pipeline.domain.shifts import BEFORE_DAYS
from pipeline.language.conditions import condition

VERY_LIKELY = 0.9

_KYIV = ZoneInfo("Europe/Kyiv")
_NONE: Mapping[str, Source] = MappingProxyType({})
_WAY = {ReportedShift.TOWARD: "closer to Ukraine", ReportedShift.AWAY: "further from Ukraine"}
_MORE = {ReportedShift.TOWARD: "more", ReportedShift.AWAY: "less"}
BALANCES = {Balance.SUPPORT: "support for Ukraine", Balance.RUSSIA: "pressure on Russia"}
_SOMEBODY = {
    Voice.RULING_PARTY: "Ruling-party deputies",
    Voice.OPPOSITION: "The opposition",
    Voice.PARLIAMENT: "Parliament",
    Voice.BUSINESS: "Firms",
    Voice.SOCIETY: "Debate",
}
_DOES = {
    Act.SAID: "says",
    Act.CONSIDERING: "considers",
    Act.DECIDED: "decides",
    Act.CARRIED_OUT: "acts",
    Act.REFUSED: "refuses",
    Act.DENIED: "denies",
}
_TRACKS_NAMED = 2
_ON_CONDITION = frozenset({Act.CONSIDERING, Act.REFUSED})
_STANDS = ((0.75, "supportive"), (0.25, "mostly supportive"), (-0.25, "hedging"), (-0.75, "mostly opposed"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Capital:
    """An actor's capital and its IANA time zone."""

    name: str
    zone: str


def headline(shift: Shift, names: Mapping[Actor, str]) -> str:
    """Say who does what about what, which way that goes, and whether it stands."""
    state = "" if shift.stands else "Withdrawn · " if shift.withdrawn_at else "Held · "
    return f"{state}{about(shift, names)}"


def about(shift: Shift, names: Mapping[Actor, str]) -> str:
    """Say who does what about what, and which way that goes."""
    parts = [who(shift, names)]
    if shift.act is not None and shift.kind is ShiftKind.REPORTED:
        parts.append(_DOES[shift.act])
    if shift.kind is ShiftKind.SERIES and shift.balance and not shift.track:
        return " · ".join([*parts, f"{_MORE[shift.direction]} {BALANCES[shift.balance]}"])
    named = matter(shift)
    return " · ".join([*parts, f"{named}: {_WAY[shift.direction]}" if named else _WAY[shift.direction]])


def who(shift: Shift, names: Mapping[Actor, str]) -> str:
    """Name a government by its country, and any other voice as somebody in it."""
    if shift.voice is Voice.GOVERNMENT:
        return f"{names[shift.actor]} · government"
    return f"{_SOMEBODY[shift.voice]} in {names[shift.actor]}"


def matter(shift: Shift) -> str:
    """Name what it is about: as its weightiest story does, else by its tracks."""
    if shift.track:
        return SUBJECTS[shift.track].en
    named = (piece.gloss.matter_en for piece in shift.evidence if piece.gloss and piece.gloss.matter_en)
    return next(named, "") or " and ".join(SUBJECTS[track].en for track in shift.tracks[:_TRACKS_NAMED])


def change(shift: Shift) -> str:
    """Say where the voice stood and where it stands now, in words; numbers are in ``shift.words``."""
    if shift.kind is ShiftKind.REPORTED:
        act = f"{_DOES[shift.act]}, " if shift.act else ""
        now = f"now {act}{_WAY[shift.direction]}"
        if shift.before is None:
            return f"{now}; too few stories before to say where it stood"
        return f"was {stand(shift.before)} ({stories(shift.stories_before)} in the {BEFORE_DAYS} days before); {now}"
    if shift.before is None or shift.after is None:
        return f"now {_WAY[shift.direction]}"
    was, now = stand(shift.before), stand(shift.after)
    now = f"{now}, but {_MORE[shift.direction]} so" if was == now else now
    line = "" if shift.voice is Voice.GOVERNMENT else "; the debate, not the government's line"
    return (
        f"was {was} ({stories(shift.stories_before)} until {shift.onset_at.astimezone(_KYIV):%d %b}); "
        f"now {now} ({stories(shift.stories_after)} since){line}"
    )


class Basis(StrEnum):
    """What our certainty of a shift rests on."""

    WITHDRAWN = "withdrawn"
    HELD = "held"
    SERIES = "series"
    OFFICIAL = "official"  # the government itself says so
    CONFIRMED = "confirmed"  # two sources or more
    ONE = "one"


def basis(shift: Shift, sources: Mapping[str, Source]) -> Basis:
    """Say what our certainty of a shift rests on."""
    if shift.withdrawn_at is not None:
        return Basis.WITHDRAWN
    if shift.held is not None:
        return Basis.HELD
    if shift.kind is ShiftKind.SERIES:
        return Basis.SERIES
    if any(_official(piece.article, shift.actor, sources) for piece in shift.evidence):
        return Basis.OFFICIAL
    return Basis.CONFIRMED if shift.confirmed else Basis.ONE


def how_sure(shift: Shift, sources: Mapping[str, Source] = _NONE) -> str:
    """Put the certainty into words: how likely, on how many sources, and whether the government itself said it."""
    likely = "very likely" if shift.certainty >= VERY_LIKELY else "likely"
    return {
        Basis.WITHDRAWN: f"withdrawn: {shift.withdrawn_why}",
        Basis.HELD: "held: our own pipeline may explain it",
        Basis.SERIES: f"likely real; {stories(shift.stories_after)} since {moment(shift.onset_at)}",
        Basis.OFFICIAL: f"{likely}; its own source says so",
        Basis.CONFIRMED: f"{likely}; two sources or more; no official source yet",
        Basis.ONE: f"{likely}; one source; no official source yet",
    }[basis(shift, sources)]


def conditions(shift: Shift) -> Iterable[tuple[str, Article]]:
    """
    Yield the conditions that the stories of a reported shift name, each with the article that prints it.

    Only of what is considered or refused: of 162 such phrases in texts of the field, those of what was said, decided
    or done mostly foretold something and set no condition.
    """
    if shift.kind is ShiftKind.REPORTED and shift.act in _ON_CONDITION:
        for piece in shift.evidence:
            for article in (*([piece.readable] if piece.readable else []), piece.article):
                if quoted := condition(article.text):
                    yield quoted, article
                    break


def moment(at: datetime, capital: Capital | None = None) -> str:
    """Print a time as Kyiv reads it, and a capital, with the day where it is another there."""
    kyiv = at.astimezone(_KYIV)
    if capital is None:
        return f"{kyiv:%d %b %Y %H:%M} Kyiv"
    there = at.astimezone(ZoneInfo(capital.zone))
    day = "" if there.date() == kyiv.date() else f"{there:%d %b} "
    return f"{kyiv:%d %b %Y %H:%M} Kyiv, {day}{there:%H:%M} {capital.name}"


def owned(source: str, sources: Mapping[str, Source]) -> str:
    """Name an outlet with its owner, where that is known."""
    known = sources.get(source)
    return f"{source} ({known.owner}, {known.country})" if known else source


def _official(article: Article, actor: Actor, sources: Mapping[str, Source]) -> bool:
    known = sources.get(article.source)
    return known is not None and known.official is actor


def stand(balance: float) -> str:
    """Put a balance into words."""
    return next((words for least, words in _STANDS if balance >= least), "opposed")


def stories(number: int) -> str:
    """Count stories."""
    return f"{number} {'story' if number == 1 else 'stories'}"
