"""What was said in the world: articles, the stories that they report, and their tags."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update

from pipeline.domain import (
    Act,
    Actor,
    Article,
    Position,
    ReportedShift,
    Stance,
    Tag,
    TaggedArticle,
    Track,
    Voice,
)
from pipeline.storage import tables as t
from pipeline.storage.database import Database, upsert

_ARTICLE = tuple(field.name for field in fields(Article))


class Articles:
    """Articles, stories and tags."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sharing(self, bands: Sequence[str], since: datetime) -> list[Article]:
        """Return the articles seen since then that share a band of their fingerprint: candidates, not matches."""
        query = (
            select(*(t.articles.c[name] for name in _ARTICLE))
            .distinct()
            .join(t.bands, t.bands.c.article_id == t.articles.c.article_id)
            .where(t.bands.c.band.in_(bands), t.articles.c.seen_at >= since)
            .order_by(t.articles.c.seen_at, t.articles.c.article_id)
        )
        with self._database.read() as connection:
            return [Article(**row) for row in connection.execute(query).mappings()]

    def record(self, entry_id: str, article: Article, bands: Iterable[str]) -> bool:
        """Write what one entry turned out to be; returns whether the article is new."""
        with self._database.write() as connection:
            new = upsert(connection, t.articles, [{**asdict(article), "tagged_by": None}]) > 0
            rows = [{"band": b, "article_id": article.article_id, "seen_at": article.seen_at} for b in bands]
            if new and rows:
                upsert(connection, t.bands, rows)
            connection.execute(
                update(t.entries).where(t.entries.c.entry_id == entry_id).values(article_id=article.article_id)
            )
        return new

    def untagged(self, model: str, limit: int) -> list[Article]:
        """Return the oldest articles without a tag by ``model``."""
        query = (
            select(*(t.articles.c[name] for name in _ARTICLE))
            .where(or_(t.articles.c.tagged_by.is_(None), t.articles.c.tagged_by != model))
            .order_by(t.articles.c.seen_at, t.articles.c.article_id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [Article(**row) for row in connection.execute(query).mappings()]

    def record_tags(self, tags: Mapping[str, Tag]) -> None:
        """Write the tags of a batch of articles, by article id."""
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
        with self._database.write() as connection:
            upsert(connection, t.tags, rows, update=("relevant", "relevance", "positions", "tracks"))
            for model in {tag.model for tag in tags.values()}:
                ids = [article_id for article_id, tag in tags.items() if tag.model == model]
                connection.execute(update(t.articles).where(t.articles.c.article_id.in_(ids)).values(tagged_by=model))

    def relevant(self, *, since: datetime | None = None) -> list[TaggedArticle]:
        """Return the relevant articles with their newest tag, in order of first sight."""
        query = (
            select(*(t.articles.c[name] for name in _ARTICLE), t.tags)
            .join(
                t.tags,
                (t.tags.c.article_id == t.articles.c.article_id) & (t.tags.c.model == t.articles.c.tagged_by),
            )
            .where(t.tags.c.relevant)
            .order_by(t.articles.c.seen_at, t.articles.c.published_at, t.articles.c.article_id)
        )
        if since is not None:
            query = query.where(t.articles.c.seen_at >= since)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return [TaggedArticle(article=article_of(row), tag=_tag(row)) for row in rows]


def article_of(row: Mapping[Any, Any]) -> Article:
    """Read the article out of a row that holds the whole of its table."""
    return Article(**{name: row[t.articles.c[name]] for name in _ARTICLE})


def _tag(row: Mapping[Any, Any]) -> Tag:
    return Tag(
        relevant=row[t.tags.c.relevant],
        relevance=row[t.tags.c.relevance],
        positions=tuple(_position(p) for p in row[t.tags.c.positions]),
        tracks=tuple(Track(track) for track in row[t.tags.c.tracks]),
        model=row[t.tags.c.model],
    )


def _position(row: Mapping[str, Any]) -> Position:
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
    )
