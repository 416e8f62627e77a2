"""
Door: what a digest says -> its own words in English or Ukrainian, with plural forms, dates and country names by Babel.

Each language's words stand in one file beside this one; the same keys in each.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_percent

from pipeline.digest.phrases import en, uk
from pipeline.domain import LANGUAGES, Actor, Voice

Forms = Mapping[str, str]

TABLES: Mapping[str, Mapping[str, str | Forms]] = {"en": en.PHRASES, "uk": uk.PHRASES}
_LEAST = 0.005
_LOCALES = {"en": "en_GB", "uk": "uk_UA"}


class Phrases:
    """The words of one language, dates in one time zone."""

    def __init__(self, lang: str, zone: str) -> None:
        self.lang = lang
        self.locale = Locale.parse(_LOCALES[lang])
        self._place = ZoneInfo(zone)
        self._table = TABLES[lang]

    def say(self, key: str, n: int = 0, /, **fields: object) -> str:
        """Return a phrase with its fields filled; ``n`` chooses the plural form and is a field, too."""
        phrase = self._table[key]
        form = phrase if isinstance(phrase, str) else phrase[self.locale.plural_form(n)]
        return form.format(n=n, **fields)

    def count(self, noun: str, number: int) -> str:
        """Count something: "5 days"."""
        return self.say(f"n.{noun}", number)

    def knows(self, key: str) -> bool:
        """Say whether there is such a phrase."""
        return key in self._table

    def who(self, actor: Actor, voice: Voice) -> str:
        """Name a voice of an actor."""
        special = f"voice.{actor}.{voice}"
        return f"{self.say(f'actor.{actor}')} · {self.say(special if self.knows(special) else f'voice.{voice}')}"

    def speaker(self, country: str) -> str:
        """Name who says something: a rival's capital, where there is a phrase for it, else the country."""
        key = f"speaker.{country}"
        return self.say(key) if self.knows(key) else str(self.locale.territories.get(country, country))

    def day(self, at: date) -> str:
        """Print a day: "12 May"."""
        return str(format_date(self._local(at), "d MMM", locale=self.locale))

    def long_day(self, at: date) -> str:
        """Print a day with its year: "12 May 2026"."""
        return str(format_date(self._local(at), "d MMMM y", locale=self.locale))

    def weekday(self, at: date) -> str:
        """Print a day of the week with its date: "Tuesday 12 May"."""
        return str(format_date(self._local(at), self.say("format.weekday"), locale=self.locale))

    def since(self, at: date) -> str:
        """Print a day as it stands after "since"."""
        return str(format_date(self._local(at), self.say("format.since"), locale=self.locale))

    def moment(self, at: datetime) -> str:
        """Print a time to the minute, with its place: "12 May 2026, 00:00 (Kyiv)"."""
        when = format_datetime(at, "d MMMM y, HH:mm", tzinfo=self._place, locale=self.locale)
        place = self._place.key.rpartition("/")[2].replace("_", " ")
        return f"{when} ({self.say(f'place.{place}') if self.knows(f'place.{place}') else place})"

    def percent(self, share: float) -> str:
        """Print a share: "93%"."""
        return str(format_percent(share, "#,##0%", locale=self.locale)).replace("\xa0", " ")

    def balance(self, value: float) -> str:
        """Print a balance with its sign: "+0.25"."""
        shown = f"{value:+.2f}" if abs(value) >= _LEAST else "0.00"
        return shown.replace("-", "−").replace(".", "," if self.lang == "uk" else ".")

    def listed(self, keys: Iterable[str]) -> str:
        """Say several phrases, with commas."""
        return ", ".join(self.say(key) for key in keys)

    def within(self, phrase: str) -> str:
        """Return a phrase as it stands inside a sentence: its first letter small, unless it begins an abbreviation."""
        return phrase[0].lower() + phrase[1:] if phrase[1:2].islower() else phrase

    def _local(self, at: date) -> date:
        return at.astimezone(self._place).date() if isinstance(at, datetime) else at


@cache
def phrases(lang: str, zone: str) -> Phrases:
    """Return the words of a language."""
    return Phrases(lang, zone)


def both(zone: str, write: Callable[[Phrases], str]) -> dict[str, str]:
    """Write something in every language."""
    return {lang: write(phrases(lang, zone)) for lang in LANGUAGES}
