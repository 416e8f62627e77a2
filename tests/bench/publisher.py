"""A thousand publishers on loopback: synthetic feeds behind nginx, four to a host, with or without 304."""

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from tests.bench.figures import Missing

FEEDS_PER_HOST = 4
ITEMS = 40
_START = datetime(2026, 3, 2, tzinfo=UTC)
_WORDS = {
    "en": "Tokyo Seoul Kyiv minister aid sanctions talks grid winter loan envoy summit parliament",
    "ja": "政府 ウクライナ 支援 外相 制裁 復興 会談 首相 追加 決定 発電機 協議 国会 表明",
    "ko": "정부 우크라이나 지원 외교부 제재 재건 회담 대통령 추가 결정 발전기 협의 국회 발표",
    "uk": "уряд Україна допомога міністр санкції відбудова переговори рішення генератори парламент",
}


@dataclass(frozen=True)
class Publishers:
    """Where the feeds are, and how to change them."""

    folder: Path
    port: int
    feeds: int
    documents: int
    items: int

    def url(self, number: int) -> str:
        """The address of a feed; a host is an address of 127.0.0.0/8 and serves four."""
        host = number // FEEDS_PER_HOST
        return f"http://127.0.{1 + host // 250}.{1 + host % 250}:{self.port}/{number % self.documents}.xml"

    def write(self, numbers: range, added: int = 0) -> None:
        """Write documents whose newest ``added`` items were not there before."""
        for number in numbers:
            (self.folder / f"{number}.xml").write_text(document(number, added, self.items), encoding="utf-8")


@contextmanager
def publishers(
    feeds: int, *, documents: int | None = None, items: int = ITEMS, honest: bool = True
) -> Iterator[Publishers]:
    """
    Serve ``feeds`` feeds; not ``honest``: a server that knows no validators and never says 304.

    Many feeds may share fewer ``documents`` (2 s to write a thousand): who polls cannot tell.
    """
    if shutil.which("nginx") is None:
        raise Missing("nginx (apt-get install nginx newsboat curl)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # nginx's worker is another user
        place = Publishers(folder, _free_port(), feeds, min(feeds, documents or feeds), items)
        place.write(range(place.documents))
        hosts = {f"127.0.{1 + h // 250}.{1 + h % 250}" for h in range((feeds - 1) // FEEDS_PER_HOST + 1)}
        (folder / "nginx.conf").write_text(_configuration(folder, place.port, sorted(hosts), honest=honest))
        server = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL)
        try:
            _wait(place.port)
            yield place
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=10)


def document(number: int, added: int = 0, items: int = ITEMS) -> str:
    """Return one feed of about 1 KB an item, RSS 2.0 or Atom, with ``added`` items on top."""
    lang = list(_WORDS)[number % len(_WORDS)]
    entries = [_item(number, item, lang, atom=number % 2 == 1) for item in range(items + added - 1, added - 1, -1)]
    body = "".join(entries)
    if number % 2:
        return (
            f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{lang}">'
            f"<title>Feed {number}</title><id>urn:feed:{number}</id>"
            f"<updated>{(_START + timedelta(hours=ITEMS + added)).isoformat()}</updated>{body}</feed>"
        )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Feed {number}</title>'
        f"<link>https://feed{number}.example/</link><language>{lang}</language>"
        f"<lastBuildDate>{format_datetime(_START + timedelta(hours=ITEMS + added))}</lastBuildDate>"
        f"{body}</channel></rss>"
    )


def _item(number: int, item: int, lang: str, *, atom: bool) -> str:
    rng = random.Random(number * 10_000 + item)
    words = _WORDS[lang].split()
    title = f"{' '.join(rng.choices(words, k=8))} {rng.randrange(10**6)}"
    lead = " ".join(rng.choices(words, k=110))
    at = _START + timedelta(hours=item, minutes=number % 60)
    link = f"https://feed{number}.example/{item}"
    if atom:
        return (
            f'<entry><title>{title}</title><link href="{link}"/><id>urn:{number}:{item}</id><summary>{lead}</summary>'
            f"<published>{at.isoformat()}</published><updated>{at.isoformat()}</updated></entry>"
        )
    return (
        f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='false'>{number}-{item}</guid>"
        f"<description>&lt;p&gt;{lead}&lt;/p&gt;</description><pubDate>{format_datetime(at)}</pubDate></item>"
    )


def _configuration(folder: Path, port: int, hosts: list[str], *, honest: bool) -> str:
    listen = "".join(f"listen {host}:{port};" for host in hosts)
    validators = "" if honest else "etag off; if_modified_since off; add_header Last-Modified '';"
    return (
        f"daemon off; worker_processes 1; worker_rlimit_nofile 20000; pid {folder}/pid; error_log /dev/null;"
        f"user {'root' if os.geteuid() == 0 else 'nobody'};"
        "events { worker_connections 20000; }"
        "http { access_log off; types { application/xml xml; } keepalive_requests 1000000;"
        f"server {{ {listen} root {folder}; {validators} }} }}"
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.1.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise Missing("nginx did not start")
