"""
A feed, what its server answered and what that held -> what is odd about it, in words. Pure.

Nothing here forbids a feed: each line is what a person should know before it is watched.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import Message
from statistics import median
from urllib.parse import urlsplit

from pipeline.domain import Entry, Feed, FeedKind, Fetched
from pipeline.poll.encoding import utf8
from pipeline.poll.guess import ONE_LANGUAGE, tongues
from pipeline.poll.parse import Parsed, parse

OLD_DAYS = 14
"""Younger than what is called silent of a feed that is watched: here a person looks, and may have a better address."""
WHOLE_TEXT = 1_000
"""Characters of a usual lead above which it is the article; ideographs count threefold."""

_HALF = 0.5
_CENTURY = timedelta(days=36_525)
_PROLOG = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_OWN_NAME = re.compile(rb"""<(?:\w+:)?(?:guid|id)[\s>]|rdf:about\s*=|"id"\s*:""")
_NO_UTF8 = b"\xb0\xa1\xb0\xa2\xa4\xa1"
"""Letters in every encoding of East Asia but UTF-8."""
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    feed: Feed
    fetched: Fetched
    parsed: Parsed
    now: datetime
    asked: str

    @property
    def entries(self) -> Sequence[Entry]:
        return self.parsed.entries

    @property
    def dates(self) -> list[datetime]:
        return [entry.published_at for entry in self.entries if entry.published_at]


def odd(feed: Feed, fetched: Fetched, parsed: Parsed, now: datetime, *, asked: str = "") -> tuple[str, ...]:
    """Say what is odd, the gravest first; ``asked`` is the address before any redirect, where it is not the feed's."""
    seen = _Seen(feed=feed, fetched=fetched, parsed=parsed, now=now, asked=asked or feed.url)
    return tuple(words for check in _CHECKS if (words := check(seen)))


def _few(seen: _Seen) -> str | None:
    number = len(seen.entries)
    return f"{('no entries', 'only one entry')[number]}" if number < 2 else None  # noqa: PLR2004 - the words say it


def _broken(seen: _Seen) -> str | None:
    return None if seen.parsed.strict else f"not well-formed: {seen.parsed.detail}"


def _page(seen: _Seen) -> str | None:
    return (
        "its server calls it a page, text/html" if seen.fetched.content_type.lower().startswith("text/html") else None
    )


def _old(seen: _Seen) -> str | None:
    newest = max(seen.dates, default=seen.now)
    days = (seen.now - newest).days
    return f"its newest entry is {days} days old: nobody may be writing it any more" if days > OLD_DAYS else None


def _undated(seen: _Seen) -> str | None:
    """Tell dates that lie ahead, which are dropped, from those that are not there: by reading from a far later day."""
    later = parse(seen.feed, seen.fetched, seen.now + _CENTURY, history=True).entries
    ahead = sum(1 for entry in later if entry.published_at) - len(seen.dates)
    missing = len(seen.entries) - len(seen.dates) - ahead
    words = [
        f"{ahead} of {len(seen.entries)} dates lie in the future: is the time zone right?" if ahead > 0 else "",
        f"{missing} of {len(seen.entries)} entries have no date that can be read" if missing > 0 else "",
    ]
    return "; ".join(filter(None, words)) or None


def _one_date(seen: _Seen) -> str | None:
    return "all entries have one date" if len(seen.dates) > 1 and len(set(seen.dates)) == 1 else None


def _one_title(seen: _Seen) -> str | None:
    return "all entries have one title" if len(seen.entries) > 1 and len({e.title for e in seen.entries}) == 1 else None


def _names(seen: _Seen) -> str | None:
    if not seen.entries:
        return None
    if not _OWN_NAME.search(utf8(seen.fetched.body, seen.fetched.content_type)[0]):
        return "entries have no guid: their links stand for it"
    shared = sum(times for times in Counter(entry.guid for entry in seen.entries).values() if times > 1)
    return f"{shared} of {len(seen.entries)} entries share a guid with another" if shared else None


def _elsewhere(seen: _Seen) -> str | None:
    hosts = [host for entry in seen.entries if (host := urlsplit(entry.url).hostname)]
    if not hosts:
        return "entries have no links" if seen.entries else None
    if sum(host.startswith("news.google.") for host in hosts) > _HALF * len(hosts):
        kind = "" if seen.feed.kind is FeedKind.AGGREGATOR else "; its kind should be aggregator"
        return f"links lead to Google News, not to the outlets{kind}"
    if seen.feed.kind is FeedKind.AGGREGATOR:
        return None
    own = _site(urlsplit(seen.feed.url).hostname or "")
    foreign = Counter(host for host in hosts if _site(host) != own)
    if foreign.total() <= _HALF * len(hosts):
        return None
    return f"{foreign.total()} of {len(hosts)} links lead to another host: {foreign.most_common(1)[0][0]}"


def _tongues(seen: _Seen) -> str | None:
    langs = tongues(seen.entries)
    if not langs or langs.most_common(1)[0][1] >= ONE_LANGUAGE * langs.total():
        return None
    return "several languages: " + ", ".join(f"{lang} {times}" for lang, times in langs.most_common(4))


def _label(seen: _Seen) -> str | None:
    """Hold what is said of the encoding against the one in which the document can be read."""
    read, header, prolog = seen.parsed.encoding, Message(), _PROLOG.match(seen.fetched.body)
    if not read or read == "us-ascii":
        return None
    header["content-type"] = " ".join(seen.fetched.content_type.split())
    labels = filter(None, (header.get_content_charset(), prolog and prolog[1].decode("ascii").lower()))
    lie = next((label for label in labels if not read.startswith(_meant(label))), None)
    return f"its encoding is called {lie}, and is {read}" if lie else None


def _meant(label: str) -> str:
    """Name what a label stands for as documents are read: by letting it decode what UTF-8 cannot."""
    return "utf-8" if label in {"utf-8", "utf8"} else utf8(_NO_UTF8, f"text/xml; charset={label}")[1] or label


def _insecure(seen: _Seen) -> str | None:
    return "not https: what it says can be altered on its way" if urlsplit(seen.feed.url).scheme != "https" else None


def _redirected(seen: _Seen) -> str | None:
    if seen.fetched.moved_url:
        return f"{seen.asked} has moved for good: the new address is written"
    if seen.fetched.url and _bare(seen.fetched.url) != _bare(seen.asked):
        return f"answers only after a redirect to {seen.fetched.url}, which is not permanent"
    return None


def _unconditional(seen: _Seen) -> str | None:
    if seen.fetched.etag or seen.fetched.last_modified:
        return None
    return f"no validators: every poll brings the whole document ({len(seen.fetched.body) // 1024 + 1} KiB)"


def _whole_text(seen: _Seen) -> str | None:
    lengths = [len(e.lead) * (3 if e.lang[:2] in {"ja", "ko", "zh"} else 1) for e in seen.entries if e.lead]
    if not lengths or median(lengths) < WHOLE_TEXT:
        return None
    return f"summaries look like whole texts: may they be kept? (terms: {seen.feed.terms})"


def _site(host: str) -> str:
    """Name the site of a host: the part that somebody registered, as far as that shows."""
    labels = host.lower().split(".")
    return ".".join(labels[-3 if len(labels) > 2 and labels[-2] in _SECOND_LEVEL else -2 :])  # noqa: PLR2004


def _bare(url: str) -> str:
    return url.rstrip("/")


_CHECKS: tuple[Callable[[_Seen], str | None], ...] = (
    _few,
    _broken,
    _page,
    _old,
    _undated,
    _one_date,
    _one_title,
    _names,
    _elsewhere,
    _tongues,
    _label,
    _redirected,
    _insecure,
    _unconditional,
    _whole_text,
)
