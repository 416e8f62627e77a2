"""
The world outside a deployment, in one server: feeds that hold a month, and a Slack workspace.

``/N.rss`` is a feed; POST ``/step`` lets one government take a step; ``/said`` is what Slack was told, as JSON.
Runs in a container of ``./run bench compose``: ``python -m tests.bench.compose_outside PORT``.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from typing import cast

from tests.bench.day_one import CABINET, STEP, Page, month, rss
from tests.slack.place import Place
from tests.slack.wire import _Request as Request

FEEDS = 8
ITEMS = 4
CHANNELS = {"east-asia-ukraine": "C000DESK", "stancewatch-ops": "C00000OPS"}
TOKEN = Place().token


class _Outside(Request):
    def do_GET(self) -> None:  # noqa: N802 - http.server's name
        name, _, kind = self.path.strip("/").rpartition(".")
        if kind == "rss":
            self._send("application/rss+xml", rss(int(name), cast(World, self.server).pages[int(name)]))
        elif self.path == "/said":
            self._send("application/json", json.dumps(self.place.messages).encode())
        else:
            super().do_GET()

    def do_POST(self) -> None:  # noqa: N802
        if self.path == "/step":
            cast(World, self.server).take_a_step()
            self._send("application/json", b"{}")
        else:
            super().do_POST()

    def _send(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class World(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, host: str, port: int) -> None:
        super().__init__((host, port), _Outside)
        self.place = Place(channels=dict(CHANNELS), archived=set())
        self.pages: dict[int, Page] = {number: month(number, ITEMS) for number in range(FEEDS)}

    def take_a_step(self) -> None:
        at = datetime.now(UTC) - timedelta(minutes=20)  # noqa: TID251 - the pipeline under test lives now
        self.pages[CABINET] = [(*STEP, at), *self.pages[CABINET]]


if __name__ == "__main__":
    World("0.0.0.0", int(sys.argv[1])).serve_forever()
