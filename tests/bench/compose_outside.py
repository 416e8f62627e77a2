"""
The world outside a deployment, in one server: feeds that hold a month, and a Slack workspace with a colleague in it.

``/N.rss`` is a feed; ``/polls`` lists who was asked when; ``/said`` is what Slack was told, as JSON. POST ``/step``
lets one government take a step, POST ``/press`` a colleague press *I have it*, over Socket Mode.
Runs in a container of ``./run bench compose``: ``python -m tests.bench.compose_outside``.
"""

import json
import time
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from typing import Any, cast

from tests.bench.day_one import CABINET, STEP, Page, month, rss
from tests.slack.people import Colleague, buttons
from tests.slack.place import Place
from tests.slack.socket import Socket, socket_of
from tests.slack.wire import _Request as Request

FEEDS = 8
ITEMS = 4
CHANNELS = {"east-asia-ukraine": "C000DESK", "stancewatch-ops": "C00000OPS"}
PORT, SOCKET_PORT = 8008, 8009
SLACK = f"http://outside:{PORT}/api/"
PLACE = Place(url=SLACK, channels=dict(CHANNELS), archived=set())
ADDRESSES = {number: f"http://press-{number}:{PORT}/{number}.rss" for number in range(FEEDS)}
_TAKES = "have_it"


class _Outside(Request):
    def do_GET(self) -> None:  # noqa: N802 - http.server's name
        world = cast(World, self.server)
        name, _, kind = self.path.strip("/").rpartition(".")
        if kind == "rss":
            world.polls.append((int(name), time.time()))  # noqa: TID251 - when the pipeline under test asked
            self._send("application/rss+xml", rss(int(name), world.pages[int(name)]))
        elif self.path in {"/said", "/polls"}:
            self._tell(world.place.messages if self.path == "/said" else world.polls)
        else:
            super().do_GET()

    def do_POST(self) -> None:  # noqa: N802
        world = cast(World, self.server)
        if self.path == "/step":
            self._tell(world.take_a_step())
        elif self.path == "/press":
            self._tell(world.press())
        else:
            super().do_POST()

    def _tell(self, what: object) -> None:
        self._send("application/json", json.dumps(what).encode())

    def _send(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class World(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, socket: Socket) -> None:
        super().__init__(("0.0.0.0", PORT), _Outside)
        self.place, self.line = socket.place, socket
        self.pages: dict[int, Page] = {number: month(number, ITEMS) for number in range(FEEDS)}
        self.polls: list[tuple[int, float]] = []

    def take_a_step(self) -> dict[str, Any]:
        at = datetime.now(UTC) - timedelta(minutes=20)  # noqa: TID251 - the pipeline under test lives now
        self.pages[CABINET] = [(*STEP, at), *self.pages[CABINET]]
        return {}

    def press(self) -> dict[str, Any]:
        """Press the button below the newest message that has it, as soon as somebody listens."""
        shown = [one for one in self.place.top() if any(each["action_id"] == _TAKES for each in buttons(one))]
        anna = Colleague(self.place, self.line.send)
        self.line.wait_for_client()
        heard = bool(shown) and anna.press(_TAKES, shown[-1]) is not None
        return {"by": anna.name, "heard": heard, "seconds": round(sum(self.line.took.values()), 3)}


if __name__ == "__main__":
    with socket_of(PLACE, "0.0.0.0", SOCKET_PORT) as opened:
        opened.address = f"ws://outside:{SOCKET_PORT}"
        World(opened).serve_forever()
