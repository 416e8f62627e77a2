"""
An address and what is configured already -> what a new feed's row probably says. Pure; shown before it is written.

The outlet whose domain it is decides, then other feeds of the same host, then the top-level domain, then the
language of the entries. Terms are never guessed: headlines is what may be kept of anybody.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from pipeline.domain import Entry, Feed, FeedKind, Owner, Source, Terms

ABROAD = "INT"
"""The country of a publisher that is of none, or of none that is known."""

ONE_LANGUAGE = 0.9
"""A feed has one language where so many of its entries are in it."""

_CAPITALS = {
    "CN": "Asia/Shanghai", "DE": "Europe/Berlin", "RU": "Europe/Moscow", "UA": "Europe/Kyiv", "US": "America/New_York",
}  # fmt: skip
_HOMES = {"ja": "JP", "ko": "KR", "zh-Hant": "TW", "zh-Hans": "CN", "uk": "UA"}
_SOLD = frozenset({"ai", "cc", "co", "fm", "gg", "io", "la", "ly", "me", "sh", "to", "tv", "ws"})
"""Top-level domains that say nothing of a country: they are sold to everybody."""
_STATE = frozenset({"go", "gov", "gob", "gouv", "mil", "gc"})


def guess(url: str, feeds: Sequence[Feed], sources: Iterable[Source], entries: Sequence[Entry] = ()) -> Feed:
    """Return a feed at ``url``, named after its host, with every field filled as well as can be."""
    host = (urlsplit(url).hostname or "").lower()
    near = [feed for feed in feeds if urlsplit(feed.url).hostname == host]
    outlet = _outlet(host, sources)
    lang = _lang(entries)
    home = _HOMES.get(lang or "")
    country = (outlet and outlet.country) or _most(feed.country for feed in near) or _by_domain(host) or home or ABROAD
    return Feed(
        name=host.removeprefix("www."),
        url=url,
        source=outlet.name if outlet else _most(feed.source for feed in near if feed.source),
        lang=lang,
        country=country,
        kind=_kind(host, outlet, near),
        terms=Terms.HEADLINES,
        timezone=_timezone(country, near, feeds),
    )


def _outlet(host: str, sources: Iterable[Source]) -> Source | None:
    """Find whose domain a host is; the longest of several wins."""
    owned = {d: source for source in sources for d in source.domains if host == d or host.endswith(f".{d}")}
    return owned[max(owned, key=len)] if owned else None


def tongues(entries: Iterable[Entry]) -> Counter[str]:
    """Count entries by language; Han characters alone are Japanese where more of the others are."""
    langs = Counter(entry.lang for entry in entries)
    chinese = [lang for lang in langs if lang.startswith("zh")]
    if langs["ja"] > sum(langs[lang] for lang in chinese):
        langs["ja"] += sum(langs.pop(lang) for lang in chinese)
    return +langs


def _lang(entries: Sequence[Entry]) -> str | None:
    """Name the one language of a feed; None where there are several, and each entry is looked at."""
    lang, times = next(iter(tongues(entries).most_common(1)), ("", 0))
    return lang if times and times >= ONE_LANGUAGE * len(entries) else None


def _by_domain(host: str) -> str | None:
    label = host.rpartition(".")[2]
    country = {"uk": "GB"}.get(label, label.upper())
    return country if label not in _SOLD and country in _zones() else None


def _kind(host: str, outlet: Source | None, near: Iterable[Feed]) -> FeedKind:
    if known := _most(feed.kind for feed in near):
        return FeedKind(known)
    if host.startswith("news.google."):
        return FeedKind.AGGREGATOR
    if (outlet and outlet.official) or _STATE & set(host.split(".")[1:]):
        return FeedKind.GOVERNMENT
    return FeedKind.THINKTANK if outlet and outlet.owner is Owner.NGO else FeedKind.DAILY


def _timezone(country: str, near: Iterable[Feed], feeds: Iterable[Feed]) -> str:
    """Take the zone of the host's other feeds, or the country's: its feeds', its capital's, its only one."""
    zones = _zones().get(country, ())
    return (
        _most(feed.timezone for feed in near)
        or _CAPITALS.get(country)
        or (zones[0] if len(zones) == 1 else None)
        or _most(feed.timezone for feed in feeds if feed.country == country)
        or "UTC"
    )


def _most(values: Iterable[str]) -> str | None:
    return next((value for value, _ in Counter(values).most_common(1)), None)


@cache
def _zones() -> Mapping[str, tuple[str, ...]]:
    """List the time zones of every country, as the time zone database does."""
    found: dict[str, Any] = {}
    for line in (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            found[country] = (*found.get(country, ()), zone)
    return found
