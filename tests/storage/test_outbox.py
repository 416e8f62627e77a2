from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from pipeline.domain import Delivery, Notification, NotificationState, Operation, Reason, Thread
from pipeline.storage import tables as t
from pipeline.storage.store import Store
from tests.factories import NOW, decision, message, shift


@pytest.fixture
def store(store: Store) -> Store:
    store.shifts.record([shift(), shift(shift_id="shift-2")])
    return store


def pending(store: Store, now: datetime = NOW) -> list[str]:
    return [notification.key for notification in store.outbox.pending(now)]


def attempt(store: Store, key: str, now: datetime = NOW, holder: str = "one") -> bool:
    with store.lease("alert", holder, now, 60):
        return store.outbox.attempt(key, "one", now, lease="alert", seconds=60, pause="#ukraine")


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
            matter="key",
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
    assert (again.doubted_at, again.state) == (None, NotificationState.PENDING)


def test_a_delivery_without_a_wait_may_be_tried_at_once(store: Store) -> None:
    store.outbox.record([("key", decision(), message())], NOW)
    store.outbox.delivered("key", Delivery(state=NotificationState.PENDING, retry_after_s=10), NOW)
    store.outbox.delivered("key", Delivery(state=NotificationState.PENDING, retry_after_s=0), NOW)
    assert pending(store) == ["key"]


def test_what_slack_answered_is_kept(store: Store) -> None:
    store.outbox.record([("key", decision(), message())], NOW)
    for _ in range(2):
        assert attempt(store, "key")
    store.outbox.delivered("key", Delivery(state=NotificationState.SENT, ts="171.5", channel="C01"), NOW)
    with store._database.read() as connection:
        row = connection.execute(select(t.notifications)).one()
    assert (row.state, row.ts, row.channel, row.error, row.attempts, row.sent_at) == (
        *("sent", "171.5", "C01", None, 2),
        NOW,
    )


# --- attempts ---


def test_an_attempt_is_written_before_slack_is_asked_and_stays_in_doubt_until_it_has_settled(store: Store) -> None:
    store.outbox.record([("key", decision(), message())], NOW)
    assert attempt(store, "key")
    assert pending(store, NOW + timedelta(seconds=29)) == []
    (left,) = store.outbox.pending(NOW + timedelta(seconds=30))
    assert (left.state, left.attempts, left.doubted_at) == (NotificationState.TRYING, 1, NOW)


def test_a_doubt_is_as_old_as_its_first_attempt(store: Store) -> None:
    store.outbox.record([("key", decision(), message())], NOW)
    later = NOW + timedelta(minutes=1)
    attempt(store, "key")
    store.outbox.delivered("key", Delivery(state=NotificationState.TRYING, retry_after_s=1), NOW)
    attempt(store, "key", later)
    store.outbox.delivered("key", Delivery(state=NotificationState.PENDING, retry_after_s=1), later, doubted_at=NOW)
    (left,) = store.outbox.pending(later + timedelta(minutes=1))
    assert (left.state, left.doubted_at) == (NotificationState.PENDING, NOW)


def test_a_clear_refusal_of_the_first_attempt_leaves_no_doubt(store: Store) -> None:
    store.outbox.record([("key", decision(), message())], NOW)
    attempt(store, "key")
    store.outbox.delivered("key", Delivery(state=NotificationState.BLOCKED, retry_after_s=1), NOW)
    (left,) = store.outbox.pending(NOW + timedelta(seconds=1))
    assert left.doubted_at is None


def test_a_sender_that_lost_its_lease_attempts_nothing(store: Store) -> None:
    store.outbox.record([("key", decision(), message())], NOW)
    assert not attempt(store, "key", holder="another")
    (left,) = store.outbox.pending(NOW)
    assert (left.state, left.attempts) == (NotificationState.PENDING, 0)


def test_an_attempt_prolongs_the_lease(store: Store) -> None:
    store.outbox.record([("key", decision(), message())], NOW)
    with store.lease("alert", "one", NOW, 60):
        store.outbox.attempt("key", "one", NOW + timedelta(seconds=50), lease="alert", seconds=60, pause="")
        with store.lease("alert", "two", NOW + timedelta(seconds=100), 60) as got:
            assert not got


def test_an_attempt_pauses_its_channel_for_a_second_whoever_asks(store: Store, database_url: str) -> None:
    store.outbox.record([("key", decision(), message())], NOW)
    attempt(store, "key")
    other = Store(database_url)
    assert other.outbox.pauses(NOW) == {"#ukraine": NOW + timedelta(seconds=1)}
    assert other.outbox.pauses(NOW + timedelta(seconds=1)) == {}
    other.outbox.pause("", NOW + timedelta(seconds=9))
    assert store.outbox.pauses(NOW + timedelta(seconds=1)) == {"": NOW + timedelta(seconds=9)}
    other.close()


def test_what_is_said_again_in_plain_text_has_no_blocks(store: Store) -> None:
    store.outbox.record([("key", decision(), message())], NOW)
    store.outbox.delivered("key", Delivery(state=NotificationState.PENDING, plain=True), NOW)
    (left,) = store.outbox.pending(NOW)
    assert left.message == message(blocks=())


# --- what follows ---


def reply(**over: object) -> Notification:
    said = Notification(
        key="reply",
        shift_id="shift-1",
        route="desk",
        channel="#ukraine",
        message=message(text="more"),
        state=NotificationState.PENDING,
        operation=Operation.REPLY,
        matter="key",
        told=frozenset({"b", "c"}),
    )
    return replace(said, **over)  # type: ignore[arg-type]


def test_what_follows_waits_until_the_message_stands_and_then_knows_where(store: Store) -> None:
    store.outbox.record([("key", decision(), message())], NOW)
    assert store.outbox.follow([reply()], NOW) == 1
    assert pending(store) == ["key"]
    store.outbox.delivered("key", Delivery(state=NotificationState.SENT, ts="1.5", channel="C01"), NOW)
    assert store.outbox.pending(NOW) == [
        reply(thread=Thread(channel="C01", ts="1.5", title="Japan moved toward Ukraine."))
    ]
    assert store.outbox.follow([reply()], NOW) == 0


def test_what_follows_is_no_decision(store: Store) -> None:
    store.outbox.record([("key", decision(), message())], NOW)
    store.outbox.follow([reply(route="other")], NOW)
    assert store.outbox.decided() == {("shift-1", "desk")}


def test_what_was_told_of_a_matter_is_known_once_its_message_stands(store: Store) -> None:
    store.outbox.record([("key", decision(), message())], NOW, {"shift-1": frozenset({"a"})})
    assert store.outbox.said(NOW) == {}
    store.outbox.delivered("key", Delivery(state=NotificationState.SENT, ts="1.5"), NOW)
    store.outbox.follow([reply()], NOW + timedelta(hours=1))
    (said,) = store.outbox.said(NOW).values()
    assert [(one.operation, one.state, one.told) for one in said] == [
        (Operation.POST, NotificationState.SENT, frozenset({"a"})),
        (Operation.REPLY, NotificationState.PENDING, frozenset({"b", "c"})),
    ]
    assert store.outbox.said(NOW + timedelta(seconds=1)) == {}
