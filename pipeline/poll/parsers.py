"""
Door: documents -> what is new in them, read in processes where there is much to read, and in this one where not.

feedparser holds the interpreter for 10 ms a document, so threads gain nothing; processes are started where a poll
brings enough to read, and kept for the next one while that is so. One that dies over a document costs that
document; where none can be had, everything is read here.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from itertools import chain
from pathlib import Path
from queue import SimpleQueue

from pipeline.domain import Feed, Fetched, Marks, PollOutcome
from pipeline.poll.parse import Parsed
from pipeline.poll.read import read

MOST = 4
ENOUGH_BYTES = 500_000
"""So much to be read in one poll is worth having processes for, which take 0.2 s each to start."""
CUT_BYTES = 5_000
"""A document that will be cut takes about as long to read as so much of another."""
LOAD_BYTES = 50_000
"""So much is handed over at once: a thread that waits for the interpreter waits up to 5 ms each time."""

_SERVE = (sys.executable, "-c", "from pipeline.poll.parsers import serve; serve()")
_PROJECT = Path(__file__).parents[2]

Question = tuple[Feed, Fetched, datetime, bool, Marks | None]
"""What `pipeline.poll.read` takes: feed, answer, seen_at, history, marks."""
Reading = tuple[Parsed, Marks | None]


def wanted() -> int:
    """Return how many processes are worth having: none where there is one processor."""
    processors = os.cpu_count() or 1
    return min(processors, MOST) if processors > 1 else 0


class Parsers:
    """Reads documents in order, in at most ``processes`` processes; what it returns does not depend on how many."""

    def __init__(self, processes: int | None = None, command: Sequence[str] = _SERVE) -> None:
        self._processes = [_Process(command) for _ in range(wanted() if processes is None else processes)]
        self._idle = SimpleQueue[_Process]()
        self._threads: ThreadPoolExecutor | None = None
        self._bytes = 0

    def read(self, questions: Sequence[Question]) -> Iterator[Reading]:
        """Begin to read; the answers come in the order of the questions."""
        self._bytes += sum(map(_size, questions))
        if self._threads is None and self._processes and self._bytes >= ENOUGH_BYTES:
            self._threads = ThreadPoolExecutor(len(self._processes))
            self._idle = SimpleQueue()
            for process in self._processes:
                self._idle.put(process)
        if self._threads is None:
            return map(_read, questions)
        return chain.from_iterable(self._threads.map(self._ask, _loads(questions)))

    def rest(self) -> None:
        """Say that a poll is over: processes that had little to read in it are ended."""
        if self._bytes < ENOUGH_BYTES:
            self.close()
        self._bytes = 0

    def close(self) -> None:
        """End every process; they start again when there is enough to read."""
        threads, self._threads, self._bytes = self._threads, None, 0
        if threads:
            threads.shutdown(wait=False, cancel_futures=True)
            self._end()
            threads.shutdown()
            self._end()  # what was just being started

    def _end(self) -> None:
        for process in self._processes:
            process.end()

    def _ask(self, load: Sequence[Question]) -> list[Reading]:
        process = self._idle.get()
        try:
            return process.read(load)
        finally:
            self._idle.put(process)


class _Process:
    """One process that reads a load at a time, started for its first one and again when it has died."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._to_be_had = True

    def read(self, load: Sequence[Question]) -> list[Reading]:
        """Have documents read; where the process dies over them, one by one."""
        process = self._process or self._started()
        if process is None or process.stdin is None or process.stdout is None:
            return list(map(_read, load))
        try:
            pickle.dump(load, process.stdin)
            process.stdin.flush()
            readings: list[Reading] = pickle.load(process.stdout)  # noqa: S301 - our own process wrote it
        except (OSError, EOFError, pickle.UnpicklingError):
            status = self.end()
            if len(load) > 1:
                return [reading for question in load for reading in self.read([question])]
            return [(Parsed((), PollOutcome.NOT_A_FEED, f"its parser died ({status})"), None)]
        return readings

    def end(self) -> int | None:
        """End the process; returns the status with which it ended."""
        process, self._process = self._process, None
        if process is None:
            return None
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # what was left to write
                pipe.close() if pipe else None
        return process.wait()

    def _started(self) -> subprocess.Popen[bytes] | None:
        """Start a process that says that it is ready; None where that cannot be, which is tried once."""
        if not self._to_be_had:
            return None
        with suppress(OSError):
            process = self._process = subprocess.Popen(  # noqa: S603 - this interpreter, this file
                self._command, cwd=_PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            if process.stdout and process.stdout.read(1):
                return process
        self._to_be_had = False
        self.end()
        return None


def serve() -> None:
    """Answer questions from stdin on stdout until there are no more: the life of one process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asks decides when to end
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that a library prints may come between
    answers.write(b".")
    answers.flush()
    with suppress(EOFError, BrokenPipeError):  # who asks is done, or gone
        while True:
            load: Sequence[Question] = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own process wrote it
            pickle.dump(list(map(_read, load)), answers)
            answers.flush()


def _read(question: Question) -> Reading:
    feed, fetched, seen_at, history, marks = question
    return read(feed, fetched, seen_at, history=history, marks=marks)


def _size(question: Question) -> int:
    """Say how much reading a document is, in bytes of one that is read whole."""
    _, fetched, _, _, marks = question
    return CUT_BYTES if marks else len(fetched.body)


def _loads(questions: Sequence[Question]) -> Iterator[list[Question]]:
    """Put documents together until they are a load."""
    load, size = list[Question](), 0
    for question in questions:
        load.append(question)
        size += _size(question)
        if size >= LOAD_BYTES:
            yield load
            load, size = [], 0
    if load:
        yield load
