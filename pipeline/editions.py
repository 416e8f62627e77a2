"""
What `flows.digest` does: drafts for the desk, the week's issue for its readers, corrections of what proved wrong.

Each mail is written down before any is sent; the content of an edition stays as it was when its first mail was
written, or when an editor approved it.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from pipeline import errata, posting
from pipeline.digest import due, notes, roll
from pipeline.digest.due import Due
from pipeline.digest.edit import edited
from pipeline.digest.kept import dumped, loaded
from pipeline.digest.page import render
from pipeline.digest.view import shown
from pipeline.domain import (
    Digest,
    Edition,
    Imprint,
    LetterKind,
    LetterState,
    Reader,
    Rendered,
    Review,
    Subscriber,
)
from pipeline.services import Services

PutTogether = Callable[[Services, Due], Digest]
_HAS_IT = frozenset({LetterState.SENT, LetterState.WRITTEN})


def write(services: Services, put_together: PutTogether) -> Counter[str]:
    """Write down what is due and was not written. Counts mails written to the desk, and readers who have the issue."""
    wanted, now = services.settings.digest, services.now()
    counts = Counter[str]()
    if draft := due.draft(now, wanted.timezone):
        counts += _drafted(services, draft, put_together)
    if issue := due.issue(now, wanted.timezone):
        counts += _issued(services, issue, put_together)
    return counts + errata.write(services)


def content(edition: Edition) -> Digest:
    """Return an edition as its readers get it."""
    return edited(loaded(edition.content), edition.edits)


def page(services: Services, edition: Edition, person: Subscriber, digest: Digest) -> Rendered:
    """Write an edition for one reader."""
    imprint = Imprint(
        sender=services.settings.digest.sender,
        review=edition.review,
        initials=edition.initials,
        page_url=posting.leave_url(services, person.address),
    )
    return render(digest, _reader(person), imprint)


def _reader(person: Subscriber) -> Reader:
    return Reader(lang=person.lang, actors=person.actors, tracks=person.tracks, timezone=person.timezone)


def _drafted(services: Services, wanted: Due, put_together: PutTogether) -> Counter[str]:
    """Put the week together as it is, and show it to the desk; what an editor has approved stays."""
    edition = services.store.editions.one(wanted.week)
    if edition is None or (edition.review is Review.DRAFT and edition.draft < wanted.draft):
        edition = _kept(services, wanted, Review.DRAFT, put_together)
    if edition.review is not Review.DRAFT or edition.draft != wanted.draft:
        return Counter()
    return _to_the_desk(
        services,
        LetterKind.DRAFT,
        wanted.week,
        f"{wanted.draft}",
        lambda desk: notes.draft(page(services, edition, desk, content(edition)), edition),
    )


def _issued(services: Services, wanted: Due, put_together: PutTogether) -> Counter[str]:
    """Write the issue for everybody who is to have it; without approval for the house alone, and tell the editor."""
    edition = services.store.editions.one(wanted.week)
    if edition is None and not services.store.entries.seen_before(wanted.until):
        return Counter()  # nobody watched that week
    if edition is None or edition.review is Review.DRAFT:
        edition = _kept(services, wanted, Review.UNREVIEWED, put_together)
    people = posting.people(services).values()
    readers = roll.readers(people, edition.review)
    there = services.store.letters.addressed(LetterKind.DIGEST, wanted.week)
    counts = Counter(had_it=sum(there.get(one.address) in _HAS_IT for one in readers))
    missing = [one for one in readers if one.address not in there]
    if missing:
        digest, grave = content(edition), errata.grave(services)
        for person in missing:
            told = frozenset(item.item_id for item in shown(digest, _reader(person)))
            letter = posting.written(
                services,
                page(services, edition, person, digest),
                kind=LetterKind.DIGEST,
                week=wanted.week,
                address=person.address,
                shifts=frozenset(shift for shift, item in grave.items() if item in told),
            )
            services.store.letters.record([letter])
    if edition.review is Review.UNREVIEWED:
        waiting = len(roll.readers(people, Review.APPROVED)) - len(readers)
        counts += _to_the_desk(
            services,
            LetterKind.NOTICE,
            wanted.week,
            "unreviewed",
            lambda _: notes.unreviewed(wanted.week, had_it=len(readers), waiting=waiting),
        )
    return +counts


def _kept(services: Services, wanted: Due, review: Review, put_together: PutTogether) -> Edition:
    """Put a week together from where the last one was cut off; returns what stands, approved maybe by now."""
    last = services.store.editions.before(wanted.week)
    wanted = replace(wanted, since=due.since(wanted, last.until if last else None))
    return services.store.editions.write(
        Edition(
            week=wanted.week,
            until=wanted.until,
            review=review,
            content=dumped(put_together(services, wanted)),
            written_at=services.now(),
            draft=wanted.draft,
        )
    )


def _to_the_desk(
    services: Services, kind: LetterKind, week: str, about: str, words: Callable[[Subscriber], Rendered]
) -> Counter[str]:
    counts, people = Counter[str](), posting.people(services)
    for address in services.settings.digest.desk:
        if services.store.letters.has(posting.name(services, kind, week, about, address)):
            continue
        desk = people.get(address) or Subscriber(address=address, timezone=services.settings.digest.timezone)
        desk = replace(desk, actors=frozenset(), tracks=frozenset())
        letter = posting.written(services, words(desk), kind=kind, week=week, about=about, address=address)
        counts[str(kind)] += services.store.letters.record([letter])
    return counts
