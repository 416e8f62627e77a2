"""A publisher on the loopback network that does what it is told, and remembers who asked what and when."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread

FEED = b"<rss version='2.0'><channel><title>t</title><item><title>One</title></item></channel></rss>"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request as it came: when, over which connection, and how many were under way."""

    path: str
    headers: dict[str, str]
    at: float
    port: int
    at_once: int


class Connection(BaseHTTPRequestHandler):
    """One client's connection; its publisher says what to answer."""

    protocol_version = "HTTP/1.1"
    server: "Publisher"

    def do_GET(self) -> None:
        self.server.answer(self)

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Send a whole answer; ``headers`` are named with underscores."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers and status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def raw(self, answer: bytes) -> None:
        """Send bytes as they are and hang up."""
        self.wfile.write(answer)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Keep still."""


Does = Callable[[Connection], None]


@dataclass
class Script:
    """What happens at one path: the answers in turn, the last for ever."""

    turns: list[Does] = field(default_factory=list)

    def next(self) -> Does:
        return self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]


class Publisher(ThreadingHTTPServer):
    """A server whose every path has a script."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.asked: list[Asked] = []
        self.over = Event()
        self._scripts: dict[str, Script] = {}
        self._lock = Lock()
        self._under_way = 0

    def url(self, path: str = "/feed", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.server_address[1]}{path}"

    def does(self, path: str, *turns: Does) -> None:
        """Let ``path`` do these things in turn."""
        self._scripts[path] = Script(list(turns))

    def says(self, path: str = "/feed", status: int = 200, body: bytes = FEED, **headers: str) -> None:
        """Let ``path`` always give one answer."""
        self.does(path, lambda connection: connection.send(status, body, **headers))

    def paths(self) -> list[str]:
        return [each.path for each in self.asked]

    def answer(self, connection: Connection) -> None:
        with self._lock:
            self._under_way += 1
            self.asked.append(
                Asked(
                    path=connection.path,
                    headers={name.lower(): value for name, value in connection.headers.items()},
                    at=time.monotonic(),
                    port=connection.client_address[1],
                    at_once=self._under_way,
                )
            )
            script = self._scripts.get(connection.path)
        try:
            script.next()(connection) if script else connection.send(404)
        finally:
            with self._lock:
                self._under_way -= 1

    def slowly(self, seconds: float, body: bytes = FEED) -> Does:
        """Answer after a while, or when the test is over."""

        def wait(connection: Connection) -> None:
            self.over.wait(seconds)
            connection.send(200, body)

        return wait

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep still about clients that hang up."""


@contextmanager
def publisher() -> Iterator[Publisher]:
    """Open a publisher."""
    server = Publisher()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
