"""
What was said, or is to be said, or was held back and why: one row an operation, under a key that is unique.

An attempt is written before Slack is asked, so that a process that dies leaves a row that is looked for first.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Integer, func, select, update

from pipeline.domain import (
    Decision,
    Delivery,
    Message,
    Notification,
    NotificationState,
    Operation,
    Reason,
    Said,
    Severity,
    Thread,
)
from pipeline.storage import tables as t
from pipeline.storage.database import Database, upsert

SETTLE_S = 30.0
"""Longer than Slack is waited for: what an attempt left in doubt has arrived by then, or never will."""
_OPEN = (NotificationState.PENDING, NotificationState.TRYING, NotificationState.BLOCKED)
_LESSER = (Reason.ROLLED_UP, Reason.OMITTED, Reason.DIGEST)
_FIRST = ("channel", "ts", "text", "blocks")
_SAID = (NotificationState.SENT, NotificationState.PRINTED)


class Outbox:
    """Operations and decisions not to notify. Sends nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def decided(self) -> set[tuple[str, str]]:
        """Return the (shift, route) pairs that have an answer already."""
        n = t.notifications.c
        with self._database.read() as connection:
            posts = select(n.shift_id, n.route).where(n.operation == Operation.POST, n.shift_id.is_not(None))
            rows = connection.execute(posts)
            return {(row.shift_id, row.route) for row in rows}

    def to_be_said(self) -> dict[tuple[str, str], datetime]:
        """Return when (shift, route) pairs were answered with a message, or would have been but for a silence."""
        n = t.notifications.c
        query = select(n.shift_id, n.route, n.created_at).where(
            n.operation == Operation.POST,
            n.shift_id.is_not(None),
            n.state.in_([*_OPEN, *_SAID]) | (n.reason == Reason.SILENCED),
        )
        with self._database.read() as connection:
            return {(row.shift_id, row.route): row.created_at for row in connection.execute(query)}

    def lesser(self) -> dict[tuple[str, str], Severity]:
        """Return the (shift, route) pairs that were left to a roll-up or the digest, with their severity then."""
        n = t.notifications.c
        query = select(n.shift_id, n.route, func.min(n.severity).label("severity")).where(
            n.operation == Operation.POST, n.shift_id.is_not(None), n.severity.is_not(None)
        )
        only = func.min(n.reason.in_(_LESSER).cast(Integer)) == 1
        query = query.group_by(n.shift_id, n.route).having(only)
        with self._database.read() as connection:
            return {(row.shift_id, row.route): Severity(row.severity) for row in connection.execute(query)}

    def record(
        self,
        decisions: Iterable[tuple[str, Decision, Message]],
        now: datetime,
        told: Mapping[str, frozenset[str]] | None = None,
    ) -> int:
        """
        Write decisions under their keys; what is to be sent is pending, the rest is held with its reason.

        ``told`` are the names of the developments that a shift's message tells, by shift.
        """
        rows = [
            _row(
                key,
                decision.shift_id,
                decision.route,
                decision.channel,
                message,
                reason=decision.reason,
                severity=decision.severity,
                state=NotificationState.PENDING if decision.send else NotificationState.HELD,
                matter=key,
                told=sorted((told or {}).get(decision.shift_id, ())),
                created_at=now,
            )
            for key, decision, message in decisions
        ]
        with self._database.write() as connection:
            return upsert(connection, t.notifications, rows)

    def follow(self, notifications: Iterable[Notification], now: datetime, reason: Reason = Reason.FOLLOWS) -> int:
        """Write what is to be done to messages that stand, or is said of many shifts; returns how much of it is new."""
        rows = [
            _row(
                one.key,
                one.shift_id,
                one.route,
                one.channel,
                one.message,
                operation=one.operation,
                reason=reason,
                state=one.state,
                matter=one.matter,
                told=sorted(one.told),
                created_at=now,
            )
            for one in notifications
        ]
        with self._database.write() as connection:
            return upsert(connection, t.notifications, rows)

    def said(self, since: datetime) -> dict[tuple[str, str, str], list[Said]]:
        """Return what was put to routes about matters first said since then, by shift, route and the matter's key."""
        n, first = t.notifications.c, t.notifications.alias()
        query = (
            select(n.shift_id, n.route, n.matter, n.operation, n.state, n.told, n.created_at)
            .join(first, first.c.key == n.matter)
            .where(first.c.created_at >= since, first.c.state.in_(_SAID), first.c.told.is_not(None))
            .where(first.c.shift_id.is_not(None))
            .order_by(n.created_at, n.key)
        )
        found = dict[tuple[str, str, str], list[Said]]()
        with self._database.read() as connection:
            for row in connection.execute(query):
                one = Said(
                    operation=Operation(row.operation),
                    state=NotificationState(row.state),
                    told=frozenset(row.told or ()),
                    created_at=row.created_at,
                )
                found.setdefault((row.shift_id, row.route, row.matter), []).append(one)
        return found

    def has(self, key: str) -> bool:
        """Say whether an operation was written."""
        n = t.notifications.c
        with self._database.read() as connection:
            return connection.scalar(select(n.key).where(n.key == key)) is not None

    def told(self, route: str, reason: Reason, since: datetime) -> frozenset[str]:
        """Return the names of all that a route's messages of one kind have told since then."""
        n = t.notifications.c
        query = select(n.told).where(n.route == route, n.reason == reason, n.created_at >= since)
        with self._database.read() as connection:
            return frozenset(name for names in connection.scalars(query) for name in names or ())

    def answered(
        self, routes: Collection[str], reasons: Collection[Reason], since: datetime, until: datetime
    ) -> list[tuple[str, Reason]]:
        """Return the shifts that routes answered for one of the reasons, after ``since`` and until ``until``."""
        n = t.notifications.c
        query = (
            select(n.shift_id, n.reason)
            .where(n.operation == Operation.POST, n.route.in_(routes), n.reason.in_(reasons))
            .where(n.created_at > since, n.created_at <= until, n.shift_id.is_not(None))
            .order_by(n.created_at, n.key)
        )
        with self._database.read() as connection:
            return [(row.shift_id, Reason(row.reason)) for row in connection.execute(query)]

    def pending(self, now: datetime) -> list[Notification]:
        """
        Return what is to be tried now, the oldest first.

        What follows waits until its matter's message stands, and a message while its shift is held or withdrawn.
        """
        n, s, first = t.notifications.c, t.shifts.c, t.notifications.alias()
        query = (
            select(t.notifications, *(first.c[name].label(f"first_{name}") for name in _FIRST))
            .join(first, first.c.key == n.matter)
            .outerjoin(t.shifts, s.shift_id == n.shift_id)
            .where(
                n.state.in_(_OPEN),
                (n.operation != Operation.POST)
                | n.doubted_at.is_not(None)
                | (s.held.is_(None) & s.withdrawn_at.is_(None)),
                n.not_before.is_(None) | (n.not_before <= now),
                (n.operation == Operation.POST) | first.c.state.in_(_SAID),
            )
            .order_by(n.created_at, n.operation.desc(), n.key)  # a message is rewritten before its thread is answered
        )
        with self._database.read() as connection:
            return [_notification(row) for row in connection.execute(query).mappings()]

    def attempt(self, key: str, holder: str, now: datetime, *, lease: str, seconds: float, pause: str) -> bool:
        """
        Write that Slack is about to be asked, prolong the sender's lease and pause its channel for a second.

        False, and nothing written, where another sender holds the lease by now.
        """
        n, held = t.notifications.c, t.leases.c
        with self._database.write() as connection:
            prolonged = connection.execute(
                update(t.leases)
                .where(held.name == lease, held.holder == holder)
                .values(until=now + timedelta(seconds=seconds))
            )
            if not prolonged.rowcount:
                return False
            connection.execute(
                update(t.notifications)
                .where(n.key == key)
                .values(
                    state=NotificationState.TRYING,
                    attempts=n.attempts + 1,
                    doubted_at=n.doubted_at if _doubted(connection, key) else now,
                    not_before=now + timedelta(seconds=SETTLE_S),
                )
            )
            if pause:
                _pause(connection, pause, now + timedelta(seconds=1))
        return True

    def delivered(self, key: str, delivery: Delivery, now: datetime, doubted_at: datetime | None = None) -> None:
        """Write what became of one attempt; ``doubted_at`` says since when earlier ones are in doubt."""
        wait = timedelta(seconds=delivery.retry_after_s) if delivery.retry_after_s is not None else None
        n = t.notifications.c
        values: dict[str, Any] = {
            "state": delivery.state,
            "sent_at": now if delivery.state in _SAID else None,
            "ts": delivery.ts,
            "channel": delivery.channel or n.channel,
            "error": delivery.error,
            "not_before": now + wait if wait else None,
        }
        if delivery.state is not NotificationState.TRYING:
            values["doubted_at"] = doubted_at
        if delivery.plain:
            values["blocks"] = []
        with self._database.write() as connection:
            connection.execute(update(t.notifications).where(n.key == key).values(**values))

    def pauses(self, now: datetime) -> dict[str, datetime]:
        """Return until when nothing is to be said, by channel; the name "" stands for all of them."""
        held = t.leases.c
        with self._database.read() as connection:
            rows = connection.execute(select(held.name, held.until).where(held.holder == _PACE, held.until > now))
            return {row.name.removeprefix(_PACE): row.until for row in rows}

    def pause(self, channel: str, until: datetime) -> None:
        """Say nothing in a channel until then."""
        with self._database.write() as connection:
            _pause(connection, channel, until)


_PACE = "slack "


def _pause(connection: Connection, channel: str, until: datetime) -> None:
    row = {"name": f"{_PACE}{channel}"[:100], "holder": _PACE, "until": until}
    upsert(connection, t.leases, [row], update=("until",))


def _doubted(connection: Connection, key: str) -> bool:
    n = t.notifications.c
    return connection.scalar(select(n.doubted_at).where(n.key == key)) is not None


def _row(key: str, shift_id: str | None, route: str, channel: str, message: Message, **over: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "key": key,
        "shift_id": shift_id,
        "route": route,
        "channel": channel,
        "text": message.text,
        "blocks": list(message.blocks),
        "attempts": 0,
        "operation": Operation.POST,
        **over,
    }


def _notification(row: Mapping[Any, Any]) -> Notification:
    first = Message(text=row["first_text"], blocks=tuple(row["first_blocks"]))
    follows = row["operation"] != Operation.POST and row["first_ts"]
    return Notification(
        key=row["key"],
        shift_id=row["shift_id"],
        route=row["route"],
        channel=row["channel"],
        message=Message(text=row["text"], blocks=tuple(row["blocks"])),
        state=NotificationState(row["state"]),
        attempts=row["attempts"],
        operation=Operation(row["operation"]),
        matter=row["matter"],
        told=frozenset(row["told"] or ()),
        thread=Thread(channel=row["first_channel"], ts=row["first_ts"], title=first.title) if follows else None,
        doubted_at=row["doubted_at"],
    )
