"""
A text's title, lead, link and outlet -> whose text it is, and why. Pure; no page is fetched.

An outlet's name counts only where the words around it credit it: a dateline, brackets, "X reported", 「Xによると」.
One who tells what another outlet told adds no witness, an interview included; a denial of a report, or a sentence
about an outlet, credits nobody. Of several credits the deepest counts: what is cited, then the title, the lead, the
agency's mark.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from urllib.parse import urlsplit

from pipeline.dedup import credit
from pipeline.domain import Source

_PROXY = re.compile(r"(.+)\.(?:cdn\.ampproject\.org|translate\.goog)$")
_NO_NAME = re.compile(r"^(?:www\d?|m|amp|mobile)\.")
_INFLECTED = re.compile(r"[аяиіыьй]?$")
_CYRILLIC = re.compile(r"[Ѐ-ӿ]")
_LONGER = re.compile(r"社[会會区區]")
_TITLE_GOES_ON = re.compile(r" [A-Z]| of\b")
_UNDECLINED = 3
"""Cyrillic words up to this length are not declined: УП, НВ."""
_HEAD = 2
"""Names are found by their first so many characters."""


class Trace(StrEnum):
    """Why a text counts as an outlet's; each text has exactly one reason."""

    OWN = "own"  # the outlet's, as far as title and lead tell
    MIRROR = "mirror"  # another edition or a proxy of the outlet
    AGENCY = "agency"  # printed under this one's credit line
    QUOTED = "quoted"  # tells what this one told
    PORTAL = "portal"  # a portal's that names no author: confirms nothing
    UNKNOWN = "unknown"  # of an outlet that sources.yaml does not hold


class _Depth(IntEnum):
    """How near a credit leads to the origin."""

    AGENCY = 1
    LEAD = 2
    TITLE = 3
    CITED = 4


@dataclass(frozen=True, slots=True)
class Origin:
    """The outlet that a text counts as: its name in sources.yaml, or what it calls itself."""

    name: str
    why: Trace


@dataclass(frozen=True, slots=True)
class _Name:
    """A name to look for; ``declined`` where its words have endings."""

    form: str
    source: Source
    short: bool
    declined: re.Pattern[str] | None

    def end(self, text: str, start: int) -> int | None:
        """Return where the name ends that starts here, or None: it is another word."""
        if self.declined is None:
            end = start + len(self.form) if text.startswith(self.form, start) else 0
        else:
            end = match.end() if (match := self.declined.match(text, start)) else 0
        if not end or (_lettered(text[end - 1]) and _joins(text, end)) or _LONGER.match(text, end - 1):
            return None
        return None if self.form.startswith("The ") and _TITLE_GOES_ON.match(text, end) else end


@dataclass(frozen=True, slots=True)
class _Mention:
    """An outlet's name at a place; a ``short`` one counts only in a credit line."""

    source: Source
    short: bool
    start: int
    end: int


class SourceIndex:
    """Finds outlets by name, by link and in running text. Built once from the configuration."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._by_name: dict[str, Source] = {}
        self._by_host: dict[str, Source] = {}
        self._heads: dict[str, list[_Name]] = defaultdict(list)
        for source in sources:
            self._by_host |= dict.fromkeys(source.domains, source)
            self._by_name |= dict.fromkeys((*source.aliases, source.name), source)
            if source.institution or source.portal:
                continue
            for short, forms in ((False, {*source.aliases, source.name}), (True, source.credits)):
                for form in map(_normal, forms):
                    self._heads[form[:_HEAD]].append(_Name(form, source, short, _declined(form)))
        for names in self._heads.values():
            names.sort(key=lambda name: -len(name.form))
        first = "".join(sorted(re.escape(head[0]) for head in self._heads))
        self._starts = re.compile(rf"(?<![A-Za-z\u0400-\u04ff])[{first}]" if first else r"(?!)")

    def root(self, source: Source) -> Source:
        """Return the outlet of which this is an edition, else itself."""
        return self._by_name.get(source.edition_of or "", source)

    def outlet(self, name: str | None, url: str) -> Source | None:
        """Return the outlet that a text ran in: where its link leads, unless that is a portal; else as it is named."""
        there, named = self._at(_host(url)), self._by_name.get(name or "")
        known = [source for source in (there, named) if source is not None]
        if name is not None and named is None and (there is None or there.portal):
            return None
        return min(known, key=lambda source: source.portal, default=None)

    def _at(self, host: str) -> Source | None:
        while host and host not in self._by_host:
            host = host.partition(".")[2]
        return self._by_host.get(host)

    def mentions(self, text: str) -> Iterator[_Mention]:
        """Yield the outlets named in ``text``, in order, the longest name at each place."""
        end = 0
        for found in self._starts.finditer(text):
            start = found.start()
            names = self._heads.get(text[start : start + _HEAD])
            if names is None or start < end or _joins(text, start):
                continue
            for name in names:
                if stop := name.end(text, start):
                    end = stop
                    yield _Mention(name.source, name.short, start, end)
                    break


def trace(*, title: str, lead: str, url: str, source: str | None, index: SourceIndex) -> Origin:
    """Return whose text it is. ``source`` is the outlet as its feed or the item names it; None where neither does."""
    outlet = index.outlet(source, url)
    if outlet is not None and outlet.institution:
        return Origin(outlet.name, Trace.OWN)
    own = index.root(outlet) if outlet is not None else None
    found = [*_credits(title, own, index, in_title=True), *_credits(lead, own, index, in_title=False)]
    if found:
        _, why, origin = max(found, key=lambda credited: credited[0])  # of equals the first
        return Origin(index.root(origin).name, why)
    if own is None or outlet is None:
        return Origin(source or _NO_NAME.sub("", _host(url)), Trace.UNKNOWN)
    if own.portal:
        return Origin(own.name, Trace.PORTAL)
    proxy = _PROXY.search(urlsplit(url).netloc) if "." in url else None
    return Origin(own.name, Trace.MIRROR if proxy or own is not outlet else Trace.OWN)


def _credits(
    text: str, own: Source | None, index: SourceIndex, *, in_title: bool
) -> Iterator[tuple[_Depth, Trace, Source]]:
    """Yield what ``text`` credits to others, in order."""
    text = _normal(text)
    mentions = list(index.mentions(text))
    for place, mention in enumerate(mentions):
        if own is not None and index.root(mention.source).name == own.name:
            continue
        before = mentions[place - 1] if place else None
        after = next((other.start for other in mentions[place + 1 :] if other.source is not mention.source), len(text))
        again = before is not None and before.source is mention.source and mention.start - before.end <= _HEAD
        span = credit.Span(text, mention.start, mention.end, after)
        stranger = own is None or own.portal
        kind = credit.kind(span, short=mention.short, again=again)
        if kind is credit.Credit.LINE:
            line = mention.source.agency or stranger
            yield _Depth.AGENCY, Trace.AGENCY if line else Trace.QUOTED, mention.source
        elif kind is not None:
            depth = _Depth.TITLE if in_title else _Depth.LEAD
            yield _Depth.CITED if kind is credit.Credit.CITED else depth, Trace.QUOTED, mention.source


def _normal(text: str) -> str:
    """Fold full width and apostrophes, keep case: ＮＨＫ is NHK, and Times is not times."""
    return unicodedata.normalize("NFKC", text).replace("’", "'").replace("ʼ", "'")


def _host(url: str) -> str:
    """Return the host of a link; behind a proxy that keeps it in its own, the host there."""
    try:
        host = (urlsplit(url).hostname or "").removesuffix(".")
    except ValueError:
        return ""
    if proxied := _PROXY.search(host):
        return proxied[1].replace("--", "\0").replace("-", ".").replace("\0", "-")
    return host


def _declined(name: str) -> re.Pattern[str] | None:
    """Return a pattern for a Cyrillic name, whose words may be declined."""
    if not _CYRILLIC.search(name):
        return None
    return re.compile(" ".join(map(_endings, name.split(" "))))


def _endings(word: str) -> str:
    if len(word) <= _UNDECLINED or word.endswith("о"):
        return re.escape(word)
    if word.endswith("е"):  # Суспільне, Суспільного; не суспільний
        return re.escape(word[:-1]) + "(?:е|ого|ому|им)"
    return re.escape(_INFLECTED.sub("", word, count=1)) + r"\w{0,3}"


def _joins(text: str, place: int) -> bool:
    """Say whether a word of one spaced script goes on over a place: beside ideographs a Latin name starts and ends."""
    if not 0 < place < len(text):
        return False
    left, right = text[place - 1], text[place]
    return (_lettered(left) and _lettered(right)) or (_hangul(left) and _hangul(right))


def _lettered(character: str) -> bool:
    return character < "\u3040" and character.isalnum()


def _hangul(character: str) -> bool:
    return "가" <= character <= "힣"
