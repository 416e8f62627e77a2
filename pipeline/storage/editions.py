"""The weekly editions: what was put together, and what an editor made of it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, update

from pipeline.domain import Edit, Edition, EditKind, Review
from pipeline.storage import mailing_tables as t
from pipeline.storage.database import Database, upsert


class Editions:
    """One edition a week."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def one(self, week: str) -> Edition | None:
        """Return a week's edition, if there is one."""
        with self._database.read() as connection:
            row = connection.execute(select(t.editions).where(t.editions.c.week == week)).mappings().first()
        return _edition(row) if row else None

    def latest(self) -> Edition | None:
        """Return the newest edition, if there is any."""
        with self._database.read() as connection:
            week = connection.scalar(select(func.max(t.editions.c.week)))
        return self.one(week) if week else None

    def before(self, week: str) -> Edition | None:
        """Return the edition before a week's."""
        with self._database.read() as connection:
            last = connection.scalar(select(func.max(t.editions.c.week)).where(t.editions.c.week < week))
        return self.one(last) if last else None

    def write(self, edition: Edition) -> Edition:
        """Write what was put together where no editor has approved it meanwhile; edits stay. Returns what stands."""
        e, row = t.editions.c, _row(edition)
        again = {name: row[name] for name in ("until", "review", "content", "written_at", "draft")}
        with self._database.write() as connection:
            if not upsert(connection, t.editions, [row]):
                drafts = update(t.editions).where(e.week == edition.week, e.review == Review.DRAFT)
                connection.execute(drafts.values(**again))
        return self.one(edition.week) or edition

    def edit(self, edition: Edition, seen: Edition) -> bool:
        """Write an editor's edits or approval; False where it was changed since they saw it."""
        e, row = t.editions.c, _row(edition)
        unchanged = (e.written_at == seen.written_at, e.review == seen.review, e.week == seen.week)
        with self._database.write() as connection:
            known = connection.execute(select(e.edits).where(*unchanged)).first()
            if known is None or known.edits != _row(seen)["edits"]:
                return False
            wanted = {name: row[name] for name in ("review", "initials", "edits")}
            connection.execute(update(t.editions).where(e.week == edition.week).values(**wanted))
        return True


def _row(edition: Edition) -> dict[str, Any]:
    edits = [
        {"kind": str(one.kind), "item_id": one.item_id, "words": dict(one.words or {}), "before": one.before}
        for one in edition.edits
    ]
    return {
        "week": edition.week,
        "until": edition.until,
        "review": edition.review,
        "content": edition.content,
        "written_at": edition.written_at,
        "draft": edition.draft,
        "initials": edition.initials,
        "edits": edits,
    }


def _edition(row: Mapping[Any, Any]) -> Edition:
    edits = tuple(
        Edit(kind=EditKind(one["kind"]), item_id=one["item_id"], words=one["words"] or None, before=one["before"])
        for one in row["edits"]
    )
    return Edition(**{**row, "review": Review(row["review"]), "edits": edits})
