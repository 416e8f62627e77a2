"""What feeds said: the state of each feed, and every entry with its versions."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from pipeline.domain import Entry, FeedState, Incident, IncidentKind, Marks, Poll, PollOutcome
from pipeline.storage import tables as t
from pipeline.storage.database import Database, upsert

_STATE = tuple(column.name for column in t.feeds.columns if column.name != "feed")
_ENTRY = tuple(field.name for field in fields(Entry))
_IDS_PER_QUERY = 500


class Entries:
    """Feeds' states and their entries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def states(self) -> dict[str, FeedState]:
        """Return what is known of every feed that was ever polled, by name."""
        with self._database.read() as connection:
            rows = connection.execute(select(t.feeds)).mappings().all()
        return {
            row["feed"]: FeedState(**{**row, "outcome": PollOutcome(row["outcome"]) if row["outcome"] else None})
            for row in rows
        }

    def record(self, polls: Sequence[Poll]) -> list[tuple[int, int]]:
        """
        Write a batch of polls in one transaction. Returns for each how many entries were new and edited.

        A known entry with another title or lead becomes its next version; the earlier one is kept. The outcome NEW
        is written as NOTHING_NEW where neither is the case.
        """
        with self._database.write() as connection:
            known = _known(connection, [entry.entry_id for poll in polls for entry in poll.entries])
            new: list[dict[str, Any]] = []
            edited: list[dict[str, Any]] = []
            states, counts = [], []
            for poll in polls:
                fresh, changed = _sorted(poll.entries, known)
                state = poll.state
                if state.outcome is PollOutcome.NEW and not (fresh or changed):
                    state = replace(state, outcome=PollOutcome.NOTHING_NEW)
                new += fresh
                edited += changed
                states.append({name: getattr(state, name) for name in ("feed", *_STATE)})
                counts.append((len(fresh), len(changed)))
            upsert(connection, t.entries, new)
            upsert(connection, t.versions, [_version(row) for row in [*new, *edited]])
            for row in edited:
                _edit(connection, row)
            upsert(connection, t.feeds, states, update=_STATE)
            remembered = [
                {"feed": p.state.feed, "frame": p.marks.frame, "encoding": p.marks.encoding, "items": p.marks.items}
                for p in polls
                if p.marks is not None
            ]
            upsert(connection, t.marks, remembered, update=("frame", "encoding", "items"))
        return counts

    def marks(self, feed: str) -> Marks | None:
        """Return what is remembered of a feed's last document."""
        query = select(t.marks.c.frame, t.marks.c.encoding, t.marks.c["items"]).where(t.marks.c.feed == feed)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return Marks(frame=row[0], encoding=row[1], items=row[2]) if row else None

    def seen_times(self, feed: str, since: datetime) -> list[datetime]:
        """Return when a feed's entries since then were published, or else seen: its rhythm; history left out."""
        e = t.entries.c
        query = select(e.published_at, e.seen_at).where(e.feed == feed, e.seen_at >= since, e.history.is_(False))
        with self._database.read() as connection:
            return [published or seen for published, seen in connection.execute(query)]

    def record_incidents(self, incidents: Iterable[Incident]) -> None:
        """Write incidents; one that is known gains its end."""
        with self._database.write() as connection:
            upsert(connection, t.incidents, [asdict(incident) for incident in incidents], update=("ended_at", "detail"))

    def incidents(self, *, open_only: bool = False) -> list[Incident]:
        """Return incidents, the oldest first."""
        query = select(t.incidents).order_by(t.incidents.c.started_at, t.incidents.c.feed, t.incidents.c.kind)
        if open_only:
            query = query.where(t.incidents.c.ended_at.is_(None))
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return [Incident(**{**row, "kind": IncidentKind(row["kind"])}) for row in rows]

    def without_article(self, limit: int) -> list[Entry]:
        """Return the oldest entries that no article holds yet."""
        query = (
            select(t.entries)
            .where(t.entries.c.article_id.is_(None))
            .order_by(t.entries.c.seen_at, t.entries.c.entry_id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [_entry(row) for row in connection.execute(query).mappings()]

    def of_feeds(self, feeds: Iterable[str]) -> list[Entry]:
        """Return every entry of the feeds named."""
        query = select(t.entries).where(t.entries.c.feed.in_(list(feeds))).order_by(t.entries.c.entry_id)
        with self._database.read() as connection:
            return [_entry(row) for row in connection.execute(query).mappings()]

    def forget_leads(self, feeds: Sequence[str], before: datetime) -> int:
        """Empty the summaries of ``feeds`` seen before ``before``: their terms allow no longer keeping."""
        old = (t.entries.c.feed.in_(feeds), t.entries.c.seen_at < before)
        with self._database.write() as connection:
            ids = select(t.entries.c.entry_id).where(*old)
            articles = select(t.entries.c.article_id).where(*old, t.entries.c.article_id.is_not(None))
            connection.execute(update(t.versions).where(t.versions.c.entry_id.in_(ids)).values(lead=""))
            connection.execute(update(t.articles).where(t.articles.c.article_id.in_(articles)).values(lead=""))
            done = connection.execute(update(t.entries).where(*old, t.entries.c.lead != "").values(lead=""))
            return int(done.rowcount)


def _text_sha256(entry: Entry) -> str:
    return hashlib.sha256(f"{entry.title}\0{entry.lead}".encode()).hexdigest()


def _row(entry: Entry) -> dict[str, Any]:
    row = {name: getattr(entry, name) for name in _ENTRY}  # dataclasses.asdict copies deeply: half the time of a poll
    row["text_sha256"] = _text_sha256(entry)
    return row


def _entry(row: Mapping[Any, Any]) -> Entry:
    return Entry(**{name: row[name] for name in _ENTRY})


def _sorted(
    entries: Iterable[Entry], known: dict[str, tuple[int, str]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Tell new entries from edited ones, and take both into ``known``."""
    new: list[dict[str, Any]] = []
    edited: list[dict[str, Any]] = []
    for entry in entries:
        row = _row(entry)
        version, text = known.get(entry.entry_id, (0, ""))
        if text == row["text_sha256"]:
            continue
        row["version"] = version + 1
        (edited if version else new).append(row)
        known[entry.entry_id] = (version + 1, row["text_sha256"])
    return new, edited


def _known(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[int, str]]:
    known: dict[str, tuple[int, str]] = {}
    for start in range(0, len(ids), _IDS_PER_QUERY):
        query = select(t.entries.c.entry_id, t.entries.c.version, t.entries.c.text_sha256).where(
            t.entries.c.entry_id.in_(ids[start : start + _IDS_PER_QUERY])
        )
        known.update({row.entry_id: (row.version, row.text_sha256) for row in connection.execute(query)})
    return known


def _version(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("entry_id", "version", "title", "lead", "seen_at")}


def _edit(connection: Connection, row: Mapping[str, Any]) -> None:
    """Write a new version, and let its article be tagged again."""
    changed = {name: row[name] for name in ("title", "lead", "version", "text_sha256")}
    connection.execute(update(t.entries).where(t.entries.c.entry_id == row["entry_id"]).values(**changed))
    article = select(t.entries.c.article_id).where(t.entries.c.entry_id == bindparam("id")).scalar_subquery()
    connection.execute(
        update(t.articles)
        .where(t.articles.c.article_id == article)
        .values(title=row["title"], lead=row["lead"], tagged_by=None),
        {"id": row["entry_id"]},
    )
