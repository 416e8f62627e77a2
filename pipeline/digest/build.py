"""
A week's shifts, stories and polls -> the week's digest. Pure.

Governments' own positions, the debate of others, and third parties' claims are three lists, never one.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline.domain import (
    Act,
    Actor,
    Evidence,
    FeedState,
    OldDigest,
    OldStanding,
    Reported,
    ReportedShift,
    Shift,
    TaggedArticle,
    Voice,
    Watching,
)

SILENT_DAYS = 3
MOST_LINES = 12
_ASCENDING = (Act.SAID, Act.CONSIDERING, Act.DENIED, Act.REFUSED, Act.DECIDED, Act.CARRIED_OUT)
_WEIGHT = {act: weight for weight, act in enumerate(_ASCENDING)}


def week_of(now: datetime, zone: str) -> tuple[str, datetime, datetime]:
    """Return the last whole week before ``now`` in ``zone``: its ISO name, its Monday 00:00, the next Monday."""
    local = now.astimezone(ZoneInfo(zone))
    monday = local.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=local.weekday())
    since = monday - timedelta(days=7)
    year, number, _ = since.isocalendar()
    return f"{year}-W{number:02}", since, monday


def build(
    week: tuple[str, datetime, datetime],
    shifts: Sequence[Shift],
    stories: Iterable[Sequence[TaggedArticle]],
    standings: Sequence[OldStanding],
    states: Iterable[FeedState],
    feeds: int,
) -> OldDigest:
    """Put a week together out of what the store and the detectors say."""
    name, since, until = week
    lines = [line for story in stories if since <= story[0].article.seen_at < until for line in _lines(story)]
    others = [line for line in lines if line.position.voice is not Voice.GOVERNMENT]
    return OldDigest(
        week=name,
        since=since,
        until=until,
        shifts=tuple(s for s in shifts if since <= s.detected_at < until and not s.history),
        standings=tuple(standings),
        governments=_most([line for line in lines if line.position.official]),
        debate=_most([line for line in others if not line.position.allegation]),
        allegations=_most([line for line in lines if line.position.allegation]),
        watching=_watching(states, feeds, until),
    )


def _lines(story: Sequence[TaggedArticle]) -> Iterable[Reported]:
    """Give one line for each voice that a story reports, by its first article that does."""
    seen: set[tuple[Actor, Voice]] = set()
    for one in story:
        for position in one.tag.positions:
            if (position.actor, position.voice) not in seen:
                seen.add((position.actor, position.voice))
                evidence = Evidence(
                    article=one.article,
                    articles=len(story),
                    stance=position.stance,
                    gloss=position.gloss,
                    influence=0.0,
                )
                yield Reported(position=position, evidence=evidence, tracks=one.tag.tracks)


def _most(lines: list[Reported]) -> tuple[Reported, ...]:
    """Keep the weightiest lines: changes and decisions first, then what most outlets printed, then the newest."""
    ranked = sorted(
        lines,
        key=lambda line: (
            line.position.reported_shift is not ReportedShift.NONE,
            _WEIGHT[line.position.act],
            line.evidence.articles,
            line.evidence.article.seen_at,
            line.evidence.article.article_id,
        ),
        reverse=True,
    )
    return tuple(ranked[:MOST_LINES])


def _watching(states: Iterable[FeedState], feeds: int, until: datetime) -> Watching:
    silent = [
        state.feed
        for state in states
        if state.succeeded_at is None or state.succeeded_at < until - timedelta(days=SILENT_DAYS)
    ]
    return Watching(feeds=feeds, healthy=feeds - len(silent), silent=tuple(sorted(silent)))
