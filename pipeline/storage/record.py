"""
What the stages left of one shift, from the fetch of a feed to the message: read, never written.

Nothing is summed up here; `pipeline.explain` puts it into words.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from pipeline.domain import (
    Acknowledgement,
    Alteration,
    AlterationKind,
    Article,
    Correction,
    Link,
    LinkKind,
    NotificationState,
    Shift,
    Tag,
)
from pipeline.storage import tables as t
from pipeline.storage.acknowledgements import Acknowledgements
from pipeline.storage.articles import article_of, tag_of
from pipeline.storage.corrections import Corrections
from pipeline.storage.database import Database
from pipeline.storage.shifts import Shifts


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A headline as one fetch of a feed saw it."""

    number: int
    title: str
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An entry of a feed that became an article, in all its versions, and what its outlet did to it later."""

    entry_id: str
    feed: str
    url: str
    published_at: datetime | None
    seen_at: datetime
    history: bool
    versions: tuple[Version, ...]
    alterations: tuple[Alteration, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """An article, the entries that it came from, and its tags, the oldest model's first; ``current`` is in use."""

    article: Article
    tags: tuple[Tag, ...]
    current: str | None
    seen: tuple[Seen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One route's answer, and what became of its message; ``state`` None: there was none to send."""

    route: str
    channel: str
    reason: str
    severity: str | None
    state: str | None
    decided_at: datetime
    sent_at: datetime | None
    ts: str | None
    attempts: int
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All that is known of one shift; ``traced`` holds the articles of each piece of evidence, by story."""

    shift: Shift
    traced: dict[str, tuple[Traced, ...]]
    links: tuple[Link, ...]
    answers: tuple[Answer, ...]
    taken: tuple[Acknowledgement, ...] = ()
    corrections: tuple[Correction, ...] = ()


class Records:
    """The records of shifts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._shifts = Shifts(database)
        self._taken = Acknowledgements(database)
        self._corrections = Corrections(database)

    def named(self, prefix: str) -> list[str]:
        """Return the ids of the shifts that begin so."""
        known = t.shifts.c.shift_id
        with self._database.read() as connection:
            return list(connection.scalars(select(known).where(known.startswith(prefix, autoescape=True))))

    def of(self, shift_id: str) -> Record:
        """Read all that is known of a shift that is there."""
        shift = self._shifts.one(shift_id)
        return Record(
            shift=shift,
            traced=self._traced(shift.stories),
            links=self._links(shift.stories),
            answers=tuple(self._answers([shift_id])[shift_id]),
            taken=tuple(self._taken.of([shift_id]).get(shift_id, ())),
            corrections=tuple(self._corrections.of([shift_id]).get(shift_id, ())),
        )

    def answers(self, *, since: datetime, until: datetime) -> list[tuple[Shift, Answer]]:
        """Return every answer about the shifts that became known in that time, with its shift."""
        known = self._shifts.all(since=since, until=until)
        answers = self._answers([shift.shift_id for shift in known])
        return [(shift, answer) for shift in known for answer in answers[shift.shift_id]]

    def _traced(self, stories: Collection[str]) -> dict[str, tuple[Traced, ...]]:
        query = (
            select(t.articles, t.tags)
            .join(t.tags, t.tags.c.article_id == t.articles.c.article_id, isouter=True)
            .where(t.articles.c.story_id.in_(stories))
            .order_by(t.articles.c.seen_at, t.articles.c.article_id, t.tags.c.model)
        )
        articles, tags = dict[str, tuple[Article, str | None]](), defaultdict[str, list[Tag]](list)
        with self._database.read() as connection:
            for row in connection.execute(query).mappings():
                article = article_of(row)
                articles[article.article_id] = article, row[t.articles.c.tagged_by]
                if row[t.tags.c.model] is not None:
                    tags[article.article_id].append(tag_of(row))
        seen, found = self._seen(articles), defaultdict[str, list[Traced]](list)
        for article_id, (article, current) in articles.items():
            own = tuple(seen.get(article_id, ()))
            one = Traced(article=article, tags=tuple(tags[article_id]), current=current, seen=own)
            found[article.story_id].append(one)
        return {story: tuple(told) for story, told in found.items()}

    def _seen(self, articles: Collection[str]) -> dict[str, list[Seen]]:
        e = t.entries.c
        query = select(t.entries).where(e.article_id.in_(articles)).order_by(e.seen_at, e.entry_id)
        with self._database.read() as connection:
            entries = connection.execute(query).mappings().all()
        ids = [row["entry_id"] for row in entries]
        versions, alterations = self._versions(ids), self._alterations(ids)
        found: dict[str, list[Seen]] = defaultdict(list)
        for row in entries:
            seen = Seen(
                entry_id=row["entry_id"],
                feed=row["feed"],
                url=row["url"],
                published_at=row["published_at"],
                seen_at=row["seen_at"],
                history=row["history"],
                versions=tuple(versions[row["entry_id"]]),
                alterations=tuple(alterations[row["entry_id"]]),
            )
            found[row["article_id"]].append(seen)
        return found

    def _versions(self, entries: Collection[str]) -> dict[str, list[Version]]:
        v, found = t.versions.c, defaultdict[str, list[Version]](list)
        query = select(v.entry_id, v.version, v.title, v.seen_at).where(v.entry_id.in_(entries)).order_by(v.version)
        with self._database.read() as connection:
            for entry_id, number, title, seen_at in connection.execute(query):
                found[entry_id].append(Version(number=number, title=title, seen_at=seen_at))
        return found

    def _alterations(self, entries: Collection[str]) -> dict[str, list[Alteration]]:
        a, found = t.alterations.c, defaultdict[str, list[Alteration]](list)
        query = select(t.alterations).where(a.entry_id.in_(entries)).order_by(a.seen_at)
        with self._database.read() as connection:
            for row in connection.execute(query).mappings():
                found[row["entry_id"]].append(Alteration(**{**row, "kind": AlterationKind(row["kind"])}))
        return found

    def _links(self, stories: Collection[str]) -> tuple[Link, ...]:
        links = t.links.c
        about = links.other_id.in_(stories) | links.story_id.in_(stories)
        query = select(links.story_id, links.other_id, links.kind).where(about).order_by(links.seen_at, links.story_id)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple(Link(story_id=row.story_id, other_id=row.other_id, kind=LinkKind(row.kind)) for row in rows)

    def _answers(self, shifts: Collection[str]) -> dict[str, list[Answer]]:
        n, found = t.notifications.c, defaultdict[str, list[Answer]](list)
        query = select(t.notifications).where(n.shift_id.in_(shifts)).order_by(n.created_at, n.route)
        with self._database.read() as connection:
            for row in connection.execute(query):
                answer = Answer(
                    route=row.route,
                    channel=row.channel,
                    reason=row.reason,
                    severity=row.severity,
                    state=None if row.state == NotificationState.HELD else row.state,
                    decided_at=row.created_at,
                    sent_at=row.sent_at,
                    ts=row.ts,
                    attempts=row.attempts,
                    error=row.error,
                )
                found[row.shift_id].append(answer)
        return found
