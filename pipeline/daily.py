"""
What `flows.alert` does once a day and route: answers of the outbox -> a roll-up or a brief in the outbox.

Its key and the shifts that it tells are written with it, so that nothing is told twice and nothing is left out.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from pipeline.alert import daily, matter
from pipeline.alert.route import every, silenced
from pipeline.domain import Notification, Reason, Route
from pipeline.services import Services

LOOKED_BACK = timedelta(days=7)
"""What could not be told for longer, since nothing ran, is left to the digest."""

_SHIFT, _GONE = "shift", "gone"


def prepare(services: Services) -> Counter[str]:
    """Write what is due today into the outbox. Counts roll-ups and briefs."""
    now, made = services.now(), [*_roll_ups(services), *_briefs(services)]
    counts = Counter[str]()
    for reason, notification in made:
        counts[reason] += services.store.outbox.follow([notification], now, reason)
    return counts


def _roll_ups(services: Services) -> Iterator[tuple[Reason, Notification]]:
    outbox = services.store.outbox
    for route in every(services.settings.routes):
        due = daily.roll_up_due(route, services.now())
        if due is None or outbox.has(key := daily.key(route, Reason.ROLL_UP, due)):
            continue
        told = outbox.told(route.name, Reason.ROLL_UP, due - 2 * LOOKED_BACK)
        answered = _answered(services, [route], daily.ROLLED, due - LOOKED_BACK, due)
        if not told and not answered:
            continue  # on a quiet day this is asked every few seconds
        said = outbox.to_be_said()
        found = [o for o in answered if _name(o) not in told and (o.shift.shift_id, route.name) not in said]
        gone = _taken_back(services, {shift_id for shift_id in _told(told) if (shift_id, route.name) not in said})
        if found or gone:
            message = daily.roll_up(route, due, found, gone, services.names, services.sources)
            names = [*map(_name, found), *(f"{_GONE}:{one.shift.shift_id}" for one in gone)]
            yield Reason.ROLL_UP, daily.notice(route.name, route.channel, key, message, names)


def _told(names: Iterable[str]) -> set[str]:
    """Name the shifts that roll-ups have told and not taken back."""
    ids = [name.split(":")[:2] for name in names]
    return {i for kind, i in ids if kind == _SHIFT} - {i for kind, i in ids if kind == _GONE}


def _taken_back(services: Services, told: Collection[str]) -> list[daily.TakenBack]:
    """List those of some shifts that do not stand any more."""
    later = services.store.matters.developments(told)
    shifts = sorted(services.store.shifts.of(told).values(), key=lambda shift: (shift.detected_at, shift.shift_id))
    known = ((shift, matter.known(shift, later.get(shift.shift_id, ()))) for shift in shifts)
    return [gone for shift, developments in known if (gone := daily.lost(shift, developments)) is not None]


def _briefs(services: Services) -> Iterator[tuple[Reason, Notification]]:
    for route in every(services.settings.routes):
        due = daily.brief_due(route, services.now())
        if due is None or services.store.outbox.has(key := daily.key(route, Reason.BRIEF, due)):
            continue
        found = _answered(services, list(every([route])), daily.FOUND, daily.overnight(route, due), due)
        message = daily.brief(route, due, found, services.names, services.sources)
        yield Reason.BRIEF, daily.notice(route.name, route.channel, key, message, map(_name, found))


def _answered(
    services: Services, routes: Iterable[Route], reasons: Collection[Reason], since: datetime, until: datetime
) -> list[daily.Answered]:
    """Read what routes answered last in a time for some reasons, but what has been withdrawn or silenced since."""
    names, now = [route.name for route in routes], services.now()
    answers = dict(services.store.outbox.answered(names, reasons, since, until))
    shifts = {s.shift_id: s for s in services.store.shifts.all(since=since - LOOKED_BACK)} if answers else {}
    silences = services.store.silences.lasting(now) if answers else []
    policy = services.policy()
    found = [
        daily.Answered(shift=shifts[shift_id], reason=reason, severity=policy.case(shifts[shift_id]).severity)
        for shift_id, reason in answers.items()
        if shift_id in shifts
    ]
    return [one for one in found if one.shift.stands and not silenced(silences, policy.case(one.shift), now)]


def _name(one: daily.Answered) -> str:
    """Name what is told: a shift that has become graver is told again."""
    return f"{_SHIFT}:{one.shift.shift_id}:{one.severity}"
