from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from pipeline.domain import Delivery, Notification, NotificationState, Reason
from pipeline.storage import tables as t
from pipeline.storage.store import Store
from tests.factories import NOW, decision, message, shift


@pytest.fixture
def store(store: Store) -> Store:
    store.shifts.record([shift(), shift(shift_id="shift-2")])
    return store


def pending(store: Store, now: datetime = NOW) -> list[str]:
    return [notification.key for notification in store.outbox.pending(now)]


def test_a_decision_to_send_waits_in_the_outbox_with_its_message(store: Store) -> None:
    said = message(text="日本 🇺🇦", blocks=({"type": "header", "text": {"emoji": True, "n": 1.5}}, {"x": [None]}))
    assert store.outbox.record([("key", decision(), said)], NOW) == 1
    assert store.outbox.pending(NOW) == [
        Notification(
            key="key",
            shift_id="shift-1",
            route="desk",
            channel="#ukraine",
            message=said,
            state=NotificationState.PENDING,
        )
    ]


def test_a_decision_not_to_send_is_kept_with_its_reason_and_never_sent(store: Store) -> None:
    store.outbox.record([("key", decision(send=False, reason=Reason.HISTORY), message())], NOW)
    assert pending(store) == []
    assert store.outbox.decided() == {("shift-1", "desk")}
    with store._database.read() as connection:
        assert connection.scalars(select(t.notifications.c.reason)).all() == ["history"]


def test_nothing_is_said_twice(store: Store) -> None:
    store.outbox.record([("key", decision(), message())], NOW)
    store.outbox.delivered("key", Delivery(state=NotificationState.SENT, ts="1.2"), NOW)
    assert store.outbox.record([("key", decision(), message(text="again"))], NOW) == 0
    assert pending(store) == []


def test_no_decisions_are_nothing_to_write(store: Store) -> None:
    assert store.outbox.record([], NOW) == 0
    assert store.outbox.decided() == set()


def test_the_decisions_of_every_route_are_known(store: Store) -> None:
    other = decision(shift_id="shift-2", route="jp")
    assert store.outbox.record([("a", decision(), message()), ("b", other, message())], NOW) == 2
    assert store.outbox.decided() == {("shift-1", "desk"), ("shift-2", "jp")}


def test_the_oldest_is_sent_first(store: Store) -> None:
    store.outbox.record([("a", decision(), message())], NOW + timedelta(seconds=1))
    store.outbox.record([("c", decision(route="jp"), message()), ("b", decision(route="kr"), message())], NOW)
    assert pending(store) == ["b", "c", "a"]


@pytest.mark.parametrize("state", [NotificationState.SENT, NotificationState.PRINTED, NotificationState.FAILED])
def test_what_was_delivered_or_failed_is_not_pending(store: Store, state: NotificationState) -> None:
    store.outbox.record([("a", decision(), message()), ("b", decision(route="jp"), message())], NOW)
    store.outbox.delivered("a", Delivery(state=state), NOW)
    assert pending(store) == ["b"]


def test_a_rate_limit_is_waited_for(store: Store) -> None:
    store.outbox.record([("key", decision(), message())], NOW)
    wait = Delivery(state=NotificationState.PENDING, error="ratelimited", retry_after_s=30.5)
    store.outbox.delivered("key", wait, NOW)
    assert pending(store, NOW + timedelta(seconds=30)) == []
    (again,) = store.outbox.pending(NOW + timedelta(seconds=30.5))
    assert (again.attempts, again.state) == (1, NotificationState.PENDING)


def test_a_delivery_without_a_wait_may_be_tried_at_once(store: Store) -> None:
    store.outbox.record([("key", decision(), message())], NOW)
    store.outbox.delivered("key", Delivery(state=NotificationState.PENDING, retry_after_s=10), NOW)
    store.outbox.delivered("key", Delivery(state=NotificationState.PENDING, retry_after_s=0), NOW)
    assert pending(store) == ["key"]


def test_what_slack_answered_is_kept(store: Store) -> None:
    store.outbox.record([("key", decision(), message())], NOW)
    store.outbox.delivered("key", Delivery(state=NotificationState.PENDING, error="timeout"), NOW)
    store.outbox.delivered("key", Delivery(state=NotificationState.SENT, ts="171.5", channel="C01"), NOW)
    with store._database.read() as connection:
        row = connection.execute(select(t.notifications)).one()
    assert (row.state, row.ts, row.channel, row.error, row.attempts, row.sent_at) == (
        *("sent", "171.5", "C01", None, 2),
        NOW,
    )
