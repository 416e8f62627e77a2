"""A subscriber and what became of a request -> the page that says so, in their language. Pure."""

from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.domain import Actor, Answer, Choice, Subscriber, SubscriberState, Track
from pipeline.web.words import LANGUAGES, WORDS

ZONES = (
    *("Europe/Kyiv", "Europe/Warsaw", "Europe/Brussels", "Europe/London", "America/New_York"),
    *("Asia/Tokyo", "Asia/Seoul", "Asia/Taipei", "UTC"),
)
"""Offered first; any other zone of the world can be chosen."""


def page(
    answer: Answer | None,
    person: Subscriber | None,
    names: Mapping[str, str],
    *,
    choice: Choice | None = None,
    may_ask: bool = False,
) -> str:
    """Write a page. With a ``choice`` it asks to confirm that; ``may_ask``: others may subscribe from here."""
    lang = choice.lang if choice else person.lang if person else "en"
    return (
        _templates()
        .get_template("page.html")
        .render(
            lang=lang,
            words=WORDS[lang],
            answer=answer,
            person=person,
            left=person is not None and person.state is not SubscriberState.CONFIRMED,
            masked=masked(person.address) if person else "",
            choice=choice,
            languages=LANGUAGES,
            actors=list(Actor),
            tracks=list(Track),
            names=names,
            zones=dict.fromkeys((*ZONES, *sorted(available_timezones()))),
            may_ask=may_ask,
        )
    )


def masked(address: str) -> str:
    """Show enough of an address for its owner to know it: the mail with the link may have been forwarded."""
    local, _, domain = address.rpartition("@")
    return f"{local[0]}…\u2060@{domain}"


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("pipeline.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
