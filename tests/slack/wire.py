"""Serves a `Place` on loopback: requests in both encodings, answers, and what goes wrong between the two."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from tests.slack.place import Answer, Fault, Place

_JSON = ("blocks", "metadata", "view", "attachments")


def _arguments(content_type: str, body: bytes) -> Answer | str:
    """Read arguments as JSON or as a form, whose structures are JSON in strings; else the error's name."""
    try:
        if not body:
            return {}
        if content_type.startswith("application/json"):
            given = json.loads(body)
            return given if isinstance(given, dict) else "json_not_object"
        if content_type.startswith("application/x-www-form-urlencoded"):
            form: Answer = dict(parse_qsl(body.decode()))
            return form | {name: json.loads(form[name]) for name in _JSON if name in form}
    except ValueError:
        return "invalid_json"
    return "invalid_post_type" if content_type else "missing_post_type"


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def place(self) -> Place:
        return cast(_Server, self.server).place

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        given = _arguments(self.headers.get("Content-Type", ""), body)
        if self.path.startswith("/response/"):
            self._answer_to(self.path.removeprefix("/response/"), given)
        else:
            self._carry_out(body, given)

    def _answer_to(self, name: str, given: Answer | str) -> None:
        status, said = self.place.answer_to(name, given)
        if status != HTTPStatus.OK:
            self.place.refused.append(("response_url", said))
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said.encode())

    def do_GET(self) -> None:
        self._carry_out(b"", dict(parse_qsl(urlsplit(self.path).query)))

    def _carry_out(self, body: bytes, given: Answer | str) -> None:
        place, headers = self.place, dict(self.headers)
        method = urlsplit(self.path).path.removeprefix("/api/")
        with place.lock:
            place.requests.append((method, headers, body))
            fault = next((one for one in place.faults if one.method in {"", method}), None)
            if fault:
                place.faults.remove(fault)
        fault = fault or Fault(accepted=True)
        answer: tuple[int, Answer, dict[str, str]] = (fault.status, {"ok": False, "error": fault.error}, {})
        if fault.accepted or fault.cut in {"after", "within"} or not fault.fails:
            carried_out = place.answer(method, headers, given)
            answer = answer if fault.fails else carried_out
        if fault.then:
            fault.then()
        time.sleep(fault.seconds)
        if not answer[1]["ok"]:
            place.refused.append((method, answer[1]["error"] or str(answer[0])))
        self._reply(fault, answer)

    def _reply(self, fault: Fault, answer: tuple[int, Answer, dict[str, str]]) -> None:
        status, content, headers = answer
        if fault.cut in {"before", "after"}:
            self._hang_up()
            return
        if fault.cut == "garbage":
            self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
            self._hang_up()
            return
        body = fault.body if fault.body is not None else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json; charset=utf-8", **headers, **fault.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + (100 if fault.cut == "within" else 0)))
        self.end_headers()
        self.wfile.write(body)
        if fault.cut == "within":
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, place: Place) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.place = place

    def handle_error(self, *_: object) -> None:
        """Say nothing of a client that did not wait."""


@contextmanager
def serve(**over: Any) -> Iterator[Place]:
    """Serve a workspace."""
    place = Place(**over)
    server = _Server(place)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    place.url = f"http://127.0.0.1:{server.server_address[1]}/api/"
    try:
        yield place
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
