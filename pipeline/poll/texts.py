"""
A row of a dated archive -> an entry of history, or `TextError` with the mend. Pure but for what it has met.

An entry of an archive counts as seen when it was published: it stands where it stood in time, so that what is new
today is neither counted with it nor said to go on from it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from pipeline.domain import Entry
from pipeline.language.text import language, plain, whole
from pipeline.poll import dates
from pipeline.poll.identity import own_id
from pipeline.poll.parse import LONGEST_LEAD, LONGEST_TITLE

KEYS = ("id", "title", "lead", "url", "date", "source", "lang")

# ISO 639-1, and what feeds write for three of them
_LANGUAGES = (
    " aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo"
    " es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka"
    " kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng"
    " nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su"
    " sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu ua jp "
)


class TextError(ValueError):
    """A row is not a text; the message says what is wrong and what is wanted."""


def known_language(declared: str) -> bool:
    """Say whether a tag names a language: ``ko``, ``zh_TW``; ``zh`` alone leaves the script to be found."""
    return f" {declared.replace('_', '-').lower().partition('-')[0]} " in _LANGUAGES


class Reader:
    """Rows of one archive, read in order; what a row does not say is taken from what was declared of all."""

    def __init__(self, feed: str, now: datetime, source: str | None, lang: str | None, timezone: str) -> None:
        self._feed = feed
        self._now = now
        self._source = source
        self._lang = lang
        self._timezone = timezone
        self._met = set[bytes]()

    def read(self, row: Mapping[str, object]) -> Entry:
        """Return the entry that a row is; its id is the same at every reading of the same archive."""
        values = {key: _text(row, key) for key in KEYS}
        title = plain(values["title"])[:LONGEST_TITLE]
        lead = plain(values["lead"])[:LONGEST_LEAD]
        if not (title or lead):
            raise TextError("title and lead are both empty; one of them is needed")
        url = _address(values["url"])
        if values["url"].strip() and not url:
            raise TextError(f"`url` is no web address: {values['url'][:80]!r}; mend it or leave it empty")
        declared = values["lang"].strip() or self._lang
        if declared and not known_language(declared):
            raise TextError(f"unknown language {declared[:20]!r}; write a tag such as en, ja, zh-Hant, or nothing")
        published_at = self._date(values["date"])
        guid = values["id"].strip()
        return Entry(
            entry_id=self._name(guid or url or f"{title}\0{values['date']}", f"{url}\0{title}\0{lead}\0{published_at}"),
            feed=self._feed,
            guid=guid or url,
            url=url,
            title=title,
            lead="" if lead == title else lead,
            lang=language(f"{title} {lead}", declared),
            source=plain(values["source"])[:LONGEST_TITLE] or self._source,
            published_at=published_at,
            seen_at=min(published_at, self._now),
            history=True,
        )

    def _name(self, key: str, text: str) -> str:
        """Hash what names a text, as `pipeline.poll.parse` does: by all it says where an archive uses a key again."""
        name = own_id(self._feed, key)
        short = bytes.fromhex(name[:16])
        if short in self._met:
            return own_id(self._feed, key, text)
        self._met.add(short)
        return name

    def _date(self, printed: str) -> datetime:
        if not printed.strip():
            raise TextError("`date` is missing; write one such as 2026-05-12 or 2026-05-12T09:30+09:00")
        read = _iso(printed.strip(), self._timezone) or dates.read(printed, self._timezone)
        if read is None:
            raise TextError(f"`date` cannot be read: {printed[:40]!r}; write one such as 2026-05-12T09:30+09:00")
        if dates.plausible(read, self._now) is None:
            raise TextError(f"`date` cannot be: {read:%Y-%m-%d}; it is to lie between 1990 and now")
        return read


def _text(row: Mapping[str, object], key: str) -> str:
    value = row.get(key)
    if value is None or (key == "id" and isinstance(value, int)):
        return "" if value is None else str(value)
    if not isinstance(value, str):
        raise TextError(f"`{key}` is to be a string or null")
    return value.encode("utf-8", "ignore").decode()  # JSON can say half a character


def _address(url: str) -> str:
    """Return a web address as it stands; anything else is none."""
    try:
        parts = urlsplit(address := whole(url))
    except ValueError:
        return ""
    return address if parts.scheme in {"http", "https"} and parts.netloc else ""


def _iso(printed: str, zone: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(printed)
        return (at if at.tzinfo else at.replace(tzinfo=dates.place(zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
