"""The door to Slack against a stand-in on loopback: the client library and the wire are the real ones."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pipeline.alert import slack
from pipeline.alert.message import message
from pipeline.domain import Actor, Delivery, Message, Notification, NotificationState, Operation, Thread
from pipeline.places import Slack
from tests.factories import NOW, article, evidence, shift
from tests.fakes import Clock, closed_port
from tests.slack.blocks import pings
from tests.slack.place import Fault, Place
from tests.slack.wire import serve

PENDING, FAILED, SENT = NotificationState.PENDING, NotificationState.FAILED, NotificationState.SENT
TRYING, BLOCKED = NotificationState.TRYING, NotificationState.BLOCKED
DESK = "C000DESK"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[Place]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serve(now=lambda: clock().timestamp()) as served:
        yield served


def notification(**over: Any) -> Notification:
    hostile = article(title="<!channel> 速報 & «тест» @here #general")
    said = message(shift(evidence=(evidence(article=hostile),)), {Actor.JP: "Japan"}, {})
    known = Notification(key="abc123", shift_id="shift-1", route="desk", channel="#desk", message=said, state=PENDING)
    return replace(known, matter="abc123", **over)


def post(place: Place, **over: Any) -> Delivery:
    return slack.post(notification(**over), Slack(token=place.token, base_url=place.url), show=_nobody)


def _nobody(_: Notification) -> None:
    raise AssertionError("a message for Slack was printed")


def asked(place: Place) -> list[str]:
    return [method for method, _, _ in place.requests]


def test_a_message_is_posted_with_blocks_text_and_a_mark_to_find_it_by(place: Place) -> None:
    said = post(place)
    (posted,) = place.top()
    assert said == Delivery(state=SENT, ts=posted["ts"], channel=DESK)
    assert posted["text"] == notification().message.text
    assert posted["blocks"] == [dict(block) for block in notification().message.blocks]
    assert posted["metadata"] == {"event_type": "stancewatch_alert", "event_payload": {"alert_id": "abc123"}}
    assert (posted["asked"]["unfurl_links"], posted["asked"]["unfurl_media"]) == (False, False)
    assert pings(posted) == []


def test_the_token_goes_in_the_header_and_nowhere_else(place: Place) -> None:
    post(place)
    ((method, headers, body),) = place.requests
    assert method == "chat.postMessage"
    assert headers["Authorization"] == f"Bearer {place.token}"
    assert place.token.encode() not in body


@pytest.mark.parametrize("tail", ["", "/"])
def test_the_configured_address_is_used_with_or_without_its_last_slash(place: Place, tail: str) -> None:
    known = Slack(token=place.token, base_url=place.url.rstrip("/") + tail)
    assert slack.post(notification(), known, show=_nobody).state is SENT


def test_without_a_token_the_message_is_shown_and_nothing_is_asked(place: Place) -> None:
    shown: list[Notification] = []
    none = Slack(token=None, base_url=place.url)
    assert slack.post(notification(), none, shown.append) == Delivery(state=NotificationState.PRINTED)
    assert slack.post(notification(operation=Operation.UPDATE), none, shown.append).state is NotificationState.PRINTED
    assert shown == [notification()]
    assert place.requests == []


def test_what_follows_on_a_printed_message_is_printed_even_when_there_is_a_token_by_now(place: Place) -> None:
    shown: list[Notification] = []
    known = Slack(token=place.token, base_url=place.url)
    later = notification(operation=Operation.REPLY)
    assert slack.post(later, known, shown.append).state is NotificationState.PRINTED
    assert (shown, place.requests) == ([later], [])


# --- the one message of a matter ---


def test_an_update_rewrites_the_message_and_leaves_it_marked_as_it_was(place: Place) -> None:
    first = post(place)
    said = Message(text="denied", blocks=({"type": "divider"},))
    thread = Thread(channel=DESK, ts=str(first.ts))
    delivery = post(place, key="def", operation=Operation.UPDATE, message=said, thread=thread)
    (only,) = place.messages[DESK]
    assert (delivery.state, delivery.ts, only["text"]) == (SENT, first.ts, "denied")
    assert place.alerts() == ["abc123"]


def test_a_reply_stands_in_the_thread(place: Place, clock: Clock) -> None:
    first = post(place)
    clock.forward(seconds=1)
    thread = Thread(channel=DESK, ts=str(first.ts))
    delivery = post(place, key="def", operation=Operation.REPLY, thread=thread)
    assert [each["ts"] for each in place.thread(str(first.ts))] == [delivery.ts]
    assert len(place.top()) == 1


def test_a_message_that_somebody_deleted_is_not_rewritten_again_and_again(place: Place) -> None:
    gone = Thread(channel=DESK, ts="1.000000")
    assert post(place, operation=Operation.UPDATE, thread=gone) == Delivery(state=FAILED, error="message_not_found")
    assert post(place, operation=Operation.REPLY, thread=gone) == Delivery(state=FAILED, error="thread_not_found")


# --- after an unclear answer ---


@pytest.mark.parametrize("channel", ["#desk", "desk", DESK])
def test_a_message_that_was_taken_without_a_word_is_found_and_not_posted_again(place: Place, channel: str) -> None:
    place.faults.append(Fault(cut="after"))
    unclear = post(place, channel=channel)
    assert unclear.state is TRYING
    found = post(place, channel=channel, doubted_at=NOW)
    assert (found.state, found.ts, found.channel) == (SENT, place.top()[0]["ts"], DESK)
    assert place.alerts() == ["abc123"]


def test_a_message_that_never_arrived_is_posted_after_a_look(place: Place) -> None:
    place.faults.append(Fault(cut="before"))
    assert post(place).state is TRYING
    assert post(place, doubted_at=NOW).state is SENT
    assert asked(place) == ["chat.postMessage", "conversations.list", "conversations.history", "chat.postMessage"]


def test_a_reply_is_looked_for_in_its_thread(place: Place, clock: Clock) -> None:
    thread = Thread(channel=DESK, ts=str(post(place).ts))
    clock.forward(seconds=1)
    place.faults.append(Fault(cut="after"))
    over: dict[str, Any] = {"key": "def", "operation": Operation.REPLY, "thread": thread}
    assert post(place, **over).state is TRYING
    assert post(place, **over, doubted_at=NOW).state is SENT
    assert place.alerts() == ["abc123", "def"]


def test_an_update_needs_no_look(place: Place) -> None:
    thread = Thread(channel=DESK, ts=str(post(place).ts))
    post(place, operation=Operation.UPDATE, thread=thread, doubted_at=NOW)
    assert asked(place) == ["chat.postMessage", "chat.update"]


def test_a_message_is_found_behind_many_others_and_not_among_older_ones(place: Place, clock: Clock) -> None:
    place.limited = False
    post(place)
    for number in range(slack.PAGE + 5):
        clock.forward(seconds=0.1)
        post(place, key=f"other-{number}")
    assert post(place, doubted_at=NOW).ts == place.top()[0]["ts"]
    clock.forward(hours=1)
    assert post(place, doubted_at=clock()).ts == place.top()[-1]["ts"]
    assert place.alerts().count("abc123") == 2


def test_where_history_is_too_long_to_be_sure_nothing_is_posted(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.limited = False
    for number in range(5):
        post(place, key=f"other-{number}")
    monkeypatch.setattr(slack, "PAGE", 2)
    monkeypatch.setattr(slack, "PAGES", 2)
    delivery = post(place, doubted_at=NOW)
    assert (delivery.state, delivery.error) == (TRYING, "cannot look: more than 4 messages since")
    assert len(place.top()) == 5


@pytest.mark.parametrize(
    ("fault", "state", "wait"),
    [
        (Fault(status=500), TRYING, 60),
        (Fault(status=429, error="ratelimited", headers={"Retry-After": "9"}), TRYING, 9),
        (Fault(error="missing_scope"), BLOCKED, 300),
        (Fault(cut="before"), TRYING, 60),
    ],
)
def test_what_cannot_be_looked_for_is_not_posted(
    place: Place, fault: Fault, state: NotificationState, wait: int
) -> None:
    fault.method = "conversations.history"
    place.faults.append(fault)
    delivery = post(place, doubted_at=NOW - timedelta(days=1))
    assert (delivery.state, delivery.retry_after_s) == (state, wait)
    assert str(delivery.error).startswith("cannot look: ")
    assert place.top() == []


def test_a_channel_that_the_app_may_not_list_is_left_in_doubt(place: Place) -> None:
    assert post(place, channel="#secret", doubted_at=NOW).state is TRYING
    assert "chat.postMessage" not in asked(place)


# --- refusals ---


@pytest.mark.parametrize("name", ["invalid_auth", "token_revoked", "account_inactive", "missing_scope"])
def test_a_revoked_token_holds_everything_up_until_a_person_mends_it(place: Place, name: str) -> None:
    place.faults.append(Fault(error=name))
    assert post(place) == Delivery(state=BLOCKED, error=name, retry_after_s=300, everywhere=True)


@pytest.mark.parametrize(("channel", "error"), [("#nowhere", "channel_not_found"), ("#old", "is_archived")])
def test_a_missing_or_archived_channel_holds_up_its_own_messages(place: Place, channel: str, error: str) -> None:
    assert post(place, channel=channel) == Delivery(state=BLOCKED, error=error, retry_after_s=300)


@pytest.mark.parametrize("error", ["msg_too_long", "msg_blocks_too_long", "invalid_blocks", "too_many_attachments"])
def test_a_message_that_slack_finds_too_long_is_said_again_in_plain_text_and_then_given_up(
    place: Place, error: str
) -> None:
    place.faults += [Fault(error=error), Fault(error=error)]
    assert post(place) == Delivery(state=PENDING, error=error, plain=True)
    plain = Message(text="Japan moved.", blocks=())
    assert post(place, message=plain) == Delivery(state=FAILED, error=error)
    assert post(place, message=plain).state is SENT


def test_a_rate_limit_is_kept_as_long_as_slack_asks(place: Place) -> None:
    place.faults.append(Fault(status=429, error="ratelimited", headers={"Retry-After": "17"}))
    assert post(place) == Delivery(state=PENDING, error="ratelimited", retry_after_s=17)


@pytest.mark.parametrize("header", [{}, {"Retry-After": "soon"}, {"Retry-After": "²"}])
def test_a_rate_limit_without_a_time_waits_a_minute(place: Place, header: dict[str, str]) -> None:
    place.faults.append(Fault(status=429, error="ratelimited", headers=header))
    assert post(place).retry_after_s == 60


@pytest.mark.parametrize("name", sorted(slack._UNCLEAR))
def test_an_error_that_may_have_come_after_acceptance_leaves_a_doubt(place: Place, name: str) -> None:
    place.faults.append(Fault(error=name))
    assert post(place) == Delivery(state=TRYING, error=name, retry_after_s=60, everywhere=True)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("body", [b'{"ok": false, "error": "fatal_error"}', b"<html>bad gateway</html>", b"", b"\xff"])
def test_a_server_error_leaves_a_doubt_whatever_it_says(place: Place, status: int, body: bytes) -> None:
    place.faults.append(Fault(status=status, body=body))
    delivery = post(place)
    assert (delivery.state, delivery.retry_after_s) == (TRYING, 60)
    assert delivery.error


@pytest.mark.parametrize("body", [b"", b"<html>log in to this wifi</html>", b"[]", b"null", b"7", b"\xff\xfe"])
def test_an_answer_that_is_not_slacks_leaves_a_doubt(place: Place, body: bytes) -> None:
    place.faults.append(Fault(body=body))
    delivery = post(place)
    assert (delivery.state, delivery.retry_after_s) == (TRYING, 60)
    assert delivery.error


@pytest.mark.parametrize("cut", ["before", "after", "within", "garbage"])
def test_a_broken_connection_leaves_a_doubt(place: Place, cut: str) -> None:
    place.faults.append(Fault(cut=cut))
    delivery = post(place)
    assert (delivery.state, delivery.retry_after_s, delivery.everywhere) == (TRYING, 60, True)
    assert delivery.error


def test_a_slow_answer_is_not_waited_for_longer_than_the_time_out(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack, "TIMEOUT_S", 0.2)
    place.faults.append(Fault(seconds=0.8, accepted=True))
    started = time.monotonic()
    delivery = post(place)
    assert time.monotonic() - started < 0.7
    assert (delivery.state, delivery.retry_after_s) == (TRYING, 60)


def test_nobody_at_the_address_is_tried_again_later() -> None:
    nobody = Slack(token="xoxb-right", base_url=f"http://127.0.0.1:{closed_port()}/api/")
    delivery = slack.post(notification(), nobody, show=_nobody)
    assert delivery.state is TRYING
    assert "refused" in str(delivery.error)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=429, error="ratelimited", headers={"Retry-After": "0"}),
        Fault(status=503, body=b""),
        Fault(cut="before"),
        Fault(body=json.dumps({"ok": False, "error": "internal_error"}).encode()),
    ],
)
def test_the_door_asks_once_and_never_retries_by_itself(place: Place, fault: Fault) -> None:
    place.faults.append(fault)
    assert post(place).state in {PENDING, TRYING}
    assert len(place.requests) == 1
