"""Tagged articles by the hour: ``told(3, ...)`` was first seen three hours after the start."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.domain import Act, Position, ReportedShift, Stance, TaggedArticle, Track
from tests.factories import article, position, tag

START = datetime(2026, 3, 2, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def told(
    hours: float, *positions: Position, tracks: Sequence[Track] = (Track.AID,), name: str = "", **over: Any
) -> TaggedArticle:
    """Make an article, of a story of its own unless ``story_id`` says otherwise; a copy unless ``copy_id`` does."""
    article_id = name or f"article-{hours:06g}"
    story_id, source = over.get("story_id", f"story of {article_id}"), over.get("source", "Kyodo")
    known = {"published_at": at(hours), "seen_at": at(hours), "story_id": story_id, "copy_id": story_id}
    return TaggedArticle(
        article=article(**{"article_id": article_id, "origin": source, **known, **over}),
        tag=tag(positions=positions, tracks=tuple(tracks)),
    )


def backs(**over: Any) -> Position:
    """A Japanese government that supports, and reports no change."""
    return position(**{"reported_shift": ReportedShift.NONE, **over})


def hedges(**over: Any) -> Position:
    return backs(stance=Stance.HEDGING, **over)


def opposes(**over: Any) -> Position:
    return backs(stance=Stance.OPPOSING, **over)


def turns(direction: ReportedShift = ReportedShift.AWAY, certainty: float = 0.9, **over: Any) -> Position:
    """A government whose change is reported with this certainty."""
    rest = (1 - certainty) / 2
    sure = {each: certainty if each is direction else rest for each in ReportedShift}
    stance = Stance.HEDGING if direction is ReportedShift.AWAY else Stance.SUPPORTIVE
    return replace(
        position(stance=stance, reported_shift=direction, act=Act.CONSIDERING), shift_probabilities=sure, **over
    )
