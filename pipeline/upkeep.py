"""
What is told of the collection itself: incidents and the last success of each verb -> messages in the outbox.

Once a day and route where a feed needs a look; once a standstill, at once, and once more when it is over.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from pipeline.alert import daily, health
from pipeline.alert.route import every
from pipeline.domain import Notification, Operation, Reason
from pipeline.services import Services

_DAY = timedelta(days=1)


def prepare(services: Services, verbs: tuple[str, ...] = health.BEFORE_ALERT) -> Counter[str]:
    """Write what is to be told into the outbox; ``verbs`` are those whose standstill can be seen. Counts reasons."""
    now, last, counts = services.now(), services.store.passes.last(), Counter[str]()
    for reason, found in (
        (Reason.HEALTH, _reports(services)),
        (Reason.STALLED, [*_standstills(services, last, verbs), *_recoveries(services, last)]),
    ):
        counts[reason] += services.store.outbox.follow(found, now, reason)
    return +counts


def _reports(services: Services) -> Iterator[Notification]:
    entries, settings = services.store.entries, services.settings
    for route in every(settings.routes):
        due = daily.health_due(route, services.now())
        if due is None or services.store.outbox.has(key := daily.key(route, Reason.HEALTH, due)):
            continue
        names = {feed.name for feed in settings.feeds}
        known = [incident for incident in entries.incidents(ended_after=due - _DAY) if incident.feed in names]
        if known:
            lasting, ended = ([i for i in known if (i.ended_at is None) is open_] for open_ in (True, False))
            message = health.report(daily.day(route, due), len(names), lasting, ended)
            yield daily.notice(route.name, route.channel, key, message)


def _standstills(services: Services, last: Mapping[str, datetime], verbs: tuple[str, ...]) -> Iterator[Notification]:
    now = services.now()
    for route in every(services.settings.routes):
        if route.health_at is None or (verb := health.stalled(last, verbs, route, now)) is None:
            continue
        key, message = health.key(route, verb, last[verb]), health.standstill(verb, last[verb], now)
        yield daily.notice(route.name, route.channel, key, message, told=[f"{verb} {last[verb].isoformat()}"])


def _recoveries(services: Services, last: Mapping[str, datetime]) -> Iterator[Notification]:
    for told in services.store.passes.told():
        verb, _, since = next(iter(told.told)).partition(" ")
        stood = datetime.fromisoformat(since)
        if last[verb] > stood:
            message = health.recovered(verb, stood, last[verb])
            for operation in (Operation.UPDATE, Operation.REPLY):
                key = f"{told.key[:24]}{operation}"
                yield daily.notice(told.route, told.channel, key, message, operation=operation, matter=told.key)
