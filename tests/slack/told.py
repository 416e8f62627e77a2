"""A store in which there is something to say: shifts with a story each, confirmed, denied or altered later."""

from dataclasses import replace
from datetime import datetime

from pipeline.domain import Act, Article, Link, LinkKind, Shift, ShiftKind
from pipeline.storage.store import Store
from tests.factories import NOW, article, entry, evidence, feed_state, position, record, shift, tag


def matter(name: str, at: datetime = NOW) -> Shift:
    """Make a reported shift with a story of its own."""
    told = article(
        article_id=f"article-{name}",
        copy_id=f"article-{name}",
        story_id=f"story-{name}",
        url=f"https://kyodo.example/{name}",
        title=f"Seoul weighs an end to its help ({name})",
        seen_at=at,
        published_at=at,
    )
    return shift(
        shift_id=f"shift-{name}",
        kind=ShiftKind.REPORTED,
        detected_at=at,
        onset_at=at,
        evidence=(evidence(article=told),),
    )


def tell(store: Store, *shifts: Shift) -> None:
    """Write shifts, and the entries and articles of their evidence."""
    publish(store, *(piece.article for one in shifts for piece in one.evidence))
    store.shifts.record(shifts)


def publish(store: Store, *articles: Article, act: Act = Act.DECIDED) -> None:
    """Write articles with their entries and tags."""
    entries = [
        entry(entry_id=a.article_id, guid=a.article_id, url=a.url, title=a.title, seen_at=a.seen_at) for a in articles
    ]
    record(store, feed_state(), entries)
    store.articles.record([(a.article_id, a) for a in articles])
    store.articles.record_tags({a.article_id: tag(positions=(position(act=act),)) for a in articles})


def confirm(store: Store, one: Shift, name: str, at: datetime = NOW) -> Shift:
    """Let another outlet report the same."""
    other = replace(matter(f"{name}", at).evidence[0].article, source="Daily", origin="Daily")
    more = replace(one, confirmed=True, evidence=(*one.evidence, evidence(article=other)))
    tell(store, more)
    return more


def deny(store: Store, one: Shift, name: str, at: datetime = NOW, kind: LinkKind = LinkKind.DENIES) -> None:
    """Let a later story deny a shift's first one, or correct it."""
    said = replace(matter(name, at).evidence[0].article, title=f"Reports are groundless, ministry says ({name})")
    publish(store, said, act=Act.DENIED)
    link = Link(story_id=said.story_id, other_id=one.evidence[0].article.story_id, kind=kind)
    store.articles.record_links([link], at)
