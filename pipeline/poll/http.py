"""
Door: asks servers for feeds. aiohttp, chosen by measurement (docs/decisions/0002-libraries.md).

Conditional GET with the stored validators, one connection a host with a gap between requests, bounded time
and size, no reach into private networks unless a feed allows it. A feed that fails is an outcome, never an
exception; what the deadline cut off is NOT_REACHED.
"""

import asyncio
import ipaddress
import socket
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from pipeline.domain import Feed, FeedState, Fetched, PollOutcome
from pipeline.settings import PollSettings

MAX_HOPS = 5
_CHUNK = 65_536
_REDIRECTS = {301, 302, 303, 307, 308}
_BUSY = {408, 425, 429}
_GONE = {404, 410}


class _PrivateAddressError(OSError):
    """A name or address leads into a private network."""


class _PublicOnly(AbstractResolver):
    """Resolves like the system, but refuses what is not on the public internet."""

    def __init__(self) -> None:
        self._system = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._system.resolve(host, port, family)
        for answer in found:
            _refuse_private(answer["host"], host)
        return found

    async def close(self) -> None:
        await self._system.close()


def _refuse_private(address: str, host: str) -> None:
    try:
        public = ipaddress.ip_address(address.split("%", maxsplit=1)[0]).is_global
    except ValueError:
        return
    if not public:
        raise _PrivateAddressError(
            f"{host} is {address}, not on the public internet; set allow_private if that is meant"
        )


def fetch(
    asked: Sequence[tuple[Feed, FeedState]],
    settings: PollSettings,
    now: datetime,
    each: Callable[[Fetched], None],
) -> None:
    """Ask for every feed in ``asked``, hand each answer to ``each`` as it comes, end after ``shard_seconds``."""
    asyncio.run(_Fetch(settings, now, each).run(asked))


class _Fetch:
    """One pass over a shard."""

    def __init__(self, settings: PollSettings, now: datetime, each: Callable[[Fetched], None]) -> None:
        self._settings = settings
        self._now = now
        self._each = each
        self._slots = asyncio.Semaphore(settings.connections)
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def run(self, asked: Sequence[tuple[Feed, FeedState]]) -> None:
        hosts: dict[str, list[tuple[Feed, FeedState]]] = defaultdict(list)
        for feed, state in asked:
            hosts[urlsplit(feed.url).netloc].append((feed, state))
        missing = {feed.name for feed, _ in asked}

        def answered(fetched: Fetched) -> None:
            missing.discard(fetched.feed)
            self._each(fetched)

        async with AsyncExitStack() as stack:
            for private in {feed.allow_private for feed, _ in asked}:
                self._sessions[private] = await stack.enter_async_context(self._session(private))
            try:
                async with asyncio.timeout(self._settings.shard_seconds), asyncio.TaskGroup() as group:
                    for feeds in hosts.values():
                        group.create_task(self._host(feeds, answered))
            except TimeoutError:
                pass
        for name in sorted(missing):
            self._each(Fetched(feed=name, outcome=PollOutcome.NOT_REACHED, detail="the shard's time was over"))

    def _session(self, private: bool) -> aiohttp.ClientSession:
        """Open a session; loopback and private feeds never go through a proxy."""
        connector = aiohttp.TCPConnector(
            limit=self._settings.connections, resolver=None if private else _PublicOnly(), ttl_dns_cache=300
        )
        return aiohttp.ClientSession(
            connector=connector,
            trust_env=not private,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._settings.timeout_seconds),
            headers={"User-Agent": f"stancewatch/0.1 (+{self._settings.contact})", "Accept": _ACCEPT},
            max_line_size=16_384,
            max_field_size=16_384,
        )

    async def _host(self, feeds: Sequence[tuple[Feed, FeedState]], answered: Callable[[Fetched], None]) -> None:
        for place, (feed, state) in enumerate(feeds):
            if place:
                await asyncio.sleep(feed.min_gap_s)
            async with self._slots:
                fetched = await self._feed(feed, state)
            answered(fetched)

    async def _feed(self, feed: Feed, state: FeedState) -> Fetched:
        started = asyncio.get_running_loop().time()
        try:
            fetched = await self._follow(feed, state)
        except _PrivateAddressError as error:
            fetched = _failed(feed, PollOutcome.FORBIDDEN_ADDRESS, str(error))
        except TimeoutError:
            fetched = _failed(feed, PollOutcome.TEMPORARY, f"no answer in {self._settings.timeout_seconds:g} s")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            private = _cause(error, _PrivateAddressError)
            outcome = PollOutcome.FORBIDDEN_ADDRESS if private else PollOutcome.TEMPORARY
            fetched = _failed(feed, outcome, _short(private or error))
        elapsed = asyncio.get_running_loop().time() - started
        return replace(fetched, elapsed_s=elapsed)

    async def _follow(self, feed: Feed, state: FeedState) -> Fetched:
        """Follow redirects by hand: every hop is checked, and cookies go only to feeds that need them."""
        url, headers = URL(feed.url), _conditions(state)
        jar = aiohttp.CookieJar(unsafe=True) if feed.cookies else None
        for _ in range(MAX_HOPS):
            if not feed.allow_private:
                _refuse_private(url.host or "", url.host or "")
            async with self._sessions[feed.allow_private].get(
                url,
                headers=headers,
                allow_redirects=False,
                ssl=feed.verify_tls,
                cookies=jar.filter_cookies(url) if jar else None,
            ) as response:
                if response.status in _REDIRECTS and "Location" in response.headers:
                    if jar is not None:
                        jar.update_cookies(response.cookies, url)
                    url = url.join(URL(response.headers["Location"]))
                    if url.scheme not in {"http", "https"}:
                        return _failed(feed, PollOutcome.NOT_A_FEED, f"moved to {url.scheme}:")
                    continue
                return await self._read(feed, response)
        return _failed(feed, PollOutcome.TEMPORARY, f"more than {MAX_HOPS} redirects, the last to {url}")

    async def _read(self, feed: Feed, response: aiohttp.ClientResponse) -> Fetched:
        headers = response.headers
        known: dict[str, Any] = {
            "feed": feed.name,
            "status": response.status,
            "url": str(response.url),
            "content_type": headers.get("Content-Type", ""),
            "etag": _sendable(headers.get("ETag")),
            "last_modified": _sendable(headers.get("Last-Modified")),
        }
        if response.status == HTTPStatus.NOT_MODIFIED:
            return Fetched(**known, outcome=PollOutcome.UNCHANGED)
        if response.status != HTTPStatus.OK:
            return Fetched(
                **{**known, "etag": None, "last_modified": None},
                outcome=_failure(response.status),
                detail=f"HTTP {response.status} {response.reason or ''}".strip(),
                retry_after_s=_retry_after(headers.get("Retry-After"), self._now),
            )
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > self._settings.max_bytes:
                response.close()
                return _failed(feed, PollOutcome.TOO_LARGE, f"more than {self._settings.max_bytes:,} bytes")
        return Fetched(**known, outcome=None, body=bytes(body))


_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)


def _conditions(state: FeedState) -> Mapping[str, str]:
    """Send both validators back as they came: an ETag's quotes are part of it."""
    conditions = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    return {name: value for name, value in conditions.items() if value}


def _sendable(value: str | None) -> str | None:
    """Keep a validator only where it can go back byte for byte."""
    return value if value and value.isascii() and value.isprintable() else None


def _failure(status: int) -> PollOutcome:
    if status in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return PollOutcome.TEMPORARY
    return PollOutcome.GONE if status in _GONE else PollOutcome.REFUSED


def _retry_after(value: str | None, now: datetime) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3), seconds or a date, as seconds from ``now``."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value).astimezone(UTC) - now).total_seconds())
    except ValueError:
        return None


def _cause(error: BaseException | None, kind: type[BaseException]) -> BaseException | None:
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:200] if str(error) else type(error).__name__


def _failed(feed: Feed, outcome: PollOutcome, detail: str) -> Fetched:
    return Fetched(feed=feed.name, outcome=outcome, detail=detail)
