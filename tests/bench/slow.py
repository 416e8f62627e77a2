"""A publisher far away, on loopback: hosts that answer late, and write down who asked when. A process of its own."""

import asyncio
import multiprocessing
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

from tests.bench.publisher import FEEDS_PER_HOST, document

MEDIAN_S, SPREAD = 0.8, 0.6
"""Half of all answers take longer than the median, one in twenty more than 2.7 times as long."""


@dataclass(frozen=True)
class Slow:
    """Where the feeds are; what was asked is told, and forgotten, by `asked`."""

    port: int
    feeds: int
    pipe: "Connection[None, list[tuple[str, int, float, float]]]"

    def url(self, number: int) -> str:
        """The address of a feed; four to a host."""
        host = number // FEEDS_PER_HOST
        return f"http://127.0.{1 + host // 250}.{1 + host % 250}:{self.port}/{number}.xml"

    def asked(self) -> list[tuple[str, int, float, float]]:
        """Return host, feed, and when the question came and the answer went, of every question since the last call."""
        self.pipe.send(None)
        return self.pipe.recv()


@contextmanager
def slow(feeds: int) -> Iterator[Slow]:
    """Serve ``feeds`` feeds that answer late; every run finds another body, with nothing new after the first."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(feeds, port, theirs), daemon=True)
    server.start()
    try:
        ours.recv()  # it is there
        yield Slow(port, feeds, ours)
    finally:
        server.terminate()
        server.join()


def _serve(feeds: int, port: int, pipe: "Connection[object, None]") -> None:
    bodies = [document(number, 0, 15).encode() for number in range(feeds)]
    log: list[tuple[str, int, float, float]] = []
    rng = random.Random(1)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop, host = asyncio.get_running_loop(), writer.get_extra_info("sockname")[0]
        try:
            while line := await reader.readline():
                came, number = loop.time(), int(line.split()[1].strip(b"/").removesuffix(b".xml"))
                while (await reader.readline()).strip():
                    pass
                await asyncio.sleep(rng.lognormvariate(0, SPREAD) * MEDIAN_S)
                body = bodies[number] + f"<!-- {rng.random()} -->".encode()
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)
                await writer.drain()
                log.append((host, number, came, loop.time()))
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def told() -> None:
        while True:
            await asyncio.sleep(0.05)
            if pipe.poll():
                pipe.recv()
                pipe.send(list(log))
                log.clear()

    async def run() -> None:
        server = await asyncio.start_server(answer, "0.0.0.0", port)
        pipe.send(None)
        async with server:
            await asyncio.gather(server.serve_forever(), told())

    with suppress(EOFError):  # who asked is gone
        asyncio.run(run())


def overlaps(asked: list[tuple[str, int, float, float]]) -> tuple[int, float]:
    """Return how often a host was asked while it was answering, and the shortest pause between two questions."""
    by_host: dict[str, list[tuple[float, float]]] = {}
    for host, _, came, went in asked:
        by_host.setdefault(host, []).append((came, went))
    pauses = [
        later[0] - earlier[1]
        for times in by_host.values()
        for earlier, later in zip(sorted(times), sorted(times)[1:], strict=False)
    ]
    return sum(pause < 0 for pause in pauses), min(pauses)
