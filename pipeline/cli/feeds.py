"""``./run feeds``: how the feeds are; finding and adding one; exchanging lists of them with other readers."""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipeline import bootstrap, desk
from pipeline.cli import feeds_yaml, opml
from pipeline.domain import Entry, Feed, FeedKind, FeedState, RefusalError, Terms
from pipeline.services import Services
from pipeline.settings import ConfigError, load
from pipeline.shapes import zone

SHOWN = 5

_GUESSED = ("name", "source", "country", "kind", "lang", "timezone")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what ``./run feeds`` takes; alone it prints the table."""
    parser.add_argument("--coverage", action="store_true", help="which voices are watched, and how")
    commands = parser.add_subparsers(metavar="COMMAND")

    def command(name: str, verb: Callable[[argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=about)
        sub.set_defaults(verb=verb)
        sub.add_argument("--verbose", action="store_true", help=argparse.SUPPRESS, default=argparse.SUPPRESS)
        return sub

    adding = command("add", add, "find the feed behind an address, show what it holds, write its row")
    adding.add_argument("url", metavar="URL", help="a feed, or a page of the site")
    adding.add_argument("--name", help="unique; left out: the feed's own title")
    adding.add_argument("--source", help="the outlet in config/sources.yaml")
    adding.add_argument("--country", help="ISO code of the publisher")
    adding.add_argument("--kind", choices=[kind.value for kind in FeedKind])
    adding.add_argument("--terms", choices=[terms.value for terms in Terms], help="what its owner allows (headlines)")
    adding.add_argument("--lang", help="en, ja, zh-Hant; left out: what its entries are in")
    adding.add_argument("--timezone", metavar="ZONE", help="Asia/Tokyo or +09:00")
    adding.add_argument("--allow-private", action="store_true", help="it may lie in a private network")
    adding.add_argument("--dry-run", action="store_true", help="print the row, write nothing")
    exporting = command("export", export, "write the feeds as OPML 2.0, grouped by country")
    exporting.add_argument("file", nargs="?", type=Path, metavar="FILE", help="left out: standard output")
    importing = command("import", take, "add every feed of an OPML file that is not known")
    importing.add_argument("file", type=Path, metavar="FILE")
    importing.add_argument("--no-poll", action="store_true", help="write the rows without asking anybody")
    importing.add_argument("--allow-private", action="store_true", help="they may lie in a private network")


def table(arguments: argparse.Namespace) -> int:
    """Print how each feed is, then what is wrong with which since when; or which voices are watched."""
    services, console = bootstrap.services(), Console(highlight=False)
    if arguments.coverage:
        _coverage(services, console)
        services.close()
        return 0
    states = services.store.entries.states()
    shown = Table("feed", "outcome", "failures", "last success", "next poll", box=SIMPLE_HEAD, pad_edge=False)
    shown.columns[0].ratio = shown.columns[1].ratio = 1
    shown.columns[2].justify = "right"
    shown.caption = "times in UTC"
    for feed in services.settings.feeds:
        state = states.get(feed.name, FeedState(feed=feed.name))
        outcome = ": ".join(filter(None, (state.outcome or "never polled", state.detail)))
        row = (feed.name, outcome, f"{state.failures:g}", _short(state.succeeded_at), _short(state.next_poll_at))
        shown.add_row(*map(Text, row))
    console.print(shown)
    for incident in services.store.entries.incidents(open_only=True):
        line = f"{incident.kind} since {when(incident.started_at)}: {incident.feed}: {incident.detail}"
        console.print(line, markup=False)
    services.close()
    return 0


def _coverage(services: Services, console: Console) -> None:
    (heading, *rows), gaps = desk.watched(services)
    grid = Table(*heading, box=SIMPLE_HEAD, pad_edge=False)
    for cells in rows:
        grid.add_row(*cells)
    console.print(grid)
    for gap in gaps:
        console.print(gap, markup=False)


def add(arguments: argparse.Namespace) -> int:
    """Find, show and write one feed."""
    url, given, console = _web(arguments.url), _given(arguments), Console(highlight=False)
    settings = load()
    known = _Known(settings.feeds)
    known.refuse(url, arguments.name)
    services = bootstrap.services(settings)
    try:
        found = desk.look(services, url, given, time.sleep)
    finally:
        services.close()
    if not found.found:
        asked = "\n".join(f"  {address}\n    {what}" for address, what in found.tried)
        private = any("forbidden_address" in what for _, what in found.tried)
        raise RefusalError(f"no feed at {url}; asked were\n{asked}" + "\nif that is meant: --allow-private" * private)
    feed = replace(found.feed, name=arguments.name or known.free(found.feed))
    known.refuse(feed.url)
    if arguments.dry_run:
        print(feeds_yaml.row(feed, "  "), end="")
        return 0
    odd = [*found.odd, *_unknown(feed, services)]
    _show(console, feed, found.tried, found.others, odd)
    _show_entries(console, found.entries[:SHOWN], found.zone)
    path = feeds_yaml.append(settings, [(feed, _comment(services, found.entries, odd))])
    guessed = ", ".join(name for name in _GUESSED if name not in given)
    console.print(f"\nwritten to {path}:\n", soft_wrap=True, markup=False)
    console.print(feeds_yaml.row(feed, "  "), soft_wrap=True, markup=False, end="")
    console.print(f"\nGuessed: {guessed}; mend there what is wrong." if guessed else "")
    console.print("Its first poll is still to come; what it holds then is history.")
    return 0


def export(arguments: argparse.Namespace) -> int:
    """Write the configured feeds as OPML."""
    feeds = load().feeds
    document = opml.write(feeds, bootstrap.now())
    if arguments.file is None:
        sys.stdout.buffer.write(document)
        return 0
    try:
        arguments.file.write_bytes(document)
    except OSError as error:
        raise RefusalError(f"{arguments.file}: {error.strerror}") from error
    print(f"{arguments.file}: {len(feeds)} feeds")
    return 0


def take(arguments: argparse.Namespace) -> int:
    """Add what an OPML file names and is not known; exit status 1 where one of them is no feed."""
    try:
        outlines = opml.read(arguments.file.read_bytes())
    except OSError as error:
        raise RefusalError(f"{arguments.file}: {error.strerror}") from error
    except opml.OpmlError as error:
        raise RefusalError(f"{arguments.file}: {error}") from error
    services = bootstrap.services()
    known, rows = _Known(services.settings.feeds), list[tuple[Feed, str]]()
    refused = skipped = 0
    try:
        for url, fields in outlines:
            if known.has(url):
                skipped += 1
                continue
            given = {**_usable(fields), "allow_private": arguments.allow_private}
            feed, words = _probe(services, url, given, ask=not arguments.no_poll)
            if feed is None or known.has(feed.url):
                refused, skipped = refused + (feed is None), skipped + (feed is not None)
                print(f"{'refused' if feed is None else 'known'}: {url}: {words}", flush=True)
                continue
            feed = replace(feed, name=known.free(feed))
            known.add(feed)
            rows.append((feed, f"from {arguments.file.name}; {words}"))
            print(f"added: {feed.url}: {feed.name}; {words}", flush=True)
    finally:  # an interrupted import keeps what it has found
        if rows:
            feeds_yaml.append(services.settings, rows)
        services.close()
    print(f"{len(rows)} added, {skipped} known, {refused} refused")
    return 1 if refused else 0


def when(at: datetime | None) -> str:
    """Write a time for people."""
    return at.strftime("%Y-%m-%d %H:%M UTC") if at else "-"


class _Known:
    """Names and addresses that are taken."""

    def __init__(self, feeds: Iterable[Feed]) -> None:
        self._names: set[str] = set()
        self._at: dict[str, str] = {}
        for feed in feeds:
            self.add(feed)

    def add(self, feed: Feed) -> None:
        self._names.add(feed.name)
        self._at[_place(feed.url)] = feed.name

    def has(self, url: str) -> bool:
        return _place(url) in self._at

    def refuse(self, url: str, name: str | None = None) -> None:
        """Complain of an address or a name that is taken."""
        if self.has(url):
            raise ConfigError(f"{url} is there already: {self._at[_place(url)]}")
        if name in self._names:
            raise ConfigError(f"--name {name}: a feed is called that already; names are unique")

    def free(self, feed: Feed) -> str:
        """Return a feed's name, with its host and then a number where it is taken."""
        host = urlsplit(feed.url).hostname
        names = [feed.name, f"{feed.name} ({host})", *(f"{feed.name} ({host}, {n})" for n in range(2, 1000))]
        return next(name for name in names if name not in self._names)


def _place(url: str) -> str:
    """Name what two spellings of an address share: with or without s and a slash at the end."""
    parts = urlsplit(url.strip())
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}?{parts.query}"


def _web(url: str) -> str:
    whole = url if "://" in url else f"https://{url}"
    try:
        parts = urlsplit(whole)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(f"{url}: an address such as https://news.example/feed is wanted")
    return whole


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the fields that the call names."""
    names = ("name", "source", "country", "kind", "terms", "lang", "timezone")
    given = {name: value for name in names if (value := getattr(arguments, name)) is not None}
    if arguments.timezone is not None:
        try:
            zone(arguments.timezone)
        except ValueError as error:
            raise ConfigError(f"--timezone {arguments.timezone}: {error}") from error
    labels = {name: label(given[name]) for name, label in (("kind", FeedKind), ("terms", Terms)) if name in given}
    return {**given, **labels, "allow_private": arguments.allow_private}


def _usable(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out a time zone that is none; the rest of a list's fields has been read as what it is."""
    try:
        zone(fields.get("timezone", "UTC"))
    except ValueError:
        return {name: value for name, value in fields.items() if name != "timezone"}
    return dict(fields)


def _probe(services: Services, url: str, given: Mapping[str, Any], *, ask: bool) -> tuple[Feed | None, str]:
    """Return the feed at an address, and in words what is known of it."""
    if not url.lower().startswith(("http://", "https://")):
        return None, "no web address"
    if not ask:
        return desk.sketch(services, url, given), "never polled"
    found = desk.look(services, url, given, time.sleep)
    if not found.found:
        return None, "; ".join(what for _, what in found.tried[:1])
    return found.feed, _comment(services, found.entries, found.odd)


def _unknown(feed: Feed, services: Services) -> list[str]:
    if feed.source is None or feed.source in services.sources:
        return []
    return [f"its source, {feed.source}, is not in sources.yaml: nothing is known of who owns it"]


def _comment(services: Services, entries: Sequence[Entry], odd: Sequence[str]) -> str:
    number = f"{len(entries)} entr{'y' if len(entries) == 1 else 'ies'}"
    return "; ".join([f"answered {services.now():%Y-%m-%d}", number, *odd])


def _show(
    console: Console, feed: Feed, tried: Sequence[tuple[str, str]], others: Sequence[str], odd: Sequence[str]
) -> None:
    """Say where the feed was found and what is odd about it."""
    for address, what in tried:
        console.print(f"{address}\n  {what}", markup=False, soft_wrap=True)
    console.print(f"{feed.url}\n  a feed: {feed.name}", markup=False, soft_wrap=True)
    if others:
        console.print(f"\nThe page names {len(others)} besides:")
        for other in others[:SHOWN]:
            console.print(f"  {other}", markup=False, soft_wrap=True)
    console.print("\nOdd:" if odd else "\nNothing odd.")
    for words in odd:
        console.print(Padding(Text(f"- {words}"), (0, 0, 0, 2), expand=False))


def _show_entries(console: Console, entries: Iterable[Entry], there: tzinfo) -> None:
    for entry in entries:
        at = entry.published_at
        local = f"  {at.astimezone(there):%m-%d %H:%M %Z}" if at and at.astimezone(there).utcoffset() else ""
        console.print(f"\n{when(at) if at else 'no date'}{local}  {entry.lang}", markup=False)
        console.print(Padding(Text(entry.title or entry.lead), (0, 0, 0, 2), expand=False))
        console.print(f"  {entry.url or 'no link'}", markup=False, soft_wrap=True)


def _short(at: datetime | None) -> str:
    return at.strftime("%m-%d %H:%M") if at else "-"
