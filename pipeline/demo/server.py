"""Door: serves documents over loopback HTTP with ETag and 304, as a polite publisher does."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

Serve = Callable[[str], tuple[bytes, Mapping[str, str]] | None]


@contextmanager
def loopback(serve: Serve) -> Iterator[str]:
    """Serve what ``serve`` returns for an address (path and query): body and headers. Yields ``127.0.0.1:port``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else headers and body wait 40 ms for each other

        def do_GET(self) -> None:
            found = serve(self.path)
            body, headers = found or (b"nothing here", {"Content-Type": "text/plain"})
            etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            if found and self.headers.get("If-None-Match") == etag:
                self.send_response(304)
                self.send_header("ETag", etag)
                self.end_headers()
                return
            self.send_response(200 if found else 404)
            for name, value in {"ETag": etag, **headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep still: the pipeline writes its own lines."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
