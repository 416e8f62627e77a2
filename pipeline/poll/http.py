"""
Door: asks servers for feeds. libcurl through pycurl, chosen by measurement (docs/decisions/0005-client.md).

Conditional GET with the stored validators, one connection a host with a gap between requests, bounded time
and size, no reach into private networks unless a feed allows it. A feed that fails is an outcome, never an
exception; what the deadline cut off is NOT_REACHED.
"""

import heapq
import ipaddress
import os
import re
import socket
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from itertools import chain
from urllib.parse import urlsplit
from urllib.request import getproxies

import certifi
import pycurl

from pipeline.domain import Feed, FeedState, Fetched, PollOutcome
from pipeline.poll import headers
from pipeline.shapes import PollSettings

MAX_HOPS = 5
_MOST_KEPT = 500
_LONGEST_WAIT_S = 0.5
_PROXY_PORT = 1080  # curl's, where none is named
_PLACE = re.compile(r"//([^/?#]*)")
_PERMANENT = {301, 308}
_ACCEPT = "Accept: application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"

_Place = tuple[str, int]


def fetch(
    asked: Sequence[tuple[Feed, FeedState]],
    settings: PollSettings,
    now: datetime,
    each: Callable[[Fetched], None],
) -> None:
    """Ask for every feed in ``asked``, hand each answer to ``each`` as it comes, end after ``shard_seconds``."""
    crowd = _Crowd(settings, now)
    try:
        crowd.run(asked, each)
    finally:
        crowd.close()


class _Request:
    """One question to one server, and what has come of it so far."""

    __slots__ = (
        "blocked", "body", "feed", "limit", "lines", "proxies", "sockets", "started", "too_large", "whole",
    )  # fmt: skip

    def __init__(self, feed: Feed, limit: int, started: float, *, whole: bool, proxies: frozenset[_Place]) -> None:
        self.feed = feed
        self.whole = whole
        self.proxies = proxies
        self.sockets: list[socket.socket] = []
        self.limit = limit
        self.started = started
        self.body = bytearray()
        self.lines: list[bytes] = []
        self.blocked = ""
        self.too_large = False

    def head(self) -> tuple[list[int], dict[bytes, bytes]]:
        """Read the status of each hop and the last one's headers; curl itself drops what hops before it say."""
        hops: list[int] = []
        found: dict[bytes, bytes] = {}
        for line in self.lines:
            if line.startswith(b"HTTP/"):
                hops.append(int(line.split(b" ", 2)[1]))
                found.clear()
                continue
            name, colon, value = line.partition(b":")
            if colon and (name := name.lower()) in headers.WANTED:
                found[name] = value.strip()
        return hops, found

    def data(self, chunk: bytes) -> int | None:
        """Take unpacked bytes; too many end the transfer."""
        if len(self.body) + len(chunk) > self.limit:
            self.too_large = True
            return 0
        self.body += chunk
        return None

    def open_socket(self, _purpose: int, address: tuple[int, int, int, tuple[object, ...]]) -> socket.socket | int:
        """Refuse to open a connection into a private network."""
        family, kind, protocol, place = address
        host = place[0].decode() if isinstance(place[0], bytes) else str(place[0])
        if not self._may_meet(host, place[1]):
            return int(pycurl.SOCKET_BAD)
        self.sockets.append(socket.socket(family, kind, protocol))  # curl takes a duplicate, this one is ours to close
        return self.sockets[-1]

    def before(self, host: str, _local: str, port: int, _local_port: int) -> int:
        """Refuse a connection into a private network that was opened for a feed that may go there."""
        return int(pycurl.PREREQFUNC_OK if self._may_meet(host, port) else pycurl.PREREQFUNC_ABORT)

    def close(self) -> None:
        """Close what `open_socket` opened."""
        for each in self.sockets:
            each.close()

    def _may_meet(self, host: str, port: object) -> bool:
        if _public(host) or (host, port) in self.proxies:
            return True
        self.blocked = f"{host} is not on the public internet; set allow_private if that is meant"
        return False


def _proxies() -> frozenset[_Place]:
    """Find the proxies that the environment names: they lie in a private network as often as not."""
    places: set[_Place] = set()
    for url in (url for scheme, url in getproxies().items() if scheme != "no"):
        parts = urlsplit(url if "//" in url else f"//{url}")
        with suppress(OSError, ValueError):
            port = parts.port or _PROXY_PORT
            places |= {(str(found[4][0]), port) for found in socket.getaddrinfo(parts.hostname, port)}
    return frozenset(places)


@lru_cache(maxsize=4096)
def _public(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_global


def _next(hosts: deque[str], met: list[tuple[float, int, str]]) -> str | None:
    """Return the host to ask now: one that was met and has had its pause, while its connection lives, else another."""
    if met and met[0][0] <= time.monotonic():
        return heapq.heappop(met)[2]
    return hosts.popleft() if hosts else None


class _Crowd:
    """Many requests at once, one a host. Decides nothing about feeds."""

    def __init__(self, settings: PollSettings, now: datetime) -> None:
        self._settings = settings
        self._now = now
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, 1)
        self._idle: dict[tuple[bool, bool], list[pycurl.Curl]] = defaultdict(list)
        self._busy: dict[pycurl.Curl, tuple[_Request, str]] = {}
        self._agent = f"stancewatch/0.1 (+{settings.contact})"
        self._authorities = os.environ.get("SSL_CERT_FILE") or certifi.where()
        self._proxies = _proxies()

    def run(self, asked: Sequence[tuple[Feed, FeedState]], each: Callable[[Fetched], None]) -> None:
        """Ask all, one at a time a host, until done or until the shard's time is over."""
        waiting: dict[str, deque[tuple[Feed, FeedState]]] = defaultdict(deque)
        for feed, state in asked:
            place = _PLACE.search(feed.url)
            waiting[place[1] if place else ""].append((feed, state))
        self._multi.setopt(pycurl.M_MAXCONNECTS, min(len(waiting), _MOST_KEPT))  # a host's next feed finds it open
        hosts, met = deque(waiting), list[tuple[float, int, str]]()
        end = time.monotonic() + self._settings.shard_seconds
        while (hosts or met or self._busy) and time.monotonic() < end:
            while len(self._busy) < self._settings.connections and (host := _next(hosts, met)):
                self._start(*waiting[host].popleft(), host, end)
            for handle, code, message in self._finished(met, end):
                request, host = self._busy.pop(handle)
                request.close()
                each(self._answer(handle, request, code, message))
                if request.feed.cookies:
                    handle.close()  # a handle keeps its cookies, and sends them for whoever uses it next
                else:
                    self._idle[request.feed.verify_tls, request.feed.allow_private].append(handle)
                if waiting[host]:
                    heapq.heappush(met, (time.monotonic() + request.feed.min_gap_s, len(waiting[host]), host))
        for request, host in self._busy.values():
            waiting[host].appendleft((request.feed, FeedState(feed=request.feed.name)))
        for feed in sorted((feed for queue in waiting.values() for feed, _ in queue), key=lambda feed: feed.name):
            each(Fetched(feed=feed.name, outcome=PollOutcome.NOT_REACHED, detail="the shard's time was over"))

    def close(self) -> None:
        """Close every connection."""
        for handle, (request, _) in self._busy.items():
            with suppress(pycurl.error):  # it had ended, and the receiver of an answer before it failed
                self._multi.remove_handle(handle)
            request.close()
        for handle in chain(self._busy, *self._idle.values()):
            handle.close()
        self._multi.close()

    def _finished(self, met: Sequence[tuple[float, int, str]], end: float) -> list[tuple[pycurl.Curl, int, str]]:
        """Let the transfers go on; return those that ended, with curl's code (0 is well) and words."""
        self._multi.perform()
        done: list[tuple[pycurl.Curl, int, str]] = []
        while True:
            left, well, ill = self._multi.info_read()
            done += [(handle, 0, "") for handle in well] + list(ill)
            if not left:
                break
        for handle, _, _ in done:
            self._multi.remove_handle(handle)
        if not done:
            free = len(self._busy) < self._settings.connections
            until = min(met[0][0] if met and free else end, end) - time.monotonic()
            if self._busy:
                self._multi.select(max(0.001, min(until, _LONGEST_WAIT_S)))
            else:
                time.sleep(max(0.0, min(until, _LONGEST_WAIT_S)))
        return done

    def _start(self, feed: Feed, state: FeedState, host: str, end: float) -> None:
        conditions = headers.conditions(state)
        limit, proxies = self._settings.max_bytes, self._proxies
        request = _Request(feed, limit, time.monotonic(), whole=not conditions, proxies=proxies)
        left = max(0.001, min(self._settings.timeout_seconds, end - time.monotonic()))
        handle = self._handle(feed)
        handle.setopt(pycurl.URL, feed.url)
        handle.setopt(pycurl.HTTPHEADER, [_ACCEPT, *conditions])
        handle.setopt(pycurl.HEADERFUNCTION, request.lines.append)
        handle.setopt(pycurl.WRITEFUNCTION, request.data)
        handle.setopt(pycurl.TIMEOUT_MS, int(left * 1000))
        if not feed.allow_private:
            handle.setopt(pycurl.OPENSOCKETFUNCTION, request.open_socket)
            handle.setopt(pycurl.PREREQFUNCTION, request.before)
        self._busy[handle] = (request, host)
        self._multi.add_handle(handle)

    def _handle(self, feed: Feed) -> pycurl.Curl:
        """Return a handle for a feed of this kind, with what is the same for all of them."""
        if not feed.cookies and (idle := self._idle[feed.verify_tls, feed.allow_private]):
            return idle.pop()
        handle = pycurl.Curl()
        handle.setopt(pycurl.USERAGENT, self._agent)
        handle.setopt(pycurl.ACCEPT_ENCODING, "")
        handle.setopt(pycurl.NOSIGNAL, 1)
        handle.setopt(pycurl.FOLLOWLOCATION, 1)
        handle.setopt(pycurl.MAXREDIRS, MAX_HOPS)
        handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        handle.setopt(pycurl.REDIR_PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        handle.setopt(pycurl.CAINFO, self._authorities)
        if not feed.verify_tls:
            handle.setopt(pycurl.SSL_VERIFYPEER, 0)
            handle.setopt(pycurl.SSL_VERIFYHOST, 0)
        if feed.cookies:
            handle.setopt(pycurl.COOKIEFILE, "")
        if feed.allow_private:
            handle.setopt(pycurl.PROXY, "")
        return handle

    def _answer(self, handle: pycurl.Curl, request: _Request, code: int, message: str) -> Fetched:
        elapsed = time.monotonic() - request.started
        if code:
            outcome, detail = _trouble(request, code, message, self._settings.max_bytes)
            return Fetched(feed=request.feed.name, outcome=outcome, detail=detail, elapsed_s=elapsed)
        hops, found = request.head()
        status = hops[-1] if hops else 0
        if status in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}:
            moved = len(hops) > 1 and set(hops[:-1]) <= _PERMANENT
            return Fetched(
                feed=request.feed.name,
                outcome=PollOutcome.UNCHANGED if status == HTTPStatus.NOT_MODIFIED else None,
                status=status,
                url=handle.getinfo(pycurl.EFFECTIVE_URL),
                content_type=found.get(b"content-type", b"").decode("latin-1"),
                etag=headers.sendable(found.get(b"etag")),
                last_modified=headers.sendable(found.get(b"last-modified")),
                fresh_s=headers.fresh_s(found, self._now),
                whole=request.whole,
                moved_url=handle.getinfo(pycurl.EFFECTIVE_URL) if moved else None,
                body=bytes(request.body),
                elapsed_s=elapsed,
            )
        return Fetched(
            feed=request.feed.name,
            outcome=headers.failure(status),
            status=status,
            detail=f"HTTP {status}",
            retry_after_s=headers.retry_after_s(found.get(b"retry-after"), self._now),
            elapsed_s=elapsed,
        )


def _trouble(request: _Request, code: int, message: str, limit: int) -> tuple[PollOutcome, str]:
    if request.blocked:
        return PollOutcome.FORBIDDEN_ADDRESS, request.blocked
    if request.too_large:
        return PollOutcome.TOO_LARGE, f"more than {limit:,} bytes"
    if code in {pycurl.E_UNSUPPORTED_PROTOCOL, pycurl.E_URL_MALFORMAT}:
        return PollOutcome.NOT_A_FEED, message[:200]
    return PollOutcome.TEMPORARY, message[:200]
