"""
What changed since the last look for shifts -> the counts of a look that would find the same; else all is looked at.

A look reads all that was ever tagged, and few find anything. What the last one left (`pipeline.detect.checkpoint`), the
stories that still move and what is known to have changed say whether the next can.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import structlog

import pipeline.detect
import pipeline.domain
import pipeline.language
import pipeline.storage
from pipeline.around import around
from pipeline.dedup import match
from pipeline.dedup.links import FOLLOWED, Telling, links
from pipeline.detect.checkpoint import (
    Checkpoint,
    Whole,
    checkpoint,
    checkpoint_of,
    digest,
    moved_on,
    moving,
    surroundings,
    whole,
)
from pipeline.detect.lines import SERIES, line_of
from pipeline.detect.shifts import Around, Found
from pipeline.domain import Link, TaggedArticle
from pipeline.services import Services

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """
    What was read before the look itself, so that what comes meanwhile is seen by the next.

    ``counts`` None: everything has to be looked at. ``beside`` is what matters beside ``seen``.
    """

    seen: Around
    revision: int
    beside: str
    linked: int
    counts: Counter[str] | None = None


def glance(services: Services) -> Glance:
    """Find links, and say what a look would count if it can find nothing else than the last one."""
    store, now = services.store, services.now()
    revision, left = store.articles.revision(), store.checkpoints.last()
    token, last = (left[0], checkpoint_of(left[1])) if left else ("", None)
    tagged, linked = list[TaggedArticle](), 0
    if last is None or revision != last.revision:
        earliest = now - 2 * FOLLOWED
        tagged = store.articles.relevant(moving_since=min(earliest, last.since) if last else earliest)
        linked = store.articles.record_links(_links(services, tagged), now)
    found = Glance(seen=around(services), revision=revision, beside=_beside(services), linked=linked)
    why = Whole.FIRST if last is None else _whole(services, found, last, token, tagged)
    if why is not None or last is None:
        log.debug("whole_look", why=why)
        return found
    return replace(found, counts=Counter(**last.counts, new=0, links=linked, short=1))


def leave(
    services: Services, glanced: Glance, token: str, tagged: Sequence[TaggedArticle], found: Found, counts: Counter[str]
) -> None:
    """Write what the next look goes on from."""
    left = checkpoint(
        tagged,
        found,
        services.settings.detect,
        glanced.seen,
        services.now(),
        revision=glanced.revision,
        beside=glanced.beside,
        counts={name: counts[name] for name in ("shifts", "held") if name in counts},
    )
    content, lines = (left[0].content(), left[1]) if left else (None, {})
    services.store.checkpoints.leave(token, content, {name: line.content() for name, line in lines.items()})


def _whole(
    services: Services, found: Glance, last: Checkpoint, token: str, tagged: Sequence[TaggedArticle]
) -> Whole | None:
    """Say why everything has to be looked at; None: it need not, and what the next look goes on from is written."""
    store, wanted = services.store, services.settings.detect
    if surroundings(wanted, found.seen, last.faults_until, found.beside) != last.around:
        return Whole.AROUND
    if found.revision == last.revision:
        return None
    touched = store.articles.touched(last.revision)
    if min(touched.values(), default=last.since) < last.since or not touched or store.shifts.rest_on(touched):
        return Whole.BEFORE
    moves = moving(tagged, last.since, found.seen)
    names = [name for name, series in SERIES.items() if moves.later[series] and name not in last.still]
    kept = store.checkpoints.lines(names)
    lines = {name: line_of(SERIES[name], wanted, kept.get(name)) for name in names}
    why = whole(last, moves, lines)
    if why is None:
        after, changed = moved_on(last, tagged, moves, lines, found.seen, services.now())
        after = replace(after, revision=found.revision)
        store.checkpoints.go_on(token, after.content(), {name: line.content() for name, line in changed.items()})
    return why


def _beside(services: Services) -> str:
    return digest((_program(), sorted(services.store.corrections.in_force().items())))


@cache
def _program() -> str:
    """Return the digest of the program's part that decides what is found: another version may find other shifts."""
    parts = pipeline.detect, pipeline.domain, pipeline.language, pipeline.storage
    folders = [Path(folder) for part in parts for folder in part.__path__]
    return digest([file.read_bytes() for folder in folders for file in sorted(folder.glob("*.py"))])


def _links(services: Services, tagged: Sequence[TaggedArticle]) -> list[Link]:
    """Find what the stories of the last weeks are to earlier ones: relevant ones, so that few are compared."""
    since = services.now() - 2 * FOLLOWED
    told: dict[str, list[Telling]] = {}
    for article in (one.article for one in tagged if match.happened_at(one.article) >= since):
        told.setdefault(article.story_id, []).append(Telling(article=article, report=services.report(article)))
    return links(told)
