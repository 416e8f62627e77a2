"""
The weekly digest to 500 readers, its sender killed at every step; then each mail as its reader has it.

Every transaction of a pass and every talk with a real mail server on loopback is a step. While mails are written
down each process gets SIGKILL one step later than the one before; then every mail's sender gets it at each of the
mail's four steps, and another goes on. The week is invented, approved and crowded: its page is cut to its limit.
"""

import email
import itertools
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP, strict
from pathlib import Path
from typing import Any

from pipeline.digest.kept import dumped
from pipeline.domain import Actor, Edition, Review, Section, Track
from pipeline.storage.store import Store
from tests.bench.figures import Figures, table
from tests.digest.office import MONDAY
from tests.digest.postbox import Postbox, mail_server
from tests.digest.sender import Sender, sender
from tests.digest.test_page import crowded

READERS, WEEK = 500, "2026-W20"
_LEASED, _CLAIMED, _TAKEN, _TAKEN_STILL, _RECORDED = 2, 4, 5, 6, 7
"""
A pass that dies before this step holds the lease; has claimed a mail; has handed it over; still; has written so.

Its first two steps take the lease and give it back; each mail takes four, the fifth being the first of the next.
"""


def measure(number: int = READERS) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        database, postbox, readers = f"sqlite:///{Path(folder) / 'digest.db'}", Postbox(), _readers(number)
        with _approved(database), mail_server(postbox) as port, sender(port, database, MONDAY, readers) as made:
            kills = _killed(made, number)
        return {"subscribers": number, **kills, **_received(postbox, [one["address"] for one in readers])}


def show(figures: Figures) -> str:
    return table(["figure", "value"], [{"figure": name, "value": value} for name, value in figures.items()])


def _readers(number: int) -> list[dict[str, Any]]:
    """Invent readers of every language, time zone and choice."""
    some_tracks = [[], [Track.AID, Track.MILITARY], [Track.SANCTIONS], [Track.NATO_EU, Track.DIALOGUE]]
    some_actors = [[], [Actor.JP], [Actor.KR, Actor.TW], list(Actor)]
    zones = ["Europe/Kyiv", "Asia/Tokyo", "America/New_York"]
    choices = itertools.cycle(itertools.product(some_actors, some_tracks, ["en", "uk"], zones))
    return [
        {"address": f"reader.{n}@ministry-{n % 7}.example", "actors": a, "tracks": t, "lang": lang, "timezone": zone}
        for n, (a, t, lang, zone) in zip(range(number), choices, strict=False)
    ]


@contextmanager
def _approved(database: str) -> Iterator[None]:
    """Keep an approved edition in a store that somebody else has open, too, as the pages' process has."""
    store = Store(database)
    week = crowded(60, 80, 3)
    items = (replace(item, actor=item.actor or Actor.KR) for item in week.items if item.section is not Section.STANDING)
    content = dumped(replace(week, week=WEEK, items=tuple(items)))
    store.editions.write(
        Edition(week=WEEK, until=MONDAY, review=Review.APPROVED, content=content, written_at=MONDAY, initials="AB")
    )
    try:
        yield
    finally:
        store.close()


def _killed(made: Sender, number: int) -> dict[str, int]:
    """Kill a sender at every step of the whole run; returns how often, and how often after a mail was taken."""
    kills, in_doubt, written, step = 0, 0, 0, 0
    while written < number:  # each dies a step later than the one before: it has written down one mail more
        step += 1
        kills += made.run(kill=min(step, number - written + _LEASED))["killed"]
        written += max(0, step - _LEASED)
    for step in (_TAKEN, _CLAIMED, _TAKEN_STILL, _RECORDED):
        for _ in range(number):
            killed = made.run(kill=step)["killed"]
            kills += killed
            in_doubt += killed and step in {_TAKEN, _TAKEN_STILL}
        made.wait()
    last = made.run()
    return {"kills": kills, "kills_in_doubt": in_doubt, "sent_at_last": last["counts"].get("sent", 0)}


def _received(postbox: Postbox, addresses: list[str]) -> dict[str, Any]:
    """Hold what the mail server has taken against what each reader was to get."""
    copies = defaultdict[str, dict[str, list[bytes]]](lambda: defaultdict(list))
    html, whole, strangers = [], [], 0
    for address, raw in zip(postbox.recipients, postbox.taken, strict=True):
        mail: Any = email.message_from_bytes(raw, EmailMessage, policy=SMTP + strict)
        copies[address][mail["Message-ID"]].append(raw)
        strangers += mail["To"] != address
        html.append(len(mail.get_body(("html",)).get_content().encode()))
        whole.append(len(raw))
    texts = [each for names in copies.values() for each in names.values()]
    return {
        "lost": len(set(addresses) - set(copies)),
        "repeated": sum(len(names) - 1 for names in copies.values()),
        "resent": sum(len(each) - 1 for each in texts),
        "altered": sum(len(set(each)) - 1 for each in texts),
        "to_others": strangers + len(set(copies) - set(addresses)),
        "html_bytes": max(html),
        "html_bytes_median": sorted(html)[len(html) // 2],
        "mail_bytes": max(whole),
    }
