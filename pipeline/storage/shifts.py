"""What was found: shifts with the stories behind them."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select, update

from pipeline.domain import (
    Act,
    Actor,
    Article,
    Balance,
    Correction,
    Evidence,
    Gloss,
    Held,
    ReportedShift,
    Shift,
    ShiftKind,
    Stance,
    Track,
    Voice,
)
from pipeline.storage import tables as t
from pipeline.storage.articles import article_of
from pipeline.storage.corrections import in_force
from pipeline.storage.database import Database, in_parts, upsert

READERS = ("en", "uk")
"""The languages of the readers; a headline in the first is preferred."""

_SHIFT = tuple(field.name for field in fields(Shift) if field.name != "evidence")
_GAINED = ("act", "confirmed", "held", "tracks", "words")
_WRITTEN_ANEW = tuple(name for name in _SHIFT if name not in {"shift_id", "withdrawn_at", "withdrawn_why"})


class Shifts:
    """Shifts and their evidence."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, shifts: Iterable[Shift]) -> int:
        """
        Write shifts; returns how many are new.

        One that is known gains evidence, confirmation and what is told of it by then, and is held as now; what was
        confirmed stays so. One that was held and is no more is written anew: it became known when it was released.
        """
        new = 0
        with self._database.write() as connection:
            s = t.shifts.c
            known = {row.shift_id: row for row in connection.execute(select(s.shift_id, s.held, s.confirmed))}
            held = {name: row.held for name, row in known.items()}
            confirmed = {name for name, row in known.items() if row.confirmed}
            for shift in shifts:
                row = {name: value for name, value in asdict(shift).items() if name in _SHIFT}
                new += shift.shift_id not in held
                if shift.confirmed or shift.shift_id not in confirmed or shift.held != held[shift.shift_id]:
                    released = held.get(shift.shift_id) is not None and shift.held is None
                    upsert(connection, t.shifts, [row], update=_WRITTEN_ANEW if released else _GAINED)
                held[shift.shift_id] = shift.held
                rows = [_row(shift.shift_id, piece) for piece in shift.evidence]
                if rows:
                    upsert(connection, t.evidence, rows, update=("article_id", "stance", "influence", "gloss"))
        return new

    def withdraw(self, why: Mapping[str, str], now: datetime) -> int:
        """Mark what is found no more, by id with the reason; every other shift stands. Returns how many are new."""
        shifts = t.shifts.c
        with self._database.write() as connection:
            gone = set(connection.scalars(select(shifts.shift_id).where(shifts.withdrawn_at.is_not(None))))
            for shift_id in why.keys() - gone:
                marked = update(t.shifts).where(shifts.shift_id == shift_id)
                connection.execute(marked.values(withdrawn_at=now, withdrawn_why=why[shift_id]))
            for shift_id in gone - why.keys():
                back = update(t.shifts).where(shifts.shift_id == shift_id)
                connection.execute(back.values(withdrawn_at=None, withdrawn_why=""))
        return len(why.keys() - gone)

    def all(self, *, since: datetime | None = None, until: datetime | None = None) -> list[Shift]:
        """Return the shifts detected in the time given, the oldest first, each with its evidence."""
        query = select(t.shifts).order_by(t.shifts.c.detected_at, t.shifts.c.shift_id)
        if since is not None:
            query = query.where(t.shifts.c.detected_at >= since)
        if until is not None:
            query = query.where(t.shifts.c.detected_at < until)
        return self._read(query)

    def some(self, shift_ids: Iterable[str]) -> list[Shift]:
        """Return the shifts of some ids, those found first in front."""
        ids = sorted(shift_ids)
        query = select(t.shifts).where(t.shifts.c.shift_id.in_(ids))
        return self._read(query.order_by(t.shifts.c.detected_at, t.shifts.c.shift_id)) if ids else []

    def one(self, shift_id: str) -> Shift:
        """Return a shift that is there."""
        return self._read(select(t.shifts).where(t.shifts.c.shift_id == shift_id))[0]

    def of(self, shift_ids: Iterable[str]) -> dict[str, Shift]:
        """Return those shifts that are there, by id."""
        found = self._read(select(t.shifts).where(t.shifts.c.shift_id.in_(set(shift_ids))))
        return {shift.shift_id: shift for shift in found}

    def rest_on(self, article_ids: Iterable[str]) -> bool:
        """Say whether any shift shows one of these articles."""
        shown = t.evidence.c.article_id
        with self._database.read() as connection:
            return any(
                connection.scalar(select(shown).where(shown.in_(some)).limit(1)) is not None
                for some in in_parts(sorted(article_ids))
            )

    def latest(self, number: int) -> list[Shift]:
        """Return the shifts that became known last, the newest first."""
        return self._read(
            select(t.shifts).order_by(t.shifts.c.detected_at.desc(), t.shifts.c.shift_id.desc()).limit(number)
        )

    def _read(self, query: Select[Any]) -> list[Shift]:
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
            corrections = in_force(connection)
        behind = self._evidence([row["shift_id"] for row in rows])
        return [_as_judged(_shift(row, behind.get(row["shift_id"], ())), corrections) for row in rows]

    def _evidence(self, ids: list[str]) -> dict[str, tuple[Evidence, ...]]:
        size = select(t.articles.c.story_id, func.count().label("articles")).group_by(t.articles.c.story_id).subquery()
        query = (
            select(t.evidence, t.articles, size.c.articles)
            .join(t.articles, t.articles.c.article_id == t.evidence.c.article_id)
            .join(size, size.c.story_id == t.articles.c.story_id)
            .order_by(t.evidence.c.shift_id, t.evidence.c.influence.desc(), t.evidence.c.story_id)
        )
        found: dict[str, tuple[Evidence, ...]] = {}
        with self._database.read() as connection:
            readable = _readable(connection, ids)
            rows = (
                row
                for some in in_parts(ids)
                for row in connection.execute(query.where(t.evidence.c.shift_id.in_(some))).mappings()
            )
            for row in rows:
                shift_id, piece = row[t.evidence.c.shift_id], _piece(row, size.c.articles)
                if piece.article.lang not in READERS:
                    piece = replace(piece, readable=readable.get(piece.article.story_id))
                told = found.get(shift_id, ())
                if piece.article.story_id not in {each.article.story_id for each in told}:  # stories may have merged
                    found[shift_id] = (*told, piece)
        return found


def _readable(connection: Connection, shift_ids: list[str]) -> dict[str, Article]:
    """Return for stories behind shifts their first article in a language of the readers."""
    a = t.articles.c
    behind = select(a.story_id).join(t.evidence, t.evidence.c.article_id == a.article_id)
    found = dict[str, Article]()
    for some in in_parts(shift_ids):
        stories = behind.where(t.evidence.c.shift_id.in_(some), a.lang.not_in(READERS))
        query = select(t.articles).where(a.story_id.in_(stories), a.lang.in_(READERS))
        for row in connection.execute(query.order_by(a.lang, a.happened_at, a.article_id)).mappings():
            found.setdefault(row["story_id"], article_of(row))
    return found


def _as_judged(shift: Shift, corrections: Mapping[str, Iterable[Correction]]) -> Shift:
    """Leave out the evidence that people took out; where that is all of it, it says what the shift was."""
    kept = tuple(
        piece
        for piece in shift.evidence
        if all(each.leaves(shift) for each in corrections.get(piece.article.story_id, ()))
    )
    return replace(shift, evidence=kept) if kept else shift


def _row(shift_id: str, piece: Evidence) -> dict[str, Any]:
    return {
        "shift_id": shift_id,
        "story_id": piece.article.story_id,
        "article_id": piece.article.article_id,
        "stance": piece.stance,
        "influence": piece.influence,
        "gloss": asdict(piece.gloss) if piece.gloss else None,
    }


def _piece(row: Mapping[Any, Any], articles: Any) -> Evidence:  # noqa: ANN401 - a column
    return Evidence(
        article=article_of(row),
        articles=row[articles],
        stance=Stance(row[t.evidence.c.stance]),
        influence=row[t.evidence.c.influence],
        gloss=Gloss(**gloss) if (gloss := row[t.evidence.c.gloss]) else None,
    )


def _shift(row: Mapping[Any, Any], evidence: tuple[Evidence, ...]) -> Shift:
    values = {name: row[name] for name in _SHIFT}
    return Shift(
        **{
            **values,
            "kind": ShiftKind(values["kind"]),
            "actor": Actor(values["actor"]),
            "voice": Voice(values["voice"]),
            "track": Track(values["track"]) if values["track"] else None,
            "held": Held(values["held"]) if values["held"] else None,
            "balance": Balance(values["balance"]) if values["balance"] else None,
            "direction": ReportedShift(values["direction"]),
            "act": Act(values["act"]) if values["act"] else None,
            "tracks": tuple(Track(track) for track in values["tracks"]),
            "evidence": evidence,
        }
    )
