"""Over a real socket: acknowledged within three seconds whatever else happens, told once, back after a broken line."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from pipeline.alert.slack_socket import listening
from pipeline.bootstrap import people
from pipeline.cli.slack import run
from pipeline.domain import RefusalError
from pipeline.settings import ROOT, Slack
from tests.slack.desk import Desk, desk
from tests.slack.people import shown
from tests.slack.place import Fault, Place
from tests.slack.socket import ACK_S, Socket, socket_of
from tests.slack.wire import serve


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def place() -> Iterator[Place]:
    with serve() as served:
        yield served


@pytest.fixture
def opened(place: Place) -> Iterator[Socket]:
    with socket_of(place) as socket:
        yield socket


def slack_of(place: Place, **over: Any) -> Slack:
    return replace(Slack(token=place.token, base_url=place.url, app_token=place.app_token), **over)


def until(true: Callable[[], object], seconds: float = 15.0) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if true():
            return True
        time.sleep(0.02)
    return False


def test_what_takes_long_is_acknowledged_within_three_seconds_and_comes_once(place: Place, opened: Socket) -> None:
    heard, go_on = list[Any](), Event()

    def answer(payload: Any) -> None:
        heard.append(payload)
        go_on.wait(ACK_S + 1)

    with listening(slack_of(place), answer) as connected:
        assert connected()
        assert opened.wait_for_client()
        for number in range(30):
            assert opened.send("slash_commands", {"command": "/stance", "number": number}, f"one-{number}")
        assert 0 < len(heard) < 30
        go_on.set()
    assert len(heard) == 30
    assert set(opened.sends.values()) == {1}
    assert max(opened.took.values()) < ACK_S
    assert all("payload" not in ack for ack in opened.acks.values())


@pytest.mark.parametrize("broken", [Socket.drop, Socket.refresh])
def test_a_line_that_breaks_or_that_slack_renews_is_opened_anew(
    place: Place, opened: Socket, broken: Callable[[Socket], None]
) -> None:
    heard = list[Any]()
    with listening(slack_of(place), heard.append, ping_s=0.2) as connected:
        assert connected()
        assert opened.wait_for_client()
        asked = len(place.requests)
        broken(opened)
        assert until(lambda: len(place.requests) > asked)
        assert opened.wait_for_client()
        assert until(lambda: opened.send("interactive", {"type": "x"}) is not None)
    assert {"type": "x"} in heard


def test_where_slack_is_away_at_first_it_is_asked_again(place: Place, opened: Socket) -> None:
    place.faults += [
        Fault(method="apps.connections.open", status=503),
        Fault(method="apps.connections.open", cut="before"),
    ]
    with listening(slack_of(place), lambda _: None) as connected:
        assert [connected(), connected(), connected()] == [False, False, True]
    assert not opened.acks


def test_a_token_that_slack_does_not_take_is_said_at_once(place: Place, opened: Socket) -> None:
    assert opened.address
    with (
        pytest.raises(RefusalError, match="SLACK_APP_TOKEN: invalid_auth"),
        listening(slack_of(place, app_token="xapp-wrong"), lambda _: None) as connected,
    ):
        connected()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[tuple[Desk, Socket]]:
    with desk(tmp_path) as found, socket_of(found.place) as socket:
        yield found, socket


def test_a_button_pressed_in_slack_is_answered_over_the_socket_and_shown_by_the_message(
    room: tuple[Desk, Socket], tmp_path: Path
) -> None:
    found, socket = room
    settings = replace(found.home.settings, slack=slack_of(found.place))
    services = replace(found.home.services, settings=settings)
    rounds = iter([False] * 200)

    def wait(_: float) -> bool:
        if not found.anna.told:
            assert socket.wait_for_client()
            found.anna.send = lambda kind, payload: socket.send(kind, payload, f"e-{len(found.anna.told)}")
            assert found.anna.press("have_it", found.message) is not None
            assert until(lambda: found.place.answered)
            found.anna.again()
            found.home.clock.forward(seconds=5)
            return False
        return found.place.rewritten > 0 or next(rounds)

    sign = tmp_path / "listening"
    with people(services) as connected:
        run(services, connected, wait, sign)
    assert sign.exists()
    assert "has it since" in shown(found.message)
    assert len(found.place.answered) == 1
    assert max(socket.took.values()) < ACK_S


def test_a_listener_that_is_not_connected_gives_no_sign_of_health(room: tuple[Desk, Socket], tmp_path: Path) -> None:
    sign = tmp_path / "listening"
    run(room[0].home.services, lambda: False, lambda _: True, sign)
    assert not sign.exists()
    run(room[0].home.services, lambda: True, lambda _: True, sign)
    assert sign.exists()


def test_the_verb_listens_sends_and_stops_when_told_to(place: Place, opened: Socket, tmp_path: Path) -> None:
    known = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment = {
        **known,
        "STANCEWATCH_VAR_DIR": str(tmp_path),
        "STANCEWATCH_SLACK_BASE_URL": place.url,
        "SLACK_BOT_TOKEN": place.token,
        "SLACK_APP_TOKEN": place.app_token,
    }
    command = [sys.executable, "-m", "pipeline", "slack"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "listening to Slack\n"
        assert opened.wait_for_client()
        payload = {"command": "/stance", "text": "help", "user_id": "U000ANNA", "trigger_id": "1"}
        url = place.answer_url("U000ANNA")
        assert opened.send("slash_commands", {**payload, "response_url": url}, "help") == {"envelope_id": "help"}
        assert until(lambda: place.answered)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert "japan" in json.dumps(place.answered)
