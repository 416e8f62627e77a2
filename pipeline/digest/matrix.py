"""
Statements and how each voice is watched -> the current line: a cell for every voice and heading. Pure.

A cell shows its own voice's last act or statement under its heading, and no other's. Silence is told only of a voice
that is watched and not only searched for; where all that was read is unsure or takes no position, nothing is told.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.digest.phrases import both
from pipeline.digest.statements import Statement, item_id, line
from pipeline.domain import (
    Actor,
    Cell,
    CellState,
    Column,
    Coverage,
    Hearing,
    Item,
    Matrix,
    Section,
    Stance,
    Track,
    Voice,
)

CURRENT = timedelta(days=91)
"""What is older is no current line."""

TRACKS: Mapping[Column, frozenset[Track]] = {
    Column.PRESSURE: frozenset({Track.SANCTIONS}),
    Column.DIALOGUE: frozenset({Track.DIALOGUE}),
    Column.PARLIAMENTS: frozenset({Track.PARLIAMENT}),
    Column.SUPPORT: frozenset({Track.AID}),
    Column.FORMATS: frozenset({Track.NATO_EU}),
    Column.K_DIPLOMACY: frozenset({Track.K_DIPLOMACY}),
    Column.RECONSTRUCTION: frozenset({Track.RECONSTRUCTION}),
    Column.TRIBUNAL: frozenset({Track.ACCOUNTABILITY}),
    Column.CULTURE: frozenset({Track.CULTURE}),
    Column.RUSSIA_TIES: frozenset({Track.RUSSIA_TIES, Track.DPRK_RUSSIA}),
}
"""What is told under each heading. Arms, Washington and Taiwan as a parallel have none in the paper."""

_RIVALS = (Voice.RULING_PARTY, Voice.OPPOSITION)
UNWATCHED = frozenset({Coverage.SEARCH, Coverage.DOWN, Coverage.NONE})
"""Ways of watching in which silence says nothing."""

Row = tuple[Actor, Voice]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a matrix is made of: statements (the oldest first), how voices are watched, since when and until when."""

    statements: Sequence[Statement]
    hearings: Iterable[Hearing]
    starts: Mapping[Row, Stance]
    watched_since: datetime
    until: datetime
    zone: str


def matrix(seen: Seen) -> tuple[Matrix, list[Item]]:
    """Return the current line, and the items that its cells show."""
    rows = tuple(_rows(seen))
    unwatched = {(h.actor, h.voice) for h in seen.hearings if h.coverage in UNWATCHED}
    cells, items = list[Cell](), list[Item]()
    for row in rows:
        said = [one for one in seen.statements if (one.position.actor, one.position.voice) == row]
        for column in Column:
            cell, item = _cell(row, column, said, seen, unwatched=row in unwatched)
            cells.append(cell)
            items += [item] if item else []
    return Matrix(rows=rows, columns=tuple(Column), cells=tuple(cells)), items


def _rows(seen: Seen) -> Iterable[Row]:
    """Name every government, parties that stand elsewhere than it, and parliaments that acted for themselves."""
    stances: dict[Row, Counter[Stance]] = {}
    for one in seen.statements:
        if one.clear and one.position.stance is not Stance.NEUTRAL and one.at >= seen.until - CURRENT:
            row = one.position.actor, one.position.voice
            stances.setdefault(row, Counter())[one.position.stance] += 1
    stands = {row: counted.most_common(1)[0][0] for row, counted in stances.items()}
    for actor in Actor:
        government = (actor, Voice.GOVERNMENT)
        yield government
        for voice in _RIVALS:
            if any((actor, voice) in known and _differ(known, actor, voice) for known in (stands, seen.starts)):
                yield actor, voice
        if (actor, Voice.PARLIAMENT) in stands:
            yield actor, Voice.PARLIAMENT


def _differ(stands: Mapping[Row, Stance], actor: Actor, voice: Voice) -> bool:
    return stands[actor, voice] is not stands.get((actor, Voice.GOVERNMENT))


def _cell(
    row: Row, column: Column, said: Iterable[Statement], seen: Seen, *, unwatched: bool
) -> tuple[Cell, Item | None]:
    actor, voice = row
    if column is Column.K_DIPLOMACY and actor is not Actor.KR:
        return Cell(actor=actor, voice=voice, column=column, state=CellState.NOT_ITS_OWN), None
    under = [one for one in said if one.tracks & TRACKS[column] and not one.position.allegation]
    last = next((one for one in reversed(under) if one.clear and one.position.stance is not Stance.NEUTRAL), None)
    if last is None:
        return _empty(row, column, seen, unsure=bool(under), unwatched=unwatched), None
    item = _item(row, column, last, seen.zone)
    state = CellState.STATED
    if last.at < seen.until - CURRENT:
        state = CellState.WEAK_COVERAGE if unwatched else CellState.NOTHING
    return Cell(
        actor=actor,
        voice=voice,
        column=column,
        state=state,
        days=(seen.until - last.at).days,
        direction=last.position.reported_shift,
        stance=last.position.stance,
        item_id=item.item_id,
    ), item


def _empty(row: Row, column: Column, seen: Seen, *, unsure: bool, unwatched: bool) -> Cell:
    """Say why nothing is told: what was read is unclear, nobody listened, or nothing was said."""
    state = CellState.WEAK_TAG if unsure else CellState.WEAK_COVERAGE if unwatched else CellState.NOTHING
    return Cell(actor=row[0], voice=row[1], column=column, state=state, days=(seen.until - seen.watched_since).days)


def _item(row: Row, column: Column, last: Statement, zone: str) -> Item:
    return Item(
        item_id=item_id(Section.LINE, *row, column),
        section=Section.LINE,
        actor=row[0],
        voice=row[1],
        tracks=last.tracks & TRACKS[column],
        words=both(zone, lambda say: line(last, say)),
        evidence=(last.citation,),
    )
