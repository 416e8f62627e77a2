"""
Can a document crash the reading of feeds, hang it, fill the memory or make it fetch? 20,000 tries, from a seed.

Most are feeds of ``tests/data/feeds`` (and of ``$STANCEWATCH_SHARED``, where it is at hand) with faults put in; the
rest are built to be the worst of their kind, as large as a body may be. One child process reads each whole and cut;
it dies of a crash and is killed for a hang, and another goes on with the next. Two figures ought to be 0 and are no
outcome: ``fetched`` counts files and addresses that the reading asked for, ``disagreed`` the documents that a reader
who knew the unharmed one read otherwise than a reader who did not.
"""

import multiprocessing
import os
import random
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from encodings.aliases import aliases
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pipeline.domain import Feed, Fetched, Marks
from pipeline.poll.read import read
from tests.bench.figures import Figures, table
from tests.factories import feed

DOCUMENTS = 20_000
SEED = 20261122
LARGEST = 8_000_000  # pipeline.settings: max_bytes
SLOW_S = 2.0
HANG_S = 60.0
MEMORY = 3 << 30
SEEN = datetime(2026, 11, 22, 12, tzinfo=UTC)
FEEDS = Path(__file__).resolve().parents[1] / "data" / "feeds"
CANARY = "/tmp/stancewatch-hostile-canary"  # noqa: S108 - never written: only that nobody opens it counts

PIECES = (
    b"<item>", b"</item>", b"<entry>", b"</title>", b"<title>", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"&#0;", b"&",
    b"&#xD800;", b"&#55357;", b"&bogus;", b"&nbsp;", b"\0", b"\xff\xfe", b"\xf0\x9f\x98", b"\xed\xa0\x80", b"<source>",
    b"<content type='application/x'>", b"<link/>", b"<guid></guid>", b"<?xml ?>", b"<", b">", b"'", b'"', b"\x1b$B",
    b"<!DOCTYPE rss [<!ENTITY a 'b'>]>", b"xmlns=''", b"<pubDate>9999-99-99</pubDate>", b"<media:content/>", b"\x0b",
    b"<itunes:image/>", b"<georss:point>1</georss:point>", b"&#99999999999;", b"&#x110000;", b"\xef\xbf\xbf", b"<rss>",
)  # fmt: skip
KILLERS = (
    b" ", b"a", b"1", b"-", b".", b"a ", b"1 ", b"1.", b"a.", b"a@", b"<", b"<a", b"<a ", b"</", b"<!", b"<?", b"&",
    b"&a", b"&#", b"&lt;", b"&#60;", b"'", b'"', b"<x a='", b"=", b"a=", b"(", b"[", b"Mon, ", b"2026-", b"T", b":",
    b"\xcc\x81", b"\xe5\xb9\xb4", b"\xeb\x85\x84 ", b"../", b"http://", b"%", b"<p>", b"<b>", b"<font><p>",
    b"<table><td>", b"<div>", b"<ttl>", b"<a>  ", b"\xc2\xbb", b"encoding='", b"charset=", b"<!--", b"<![CDATA[",
    b"<aaaa:", b"\n<!ENTITY a 'b'>",
)  # fmt: skip
PLACES = ("title", "description", "link", "guid", "pubDate", "author", "category", "source", "ttl", "language", "x")
HEAD = (
    b'<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    b'xmlns:media="http://search.yahoo.com/mrss/"><channel><title>t</title>'
)
FOOT = b"</channel></rss>"


def item(inner: bytes) -> bytes:
    return HEAD + b"<item><title>x</title><link>https://paper.example/1</link>" + inner + b"</item>" + FOOT


def flood(piece: bytes) -> bytes:
    return piece * ((LARGEST - 2_000) // len(piece))


def numbered(form: bytes) -> bytes:
    """Repeat a form with 0, 1, 2 ... in it, as often as there is room, and 100,000 times at most."""
    return b"".join(form.replace(b"%d", b"%d" % n) for n in range(min(100_000, (LARGEST - 2_000) // (len(form) + 10))))


def laughs(width: int, depth: int) -> bytes:
    lines = [b"<!ENTITY a0 'ha'>"]
    lines += [b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * width) for n in range(1, depth)]
    return b"<!DOCTYPE rss [" + b"\n".join(lines) + b"]>" + item(b"<description>&a%d;</description>" % (depth - 1))


def outside(address: bytes) -> bytes:
    return b"<!DOCTYPE rss [<!ENTITY e SYSTEM '" + address + b"'>]>" + item(b"<description>&e;</description>")


ITEM = b"<item><title>t %d</title><link>https://paper.example/%d</link><guid>%d</guid><author>a</author></item>"
CDATA = b"<item><guid>%d</guid><title><![CDATA["
WORST: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "blank": lambda: flood(b"\n"),
    "nulls": lambda: flood(b"\0"),
    "png": lambda: b"\x89PNG\r\n\x1a\n" + flood(bytes(range(256))),
    "pdf": lambda: b"%PDF-1.7\n" + flood(b"1 0 obj <</Type /Page>> endobj\n"),
    "html": lambda: b"<!DOCTYPE html><html>" + flood(b"<p>x</p>"),
    "high bytes": lambda: flood(b"\xff"),
    "100,000 items": lambda: HEAD + numbered(ITEM) + FOOT,
    "100,000 items of one guid": lambda: HEAD + numbered(b"<item><title>%d</title><guid>g</guid></item>") + FOOT,
    "items of no tongue": lambda: HEAD + numbered(b"<item><title>t %d of some words</title></item>") + FOOT,
    "empty items": lambda: HEAD + flood(b"<item/>") + FOOT,
    "items never closed": lambda: HEAD + flood(b"<item>"),
    "100,000 levels": lambda: item(b"<a>" * 100_000 + b"</a>" * 100_000),
    "items in items": lambda: HEAD + b"<item>" * 100_000 + b"</item>" * 100_000 + FOOT,
    "levels of HTML": lambda: item(b"<description><![CDATA[" + flood(b"<font><p>") + b"]]></description>"),
    "HTML in every title": lambda: HEAD + numbered(CDATA + b"<b>" * 6_000 + b"]]></title></item>") + FOOT,
    "references in every title": lambda: HEAD + numbered(CDATA + b"&nbsp;" * 3_000 + b"]]></title></item>") + FOOT,
    "marks in every title": lambda: HEAD + numbered(CDATA + b"\xcc\x81\xcc\x96" * 5_000 + b"]]></title></item>") + FOOT,
    "a million attributes": lambda: item(b"<x " + b" ".join(b'a%d="1"' % n for n in range(700_000)) + b"/>"),
    "attributes of many": lambda: item(numbered(b"<x " + b" ".join(b'a%d="1"' % n for n in range(300)) + b"/>")),
    "attributes, ill-formed": lambda: item(b"<<" + flood(b"<x a=b c=d e=f/>")),
    "billion laughs": lambda: laughs(10, 12),
    "quadratic entity": lambda: b"<!DOCTYPE rss [<!ENTITY a '" + b"a" * 50_000 + b"'>]>" + item(b"&a;" * 50_000),
    "a file's entity": lambda: outside(b"file://" + CANARY.encode()),
    "an address's entity": lambda: outside(b"http://127.0.0.1:9/"),
    "a stylesheet": lambda: b"<?xml-stylesheet href='file://" + CANARY.encode() + b"'?>" + item(b""),
    "prefixes": lambda: item(numbered(b'<a%d:x xmlns:a%d="u%d"/>')),
    "bases": lambda: item(flood(b'<x xml:base="a/../b/">')),
    "links": lambda: item(flood(b'<link href="x"/>')),
    "categories": lambda: item(numbered(b"<category>%d</category>")),
    "categories, hidden": lambda: item(numbered(b"<category><![CDATA[%d]]></category>")),
    "authors": lambda: item(numbered(b"<author>%d</author>")),
    "sections": lambda: item(flood(b"<![CDATA[]]>")),
    "items in sections": lambda: item(flood(b"<![CDATA[</item>]]>")),
    "items in comments": lambda: HEAD + flood(b"<!--<item>-->") + item(b""),
    "prolog": lambda: b"<?xml " + flood(b"encoding='") + b"\n" + item(b""),
    "declarations": lambda: b"<!DOCTYPE " + flood(b"\n<!ENTITY a 'b'>") + item(b""),
    "JSON, levels": lambda: flood(b'{"a":'),
    "JSON, lists": lambda: flood(b"["),
    "JSON, a number": lambda: b'{"a":' + flood(b"1") + b"}",
    "JSON, items": lambda: b'{"version":"https://jsonfeed.org/version/1","items":[' + flood(b'{"id":1},') + b"{}]}",
    **{f"flood of {p!r} in {place}": (lambda p=p, place=place: item(b"<%s>%s</%s>" % (place, flood(p), place)))
       for p in KILLERS for place in (b"description",)},
    **{f"flood of {p!r} in a date": (lambda p=p: item(b"<pubDate>" + flood(p)[:1_000_000] + b"</pubDate>"))
       for p in KILLERS},
}  # fmt: skip


def flip(dice: random.Random, body: bytearray, _: list[bytes]) -> None:
    for _ in range(dice.choice([1, 3, 10, 100])):
        body[dice.randrange(len(body))] = dice.randrange(256)


def truncate(dice: random.Random, body: bytearray, _: list[bytes]) -> None:
    del body[dice.randrange(len(body)) :]


def splice(dice: random.Random, body: bytearray, others: list[bytes]) -> None:
    other = dice.choice(others)
    here, there = dice.randrange(len(body)), dice.randrange(len(other))
    body[here : here + dice.choice([0, 10, 1000])] = other[there : there + dice.choice([10, 300, 5000])]


def insert(dice: random.Random, body: bytearray, _: list[bytes]) -> None:
    for _ in range(dice.randint(1, 6)):
        place = dice.randrange(len(body) + 1)
        body[place : place + dice.choice([0, 1, 7, 60])] = dice.choice(PIECES)


def inundate(dice: random.Random, body: bytearray, _: list[bytes]) -> None:
    place = dice.randrange(len(body) + 1)
    body[place:place] = dice.choice(KILLERS) * dice.choice([100, 1_000, 5_000])


def overfill(dice: random.Random, body: bytearray, _: list[bytes]) -> None:
    tag, piece = dice.choice(PLACES).encode(), dice.choice(KILLERS) * dice.choice([100, 1_000, 5_000])
    body[:] = item(b"<%s>%s%s</%s>" % (tag, dice.choice([b"", b"2026-11-21", b"Sat, "]), piece, tag))


def surround(dice: random.Random, body: bytearray, _: list[bytes]) -> None:
    garbage = (
        b"\n \n",
        b"\xef\xbb\xbf" * 2,
        b"<br />\n<b>Warning</b>: x\n",
        b"\0\0",
        b"<!-- <rss> -->",
        b"<script>x</script>",
    )
    body[:0] = dice.choice(garbage)
    body += dice.choice(garbage)


def lie(dice: random.Random, body: bytearray, _: list[bytes]) -> None:
    """Write the document in one encoding, and say another."""
    text = bytes(body).decode("utf-8", "replace")
    text = text.partition("?>")[2] or text
    codecs = sorted({*aliases, "utf-8", "shift_jis", "gb2312", "big5", "nonsense"} - {"mbcs", "oem", "cp65001"})
    said, real = dice.choice(codecs), dice.choice(["utf-8", "utf-16", "cp932", "euc_kr", "gb18030", "cp1251", "utf-32"])
    body[:] = f'<?xml version="1.0" encoding="{said}"?>{text}'.encode(real, "replace")


MUTATIONS = (flip, truncate, splice, insert, inundate, overfill, surround, lie)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What became of one document."""

    number: int
    kind: str
    name: str
    outcome: str
    cpu_s: float = 0.0
    peak_kib: int = 0
    fetched: int = 0
    disagreed: bool = False


@cache
def corpus() -> list[bytes]:
    paths = sorted(FEEDS.glob("*.xml"))
    if shared := os.environ.get("STANCEWATCH_SHARED"):
        paths += sorted((Path(shared) / "realfeeds").glob("*.xml"))
        paths += sorted((Path(shared) / "benchmarks" / "feeds").glob("*/*.xml"))
    return [path.read_bytes() for path in paths if 100 < path.stat().st_size < 30_000]


def document(number: int) -> tuple[str, str, bytes, bytes, str]:
    """Make the document of a number: its kind, its name, the unharmed one, itself, and the header that lies of it."""
    dice = random.Random(f"{SEED}:{number}")
    if number < len(WORST):
        name = list(WORST)[number]
        return "worst", name, b"", WORST[name]()[:LARGEST], "application/xml"
    mutation, good = MUTATIONS[number % len(MUTATIONS)], dice.choice(corpus())
    body = bytearray(good)
    mutation(dice, body, corpus())
    said = dice.choice(["", "", "text/xml; charset=shift_jis", "text/html", "application/rss+xml; charset=utf-8"])
    return mutation.__name__, str(number), good, bytes(body), said


@cache
def remembered(source: Feed, good: bytes) -> Marks | None:
    """Return what one who reads the unharmed document remembers of it."""
    answer = Fetched(feed=source.name, outcome=None, url=source.url, body=good)
    return read(source, answer, SEEN, history=False, marks=None)[1] if good else None


def attempt(source: Feed, good: bytes, body: bytes, said: str) -> tuple[str, float, bool]:
    """Read a document whole, and as one who knows the unharmed one does."""
    answer = Fetched(feed=source.name, outcome=None, url=source.url, body=body, content_type=said)
    marks = remembered(source, good)
    started = time.process_time()
    whole, _ = read(source, answer, SEEN, history=False, marks=None)
    middle = time.process_time()
    cut, _ = read(source, answer, SEEN, history=False, marks=marks) if marks else (whole, None)
    ended = time.process_time()
    known = set(marks.items.values()) if marks else set()
    assert whole.outcome is not None or whole.entries
    "".join(part for e in whole.entries for part in (e.title, e.lead, e.guid, e.url, e.source or "")).encode()
    fresh = [e for e in whole.entries if e.entry_id not in known]
    disagreed = fresh != [e for e in cut.entries if e.entry_id not in known]
    return str(whole.outcome or "entries"), max(middle - started, ended - middle), disagreed


def child(start: int, stop: int, pipe: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    asked: list[str] = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(("socket.", "urllib.", "subprocess.")) or (event == "open" and CANARY in str(arguments[0])):
            asked.append(event)

    attempt(feed(), b"", item(b""), "")
    sys.addaudithook(watch)
    for number in range(start, stop):
        kind, name, good, body, said = document(number)
        before = len(asked)
        pipe.send((kind, name))
        outcome, cpu_s, disagreed = attempt(feed(lang=("ja", "ko", None, "uk")[number % 4]), good, body, said)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        pipe.send(Tried(number=number, kind=kind, name=name, outcome=outcome, cpu_s=cpu_s, peak_kib=peak,
                        fetched=len(asked) - before, disagreed=disagreed))  # fmt: skip


def tries(documents: int) -> Iterator[Tried]:
    number = 0
    while number < documents:
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.get_context("spawn").Process(target=child, args=(number, documents, theirs))
        process.start()
        theirs.close()
        kind = name = "the child's start"
        outcome = ""
        while number < documents and not outcome:
            try:
                told = ours.recv() if ours.poll(HANG_S) else None
            except EOFError:
                outcome = "crash"
            else:
                if isinstance(told, Tried):
                    yield told
                    number += 1
                elif told is None:
                    outcome = "hang"
                else:
                    kind, name = told
        if outcome:
            yield Tried(number=number, kind=kind, name=name, outcome=outcome)
            number += 1
        process.kill()
        process.join()


def measure(documents: int = DOCUMENTS) -> Figures:
    found = list(tries(documents))
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        kinds[one.kind][one.outcome] += 1
    slowest = sorted(found, key=lambda one: (one.outcome not in {"crash", "hang"}, -one.cpu_s))[:5]
    return {
        "documents": len(found),
        "crashes": sum(one.outcome == "crash" for one in found),
        "hangs": sum(one.outcome == "hang" for one in found),
        "slowest_s": round(max(one.cpu_s for one in found), 2),
        f"over_{SLOW_S:.0f}_s": sum(one.cpu_s > SLOW_S or one.outcome == "hang" for one in found),
        "peak_mib": max(one.peak_kib for one in found) // 1024,
        "fetched": sum(one.fetched for one in found),
        "disagreed": sum(one.disagreed for one in found),
        "disagreeing": [one.number for one in found if one.disagreed][:5],
        "outcomes": dict(Counter(one.outcome for one in found)),
        "kinds": {kind: dict(outcomes) for kind, outcomes in kinds.items()},
        "worst": [
            {"name": f"{one.kind} {one.name}", "cpu_s": round(one.cpu_s, 2), "outcome": one.outcome} for one in slowest
        ],
    }


def show(figures: Figures) -> str:
    totals = [{"figure": name, "value": value} for name, value in figures.items() if not isinstance(value, dict | list)]
    outcomes = list(figures["outcomes"])
    kinds = [{"kind": kind, **counts} for kind, counts in figures["kinds"].items()]
    worst = table(["name", "cpu_s", "outcome"], figures["worst"])
    return "\n\n".join((table(["figure", "value"], totals), table(["kind", *outcomes], kinds), worst))
