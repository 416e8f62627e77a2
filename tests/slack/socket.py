"""
Socket Mode of the stand-in: hands out addresses for `apps.connections.open` and speaks with whoever connects.

An envelope is sent until it is acknowledged, three times at most, as Slack does; the answers are kept.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from socket import SHUT_RDWR
from threading import Condition, Thread
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from tests.slack.place import Place

ACK_S, SENDS = 3.0, 3


@dataclass(slots=True)
class Socket:
    """The workspace's end. ``acks`` holds what came back, by envelope."""

    place: Place
    address: str = ""
    acks: dict[str, dict[str, Any]] = field(default_factory=dict)
    sends: dict[str, int] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)
    ack_s: float = ACK_S
    _open: list[ServerConnection] = field(default_factory=list)
    _changed: Condition = field(default_factory=Condition)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def ticket(self) -> str:
        """Return the address of one connection."""
        return f"{self.address}/link/?ticket={next(self._numbers)}"

    def trigger(self) -> str:
        """Return a trigger as an interaction brings it: a view may be opened with it once, within 3 s."""
        name = f"trigger-{next(self._numbers)}"
        self.place.triggers[name] = self.place.now()
        return name

    def wait_for_client(self, seconds: float = 10.0) -> bool:
        """Wait until somebody listens."""
        with self._changed:
            return self._changed.wait_for(lambda: bool(self._open), seconds)

    def send(self, kind: str, payload: dict[str, Any], envelope_id: str = "") -> dict[str, Any] | None:
        """Send an envelope ("interactive", "slash_commands") and return its acknowledgement; None: there was none."""
        envelope_id, started = envelope_id or f"envelope-{next(self._numbers)}", time.monotonic()
        for attempt in range(SENDS):
            self.sends[envelope_id] = self.sends.get(envelope_id, 0) + 1
            envelope = {
                "envelope_id": envelope_id,
                "type": kind,
                "payload": payload,
                "accepts_response_payload": kind != "events_api",
                "retry_attempt": attempt,
            }
            with self._changed:
                open_ = list(self._open)
            if open_:
                with suppress(ConnectionClosed):
                    open_[-1].send(json.dumps(envelope))
            with self._changed:
                if self._changed.wait_for(lambda: envelope_id in self.acks, self.ack_s):
                    self.took[envelope_id] = time.monotonic() - started
                    return self.acks[envelope_id]
        return None

    def drop(self) -> None:
        """Break every connection, as a network does."""
        with self._changed:
            open_ = list(self._open)
        for connection in open_:
            connection.socket.shutdown(SHUT_RDWR)
        with self._changed:
            self._changed.wait_for(lambda: not set(open_) & set(self._open), 5)

    def refresh(self) -> None:
        """Ask for a new connection, as Slack does every few hours."""
        with self._changed:
            open_ = list(self._open)
        open_[-1].send(json.dumps({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}}))

    def talk(self, connection: ServerConnection) -> None:
        """Greet one client and take its acknowledgements until it leaves."""
        connection.send(json.dumps({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0000001"}}))
        with self._changed:
            self._open.append(connection)
            self._changed.notify_all()
        try:
            for message in connection:
                ack = json.loads(message)
                with self._changed:
                    self.acks[ack["envelope_id"]] = ack
                    self._changed.notify_all()
        except ConnectionClosed:
            pass
        finally:
            with self._changed:
                self._open.remove(connection)


@contextmanager
def socket_of(place: Place, host: str = "127.0.0.1", port: int = 0) -> Iterator[Socket]:
    """Serve the sockets of a workspace, on loopback unless another machine is to reach them."""
    socket = Socket(place)
    with serve(socket.talk, host, port) as server:
        socket.address = f"ws://{host}:{server.socket.getsockname()[1]}"
        place.tickets = socket.ticket
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield socket
        finally:
            place.tickets = None
            server.shutdown()
            thread.join()
