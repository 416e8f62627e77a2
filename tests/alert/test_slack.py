"""The door to Slack against a fake Slack on loopback: the client library and the wire are the real ones."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from pipeline.alert import slack
from pipeline.alert.message import message
from pipeline.domain import Actor, Delivery, Notification, NotificationState
from pipeline.settings import Slack
from tests.factories import article, evidence, shift
from tests.fakes import Fault, SlackApi, blocks_complaint, closed_port, slack_api

PENDING, FAILED, SENT = NotificationState.PENDING, NotificationState.FAILED, NotificationState.SENT


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackApi]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with slack_api() as served:
        yield served


def notification(**over: Any) -> Notification:
    said = message(
        shift(evidence=(evidence(article=article(title="<!channel> 速報 & «тест»")),)), {Actor.JP: "Japan"}, {}
    )
    known = Notification(
        key="abc123", shift_id="shift-1", route="desk", channel="#desk", message=said, state=NotificationState.PENDING
    )
    return replace(known, **over)


def post(api: SlackApi, **over: Any) -> Delivery:
    return slack.post(notification(**over), Slack(token=api.token, base_url=api.url), show=_nobody)


def _nobody(_: Notification) -> None:
    raise AssertionError("a message for Slack was printed")


def test_a_message_is_posted_with_blocks_text_and_a_mark_to_find_it_by(api: SlackApi) -> None:
    assert post(api) == Delivery(state=SENT, ts="1779000000.000001", channel="C0DESK")
    (posted,) = api.posted
    assert posted["text"] == notification().message.text
    assert posted["blocks"] == [dict(block) for block in notification().message.blocks]
    assert posted["metadata"] == {"event_type": "stancewatch_alert", "event_payload": {"alert_id": "abc123"}}
    assert (posted["unfurl_links"], posted["unfurl_media"]) == (False, False)


def test_the_token_goes_in_the_header_and_nowhere_else(api: SlackApi) -> None:
    post(api)
    ((path, headers, body),) = api.requests
    assert path == "/api/chat.postMessage"
    assert headers["Authorization"] == f"Bearer {api.token}"
    assert api.token.encode() not in body


@pytest.mark.parametrize("tail", ["", "/"])
def test_the_configured_address_is_used_with_or_without_its_last_slash(api: SlackApi, tail: str) -> None:
    known = Slack(token=api.token, base_url=api.url.rstrip("/") + tail)
    assert slack.post(notification(), known, show=_nobody).state is SENT


def test_without_a_token_the_message_is_shown_and_nothing_is_asked(api: SlackApi) -> None:
    shown: list[Notification] = []
    delivery = slack.post(notification(), Slack(token=None, base_url=api.url), shown.append)
    assert delivery == Delivery(state=NotificationState.PRINTED)
    assert shown == [notification()]
    assert api.requests == []


def test_a_wrong_token_is_for_a_person_to_mend(api: SlackApi) -> None:
    wrong = Slack(token="xoxb-wrong", base_url=api.url)
    assert slack.post(notification(), wrong, show=_nobody) == Delivery(state=FAILED, error="invalid_auth")


@pytest.mark.parametrize(
    ("over", "error"),
    [
        ({"channel": "#nowhere"}, "channel_not_found"),
        ({"channel": "#old"}, "is_archived"),
        ({"message": replace(notification().message, blocks=({"type": "section"},))}, "invalid_blocks"),
    ],
)
def test_what_slack_refuses_for_good_is_failed_with_its_name(api: SlackApi, over: dict[str, Any], error: str) -> None:
    assert post(api, **over) == Delivery(state=FAILED, error=error)
    assert api.posted == []


def test_a_rate_limit_is_kept_as_long_as_slack_asks(api: SlackApi) -> None:
    body = json.dumps({"ok": False, "error": "ratelimited"}).encode()
    api.faults.append(Fault(status=429, body=body, headers={"Retry-After": "17"}))
    assert post(api) == Delivery(state=PENDING, error="ratelimited", retry_after_s=17)


@pytest.mark.parametrize("header", [{}, {"Retry-After": "soon"}, {"Retry-After": "²"}])
def test_a_rate_limit_without_a_time_waits_a_minute(api: SlackApi, header: dict[str, str]) -> None:
    api.faults.append(Fault(status=429, body=b'{"ok": false, "error": "ratelimited"}', headers=header))
    assert post(api).retry_after_s == 60


@pytest.mark.parametrize("name", sorted(slack._LATER))
def test_a_passing_refusal_is_tried_again_later(api: SlackApi, name: str) -> None:
    api.faults.append(Fault(body=json.dumps({"ok": False, "error": name}).encode()))
    assert post(api) == Delivery(state=PENDING, error=name, retry_after_s=60)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize(
    "body", [b'{"ok": false, "error": "fatal_error"}', b"<html>bad gateway</html>", b"", b"[]", b"null", b"\xff\xfe"]
)
def test_a_server_error_is_tried_again_later_whatever_it_says(api: SlackApi, status: int, body: bytes) -> None:
    api.faults.append(Fault(status=status, body=body))
    delivery = post(api)
    assert (delivery.state, delivery.retry_after_s) == (PENDING, 60)
    assert delivery.error


@pytest.mark.parametrize("body", [b"", b"<html>log in to this wifi</html>", b"[]", b"null", b"7", b"\xff\xfe"])
def test_an_answer_that_is_not_slacks_is_tried_again_later(api: SlackApi, body: bytes) -> None:
    api.faults.append(Fault(body=body))
    delivery = post(api)
    assert (delivery.state, delivery.retry_after_s) == (PENDING, 60)
    assert delivery.error


@pytest.mark.parametrize("cut", ["before", "within", "garbage"])
def test_a_broken_connection_is_tried_again_later(api: SlackApi, cut: str) -> None:
    api.faults.append(Fault(cut=cut))
    delivery = post(api)
    assert (delivery.state, delivery.retry_after_s) == (PENDING, 60)
    assert delivery.error


def test_a_slow_answer_is_not_waited_for_longer_than_the_time_out(
    api: SlackApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack, "TIMEOUT_S", 0.2)
    api.faults.append(Fault(seconds=0.8))
    started = time.monotonic()
    delivery = post(api)
    assert time.monotonic() - started < 0.7
    assert (delivery.state, delivery.retry_after_s) == (PENDING, 60)


def test_nobody_at_the_address_is_tried_again_later() -> None:
    nobody = Slack(token="xoxb-right", base_url=f"http://127.0.0.1:{closed_port()}/api/")
    delivery = slack.post(notification(), nobody, show=_nobody)
    assert delivery.state is PENDING
    assert "refused" in str(delivery.error)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=429, body=b'{"ok": false, "error": "ratelimited"}', headers={"Retry-After": "0"}),
        Fault(status=503, body=b""),
        Fault(cut="before"),
        Fault(body=b'{"ok": false, "error": "internal_error"}'),
    ],
)
def test_the_door_asks_once_and_never_retries_by_itself(api: SlackApi, fault: Fault) -> None:
    api.faults.append(fault)
    assert post(api).state is PENDING
    assert len(api.requests) == 1


# --- the fake itself: what holds it to Slack's published contract -----------------------------------------------------


def ask(api: SlackApi, body: bytes, kind: str, **headers: str) -> dict[str, Any]:
    asked = Request(f"{api.url}chat.postMessage", body, {"Content-Type": kind, **headers}, method="POST")  # noqa: S310
    with build_opener(ProxyHandler({})).open(asked, timeout=5) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def test_the_fake_takes_forms_as_slack_does(api: SlackApi) -> None:
    form = {"token": api.token, "channel": "#desk", "blocks": json.dumps([{"type": "divider"}])}
    assert ask(api, urlencode(form).encode(), "application/x-www-form-urlencoded")["ok"] is True
    assert api.posted[0]["blocks"] == [{"type": "divider"}]


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        (b"{}", "application/json", "not_authed"),
        (b'{"token": "xoxb-right"}', "application/json", "invalid_arguments"),
        (b'{"token": "xoxb-right", "channel": "#desk"}', "application/json", "no_text"),
        (b"{", "application/json", "invalid_json"),
        (b"[]", "application/json", "json_not_object"),
        (b"{}", "text/plain", "invalid_post_type"),
    ],
)
def test_the_fake_refuses_what_slack_refuses(api: SlackApi, body: bytes, kind: str, error: str) -> None:
    assert ask(api, body, kind) == {"ok": False, "error": error}


@pytest.mark.parametrize(
    "blocks",
    [
        [{"type": "divider"}] * 51,
        [{"type": "section", "text": {"type": "mrkdwn", "text": "a" * 3001}}],
        [{"type": "section", "text": {"type": "mrkdwn", "text": ""}}],
        [{"type": "header", "text": {"type": "plain_text", "text": "a" * 151}}],
        [{"type": "header", "text": {"type": "mrkdwn", "text": "a"}}],
        [{"type": "context", "elements": []}],
        [{"type": "marquee"}],
        "blocks",
    ],
)
def test_the_fake_refuses_blocks_that_slack_refuses(blocks: Any) -> None:
    assert blocks_complaint(blocks) == "invalid_blocks"


def test_the_fake_refuses_a_message_that_is_too_long_as_a_whole() -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "a" * 2500}}
    assert blocks_complaint([section] * 5) == "msg_blocks_too_long"


def test_the_fake_keeps_to_the_published_contract(api: SlackApi, shared: Path) -> None:
    contract = json.loads((shared / "slack" / "web_openapi_v2.json").read_text(encoding="utf-8"))
    method = contract["paths"]["/chat.postMessage"]["post"]
    success, refusal = method["responses"]["200"]["schema"], method["responses"]["default"]["schema"]

    known = {parameter["name"] for parameter in method["parameters"]}
    required = {parameter["name"] for parameter in method["parameters"] if parameter.get("required")}
    assert required == {"token", "channel"}

    body = json.dumps({"channel": "#desk", "text": "a"}).encode()
    answer = ask(api, body, "application/json", Authorization=f"Bearer {api.token}")
    assert set(success["required"]) <= set(answer) <= set(success["properties"])

    assert post(api).state is SENT
    newer = {"metadata"}  # the published file is of 2021
    assert set(api.posted[-1]) - known == newer

    errors = set(refusal["properties"]["error"]["enum"])
    for body, error in (
        (b"{}", "not_authed"),
        (b'{"token": "x"}', "invalid_auth"),
        (b'{"token": "xoxb-right", "channel": "#desk"}', "no_text"),
        (b'{"token": "xoxb-right", "channel": "#old"}', "is_archived"),
        (b'{"token": "xoxb-right", "channel": "#x"}', "channel_not_found"),
    ):
        answer = ask(api, body, "application/json")
        assert answer == {"ok": False, "error": error}
        assert error in errors
        assert set(refusal["required"]) <= set(answer)
