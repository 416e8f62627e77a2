"""What became of what was said: denials, corrections, and reports that their outlets took down or rewrote."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Row, Select, delete, func, or_, select

from pipeline.domain import (
    Act,
    AlterationKind,
    Development,
    DevelopmentKind,
    Gloss,
    LinkKind,
    NotificationState,
    Operation,
    ShiftKind,
    Voice,
)
from pipeline.storage import tables as t
from pipeline.storage.articles import article_of
from pipeline.storage.database import Database, upsert

_LINKED = {LinkKind.DENIES: DevelopmentKind.DENIED, LinkKind.CORRECTS: DevelopmentKind.CORRECTED}
_PER_QUERY = 500


class Matters:
    """What is known of shifts beside their evidence. Decides nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def developments(self, shift_ids: Iterable[str]) -> dict[str, list[Development]]:
        """Return later denials, corrections and alterations of the shifts' evidence, by shift, the oldest first."""
        wanted, found = sorted(set(shift_ids)), dict[str, list[Development]]()
        with self._database.read() as connection:
            for start in range(0, len(wanted), _PER_QUERY):
                some = wanted[start : start + _PER_QUERY]
                rows = [
                    *((row.shift_id, _linked(row)) for row in connection.execute(_links(some))),
                    *((row.shift_id, _own_denial(row)) for row in connection.execute(_denials(some))),
                    *((row.shift_id, _altered(row)) for row in connection.execute(_alterations(some))),
                ]
                for shift_id, one in rows:
                    known = found.setdefault(shift_id, [])
                    if one is not None and not any(one.names & other.names for other in known):
                        known.append(one)
        return {shift_id: sorted(known, key=lambda one: one.at) for shift_id, known in found.items()}

    def posted(self, shift_id: str) -> list[tuple[str, str, str]]:
        """Return where a shift's matter stands in Slack: route, channel and the key of its message."""
        n = t.notifications.c
        said = (n.shift_id == shift_id, n.operation == Operation.POST, n.state == NotificationState.SENT)
        with self._database.read() as connection:
            rows = connection.execute(select(n.route, n.channel, n.key).where(*said).order_by(n.created_at, n.key))
            return [(row.route, row.channel, row.key) for row in rows]

    def view(self, *also: str) -> str:
        """Return a digest of all that decisions on alerts rest on, cheap to make; ``also`` is taken into it."""
        n = t.notifications.c
        said = [NotificationState.SENT, NotificationState.PRINTED]
        questions: list[Executable] = [
            select(func.count(), func.max(t.shifts.c.detected_at)).select_from(t.shifts),
            select(func.count()).where(t.shifts.c.confirmed),
            select(func.count(t.shifts.c.held), func.count(t.shifts.c.withdrawn_at), func.max(t.shifts.c.withdrawn_at)),
            select(func.count()).select_from(t.evidence),
            select(func.count()).select_from(t.links),
            select(func.count()).select_from(t.alterations),
            select(func.count()).select_from(t.regroupings),
            select(func.count(), func.count(t.acknowledgements.c.ended_at)).select_from(t.acknowledgements),
            select(t.corrections.c.state, func.count()).group_by(t.corrections.c.state).order_by(t.corrections.c.state),
            select(func.count()).select_from(t.notifications),
            select(func.count(), func.max(n.sent_at)).where(n.state.in_(said)),
        ]
        with self._database.read() as connection:
            seen = [connection.execute(question).all() for question in questions]
        return hashlib.sha256("\0".join((*also, *map(str, seen))).encode()).hexdigest()

    def viewed(self, view: str, now: datetime) -> bool:
        """Say whether all was decided that follows from this view, and will do for now."""
        held = t.leases.c
        with self._database.read() as connection:
            return bool(connection.scalar(select(held.name).where(held.holder == view, held.until > now)))

    def keep_view(self, view: str, until: datetime) -> None:
        """Remember that all was decided that follows from this view until then."""
        with self._database.write() as connection:
            connection.execute(delete(t.leases).where(t.leases.c.name == _VIEW))
            upsert(connection, t.leases, [{"name": _VIEW, "holder": view, "until": until}])


_VIEW = "alert: all decided"


def _links(shift_ids: Sequence[str]) -> Select[Any]:
    """Select each shift's denials and corrections with the later story's first articles and their tags."""
    told, a = t.articles.alias(), t.articles
    return (
        select(t.evidence.c.shift_id, t.links.c.kind, t.links.c.seen_at.label("linked_at"), a, t.tags.c.positions)
        .select_from(t.evidence)
        .join(told, told.c.article_id == t.evidence.c.article_id)
        .join(t.links, or_(t.links.c.other_id == told.c.story_id, t.links.c.other_id == t.evidence.c.story_id))
        .join(a, a.c.story_id == t.links.c.story_id)
        .outerjoin(t.tags, (t.tags.c.article_id == a.c.article_id) & (t.tags.c.model == a.c.tagged_by))
        .where(t.evidence.c.shift_id.in_(shift_ids), t.links.c.kind.in_(list(_LINKED)))
        .order_by(a.c.happened_at, a.c.article_id)
    )


def _denials(shift_ids: Sequence[str]) -> Select[Any]:
    """Select what stories behind shifts went on to tell, with its tags: a denial may be of the story that it denies."""
    told, a = t.articles.alias(), t.articles
    return (
        select(t.evidence.c.shift_id, t.shifts.c.actor, a, t.tags.c.positions)
        .select_from(t.evidence)
        .join(t.shifts, t.shifts.c.shift_id == t.evidence.c.shift_id)
        .join(told, told.c.article_id == t.evidence.c.article_id)
        .join(a, (a.c.story_id == told.c.story_id) & (a.c.happened_at > told.c.happened_at))
        .join(t.tags, (t.tags.c.article_id == a.c.article_id) & (t.tags.c.model == a.c.tagged_by))
        .where(t.evidence.c.shift_id.in_(shift_ids), t.shifts.c.kind == ShiftKind.REPORTED)
        .order_by(a.c.happened_at, a.c.article_id)
    )


def _alterations(shift_ids: Sequence[str]) -> Select[Any]:
    """Select what outlets did to each shift's evidence, with the headline before it."""
    before, after = t.versions.alias(), t.versions.alias()
    return (
        select(
            t.evidence.c.shift_id,
            t.alterations.c.kind,
            t.alterations.c.version,
            t.alterations.c.seen_at.label("altered_at"),
            after.c.title.label("title_after"),
            before.c.title.label("title_before"),
            t.articles,
        )
        .select_from(t.alterations)
        .join(t.entries, t.entries.c.entry_id == t.alterations.c.entry_id)
        .join(t.articles, t.articles.c.article_id == t.entries.c.article_id)
        .join(t.evidence, t.evidence.c.article_id == t.articles.c.article_id)
        .outerjoin(
            after,
            (after.c.entry_id == t.alterations.c.entry_id) & (after.c.version == t.alterations.c.version),
        )
        .outerjoin(
            before,
            (before.c.entry_id == t.alterations.c.entry_id) & (before.c.version == t.alterations.c.version - 1),
        )
        .where(t.evidence.c.shift_id.in_(shift_ids))
        .order_by(t.alterations.c.seen_at, t.alterations.c.entry_id)
    )


def _linked(row: Row[Any]) -> Development:
    return _taken_back(_LINKED[LinkKind(row.kind)], row)


def _own_denial(row: Row[Any]) -> Development | None:
    """Read a story's later article in which the government denies what the story told of it."""
    denied = any(
        position["actor"] == row.actor
        and position["voice"] == Voice.GOVERNMENT
        and position["act"] == Act.DENIED
        and not (position["allegation"] or position["unsure"])
        for position in row.positions
    )
    return _taken_back(DevelopmentKind.DENIED, row) if denied else None


def _taken_back(kind: DevelopmentKind, row: Row[Any]) -> Development:
    article = article_of(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
    return Development(
        kind=kind,
        names=frozenset({f"{kind}:{article.story_id}", f"{kind}:{article.copy_id}"}),
        at=article.published_at or article.seen_at,
        article=article,
        who=next(_deniers(row.positions or ()), "") if kind is DevelopmentKind.DENIED else "",
        gloss=next((Gloss(**position["gloss"]) for position in row.positions or () if position.get("gloss")), None),
    )


def _deniers(positions: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Name who denies by our own line about the position: "foreign ministry, Seoul"."""
    for position in positions:
        if position["act"] == Act.DENIED and position.get("gloss"):
            yield ", ".join(reversed(position["gloss"]["en"].split(" · ")[:2]))


def _altered(row: Row[Any]) -> Development | None:
    """Read an alteration; an edit that leaves the headline alone is none."""
    article = article_of(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
    if row.kind == AlterationKind.REMOVED:
        kind, name = DevelopmentKind.REMOVED, f"removed:{article.article_id}"
    elif row.title_before and row.title_before != row.title_after:
        kind, name = DevelopmentKind.REWRITTEN, f"rewritten:{article.article_id}:{row.version}"
    else:
        return None
    return Development(
        kind=kind, names=frozenset({name}), at=row.altered_at, article=article, was=row.title_before or ""
    )
