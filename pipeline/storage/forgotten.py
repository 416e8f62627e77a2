"""
What a source asked to have deleted: its headlines and leads go, wherever they are kept.

Ids, dates, links and tags stay, so that a shift can still be explained. What comes again of it is emptied anew.
"""

import html
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, or_, select, update

from pipeline.domain import Article
from pipeline.storage import mailing_tables as m, tables as t
from pipeline.storage.database import Database, in_parts
from pipeline.storage.letters import EMPTIED, OVER

_WHOLE = 100
"""Longer headlines are cut somewhere in messages: these are known by so many characters."""
_SHORT = 4
"""What is shorter stands for too much else to be looked for."""


class Forgotten:
    """Texts that were deleted on request."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def forget(self, names: Collection[str], feeds: Collection[str], now: datetime) -> Counter[str]:
        """Delete the texts of an outlet, by its names, and of its own feeds. Counts articles, entries and messages."""
        a, e, counts = t.articles.c, t.entries.c, Counter[str]()
        with self._database.write() as connection:
            rows = connection.execute(
                select(a.article_id, a.title).where(a.source.in_(names), a.forgotten_at.is_(None))
            )
            titles = {row.article_id: row.title for row in rows}
            unread = or_(e.feed.in_(feeds), e.source.in_(names)) & e.article_id.is_(None) & e.forgotten_at.is_(None)
            entries = set(connection.scalars(select(e.entry_id).where(unread)))
            for some in in_parts(sorted(titles)):
                entries.update(connection.scalars(select(e.entry_id).where(e.article_id.in_(some))))
            said = {*titles.values(), *_earlier_titles(connection, entries)}
            counts["articles"] = _empty(connection, t.articles, "article_id", titles, now)
            counts["entries"] = _empty(connection, t.entries, "entry_id", entries, now)
            counts["messages"] = _strike(connection, said, f"text deleted on request on {now:%Y-%m-%d}")
        return counts


def forget_again(connection: Connection, placed: Mapping[str, Article]) -> None:
    """Empty what came again of outlets' forgotten texts; ``placed`` are articles by the entry that holds them."""
    a = t.articles.c
    asked = select(a.source, func.max(a.forgotten_at)).where(a.forgotten_at.is_not(None)).group_by(a.source)
    until: dict[str, datetime] = {row[0]: row[1] for row in connection.execute(asked)}
    if not until:
        return
    again = {
        entry_id: article.article_id
        for entry_id, article in placed.items()
        if article.source in until and (article.published_at or article.seen_at) <= until[article.source]
    }
    for entry_id, article_id in again.items():
        at = until[placed[entry_id].source]
        _empty(connection, t.articles, "article_id", [article_id], at)
        _empty(connection, t.entries, "entry_id", [entry_id], at)


def _earlier_titles(connection: Connection, entries: Iterable[str]) -> set[str]:
    v = t.versions.c
    return {
        title
        for some in in_parts(sorted(entries))
        for title in connection.scalars(select(v.title).where(v.entry_id.in_(some)))
    }


def _empty(connection: Connection, table: Table, key: str, names: Iterable[str], now: datetime) -> int:
    """Empty rows that are not yet, and the versions of entries; returns how many."""
    done = 0
    for some in in_parts(sorted(names)):
        rows = update(table).where(table.c[key].in_(some), table.c.forgotten_at.is_(None))
        done += connection.execute(rows.values(title="", lead="", forgotten_at=now)).rowcount
        if table is t.entries:
            connection.execute(update(t.versions).where(t.versions.c.entry_id.in_(some)).values(title="", lead=""))
    return done


def _strike(connection: Connection, titles: Iterable[str], notice: str) -> int:
    """Put a notice in the place of headlines in what was written about them; returns in how many messages."""
    wanted = sorted({form for title in titles if len(title) >= _SHORT for form in _forms(title)}, key=len, reverse=True)
    struck = 0
    for table, key, columns in (
        (t.notifications, "key", ("text", "blocks")),
        (m.editions, "week", ("content",)),
    ):
        for row in connection.execute(select(table)).mappings().all() if wanted else ():
            values = {name: _struck(row[name], wanted, notice) for name in columns}
            if any(values[name] != row[name] for name in columns):
                connection.execute(update(table).where(table.c[key] == row[key]).values(**values))
                struck += 1
                if table is m.editions:
                    _emptied(connection, row["week"])
    return struck


def _emptied(connection: Connection, week: str) -> None:
    """Empty the mails of a week that are over: what they hold is packed, and no notice can be put into it."""
    letters = m.letters.c
    over = update(m.letters).where(letters.week == week, letters.state.in_(OVER))
    connection.execute(over.values(raw=EMPTIED))


def _forms(title: str) -> set[str]:
    """Return a headline as it is written plainly, in Slack, on a page and in a kept digest."""
    slack = html.escape(title, quote=False)
    return {
        title,
        slack,
        slack.replace("|", "¦"),
        html.escape(title).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
        json.dumps(title)[1:-1],
        json.dumps(title, ensure_ascii=False)[1:-1],
    }


def _struck(value: Any, titles: Iterable[str], notice: str) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        for title in titles:
            if title[:_WHOLE] in value:
                rest = r"[^\n<>|]*" if len(title) > _WHOLE else ""
                value = re.sub(re.escape(title[:_WHOLE]) + rest, notice, value)
        return value
    if isinstance(value, list):
        return [_struck(each, titles, notice) for each in value]
    return {name: _struck(each, titles, notice) for name, each in value.items()} if isinstance(value, dict) else value
