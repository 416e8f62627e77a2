"""
Stories -> statements: what each voice is reported to have said or done, one a story and voice. Pure.

Of a story's reports the first speaks for it that is clear, and about that voice before others. Claims by others are
statements, too, and say so.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.digest.phrases import Phrases
from pipeline.domain import (
    Actor,
    Article,
    Citation,
    Gloss,
    Position,
    ReportedShift,
    Section,
    TaggedArticle,
    Track,
    Voice,
)

Story = Sequence[TaggedArticle]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one voice said or did in one story, and the text that says so. ``seen_at``: when we first saw it."""

    position: Position
    tracks: frozenset[Track]
    citation: Citation
    seen_at: datetime

    @property
    def at(self) -> datetime:
        """When it was published."""
        return self.citation.at

    @property
    def clear(self) -> bool:
        """Whether it is the voice's own, and the model is sure of it."""
        return not self.position.allegation and not self.position.unsure


def statements(stories: Iterable[Story]) -> list[Statement]:
    """Return every statement, the oldest first."""
    found = [statement for story in stories for statement in _of(story)]
    return sorted(found, key=lambda one: (one.at, one.citation.article_id, one.position.actor, one.position.voice))


def happened_at(article: Article) -> datetime:
    """Return when a text was published; one dated after it was seen is as old as its sight."""
    return min(article.published_at or article.seen_at, article.seen_at)


def citation(article: Article, gloss: Gloss | None, articles: int) -> Citation:
    """Cite a text; ``articles`` counts the reports of its story."""
    return Citation(
        article_id=article.article_id,
        title=article.title,
        lang=article.lang,
        gloss=gloss,
        outlet=article.source,
        at=happened_at(article),
        url=article.url,
        articles=articles,
    )


def item_id(section: Section, *about: str) -> str:
    """Name an item by its section and what it is about, the same in every draft."""
    return hashlib.sha256("\0".join((section, *about)).encode()).hexdigest()[:8]


def line(statement: Statement, say: Phrases) -> str:
    """Put a statement into our own line; what was tagged before there were glosses is made of its tags."""
    position = statement.position
    if position.gloss:
        return position.gloss.uk if say.lang == "uk" else position.gloss.en
    act, stance = say.say(f"act.{position.act}"), say.say(f"stance.{position.stance}")
    return say.say("line.plain", who=say.who(position.actor, position.voice), act=act, stance=stance)


def moves(statement: Statement) -> bool:
    """Say whether a statement is reported as a change."""
    return statement.position.reported_shift is not ReportedShift.NONE


def _of(story: Story) -> Iterable[Statement]:
    told: dict[tuple[Actor, Voice], list[tuple[TaggedArticle, Position]]] = {}
    for one in story:
        for position in one.tag.positions:
            told.setdefault((position.actor, position.voice), []).append((one, position))
    for reports in told.values():
        one, position = min(reports, key=_rank)
        yield Statement(
            position=position,
            tracks=frozenset(one.tag.tracks),
            citation=citation(one.article, position.gloss, len(story)),
            seen_at=story[0].article.seen_at,
        )


def _rank(report: tuple[TaggedArticle, Position]) -> tuple[bool, bool, bool]:
    one, position = report
    return position.allegation, position.unsure, one.tag.positions[0] is not position
