"""What a person asks for between the passes: find a feed, bring an archive in, see what is watched and what is not."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

import structlog

from pipeline.domain import Feed, FeedState, Fetched, Poll
from pipeline.poll import coverage, discover, texts
from pipeline.poll.guess import guess
from pipeline.services import Counts, Services

ROWS_PER_WRITE = 256

log = structlog.get_logger()


def look(services: Services, url: str, given: Mapping[str, Any], pause: Callable[[float], None]) -> discover.Look:
    """Find the feed behind an address, for a person who adds it; ``given`` is known of it. Writes nothing."""
    answers: list[Fetched] = []

    def ask(feed: Feed) -> Fetched:
        if answers:
            pause(feed.min_gap_s)
        services.fetch([(feed, FeedState(feed=feed.name))], services.now(), answers.append)
        return answers[-1]

    return discover.look(url, given, services.settings.feeds, services.settings.sources, ask, services.now())


def sketch(services: Services, url: str, given: Mapping[str, Any]) -> Feed:
    """Return what the row of a feed that nobody has asked yet probably says."""
    return replace(guess(url, services.settings.feeds, services.settings.sources), **given)


def remember(
    services: Services,
    feed: str,
    rows: Iterable[tuple[int, Mapping[str, object]]],
    refuse: Callable[[int, str], None],
    *,
    source: str | None = None,
    lang: str | None = None,
    timezone: str = "UTC",
) -> Counts:
    """Store an archive's dated rows as history; what cannot be read is refused with its line. Counts both."""
    counts, reader, waiting = Counter[str](), texts.Reader(feed, services.now(), source, lang, timezone), iter(rows)
    while batch := list(islice(waiting, ROWS_PER_WRITE)):
        entries = []
        for line, row in batch:
            try:
                entries.append(reader.read(row))
            except texts.TextError as error:
                refuse(line, str(error))
                counts["refused"] += 1
        poll = Poll(state=FeedState(feed=feed), entries=tuple(entries))
        if entries:
            (written,) = services.store.entries.record([poll])
            unchanged = len(entries) - written.new - written.edited
            counts.update(new=written.new, edited=written.edited, known=unchanged)
    log.info("import", feed=feed, **counts)
    return dict(counts)


def forget(services: Services, name: str) -> Counts:
    """Delete an outlet's texts on its request, wherever they are kept. Counts articles, entries and messages."""
    counts = services.store.forgotten.forget(_names(services, name), own_feeds(services, name), services.now())
    log.info("forget", source=name, **counts)
    return dict(counts)


def own_feeds(services: Services, source: str) -> list[str]:
    """Name the feeds of an outlet."""
    return [feed.name for feed in services.settings.feeds if feed.source in _names(services, source)]


def _names(services: Services, source: str) -> list[str]:
    known = services.sources.get(source)
    return sorted({known.name, *known.aliases}) if known else [source]


def watched(services: Services) -> tuple[list[tuple[str, ...]], list[str]]:
    """Return the table of which voices are watched and how, its heading first, and a line for every gap."""
    entries, settings = services.store.entries, services.settings
    cells = coverage.coverage(
        settings.feeds, services.sources, entries.states(), entries.incidents(open_only=True), services.now()
    )
    return list(coverage.words(cells)), list(coverage.gaps(cells))
