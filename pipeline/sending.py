"""
What `flows.alert` does under its lease: shifts -> operations in the outbox -> Slack, each exactly once in effect.

Cheap where nothing has changed, so that it may be called every few seconds. A pass waits for a channel's second at
most `WAITS_S` in all and ends after `PASS_S`; what is left stays due.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

import structlog

from pipeline.alert import deeds, matter
from pipeline.alert.decide import WAITING, decide, key, same
from pipeline.alert.message import message, reply
from pipeline.alert.route import every
from pipeline.alert.severity import severity
from pipeline.domain import (
    EMAIL,
    Development,
    Message,
    Notification,
    NotificationState,
    Operation,
    Route,
    Shift,
)
from pipeline.services import Services

LEASE, LEASE_S = "alert", 120.0
"""Prolonged before every attempt, and longer than one with all its questions; a sender that dies blocks no longer."""
WAITS_S, PASS_S = 20.0, 60.0
FOLLOWED = timedelta(days=30)
_VIEW_HOLDS = timedelta(minutes=10)
_PAUSE_S = 10.0
_COUNTED = {Operation.UPDATE: "updated", Operation.REPLY: "replied"}

log = structlog.get_logger()


def prepare(services: Services) -> Counter[str]:
    """Write what is to be said into the outbox, where anything changed since the last time. Counts reasons."""
    now, matters = services.now(), services.store.matters
    released = _release(services, now)
    view = matters.view(_fingerprint(services))
    if matters.viewed(view, now):
        return released
    shifts = {shift.shift_id: shift for shift in services.store.shifts.all()}
    counts, waits_until = _decide(services, shifts, now)
    again_at = _follow(services, shifts, now)
    # the view as it was before the reading: what came since is looked at next time
    matters.keep_view(view, min(again_at, waits_until or again_at))
    return counts + released


def send(services: Services) -> Counter[str]:
    """Carry out what is due, as fast as the channels take it. Counts deliveries."""
    try:
        return _sent(services)
    finally:
        services.hang_up()


def _sent(services: Services) -> Counter[str]:
    started, outbox, counts = services.now(), services.store.outbox, Counter[str]()
    pauses, waited = outbox.pauses(started), 0.0
    for notification in outbox.pending(started):
        now = services.now()
        mailed = notification.channel == EMAIL  # what holds up Slack does not hold up mail
        waits_for = {notification.channel} if mailed else {"", notification.channel}
        free_at = max((pauses[name] for name in waits_for if name in pauses), default=now)
        wait = max(0.0, (free_at - now).total_seconds())
        if waited + wait > WAITS_S:
            continue  # another channel may be free
        if wait:
            services.wait(wait)
            waited, now = waited + wait, services.now()
        if (now - started).total_seconds() > PASS_S:
            break
        paced = notification.channel if services.settings.slack.token and not mailed else ""
        if not outbox.attempt(notification.key, services.holder, now, lease=LEASE, seconds=LEASE_S, pause=paced):
            counts["lease_lost"] += 1
            break
        if paced:
            pauses[paced] = now + timedelta(seconds=1)
        name, until = _carry_out(services, notification)
        counts[name] += 1
        pauses.update(until)
    return counts


def _carry_out(services: Services, notification: Notification) -> tuple[str, dict[str, datetime]]:
    """Try one operation and write what became of it; returns what to count it as, and who has to pause."""
    outbox, delivery = services.store.outbox, services.post(notification)
    now = services.now()
    outbox.delivered(notification.key, delivery, now, notification.doubted_at)
    what = {"key": notification.key, "shift_id": notification.shift_id, "operation": notification.operation}
    log.info("delivered", **what, channel=notification.channel, state=delivery.state, ts=delivery.ts)
    pauses: dict[str, datetime] = {}
    if delivery.retry_after_s is not None:
        unclear = delivery.state is NotificationState.TRYING  # others may be luckier: this one waits longer than they
        seconds = min(_PAUSE_S, delivery.retry_after_s) if unclear else delivery.retry_after_s
        name = "" if delivery.everywhere else notification.channel
        pauses[name] = now + timedelta(seconds=seconds)
        outbox.pause(name, pauses[name])
    if delivery.state in {NotificationState.BLOCKED, NotificationState.FAILED}:
        log.warning("alert_not_sent", key=notification.key, channel=notification.channel, error=delivery.error)
    done = delivery.state in {NotificationState.SENT, NotificationState.PRINTED}
    return _COUNTED.get(notification.operation, delivery.state) if done else delivery.state, pauses


def _release(services: Services, now: datetime) -> Counter[str]:
    """End what independent evidence ended, before anything is decided. Counts it."""
    store, counts = services.store, Counter[str]()
    lasting = [one for one in store.acknowledgements.lasting() if one.at >= now - FOLLOWED]
    shifts = store.shifts.of(one.shift_id for one in lasting)
    later = _known(services, list(shifts.values()))
    for one in lasting:
        shift, known = shifts[one.shift_id], later[one.shift_id]
        if why := deeds.ended(one, store.articles.stories(shift.stories), known, services.sources):
            counts[why] += store.acknowledgements.end(one.act_id, now, why)
    return counts


def _decide(services: Services, shifts: Mapping[str, Shift], now: datetime) -> tuple[Counter[str], datetime | None]:
    """Write an answer for every shift and route that has none; returns reasons, and when one that waits is due."""
    outbox, routes = services.store.outbox, services.settings.routes
    decided, said = outbox.decided(), outbox.to_be_said()
    policy = services.policy(services.store.silences.lasting(now), services.store.acknowledgements.lasting())
    decisions = list(decide(shifts.values(), routes, decided, now, said, policy, outbox.lesser()))
    answers = [decision for decision in decisions if decision.reason not in WAITING]
    if answers:
        known = _known(services, [shifts[decision.shift_id] for decision in answers])
        told = {shift_id: matter.names(developments) for shift_id, developments in known.items()}
        written = [(key(d), d, _message(services, shifts[d.shift_id], known[d.shift_id])) for d in answers]
        outbox.record(written, now, told)
        for name, answer, _ in written:
            log.info("decided", key=name, shift_id=answer.shift_id, route=answer.route, reason=answer.reason)
    due = min((decision.again_at for decision in decisions if decision.again_at), default=None)
    return Counter(decision.reason for decision in decisions), due


def _follow(services: Services, shifts: Mapping[str, Shift], now: datetime) -> datetime:
    """Write what has to follow on what was said; returns when to look again."""
    outbox, routes = services.store.outbox, {route.name: route for route in every(services.settings.routes)}
    said = outbox.said(now - FOLLOWED)
    lately = [shift for shift in shifts.values() if shift.detected_at >= now - 2 * FOLLOWED]
    newest = {shift_id: _newest(shifts[shift_id], lately) for shift_id, _, _ in said if shift_id in shifts}
    known = _known(services, list(newest.values()))
    found, again_at = list[Notification](), now + _VIEW_HOLDS
    for (shift_id, name, matter_key), before in said.items():
        shift, route = newest.get(shift_id), routes.get(name)
        if shift is None or route is None:
            continue
        developments = known[shift.shift_id]
        interval = timedelta(minutes=route.group_interval_minutes)
        steps, due = matter.steps(developments, before, now, interval)
        again_at = min(again_at, due or again_at)
        for step in steps:
            found.append(_operation(services, shifts[shift_id], shift, route, matter_key, step, developments))
    if found:
        outbox.follow(found, now)
    return again_at


def _newest(shift: Shift, lately: Iterable[Shift]) -> Shift:
    """Return what a shift goes by now: where its matter was named anew, the last of its names."""
    return [shift, *(other for other in lately if same(shift, other))][-1]


def _operation(
    services: Services,
    first: Shift,
    shift: Shift,
    route: Route,
    matter_key: str,
    step: matter.Step,
    known: Sequence[Development],
) -> Notification:
    rewrites = step.operation is Operation.UPDATE
    return Notification(
        key=matter.key(matter_key, step),
        shift_id=first.shift_id,
        route=route.name,
        channel=route.channel,
        message=_message(services, shift, known)
        if rewrites
        else reply(shift, services.names, services.sources, step.news, services.capitals[shift.actor]),
        state=NotificationState.PENDING,
        operation=step.operation,
        matter=matter_key,
        told=matter.names(step.news),
    )


def _known(services: Services, shifts: Sequence[Shift]) -> dict[str, tuple[Development, ...]]:
    store, ids = services.store, [shift.shift_id for shift in shifts]
    later, taken, judged = store.matters.developments(ids), store.acknowledgements.of(ids), store.corrections.of(ids)
    return {
        shift.shift_id: matter.known(
            shift,
            [
                *later.get(shift.shift_id, ()),
                *deeds.developments(taken.get(shift.shift_id, ()), judged.get(shift.shift_id, ())),
            ],
        )
        for shift in shifts
    }


def _message(services: Services, shift: Shift, known: Sequence[Development]) -> Message:
    grave, url = severity(shift, services.settings.rubric), services.settings.public_url
    capital = services.capitals[shift.actor]
    return message(shift, services.names, services.sources, url, known, grave, capital)


def _fingerprint(services: Services) -> str:
    """Tell one set of routes and rules from another."""
    policy = [asdict(one) for one in (*services.settings.routes, *services.settings.rubric)]
    text = json.dumps(policy, default=lambda one: sorted(one) if isinstance(one, frozenset) else str(one))
    return hashlib.sha256(text.encode()).hexdigest()
