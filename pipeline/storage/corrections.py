"""What people said of tags: each correction with its author, its time and whether it holds."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from pipeline.domain import (
    Act,
    Actor,
    Correction,
    CorrectionState,
    Gloss,
    Judged,
    Person,
    Position,
    ReportedShift,
    Stance,
    Track,
    Verdict,
    Voice,
)
from pipeline.storage import tables as t
from pipeline.storage.database import Database, upsert

Settle = Callable[[Sequence[Correction]], Sequence[Correction]]


class Corrections:
    """Corrections, those in force and all others. ``settle`` decides which is which."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, corrections: Iterable[Correction], settle: Settle) -> list[Correction]:
        """
        Write one person's corrections and settle the stories that they are about, in one transaction.

        Returns them as they now are; those that were written before are left as they are and not returned.
        """
        new = list[Correction]()
        with self._database.write() as connection:
            for one in corrections:
                if upsert(connection, t.corrections, [_row(one)]):
                    after = _settle(connection, one.article_id, settle)
                    new += [each for each in after if _key(each) == _key(one)]
        return new

    def undo(self, act_id: str, settle: Settle) -> int:
        """Take back what one press of a button corrected, and settle its stories; 0 where that was done before."""
        c = t.corrections.c
        with self._database.write() as connection:
            standing = (c.act_id == act_id, c.state != CorrectionState.UNDONE)
            articles = list(connection.scalars(select(c.article_id).where(*standing)))
            connection.execute(update(t.corrections).where(*standing).values(state=CorrectionState.UNDONE))
            for article_id in articles:
                _settle(connection, article_id, settle)
        return len(articles)

    def of(self, shift_ids: Iterable[str]) -> dict[str, list[Correction]]:
        """Return all corrections that were made on some shifts' messages, the oldest first."""
        c, found = t.corrections.c, dict[str, list[Correction]]()
        query = select(t.corrections).where(c.shift_id.in_(set(shift_ids))).order_by(c.at, c.act_id, c.article_id)
        with self._database.read() as connection:
            for row in connection.execute(query).mappings():
                found.setdefault(row["shift_id"], []).append(_correction(row))
        return found

    def act(self, act_id: str) -> list[Correction]:
        """Return what one press of a button corrected."""
        c = t.corrections.c
        with self._database.read() as connection:
            rows = connection.execute(select(t.corrections).where(c.act_id == act_id).order_by(c.article_id))
            return [_correction(row) for row in rows.mappings()]

    def about(self, article_ids: Iterable[str]) -> dict[str, list[Correction]]:
        """Return all corrections of the stories that some articles tell, by article."""
        with self._database.read() as connection:
            return {article_id: _of_story(connection, article_id) for article_id in article_ids}

    def in_force(self) -> dict[str, list[Correction]]:
        """Return every correction that holds, by story, in order of time."""
        with self._database.read() as connection:
            return in_force(connection)

    def touched(self) -> frozenset[str]:
        """Name the stories of which a correction holds, and the shifts on whose messages it was made."""
        found = self.in_force()
        return frozenset(found) | {one.shift_id for told in found.values() for one in told}

    def verdicts(self, since: datetime) -> list[Judged]:
        """
        Return what people looked at since then and how they judged it, the oldest first.

        A correction that holds is a verdict on one story of its shift (``article_id``); an acknowledgement, ended or
        not, is one on the shift (`Verdict.TAKEN`), unless a correction that holds says otherwise of the same shift.
        What is contested or was undone is no verdict; a shift that nobody touched is not in the list at all.
        """
        c, a = t.corrections.c, t.acknowledgements.c
        judged = select(t.corrections).where(c.state == CorrectionState.HOLDS, c.at >= since)
        taken = select(t.acknowledgements).where(
            a.at >= since, a.shift_id.not_in(select(c.shift_id).where(c.state == CorrectionState.HOLDS))
        )
        with self._database.read() as connection:
            rows = [*connection.execute(judged).mappings(), *connection.execute(taken).mappings()]
        return sorted((_judged(row) for row in rows), key=lambda one: (one.at, one.shift_id, one.article_id or ""))


def in_force(connection: Connection) -> dict[str, list[Correction]]:
    """Return every correction that holds, by the story that its article tells now, in order of time."""
    c, a, found = t.corrections.c, t.articles.c, dict[str, list[Correction]]()
    query = (
        select(t.corrections, a.story_id)
        .join(t.articles, a.article_id == c.article_id)
        .where(c.state == CorrectionState.HOLDS)
        .order_by(c.at, c.act_id)
    )
    for row in connection.execute(query).mappings():
        found.setdefault(row["story_id"], []).append(_correction(row))
    return found


def _settle(connection: Connection, article_id: str, settle: Settle) -> Sequence[Correction]:
    after, c = settle(_of_story(connection, article_id)), t.corrections.c
    for one in after:
        same = (c.act_id == one.act_id, c.article_id == one.article_id, c.state != one.state)
        connection.execute(update(t.corrections).where(*same).values(state=one.state))
    return after


def _of_story(connection: Connection, article_id: str) -> list[Correction]:
    c, a = t.corrections.c, t.articles.c
    story = select(a.story_id).where(a.article_id == article_id).scalar_subquery()
    query = select(t.corrections).join(t.articles, a.article_id == c.article_id).where(a.story_id == story)
    return [_correction(row) for row in connection.execute(query).mappings()]


def _key(one: Correction) -> tuple[str, str]:
    return one.act_id, one.article_id


def _row(one: Correction) -> dict[str, Any]:
    return {
        "act_id": one.act_id,
        "article_id": one.article_id,
        "shift_id": one.shift_id,
        "verdict": one.verdict,
        "author": one.author.id,
        "author_name": one.author.name,
        "at": one.at,
        "actor": one.actor,
        "voice": one.voice,
        "position": asdict(one.position) if one.position else None,
        "tracks": list(one.tracks),
        "state": one.state,
    }


def _correction(row: Mapping[Any, Any]) -> Correction:
    return Correction(
        act_id=row["act_id"],
        shift_id=row["shift_id"],
        article_id=row["article_id"],
        verdict=Verdict(row["verdict"]),
        author=Person(id=row["author"], name=row["author_name"]),
        at=row["at"],
        actor=Actor(row["actor"]) if row["actor"] else None,
        voice=Voice(row["voice"]) if row["voice"] else None,
        position=position_of(row["position"]) if row["position"] else None,
        tracks=tuple(Track(track) for track in row["tracks"]),
        state=CorrectionState(row["state"]),
    )


def _judged(row: Mapping[Any, Any]) -> Judged:
    corrected = "verdict" in row
    by = ("author", "author_name") if corrected else ("owner", "owner_name")
    return Judged(
        shift_id=row["shift_id"],
        article_id=row["article_id"] if corrected else None,
        verdict=Verdict(row["verdict"]) if corrected else Verdict.TAKEN,
        by=Person(id=row[by[0]], name=row[by[1]]),
        at=row["at"],
    )


def position_of(row: Mapping[str, Any]) -> Position:
    """Read a position as tags and corrections keep it."""
    return Position(
        actor=Actor(row["actor"]),
        voice=Voice(row["voice"]),
        stance=Stance(row["stance"]),
        stance_probabilities={Stance(k): v for k, v in row["stance_probabilities"].items()},
        reported_shift=ReportedShift(row["reported_shift"]),
        shift_probabilities={ReportedShift(k): v for k, v in row["shift_probabilities"].items()},
        act=Act(row["act"]),
        allegation=row["allegation"],
        unsure=row["unsure"],
        gloss=Gloss(**row["gloss"]) if row.get("gloss") else None,
    )
