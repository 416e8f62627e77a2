"""
Plays the archive: one pass of every stage a day of the archive's own clock, a digest every Monday.

The same code polls, tags, detects and sends as in production; only the clock and the addresses are the demo's.
Played again it goes on where it stopped, and finds nothing new at the end.
"""

import email
import os
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from email.policy import default
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from rich.console import Console, Group
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.style import Style
from rich.table import Table
from rich.text import Text

from pipeline import bootstrap, flows
from pipeline.demo.archive import Archive
from pipeline.demo.server import loopback
from pipeline.domain import Notification, Shift
from pipeline.services import Counts, Services
from pipeline.settings import ROOT, Settings, load
from pipeline.storage.store import Store

CONFIG = ROOT / "config" / "demo"
_DAY = timedelta(days=1)
_LAST_POLL = time(23, 0)
_LINE = "\nTHE CURRENT LINE\n"


@dataclass(slots=True)
class _Clock:
    """The archive's own time."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at


def play(console: Console, var: Path) -> Counts:
    """Play what has not been played yet into ``var``; returns the counts of this run."""
    archive = Archive(CONFIG / "archive")
    first, last = archive.span
    clock = _Clock(datetime.combine(first.date(), _LAST_POLL, first.tzinfo))
    shown: list[Notification] = []
    with loopback(lambda address: _answer(archive, address, clock.at)) as place:
        services = bootstrap.services(_settings(var, place), clock=clock, show=shown.append)
        try:
            return _days(console, services, clock, last, shown)
        finally:
            services.close()


def _answer(archive: Archive, address: str, at: datetime) -> tuple[bytes, dict[str, str]] | None:
    found = archive.document(address, at)
    return (found[0], {"Content-Type": found[1]}) if found else None


def _settings(var: Path, place: str) -> Settings:
    """Read the demo's configuration, with its own memory and without anybody's Slack or mail server."""
    links = ("STANCEWATCH_PUBLIC_URL", "STANCEWATCH_SECRET_KEY", "STANCEWATCH_SECRET_KEY_FILE")
    kept = {key: os.environ[key] for key in links if key in os.environ}
    settings = load({**kept, "STANCEWATCH_CONFIG_DIR": str(CONFIG), "STANCEWATCH_VAR_DIR": str(var)})
    feeds = tuple(replace(feed, url=urlsplit(feed.url)._replace(netloc=place).geturl()) for feed in settings.feeds)
    return replace(settings, feeds=feeds)


def _days(console: Console, services: Services, clock: _Clock, last: datetime, shown: list[Notification]) -> Counts:
    polled = [state.polled_at for state in services.store.entries.states().values() if state.polled_at]
    end = datetime.combine(last.date(), _LAST_POLL, last.tzinfo) + _DAY
    if polled:
        clock.at = min(max(polled) + _DAY, max(end, max(polled) + timedelta(hours=1)))
    days = max(1, (end - clock.at).days + 1)
    total: dict[str, int] = {}
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("twelve weeks of feeds", total=days)
        for _ in range(days):
            progress.update(bar, description=f"{clock.at:%a %d %b %Y}")
            for verb in (flows.poll, flows.dedup, flows.classify, flows.detect, flows.alert):
                _add(total, verb.__name__, verb(services))
            for notification in shown:
                progress.console.print(_panel(notification, clock.at))
            shown.clear()
            if clock.at.weekday() == 0:
                _add(total, "digest", flows.digest(services))
            progress.advance(bar)
            clock.at += _DAY
    return total


def _add(total: dict[str, int], verb: str, counts: Counts) -> None:
    for name, number in counts.items():
        total[f"{verb}.{name}"] = total.get(f"{verb}.{name}", 0) + number


def _panel(notification: Notification, at: datetime) -> Panel:
    """Show a message as Slack would: its header, its sections, its foot, without buttons; links as addresses."""
    head, *rest = (block for block in notification.message.blocks if block["type"] != "actions")
    lines: list[Text] = []
    for block in rest:
        elements = block.get("elements")
        texts = elements if isinstance(elements, list) else [block.get("text")]
        lines += [_readable(str(text["text"])) for text in texts if isinstance(text, dict)]
        lines.append(Text())
    title = head["text"]["text"] if isinstance(head["text"], dict) else ""
    return Panel(Group(*lines[:-1]), title=f"{at:%d %b} · {title}", title_align="left", border_style="yellow")


def _readable(mrkdwn: str) -> Text:
    """Undo Slack's markup for a terminal: ``<url|title>`` becomes the title."""
    text = Text()
    for number, piece in enumerate(mrkdwn.split("<")):
        link, ends, rest = piece.partition(">") if number else ("", "", "")
        if ends:
            url, _, label = link.partition("|")
            text.append(unescape(label or url), style=Style(link=unescape(url)))
        text.append(unescape((rest if ends else piece).replace("*", "").replace("`", "")))
    return text


def against_the_plan(shifts: list[Shift]) -> Table:
    """Hold what was found against what was planted in the archive: found, missed, or raised where it must not be."""
    plan = yaml.safe_load((CONFIG / "planted.yaml").read_text(encoding="utf-8"))["planted"]
    table = Table("planted in the archive", "what it is", "came out as", title="the archive's own answers")
    for row in plan:
        since: date = row["since"]
        until = since + timedelta(days=row["within_days"])
        hits = [
            s
            for s in shifts
            if s.kind == row["kind"]
            and s.actor == row["actor"]
            and s.direction == row["direction"]
            and since <= s.detected_at.date() <= until
        ]
        wanted = row["alarm"]
        result = (
            f"found {hits[0].detected_at:%d %b}"
            if hits and wanted
            else "missed"
            if wanted
            else "FALSE ALARM"
            if hits
            else "quiet, as it must be"
        )
        table.add_row(f"{since:%d %b}  {row['id']}", row["what"], result)
    return table


def found(var: Path) -> list[Shift]:
    """Return every shift that the demo has found so far."""
    store = Store(f"sqlite:///{(var / 'stancewatch.db').absolute()}")
    try:
        return [shift for shift in store.shifts.all() if not shift.history]
    finally:
        store.close()


def last_digest(var: Path) -> Panel | None:
    """Show how the newest digest in English begins: its one sentence, and what shifted."""
    for path in sorted((var / "digests").glob("*.eml"), reverse=True):
        message = email.message_from_bytes(path.read_bytes(), EmailMessage, policy=default)
        body = message.get_body(("plain",))
        text = "\n".join(body.get_content().splitlines()) if body else ""
        if _LINE in text:
            return Panel(Text(text.partition(_LINE)[0].strip()), title=path.name, title_align="left")
    return None


def summary(counts: Counts, var: Path) -> str:
    """Say what this run did and where to look next."""
    polled = {name.removeprefix("poll."): number for name, number in counts.items() if name.startswith("poll.")}
    asked = sum(number for name, number in polled.items() if name not in {"entries", "edited"})
    did = (
        f"asked {asked} times: {polled.get('entries', 0)} new entries, {polled.get('edited', 0)} edited, "
        f"{polled.get('unchanged', 0)} times unchanged\n"
        f"{counts.get('dedup.new', 0)} stories, {counts.get('dedup.joined', 0)} further reports and "
        f"{counts.get('dedup.copy', 0)} copies of them, "
        f"{counts.get('classify.relevant', 0)} relevant texts\n"
        f"{counts.get('detect.new', 0)} shifts, {counts.get('alert.printed', 0)} alerts, "
        f"{counts.get('digest.written', 0)} digests written\n"
    )
    return (
        f"{did}\n"
        f"The digests: {var / 'digests'} (open an .html in a browser, an .eml in a mail program)\n"
        f"Everything, from fetch to message: {var / 'stancewatch.db'} (SQLite)\n"
        "Again from the start: ./run demo --fresh. For real: ./run monitor; with Airflow: ./run airflow."
    )
