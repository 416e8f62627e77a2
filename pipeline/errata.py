"""
A grave item of a digest that proved wrong or was denied -> one correction to everyone who had received it.

One a person and item, whatever more becomes of it; who has left gets none.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pipeline import posting
from pipeline.alert.severity import severity
from pipeline.digest import notes
from pipeline.digest.edit import edited
from pipeline.digest.kept import loaded
from pipeline.digest.statements import item_id
from pipeline.domain import (
    Development,
    DevelopmentKind,
    Item,
    Letter,
    LetterKind,
    Section,
    Severity,
    Shift,
    Subscriber,
    SubscriberState,
)
from pipeline.services import Services

FOLLOWED = timedelta(days=30)
_WRONG = (DevelopmentKind.WITHDRAWN, DevelopmentKind.DENIED, DevelopmentKind.CORRECTED)


def grave(services: Services) -> Mapping[str, str]:
    """Return the items that tell shifts of severity A, by shift."""
    rubric = services.settings.rubric
    return {one.shift_id: _item_of(one) for one in services.store.shifts.all() if severity(one, rubric) is Severity.A}


def write(services: Services) -> Counter[str]:
    """Write the corrections that are due. Counts them."""
    letters = services.store.letters.telling(services.now() - FOLLOWED)
    if not letters:
        return Counter()
    wrong = _wrong(services, {shift for one in letters for shift in one.shifts})
    weeks = {one.week: _said(services, one.week) for one in letters if one.shifts & wrong.keys()}
    people, counts = posting.people(services), Counter[str]()
    for one in letters:
        person = people.get(one.address)
        if person is None or person.state is not SubscriberState.CONFIRMED:
            continue
        for shift_id in sorted(one.shifts & wrong.keys()):
            written_at, items = weeks[one.week]
            shift, news = wrong[shift_id]
            since = [each for each in news if each.at > (written_at or one.created_at)]
            if since:
                counts["errata"] += _correct(services, one, person, (shift, items.get(_item_of(shift))), since)
    return counts


def _wrong(services: Services, shift_ids: set[str]) -> dict[str, tuple[Shift, list[Development]]]:
    """Return which shifts were taken back, denied or corrected, and by what."""
    later = services.store.matters.developments(shift_ids)
    found = {}
    for shift in services.store.shifts.all():
        if shift.shift_id in shift_ids:
            news = [each for each in later.get(shift.shift_id, ()) if each.kind in _WRONG]
            if shift.withdrawn_at is not None:
                kind = DevelopmentKind.WITHDRAWN
                news.append(Development(kind=kind, names=frozenset(), at=shift.withdrawn_at, was=shift.withdrawn_why))
            if news:
                found[shift.shift_id] = (shift, news)
    return found


def _said(services: Services, week: str) -> tuple[datetime | None, dict[str, Item]]:
    """Return when a week was put together, and what it said, by item."""
    edition = services.store.editions.one(week)
    if edition is None:
        return None, {}
    digest = edited(loaded(edition.content), edition.edits)
    return edition.written_at, {item.item_id: item for item in digest.items}


def _item_of(shift: Shift) -> str:
    return item_id(Section.SHIFTED, shift.shift_id)


def _correct(
    services: Services, one: Letter, person: Subscriber, said: tuple[Shift, Item | None], news: Sequence[Development]
) -> int:
    shift, item = said
    if services.store.letters.has(posting.name(services, LetterKind.ERRATUM, one.week, shift.shift_id, one.address)):
        return 0
    words = item.words[person.lang] if item else shift.words
    letter = posting.written(
        services,
        notes.erratum(one.week, words, news, person.lang, person.timezone),
        kind=LetterKind.ERRATUM,
        week=one.week,
        about=shift.shift_id,
        address=one.address,
    )
    return services.store.letters.record([letter])
