"""What feeds said: the state of each feed, and every entry with its versions."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from pipeline.domain import (
    Alteration,
    AlterationKind,
    Entry,
    FeedState,
    Incident,
    IncidentKind,
    Marks,
    NotificationState,
    Poll,
    PollOutcome,
)
from pipeline.storage import tables as t
from pipeline.storage.database import Database, in_parts, upsert

_STATE = tuple(column.name for column in t.feeds.columns)  # "feed", the key, is the first
_state_cells = attrgetter(*_STATE)
_ENTRY = tuple(field.name for field in fields(Entry))


class Recorded(NamedTuple):
    """What became of one poll: its outcome, how many entries were new, edited, altered after an alert; the new ones."""

    outcome: PollOutcome | None
    new: int
    edited: int
    altered: int
    brought: tuple[str, ...] = ()


class Entries:
    """Feeds' states and their entries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def states(self) -> dict[str, FeedState]:
        """Return what is known of every feed that was ever polled, by name."""
        with self._database.read() as connection:
            rows = [dict(zip(_STATE, row, strict=True)) for row in connection.execute(select(t.feeds))]
        for row in rows:
            row["outcome"] = PollOutcome(row["outcome"]) if row["outcome"] else None
        return {row["feed"]: FeedState(**row) for row in rows}

    def not_due(self, now: datetime) -> frozenset[str]:
        """Return the feeds whose next poll is to come."""
        with self._database.read() as connection:
            return frozenset(connection.scalars(select(t.feeds.c.feed).where(t.feeds.c.next_poll_at > now)))

    def record(self, polls: Sequence[Poll]) -> list[Recorded]:
        """
        Write a batch of polls in one transaction.

        A known entry with another title or lead becomes its next version; the earlier one is kept. The outcome NEW
        becomes NOTHING_NEW where neither is the case: only the store knows. What is removed or rewritten after a
        route was told of it is an `Alteration`.
        """
        with self._database.write() as connection:
            known = _known(connection, [entry.entry_id for poll in polls for entry in poll.entries])
            new: list[dict[str, Any]] = []
            edited: list[dict[str, Any]] = []
            states, recorded = [], []
            for poll in polls:
                fresh, changed = _sorted(poll.entries, known)
                outcome = poll.state.outcome
                if outcome is PollOutcome.NEW and not (fresh or changed):
                    outcome = PollOutcome.NOTHING_NEW
                new += fresh
                edited += changed
                states.append(dict(zip(_STATE, _state_cells(poll.state), strict=True)) | {"outcome": outcome})
                altered = _altered(connection, {row["entry_id"]: row["version"] for row in changed}, poll)
                brought = tuple(row["entry_id"] for row in fresh)
                recorded.append(Recorded(outcome, len(fresh), len(changed), altered, brought))
            upsert(connection, t.entries, new)
            upsert(connection, t.versions, [_version(row) for row in [*new, *edited]])
            for row in edited:
                _edit(connection, row)
            upsert(connection, t.feeds, states, update=_STATE[1:])
            remembered = [
                {"feed": p.state.feed, "frame": p.marks.frame, "encoding": p.marks.encoding, "items": p.marks.items}
                for p in polls
                if p.marks is not None
            ]
            upsert(connection, t.marks, remembered, update=("frame", "encoding", "items"))
        return recorded

    def known(self, ids: Sequence[str]) -> dict[str, Entry]:
        """Return those of some entries that are known, by id."""
        with self._database.read() as connection:
            rows = [
                row
                for some in in_parts(ids)
                for row in connection.execute(select(t.entries).where(t.entries.c.entry_id.in_(some))).mappings()
            ]
        return {row["entry_id"]: _entry(row) for row in rows}

    def there(self, entries: Sequence[Entry], since: datetime) -> dict[tuple[str, str], list[Entry]]:
        """Return what the same feeds showed at the addresses of ``entries`` since then, by feed and address."""
        e, found = t.entries.c, dict[tuple[str, str], list[Entry]]()
        with self._database.read() as connection:
            for some in in_parts(entries):
                feeds, urls = {entry.feed for entry in some}, {entry.url for entry in some}
                query = select(t.entries).where(e.feed.in_(feeds), e.seen_at >= since, e.url.in_(urls))
                for row in connection.execute(query.order_by(e.entry_id)).mappings():
                    found.setdefault((row["feed"], row["url"]), []).append(_entry(row))
        return found

    def alterations(self) -> list[Alteration]:
        """Return what outlets did to entries that had been alerted on, the oldest first."""
        a = t.alterations
        with self._database.read() as connection:
            rows = connection.execute(select(a).order_by(a.c.seen_at, a.c.entry_id, a.c.version)).mappings().all()
        return [Alteration(**{**row, "kind": AlterationKind(row["kind"])}) for row in rows]

    def marks(self, feeds: Sequence[str]) -> dict[str, Marks]:
        """Return what is remembered of the feeds' last documents, by feed."""
        m, found = t.marks.c, {}
        with self._database.read() as connection:
            for some in in_parts(feeds):
                query = select(m.feed, m.frame, m.encoding, m["items"]).where(m.feed.in_(some))
                for feed, frame, encoding, items in connection.execute(query):
                    found[feed] = Marks(frame=frame, encoding=encoding, items=items)
        return found

    def seen_times(self, feeds: Sequence[str], since: datetime) -> dict[str, list[datetime]]:
        """Return when each feed's entries since then were published, or else seen: its rhythm; history left out."""
        e, times = t.entries.c, dict[str, list[datetime]]()
        with self._database.read() as connection:
            for some in in_parts(feeds):
                query = select(e.feed, e.published_at, e.seen_at).where(
                    e.feed.in_(some), e.seen_at >= since, e.history.is_(False)
                )
                for feed, published, seen in connection.execute(query):
                    times.setdefault(feed, []).append(published or seen)
        return times

    def record_incidents(self, incidents: Iterable[Incident]) -> None:
        """Write incidents; one that is known gains its end."""
        rows = [asdict(incident) for incident in incidents]
        if rows:
            with self._database.write() as connection:
                upsert(connection, t.incidents, rows, update=("ended_at", "detail"))

    def incidents(self, *, open_only: bool = False, ended_after: datetime | None = None) -> list[Incident]:
        """Return incidents, the oldest first: those that last, and, unless only these are wanted, those that ended."""
        query = select(t.incidents).order_by(t.incidents.c.started_at, t.incidents.c.feed, t.incidents.c.kind)
        if open_only:
            query = query.where(t.incidents.c.ended_at.is_(None))
        if ended_after is not None:
            query = query.where(t.incidents.c.ended_at.is_(None) | (t.incidents.c.ended_at > ended_after))
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return [Incident(**{**row, "kind": IncidentKind(row["kind"])}) for row in rows]

    def seen_before(self, at: datetime) -> bool:
        """Say whether anything was seen before then."""
        with self._database.read() as connection:
            return connection.scalar(select(t.entries.c.entry_id).where(t.entries.c.seen_at < at).limit(1)) is not None

    def without_article(self, limit: int) -> list[Entry]:
        """Return the oldest entries that no article holds yet."""
        query = (
            select(t.entries)
            .where(t.entries.c.article_id.is_(None), t.entries.c.forgotten_at.is_(None))
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


def _text_sha256(entry: Entry) -> str:
    return hashlib.sha256(f"{entry.title}\0{entry.lead}".encode()).hexdigest()


def _row(entry: Entry) -> dict[str, Any]:
    row = {name: getattr(entry, name) for name in _ENTRY}  # dataclasses.asdict copies deeply: half the time of a poll
    row["text_sha256"] = _text_sha256(entry)
    return row


def _entry(row: Mapping[Any, Any]) -> Entry:
    return Entry(**{name: row[name] for name in _ENTRY})


def _sorted(
    entries: Iterable[Entry], known: dict[str, tuple[int, str | None]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Tell new entries from edited ones, and take both into ``known``."""
    new: list[dict[str, Any]] = []
    edited: list[dict[str, Any]] = []
    for entry in entries:
        row = _row(entry)
        version, text = known.get(entry.entry_id, (0, ""))
        if text is None or text == row["text_sha256"]:
            continue
        row["version"] = version + 1
        (edited if version else new).append(row)
        known[entry.entry_id] = (version + 1, row["text_sha256"])
    return new, edited


def _known(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[int, str | None]]:
    """Return the version of those entries that are known, and the digest of its text; None: it was forgotten."""
    e, known = t.entries.c, dict[str, tuple[int, str | None]]()
    for some in in_parts(ids):
        query = select(e.entry_id, e.version, e.text_sha256, e.forgotten_at).where(e.entry_id.in_(some))
        for row in connection.execute(query):
            known[row.entry_id] = row.version, None if row.forgotten_at else row.text_sha256
    return known


def _altered(connection: Connection, edited: Mapping[str, int], poll: Poll) -> int:
    """Write down which entries were rewritten or removed after a route was told of them; returns how many."""
    if not (edited or poll.removed):
        return 0
    e, n = t.entries.c, t.notifications.c
    told = (
        select(e.entry_id, e.version)
        .distinct()
        .join(t.evidence, t.evidence.c.article_id == e.article_id)
        .join(t.notifications, n.shift_id == t.evidence.c.shift_id)
        .where(
            e.entry_id.in_([*edited, *poll.removed]), n.state.in_([NotificationState.SENT, NotificationState.PRINTED])
        )
    )
    at = poll.state.polled_at
    rows = [
        {
            "entry_id": entry_id,
            "kind": AlterationKind.REWRITTEN if entry_id in edited else AlterationKind.REMOVED,
            "version": edited.get(entry_id, version),
            "seen_at": at,
        }
        for entry_id, version in connection.execute(told)
    ]
    return upsert(connection, t.alterations, rows)


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
        .values(title=row["title"], lead=row["lead"], tagged_by=None, claimed_by=None, gathered=False),
        {"id": row["entry_id"]},
    )
