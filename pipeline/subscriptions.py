"""
What a person may do about their own subscription: leave at once; ask for another choice, which they confirm by mail.

A mail gets forwarded, and its link with it: so only leaving needs no more than the link. Every other change is
mailed to the original address and holds once confirmed there; the page never shows the whole address.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import available_timezones

import structlog

from pipeline import posting
from pipeline.digest import notes, roll, token
from pipeline.digest.phrases import Phrases
from pipeline.domain import (
    LANGUAGES,
    Actor,
    Answer,
    Choice,
    Circle,
    LetterKind,
    RefusalError,
    Subscriber,
    SubscriberState,
    Track,
)
from pipeline.places import address_of
from pipeline.services import Services

MAILS_A_DAY = 5
"""So many questions go to one address in a day, whoever asks."""

log = structlog.get_logger()


def owner(services: Services, given: str) -> Subscriber | None:
    """Return whose page a token opens, also where the file no longer names them; None where it is none of ours."""
    address = token.leaves(_secret(services), given)
    if address is None:
        return None
    return posting.people(services).get(address) or Subscriber(address=address, listed=True)


def names(lang: str) -> dict[str, str]:
    """Return what actors and tracks are called in a language."""
    phrases = Phrases(lang, "UTC")
    return {one: phrases.say(f"actor.{one}") for one in Actor} | {one: phrases.say(f"track.{one}") for one in Track}


def leave(services: Services, given: str) -> Answer:
    """End a subscription at once; what waits for the address is not sent."""
    person = owner(services, given)
    return remove(services, person) if person else Answer.VOID


def remove(services: Services, person: Subscriber) -> Answer:
    """End a subscription at once; asked twice, it has ended."""
    if person.state is not SubscriberState.LEFT:
        left = replace(person, state=SubscriberState.LEFT, version=person.version + 1)
        services.store.subscribers.record(left, services.now())
        log.info("subscriber_left", listed=person.listed)
    services.store.letters.drop(person.address)
    return Answer.LEFT


def choose(services: Services, given: str, choice: Choice) -> Answer:
    """Mail a choice to the address that a page belongs to; it holds once confirmed there."""
    person = owner(services, given)
    if person is None:
        return Answer.VOID
    return _ask(services, person, choice) if _offered(choice) else Answer.WRONG


def ask(services: Services, given: str, address: str) -> Answer:
    """
    Let somebody whom a mail was forwarded to subscribe, where their domain may.

    The answer is the same for every address, so that nobody learns who reads.
    """
    if owner(services, given) is None:
        return Answer.VOID
    try:
        wanted = address_of(address)
    except ValueError:
        return Answer.WRONG
    known = posting.people(services).get(wanted)
    if known is not None and known.state is SubscriberState.CONFIRMED:
        return Answer.MAILED
    if roll.may_ask(wanted, services.settings.digest.domains):
        new = Subscriber(
            address=wanted,
            timezone=services.settings.digest.timezone,
            state=SubscriberState.PENDING,
            circle=Circle.EXTERNAL,
        )
        _ask(services, known or _recorded(services, new), _choice(known or new))
    return Answer.MAILED


def invite(services: Services, subscriber: Subscriber) -> Subscriber:
    """Invite an address; it is subscribed once it confirms. Raises `RefusalError` where it is, or has no link."""
    known = posting.people(services).get(subscriber.address)
    if known is not None and known.state is SubscriberState.CONFIRMED:
        raise RefusalError(f"{subscriber.address}: is subscribed already")
    if not _offered(_choice(subscriber)):
        raise RefusalError(f"{subscriber.timezone}: not a time zone such as Asia/Tokyo")
    if posting.leave_url(services, subscriber.address) is None:
        raise RefusalError("invite: set STANCEWATCH_PUBLIC_URL and STANCEWATCH_SECRET_KEY, which the link is made of")
    state = SubscriberState.INVITED if known is None else known.state
    version, listed = (known.version, known.listed) if known else (0, False)
    person = replace(subscriber, state=state, version=version, listed=listed)
    services.store.subscribers.record(person, services.now())
    if _ask(services, person, _choice(person)) is Answer.TOO_MANY:
        raise RefusalError(f"{subscriber.address}: has had {MAILS_A_DAY} mails that ask for an answer today")
    return person


def confirmable(services: Services, given: str) -> tuple[Subscriber, Choice] | None:
    """Return who confirms what by a token; None where it is none of ours, too old, or used."""
    found = token.confirms(_secret(services), given, services.now())
    if found is None:
        return None
    address, version, choice = found
    person = posting.people(services).get(address)
    return (person, choice) if person is not None and person.version == version else None


def confirm(services: Services, given: str) -> Answer:
    """Let a choice hold, and with it the subscription. A token does so once."""
    found = confirmable(services, given)
    if found is None:
        return Answer.VOID
    person, choice = found
    chosen = replace(
        person,
        lang=choice.lang,
        timezone=choice.timezone,
        actors=choice.actors,
        tracks=choice.tracks,
        state=SubscriberState.CONFIRMED,
        bounces=0,
        version=person.version + 1,
    )
    done = services.store.subscribers.record(chosen, services.now(), after=person.version)
    return Answer.CONFIRMED if done else Answer.VOID


def _ask(services: Services, person: Subscriber, choice: Choice) -> Answer:
    """Write the mail that asks an address to confirm."""
    now = services.now()
    if services.store.letters.number(LetterKind.REQUEST, person.address, now - timedelta(days=1)) >= MAILS_A_DAY:
        return Answer.TOO_MANY
    made = token.to_confirm(_secret(services), person.address, person.version, choice, now)
    public = (services.settings.public_url or "").rstrip("/")
    rendered = notes.request(person.address, choice, f"{public}/confirm/{made}", names(choice.lang))
    letter = posting.written(
        services, rendered, kind=LetterKind.REQUEST, week=_week(now), about=made, address=person.address
    )
    services.store.letters.record([letter])
    return Answer.MAILED


def _recorded(services: Services, person: Subscriber) -> Subscriber:
    services.store.subscribers.record(person, services.now(), after=person.version)
    return person


def _offered(choice: Choice) -> bool:
    return choice.lang in LANGUAGES and choice.timezone in available_timezones()


def _choice(person: Subscriber) -> Choice:
    return Choice(lang=person.lang, timezone=person.timezone, actors=person.actors, tracks=person.tracks)


def _week(now: datetime) -> str:
    year, number, _ = now.isocalendar()
    return f"{year}-W{number:02}"


def _secret(services: Services) -> str:
    if services.settings.secret_key is None:
        raise RefusalError("pages and links need STANCEWATCH_SECRET_KEY; `openssl rand -hex 32` makes one")
    return services.settings.secret_key
