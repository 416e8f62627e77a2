"""
``config/digest.yaml`` x what people did -> who gets an edition. Pure.

What a person did wins: who left stays out though the file names them. Who stood in the file and no longer does gets
nothing; who came by invitation is not in it.
"""

from collections.abc import Iterable
from dataclasses import replace

from pipeline.domain import Circle, Handover, Review, Subscriber, SubscriberState

BOUNCES = 3
"""So many refusals of the mailbox in a row end a subscription."""


def roll(listed: Iterable[Subscriber], known: Iterable[Subscriber]) -> dict[str, Subscriber]:
    """Return everybody by address, whatever their state."""
    people = {one.address: one for one in known}
    found = {}
    for one in listed:
        person = people.get(one.address, one)
        if person.listed and person.version == 0:  # never chose: the file still speaks for them
            person = replace(one, state=person.state, bounces=person.bounces)
        found[one.address] = person if not person.listed else replace(person, circle=one.circle)
    return found | {address: one for address, one in people.items() if address not in found and not one.listed}


def readers(people: Iterable[Subscriber], review: Review) -> list[Subscriber]:
    """Return who gets an edition, by address: all confirmed ones an approved one, the house an unreviewed one."""
    lists = {Review.APPROVED: frozenset(Circle), Review.UNREVIEWED: frozenset({Circle.INTERNAL}), Review.DRAFT: ()}
    chosen = [one for one in people if one.state is SubscriberState.CONFIRMED and one.circle in lists[review]]
    return sorted(chosen, key=lambda one: one.address)


def after(person: Subscriber, handover: Handover) -> Subscriber:
    """Count a refusal of the mailbox; a mail that is taken forgives the earlier ones."""
    if handover is Handover.TAKEN:
        return replace(person, bounces=0)
    if handover is not Handover.BOUNCED:
        return person
    bounces = person.bounces + 1
    ended = bounces >= BOUNCES and person.state is SubscriberState.CONFIRMED
    return replace(person, bounces=bounces, state=SubscriberState.BOUNCED if ended else person.state)


def may_ask(address: str, domains: Iterable[str]) -> bool:
    """Say whether an address may subscribe by itself: it is of one of the domains, or of a part of one."""
    domain = address.rpartition("@")[2]
    return any(domain == one or domain.endswith(f".{one}") for one in map(str.lower, domains))
