"""
A week's statements, claims and what became of them -> the debate, the allegations, what was taken back. Pure.

Three lists, and none of them is a government's position.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.digest.phrases import Phrases, both
from pipeline.digest.shifted import headline
from pipeline.digest.statements import Statement, citation, item_id, line, moves
from pipeline.domain import (
    Act,
    Allegation,
    Citation,
    Item,
    ReportedShift,
    Section,
    Shift,
    Voice,
)

MOST = 12
"""Lines of the debate: a reader has two minutes."""

_EDITORIAL = re.compile(r"社説|사설|社論|社评|\beditorial\b|від редакції|редакційн", re.IGNORECASE)
_GROUPS = ("politics", "business", "society", "editorials")
RIVALS = ("RU", "CN", "KP")
_ASCENDING = (Act.SAID, Act.CONSIDERING, Act.DENIED, Act.REFUSED, Act.DECIDED, Act.CARRIED_OUT)
_WEIGHT = {act: weight for weight, act in enumerate(_ASCENDING)}


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """Something denied, corrected, removed, rewritten or withdrawn: ``evidence`` says so first, then what it was."""

    how: str
    at: datetime
    name: str
    evidence: tuple[Citation, ...]
    shift: Shift | None = None


def debate(week: Iterable[Statement], zone: str) -> list[Item]:
    """Return the weightiest lines of other voices than governments: changes and deeds, then what many reported."""
    others = [one for one in week if one.position.voice is not Voice.GOVERNMENT and one.clear]
    ranked = sorted(
        others,
        key=lambda one: (moves(one), _WEIGHT[one.position.act], one.citation.articles, one.at, one.citation.article_id),
        reverse=True,
    )
    return [_line(one, zone) for one in sorted(ranked[:MOST], key=lambda one: _GROUPS.index(_group(one)))]


def allegations(claims: Iterable[Allegation], zone: str) -> list[Item]:
    """Return what others say about governments: Moscow, Beijing and Pyongyang first."""
    order = sorted(claims, key=lambda each: each.by not in RIVALS)
    return [_claim(each, zone) for each in order]


def taken_back(found: Iterable[TakenBack], zone: str) -> list[Item]:
    """Return what was denied, corrected or withdrawn, the newest first."""
    return [_taken_back(each, zone) for each in sorted(found, key=lambda each: each.at, reverse=True)]


def _line(one: Statement, zone: str) -> Item:
    position = one.position

    def write(say: Phrases) -> str:
        told = line(one, say)
        if position.gloss is None and position.reported_shift is not ReportedShift.NONE:
            told += say.say("line.change", way=say.say(f"way.{position.reported_shift}"))
        return told

    return Item(
        item_id=item_id(Section.DEBATE, one.citation.article_id, position.actor, position.voice),
        section=Section.DEBATE,
        group=_group(one),
        actor=position.actor,
        voice=position.voice,
        tracks=one.tracks,
        words=both(zone, write),
        evidence=(one.citation,),
    )


def _group(one: Statement) -> str:
    """Say to whom a line belongs: parties and parliaments, firms, editorials, the rest of society."""
    if one.position.voice in {Voice.BUSINESS, Voice.SOCIETY}:
        return "editorials" if _EDITORIAL.search(one.citation.title) else str(one.position.voice)
    return "politics"


def _claim(each: Allegation, zone: str) -> Item:
    def write(say: Phrases) -> str:
        return say.say(
            "allegation",
            by=say.speaker(each.by),
            about=say.say(f"about.{each.actor}"),
            stance=say.say(f"stance.{each.stance}"),
            stories=say.count("stories", each.stories),
        )

    return Item(
        item_id=item_id(Section.ALLEGATIONS, each.by, each.actor, each.stance),
        section=Section.ALLEGATIONS,
        group="rivals" if each.by in RIVALS else "others",
        actor=each.actor,
        words=both(zone, write),
        evidence=tuple(citation(piece.article, piece.gloss, piece.articles) for piece in each.evidence),
    )


def _taken_back(each: TakenBack, zone: str) -> Item:
    def write(say: Phrases) -> str:
        return say.say(f"taken_back.{each.how}", day=say.day(each.at), what=_what(say, each))

    return Item(
        item_id=item_id(Section.TAKEN_BACK, each.how, each.name),
        section=Section.TAKEN_BACK,
        actor=each.shift.actor if each.shift else None,
        tracks=frozenset(each.shift.tracks) if each.shift else frozenset(),
        words=both(zone, write),
        evidence=each.evidence,
    )


def _what(say: Phrases, each: TakenBack) -> str:
    if each.shift is not None:
        return headline(say, each.shift)
    told: Sequence[Citation] = [piece for piece in reversed(each.evidence) if piece.gloss]
    gloss = told[0].gloss if told else None
    return "" if gloss is None else f"{gloss.uk if say.lang == 'uk' else gloss.en}."
