"""The stand-in itself: what holds it to Slack's published contract and to what was measured."""

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from slack_sdk import WebClient, WebhookClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from tests.fakes import Clock
from tests.slack import blocks as limits
from tests.slack.place import Place
from tests.slack.socket import Socket, socket_of
from tests.slack.wire import serve

DESK = "C000DESK"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def place(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serve(now=lambda: clock().timestamp()) as served:
        yield served


@pytest.fixture
def client(place: Place) -> WebClient:
    return WebClient(token=place.token, base_url=place.url, retry_handlers=[])


def ask(place: Place, method: str, body: bytes, kind: str, **headers: str) -> dict[str, Any]:
    asked = Request(place.url + method, body, {"Content-Type": kind, **headers}, method="POST")  # noqa: S310
    with build_opener(ProxyHandler({})).open(asked, timeout=5) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def error(call: Any, **given: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        call(**given)
    return str(caught.value.response["error"])


def test_it_takes_forms_as_slack_does(place: Place) -> None:
    form = {"token": place.token, "channel": "#desk", "blocks": json.dumps([{"type": "divider"}])}
    assert ask(place, "chat.postMessage", urlencode(form).encode(), FORM)["ok"] is True
    assert place.top()[0]["blocks"] == [{"type": "divider"}]


@pytest.mark.parametrize(
    ("body", "kind", "name"),
    [
        (b"{}", "application/json", "not_authed"),
        (b'{"token": "x"}', "application/json", "invalid_auth"),
        (b'{"token": "xoxb-right"}', "application/json", "invalid_arguments"),
        (b'{"token": "xoxb-right", "channel": "#desk"}', "application/json", "no_text"),
        (b'{"token": "xoxb-right", "channel": "#old", "text": "a"}', "application/json", "is_archived"),
        (b'{"token": "xoxb-right", "channel": "#x", "text": "a"}', "application/json", "channel_not_found"),
        (b"{", "application/json", "invalid_json"),
        (b"[]", "application/json", "json_not_object"),
        (b"{}", "text/plain", "invalid_post_type"),
    ],
)
def test_it_refuses_what_slack_refuses(place: Place, body: bytes, kind: str, name: str) -> None:
    assert ask(place, "chat.postMessage", body, kind) == {"ok": False, "error": name}


def section(text: str, **over: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **over}


def button(**over: Any) -> dict[str, Any]:
    return {"type": "button", "text": {"type": "plain_text", "text": "I have it"}, **over}


@pytest.mark.parametrize(
    "blocks",
    [
        [{"type": "divider"}] * 51,
        [section("a" * 3001)],
        [section("")],
        [{"type": "section", "fields": [{"type": "mrkdwn", "text": "a" * 2001}]}],
        [{"type": "section", "fields": [{"type": "mrkdwn", "text": "a"}] * 11}],
        [{"type": "header", "text": {"type": "plain_text", "text": "a" * 151}}],
        [{"type": "header", "text": {"type": "mrkdwn", "text": "a"}}],
        [{"type": "context", "elements": []}],
        [{"type": "context", "elements": [{"type": "mrkdwn", "text": "a"}] * 11}],
        [section("a", block_id="one"), section("b", block_id="one")],
        [section("a", block_id="i" * 256)],
        [{"type": "actions", "elements": [button()] * 26}],
        [{"type": "actions", "elements": [button(text={"type": "plain_text", "text": "a" * 76})]}],
        [{"type": "actions", "elements": [button(value="a" * 2001)]}],
        [{"type": "actions", "elements": [button(action_id="mute"), button(action_id="mute")]}],
        [{"type": "marquee"}],
        "blocks",
    ],
)
def test_it_refuses_blocks_that_slack_refuses(place: Place, client: WebClient, blocks: Any) -> None:
    assert limits.complaint(blocks) == "invalid_blocks"
    assert error(client.chat_postMessage, channel="#desk", text="a", blocks=blocks) == "invalid_blocks"
    assert place.top() == []


def test_a_message_of_whole_blocks_may_be_too_long_as_a_whole(client: WebClient) -> None:
    assert client.chat_postMessage(channel="#desk", text="a", blocks=[section("a" * 2600)] * 5)["ok"]
    many = [section("a" * 2601)] * 5
    assert error(client.chat_postMessage, channel="#kr", text="a", blocks=many) == "msg_blocks_too_long"


def test_a_channel_takes_one_message_a_second(client: WebClient, clock: Clock) -> None:
    client.chat_postMessage(channel="#desk", text="a")
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=DESK, text="b")
    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "1")
    client.chat_postMessage(channel="#kr", text="c")
    clock.forward(seconds=1)
    client.chat_postMessage(channel=DESK, text="b")


def test_other_methods_have_their_calls_a_minute(client: WebClient, clock: Clock) -> None:
    for _ in range(20):
        client.conversations_list()
    assert error(client.conversations_list) == "ratelimited"
    clock.forward(seconds=60)
    client.conversations_list()


def test_history_knows_channels_by_id_alone_and_gives_metadata_only_when_asked(client: WebClient, clock: Clock) -> None:
    mark = {"event_type": "a", "event_payload": {"alert_id": "b"}}
    first = client.chat_postMessage(channel="#desk", text="a", metadata=mark)
    clock.forward(seconds=1)
    client.chat_postMessage(channel="#desk", text="answer", thread_ts=first["ts"], metadata=mark)
    assert error(client.conversations_history, channel="#desk") == "channel_not_found"
    (bare,) = client.conversations_history(channel=DESK)["messages"]
    assert "metadata" not in bare
    (whole,) = client.conversations_history(channel=DESK, include_all_metadata=True)["messages"]
    assert whole["metadata"] == mark
    thread = client.conversations_replies(channel=DESK, ts=first["ts"], include_all_metadata=True)["messages"]
    assert [each["text"] for each in thread] == ["a", "answer"]
    assert client.conversations_history(channel=DESK, oldest=first["ts"])["messages"] == []


def test_history_comes_in_pages_the_newest_first(client: WebClient, clock: Clock) -> None:
    for number in range(5):
        clock.forward(seconds=1)
        client.chat_postMessage(channel="#desk", text=str(number))
    pages, cursor = [], ""
    while not pages or cursor:
        page = client.conversations_history(channel=DESK, limit=2, cursor=cursor)
        pages.append([each["text"] for each in page["messages"]])
        cursor = page["response_metadata"]["next_cursor"]
    assert pages == [["4", "3"], ["2", "1"], ["0"]]


def test_an_update_is_of_a_message_that_is_there(client: WebClient) -> None:
    ts = client.chat_postMessage(channel="#desk", text="a")["ts"]
    assert client.chat_update(channel=DESK, ts=ts, text="b")["text"] == "b"
    assert error(client.chat_update, channel=DESK, ts="1.0", text="b") == "message_not_found"
    assert error(client.chat_update, channel="#desk", ts=ts, text="b") == "channel_not_found"


def test_only_a_member_is_shown_something(place: Place, client: WebClient) -> None:
    assert client.chat_postEphemeral(channel=DESK, user="U000ANNA", text="why")["message_ts"]
    assert error(client.chat_postEphemeral, channel=DESK, user="U0000EVE", text="why") == "user_not_in_channel"
    assert len(place.shown) == 1


def test_members_are_told_by_a_channels_id_in_pages(place: Place, client: WebClient) -> None:
    place.members[DESK] = {f"U{number:07}" for number in range(5)}
    first = client.conversations_members(channel=DESK, limit=3)
    rest = client.conversations_members(channel=DESK, limit=3, cursor=first["response_metadata"]["next_cursor"])
    assert sorted([*first["members"], *rest["members"]]) == sorted(place.members[DESK])
    assert rest["response_metadata"]["next_cursor"] == ""
    assert error(client.conversations_members, channel="#desk") == "channel_not_found"


def test_an_answer_url_takes_five_answers_within_half_an_hour(place: Place, clock: Clock) -> None:
    hook = WebhookClient(place.answer_url("U000ANNA"), retry_handlers=[])
    assert [hook.send(text="a").status_code for _ in range(6)] == [200] * 5 + [404]
    late = WebhookClient(place.answer_url("U000ANNA"), retry_handlers=[])
    assert late.send(text="a", blocks=[section("a" * 3001)]).body == "invalid_blocks"
    clock.forward(minutes=31)
    assert late.send(text="a").body == "expired_url"
    assert [each["user"] for each in place.answered] == ["U000ANNA"] * 5


def test_the_answers_have_what_the_published_contract_requires(client: WebClient, shared: Path) -> None:
    contract = json.loads((shared / "slack" / "web_openapi_v2.json").read_text(encoding="utf-8"))["paths"]
    posted = client.chat_postMessage(channel="#desk", text="a")
    answers = {
        "chat.postMessage": posted,
        "chat.update": client.chat_update(channel=DESK, ts=posted["ts"], text="b"),
        "chat.postEphemeral": client.chat_postEphemeral(channel=DESK, user="U000ANNA", text="a"),
        "conversations.history": client.conversations_history(channel=DESK),
        "conversations.replies": client.conversations_replies(channel=DESK, ts=posted["ts"]),
        "conversations.list": client.conversations_list(),
        "conversations.members": client.conversations_members(channel=DESK),
        "auth.test": client.auth_test(),
    }
    for method, answer in answers.items():
        ((_, described),) = contract[f"/{method}"].items()
        required = set(described["responses"]["200"]["schema"].get("required") or ())
        assert required <= set(answer.data), method  # type: ignore[arg-type]
    errors = set(contract["/chat.postMessage"]["post"]["responses"]["default"]["schema"]["properties"]["error"]["enum"])
    assert {"not_authed", "invalid_auth", "no_text", "is_archived", "channel_not_found"} <= errors


# --- Socket Mode ---


@pytest.fixture
def opened(place: Place) -> Iterator[Socket]:
    with socket_of(place) as socket:
        yield socket


def listening(place: Place, client: WebClient, *, acknowledges: bool = True) -> tuple[SocketModeClient, list[str]]:
    listener = SocketModeClient(app_token=place.app_token, web_client=client, auto_reconnect_enabled=False)
    seen: list[str] = []

    def listen(to: BaseSocketModeClient, request: SocketModeRequest) -> None:
        seen.append(request.envelope_id)
        if acknowledges:
            to.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload={"text": "yes"}))

    listener.socket_mode_request_listeners.append(listen)
    listener.connect()
    return listener, seen


def test_an_envelope_reaches_whoever_listens_and_its_acknowledgement_comes_back(
    place: Place, client: WebClient, opened: Socket
) -> None:
    listener, seen = listening(place, client)
    try:
        assert opened.wait_for_client()
        answer = opened.send("slash_commands", {"command": "/stance", "text": "japan"})
    finally:
        listener.close()
    assert answer == {"envelope_id": seen[0], "payload": {"text": "yes"}}


def test_an_envelope_that_is_not_acknowledged_is_sent_again(place: Place, client: WebClient, opened: Socket) -> None:
    opened.ack_s = 0.3
    listener, seen = listening(place, client, acknowledges=False)
    try:
        assert opened.wait_for_client()
        sending = Thread(target=opened.send, args=("interactive", {"type": "block_actions"}, "one"))
        sending.start()
        sending.join()
    finally:
        listener.close()
    assert set(seen) == {"one"}
    assert opened.sends == {"one": 3}


def test_a_view_opens_with_a_fresh_trigger_once(client: WebClient, opened: Socket, clock: Clock) -> None:
    view = {"type": "modal", "title": {"type": "plain_text", "text": "Wrong tag"}, "blocks": [section("a")]}
    trigger = opened.trigger()
    assert client.views_open(trigger_id=trigger, view=view)["view"]["id"]
    assert error(client.views_open, trigger_id=trigger, view=view) == "invalid_trigger_id"
    late = opened.trigger()
    clock.forward(seconds=3.1)
    assert error(client.views_open, trigger_id=late, view=view) == "expired_trigger_id"


def choice(kind: str, options: int = 2, **over: Any) -> dict[str, Any]:
    known = [{"text": {"type": "plain_text", "text": f"o{n}"}, "value": f"v{n}"} for n in range(options)]
    element = {"type": kind, "action_id": "a", "options": known, **over}
    return {"type": "input", "label": {"type": "plain_text", "text": "Which"}, "element": element}


LONG = {"text": {"type": "plain_text", "text": "a" * 76}, "value": "v"}
OTHER = {"text": {"type": "plain_text", "text": "o9"}, "value": "v9"}


@pytest.mark.parametrize(
    "over",
    [
        {"title": {"type": "plain_text", "text": "a" * 25}},
        {"submit": {"type": "plain_text", "text": "a" * 25}},
        {"submit": None},
        {"private_metadata": "a" * 3001},
        {"callback_id": "a" * 256},
        {"blocks": [section("a")] * 101},
        {"blocks": [choice("static_select", options=101)]},
        {"blocks": [choice("radio_buttons", options=11)]},
        {"blocks": [choice("static_select", options=0)]},
        {"blocks": [choice("static_select", initial_option=OTHER)]},
        {"blocks": [choice("multi_static_select", initial_options=[OTHER])]},
        {"blocks": [choice("multi_static_select", initial_options=[])]},
        {"blocks": [choice("static_select", options=0) | {"element": {"type": "static_select", "options": [LONG]}}]},
        {"blocks": [choice("static_select") | {"label": {"type": "mrkdwn", "text": "Which"}}]},
    ],
)
def test_it_refuses_views_that_slack_refuses(client: WebClient, opened: Socket, over: dict[str, Any]) -> None:
    text = {"type": "plain_text", "text": "Go"}
    view = {"type": "modal", "title": text, "submit": text, "blocks": [choice("static_select")]}
    assert client.views_open(trigger_id=opened.trigger(), view=view)["ok"]
    wrong = {name: value for name, value in (view | over).items() if value is not None}
    assert error(client.views_open, trigger_id=opened.trigger(), view=wrong) == "invalid_arguments"
