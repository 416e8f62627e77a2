"""What is deleted because it is old, by kind. Rows of entries stay without their text: they are known by its digest."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, delete, exists, select, update

from pipeline.domain import NotificationState
from pipeline.storage import tables as t
from pipeline.storage.database import Database
from pipeline.storage.letters import EMPTIED, OVER
from pipeline.storage.mailing_tables import letters

_OVER = (NotificationState.SENT, NotificationState.PRINTED, NotificationState.HELD, NotificationState.FAILED)


class Retention:
    """Deletes by age; each method returns how many rows it changed, and a second call changes none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def leads(self, feeds: Sequence[str], before: datetime) -> int:
        """Empty the summaries of ``feeds`` seen before ``before``: their terms allow no longer keeping."""
        old = (t.entries.c.feed.in_(feeds), t.entries.c.seen_at < before)
        with self._database.write() as connection:
            ids = select(t.entries.c.entry_id).where(*old)
            articles = select(t.entries.c.article_id).where(*old, t.entries.c.article_id.is_not(None))
            connection.execute(update(t.versions).where(t.versions.c.entry_id.in_(ids)).values(lead=""))
            kept = (t.articles.c.article_id.in_(articles), t.articles.c.lead != "")
            connection.execute(update(t.articles).where(*kept).values(lead=""))
            return connection.execute(update(t.entries).where(*old, t.entries.c.lead != "").values(lead="")).rowcount

    def irrelevant_texts(self, before: datetime) -> int:
        """Empty the texts of articles that are not about the matter, and in no story that a shift rests on."""
        a, e, v = t.articles.c, t.entries.c, t.versions.c
        tagged = and_(t.tags.c.article_id == a.article_id, t.tags.c.model == a.tagged_by, t.tags.c.relevant.is_(False))
        rests = exists().where(t.evidence.c.story_id == a.story_id)
        old = (a.seen_at < before, a.title != "", exists().where(tagged), ~rests)
        with self._database.write() as connection:
            ids = select(a.article_id).where(*old)
            entries = select(e.entry_id).where(e.article_id.in_(ids))
            connection.execute(update(t.versions).where(v.entry_id.in_(entries)).values(title="", lead=""))
            connection.execute(update(t.entries).where(e.article_id.in_(ids)).values(title="", lead=""))
            return connection.execute(update(t.articles).where(*old).values(title="", lead="")).rowcount

    def superseded_tags(self, before: datetime) -> int:
        """Delete the tags of earlier models, but those that a shift was found with."""
        a, g = t.articles.c, t.tags.c
        used = exists().where(t.evidence.c.article_id == g.article_id)
        current = exists().where(a.article_id == g.article_id, a.tagged_by == g.model)
        old = exists().where(a.article_id == g.article_id, a.seen_at < before, a.tagged_by.is_not(None))
        with self._database.write() as connection:
            return connection.execute(delete(t.tags).where(old, ~current, ~used)).rowcount

    def messages(self, before: datetime) -> int:
        """Empty what was said and mailed; that it was, when, to whom and why stays."""
        n, m = t.notifications.c, letters.c
        said = update(t.notifications).where(n.created_at < before, n.state.in_(_OVER), n.text != "")
        mailed = update(letters).where(m.created_at < before, m.state.in_(OVER), m.raw != EMPTIED)
        with self._database.write() as connection:
            emptied = connection.execute(said.values(text="", blocks=[])).rowcount
            return emptied + connection.execute(mailed.values(raw=EMPTIED)).rowcount

    def incidents(self, before: datetime) -> int:
        """Delete what was wrong with feeds and is over."""
        with self._database.write() as connection:
            return connection.execute(delete(t.incidents).where(t.incidents.c.ended_at < before)).rowcount

    def silences(self, before: datetime) -> int:
        """Delete silences that are over."""
        with self._database.write() as connection:
            return connection.execute(delete(t.silences).where(t.silences.c.ends_at < before)).rowcount
