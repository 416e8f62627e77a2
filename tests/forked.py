"""
A process that forks one for every order on stdin and says how it ended; and the other end, which sends the orders.

For what has to survive being killed: the steps at which it may die are boundaries of its transactions and of its talks
with servers, seen from outside of the code.
"""

import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[1]
Order = dict[str, Any]


@dataclass(slots=True)
class Steps:
    """Counts boundaries; at the one wanted the process is no more."""

    wanted: int
    passed: int = 0

    def __call__(self) -> None:
        self.passed += 1
        if self.passed == self.wanted:
            os.kill(os.getpid(), signal.SIGKILL)


def follow_orders(one_pass: Callable[[Order], Order]) -> None:
    """Fork for every line on stdin; an order that names ``seconds`` is killed after them."""
    for line in sys.stdin:
        order = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                with os.fdopen(writing, "w") as answer:
                    answer.write(json.dumps(one_pass(order)))
            except BaseException:  # noqa: BLE001 - it must not go on as if it were its parent
                traceback.print_exc()
            os._exit(0)
        os.close(writing)
        if order.get("seconds") is not None:
            time.sleep(order["seconds"])
            os.kill(child, signal.SIGKILL)
        with os.fdopen(reading) as answer:
            said = answer.read()
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status)
        print(json.dumps({"killed": killed, **(json.loads(said) if said and not killed else {})}), flush=True)


@dataclass(frozen=True, slots=True)
class Orders:
    """The other end; it is asked one thing at a time."""

    to: IO[str]
    back: IO[str]

    def tell(self, what: object) -> None:
        self.to.write(json.dumps(what) + "\n")
        self.to.flush()

    def ask(self, order: Order) -> Order:
        self.tell(order)
        answer: Order = json.loads(self.back.readline())
        return answer


@contextmanager
def forking(module: str, environment: Mapping[str, str] | None = None) -> Iterator[Orders]:
    """Start a module that follows orders."""
    command, pipe = [sys.executable, "-m", module], subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True, env=environment) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield Orders(process.stdin, process.stdout)
        finally:
            process.stdin.close()
