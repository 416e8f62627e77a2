"""What was said in the world: articles, the stories that they report, and their tags."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, bindparam, func, or_, select, text, update

from pipeline.domain import (
    Article,
    Correction,
    CorrectionState,
    Link,
    LinkKind,
    Tag,
    TaggedArticle,
    Track,
)
from pipeline.storage import tables as t
from pipeline.storage.corrections import in_force, position_of
from pipeline.storage.database import Database, in_parts, upsert
from pipeline.storage.forgotten import forget_again

_ARTICLE = tuple(field.name for field in fields(Article))


class Articles:
    """Articles, stories and tags."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, found: Iterable[tuple[str, Article]]) -> set[str]:
        """Write the article that each entry is, by entry id; returns the ids of those that are new."""
        by_entry = dict(found)
        rows = {article.article_id: _row(article) for article in by_entry.values()}
        with self._database.write() as connection:
            known = set(connection.scalars(select(t.articles.c.article_id).where(t.articles.c.article_id.in_(rows))))
            upsert(connection, t.articles, [row for article_id, row in rows.items() if article_id not in known])
            connection.execute(
                update(t.entries).where(t.entries.c.entry_id == bindparam("entry")),
                [{"entry": entry_id, "article_id": article.article_id} for entry_id, article in by_entry.items()],
            )
            forget_again(connection, by_entry)
        return set(rows) - known

    def ungathered(self, limit: int) -> list[Article]:
        """Return articles whose copies and story are not known, in order of what happened."""
        return self._read(_articles(t.articles.c.gathered.is_(False)).limit(limit))

    def between(self, since: datetime, until: datetime) -> list[Article]:
        """Return the articles of a time, ends included."""
        return self._read(_articles(_within(since, until)))

    def seen_before(self, until: datetime) -> list[Article]:
        """Return every article that was seen before a moment."""
        return self._read(_articles(t.articles.c.seen_at < until))

    def stories(self, story_ids: Iterable[str]) -> list[Article]:
        """Return every article of some stories."""
        return self._where(t.articles.c.story_id, story_ids)

    def comparable(self, since: datetime, until: datetime) -> list[Article]:
        """Return the articles of a time that other outlets' reports are compared with, and all copies of them."""
        found = self._read(_articles(_within(since, until), t.articles.c.comparable))
        missing = {article.copy_id for article in found} - {article.article_id for article in found}
        copies = self._where(t.articles.c.copy_id, missing)
        return list({article.article_id: article for article in (*found, *copies)}.values())

    def gather(
        self,
        articles: Sequence[Article],
        comparable: Container[str],
        regrouped: Iterable[tuple[Article, Article]],
        at: datetime,
    ) -> None:
        """
        Write the copies and stories of ``articles``.

        ``comparable`` are ids of groups of copies. ``regrouped`` are articles that were gathered before, as they
        were and are: their stories merged or split.
        """
        with self._database.write() as connection:
            _regroup(connection, articles, comparable)
            moves = [
                {"article_id": old.article_id, "at": at, "story_before": old.story_id, "story_after": new.story_id}
                for old, new in regrouped
            ]
            upsert(connection, t.regroupings, moves, update=("story_after",))

    def record_links(self, links: Iterable[Link], at: datetime) -> int:
        """Write what stories are to earlier ones; returns how many links are new."""
        with self._database.write() as connection:
            return upsert(connection, t.links, [{**asdict(link), "seen_at": at} for link in links])

    def links(self) -> list[Link]:
        """Return every link, the oldest first."""
        query = select(t.links).order_by(t.links.c.seen_at, t.links.c.story_id, t.links.c.other_id, t.links.c.kind)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [Link(story_id=row.story_id, other_id=row.other_id, kind=LinkKind(row.kind)) for row in rows]

    def claim(self, model: str, limit: int, holder: str, now: datetime, seconds: float) -> list[Article]:
        """
        Take the oldest articles without a tag by ``model``; no other holder gets them before the time is over.

        What another holder is taking at this moment is skipped, not waited for.
        """
        a, until = t.articles.c, now + timedelta(seconds=seconds)
        free = or_(a.claimed_by.is_(None), a.claimed_by == holder, a.claimed_until <= now)
        untagged = or_(a.tagged_by.is_(None), a.tagged_by != model) & a.forgotten_at.is_(None)
        oldest = (
            _articles(untagged, free).order_by(None).order_by(a.seen_at, a.article_id).limit(limit)
        ).with_for_update(skip_locked=True)
        with self._database.beside() as connection:
            found = [Article(**row) for row in connection.execute(oldest).mappings()]
            taken = update(t.articles).where(a.article_id.in_([article.article_id for article in found]))
            connection.execute(taken.values(claimed_by=holder, claimed_until=until, revision=a.revision))
        return found

    def record_tags(self, tags: Mapping[str, Tag], holder: str | None = None) -> int:
        """
        Write the tags of a batch of articles, by article id; returns how many were written.

        Of a ``holder`` only those that it still holds: one whose time is over, or whose text changed, is tagged anew.
        """
        rows = [
            {
                "article_id": article_id,
                "model": tag.model,
                "relevant": tag.relevant,
                "relevance": tag.relevance,
                "positions": [asdict(position) for position in tag.positions],
                "tracks": list(tag.tracks),
            }
            for article_id, tag in tags.items()
        ]
        a, done = t.articles.c, set[str]()
        with self._database.write() as connection:
            for model in {tag.model for tag in tags.values()}:
                ids = [article_id for article_id, tag in tags.items() if tag.model == model]
                theirs = [a.article_id.in_(ids), *([a.claimed_by == holder] if holder else [])]
                tagged = update(t.articles).where(*theirs).values(tagged_by=model, claimed_by=None, claimed_until=None)
                done.update(connection.scalars(tagged.returning(a.article_id)))
            relevant = [article_id for article_id in done if tags[article_id].relevant]
            for some in in_parts(relevant):
                touched = update(t.articles).where(a.article_id.in_(some))
                connection.execute(touched.values(revision=text(t.NEXT_REVISION)))
            kept = [row for row in rows if row["article_id"] in done or holder is None]
            upsert(connection, t.tags, kept, update=("relevant", "relevance", "positions", "tracks"))
        return len(done)

    def relevant(self, *, since: datetime | None = None, moving_since: datetime | None = None) -> list[TaggedArticle]:
        """
        Return the relevant articles with their newest tag, as people corrected it, in order of first sight.

        A correction holds for every article of the story that it is about, as stories are grouped now. What is
        ``moving_since`` comes as whole stories: of any that has an article of that time.
        """
        a = t.articles.c
        which = [or_(t.tags.c.relevant, a.article_id.in_(_corrected()))]
        which += [a.seen_at >= since] if since is not None else []
        if moving_since is not None:
            late = or_(a.seen_at >= moving_since, a.happened_at >= moving_since)
            which.append(a.story_id.in_(select(a.story_id).where(late)))
        return [one for one in self._tagged(*which) if one.tag.relevant]

    def revision(self) -> int:
        """Return the number of the last change of anything that is tagged."""
        with self._database.read() as connection:
            return connection.scalar(select(func.max(t.articles.c.revision))) or 0

    def touched(self, revision: int) -> dict[str, datetime]:
        """Return the articles that changed after that one, by id, with the latest of their times."""
        a = t.articles.c
        query = select(a.article_id, a.seen_at, a.happened_at).where(a.revision > revision)
        with self._database.read() as connection:
            return {row.article_id: max(row.seen_at, row.happened_at) for row in connection.execute(query)}

    def judged(self) -> list[TaggedArticle]:
        """Return the articles that people said something of, with their tag as corrected: the irrelevant ones, too."""
        return self._tagged(t.articles.c.article_id.in_(_corrected()))

    def tags(self, article_ids: Iterable[str]) -> dict[str, Tag]:
        """Return the newest tags of some articles, whatever people said of them."""
        newest = (t.tags.c.article_id == t.articles.c.article_id) & (t.tags.c.model == t.articles.c.tagged_by)
        query = select(t.tags).join(t.articles, newest).where(t.tags.c.article_id.in_(set(article_ids)))
        with self._database.read() as connection:
            return {row["article_id"]: tag_of(row) for row in connection.execute(query).mappings()}

    def _tagged(self, *which: ColumnElement[bool]) -> list[TaggedArticle]:
        newest = (t.tags.c.article_id == t.articles.c.article_id) & (t.tags.c.model == t.articles.c.tagged_by)
        query = (
            select(*(t.articles.c[name] for name in _ARTICLE), t.tags)
            .join(t.tags, newest)
            .where(*which)
            .order_by(t.articles.c.seen_at, t.articles.c.published_at, t.articles.c.article_id)
        )
        with self._database.read() as connection:
            rows, corrections = connection.execute(query).mappings().all(), in_force(connection)
        return [_as_corrected(row, corrections) for row in rows]

    def _where(self, column: Column[str], values: Iterable[str]) -> list[Article]:
        parts = in_parts(sorted(set(values)))
        return [article for some in parts for article in self._read(_articles(column.in_(some)))]

    def _read(self, query: Select[Any]) -> list[Article]:
        with self._database.read() as connection:
            return [Article(**row) for row in connection.execute(query).mappings()]


def _articles(*which: ColumnElement[bool]) -> Select[Any]:
    """Select articles in order of what happened."""
    query = select(*(t.articles.c[name] for name in _ARTICLE)).where(*which)
    return query.order_by(t.articles.c.happened_at, t.articles.c.article_id)


def _within(since: datetime, until: datetime) -> ColumnElement[bool]:
    return t.articles.c.happened_at.between(since, until)


def _row(article: Article) -> dict[str, Any]:
    row = {name: getattr(article, name) for name in _ARTICLE}
    return {**row, "happened_at": article.published_at or article.seen_at, "gathered": False, "tagged_by": None}


def _regroup(connection: Connection, articles: Iterable[Article], comparable: Container[str]) -> None:
    rows = [
        {
            "id": article.article_id,
            "copy_id": article.copy_id,
            "story_id": article.story_id,
            "copies": article.copy_id,
            "story": article.story_id,
            "alike": article.copy_id in comparable,
            "gathered": True,
            "comparable": article.copy_id in comparable,
        }
        for article in articles
    ]
    a = t.articles.c
    here = a.gathered & (a.copy_id == bindparam("copies")) & (a.story_id == bindparam("story"))
    if rows:  # who stays where it was is not touched: it does not concern the detection
        elsewhere = ~here | (a.comparable != bindparam("alike"))
        connection.execute(update(t.articles).where(a.article_id == bindparam("id"), elsewhere), rows)


def article_of(row: Mapping[Any, Any]) -> Article:
    """Read the article out of a row that holds the whole of its table."""
    return Article(**{name: row[t.articles.c[name]] for name in _ARTICLE})


def _corrected() -> Select[Any]:
    """Select what people said something of, whatever a newer model says."""
    return select(t.corrections.c.article_id).where(t.corrections.c.state == CorrectionState.HOLDS)


def _as_corrected(row: Mapping[Any, Any], corrections: Mapping[str, Iterable[Correction]]) -> TaggedArticle:
    article, tag = article_of(row), tag_of(row)
    for correction in corrections.get(article.story_id, ()):
        tag = correction.applied(tag, article.article_id)
    return TaggedArticle(article=article, tag=tag)


def tag_of(row: Mapping[Any, Any]) -> Tag:
    """Read the tag out of a row that holds the whole of its table."""
    return Tag(
        relevant=row[t.tags.c.relevant],
        relevance=row[t.tags.c.relevance],
        positions=tuple(position_of(p) for p in row[t.tags.c.positions]),
        tracks=tuple(Track(track) for track in row[t.tags.c.tracks]),
        model=row[t.tags.c.model],
    )
