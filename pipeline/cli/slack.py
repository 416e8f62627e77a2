"""Slack, both ways: hears people and answers them, and sends what is due every few seconds, until told to stop."""

import argparse
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import structlog

from pipeline import bootstrap, flows
from pipeline.domain import RefusalError
from pipeline.services import Services

EVERY_S = 5.0
LISTENING = Path(tempfile.gettempdir()) / "stancewatch-listening"
"""Written anew every few seconds while Slack is connected: a container's health is its age."""

log = structlog.get_logger()


def slack(_: argparse.Namespace) -> int:
    """Run until SIGTERM or Ctrl-C; whoever is being answered then is answered."""
    services = bootstrap.services()
    tokens = {"SLACK_BOT_TOKEN": services.settings.slack.token, "SLACK_APP_TOKEN": services.settings.slack.app_token}
    if missing := [name for name, token in tokens.items() if not token]:
        raise RefusalError(f"slack: {', '.join(missing)} not set; config/README.md says what the app needs")
    try:
        with _stopping() as stop, bootstrap.people(services) as connected:
            run(services, connected, stop.wait)
    finally:
        services.close()
    return 0


def run(
    services: Services, connected: Callable[[], bool], wait: Callable[[float], bool], sign: Path = LISTENING
) -> None:
    """
    Connect and send, again and again until ``wait`` says that it is over; what fails is tried anew.

    Touches ``sign`` in every round in which Slack is connected.
    """
    heard = False
    while True:
        if connected() != heard:
            heard = not heard
            print("listening to Slack" if heard else "not connected to Slack; trying again", flush=True)
        if heard:
            sign.touch()
        try:
            flows.alert(services)
        except Exception:  # the database may be away for a while
            log.exception("alert_failed")
        if wait(EVERY_S):
            return


@contextmanager
def _stopping() -> Iterator[Event]:
    """Yield what a signal to stop sets."""
    stop = Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, known in before.items():
            signal.signal(number, known)
