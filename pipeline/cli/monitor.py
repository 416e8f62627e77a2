"""Live passes over the configured feeds, for those without Airflow."""

import argparse
import time

from rich.console import Console

from pipeline import bootstrap, flows
from pipeline.cli.feeds import when
from pipeline.collect import FINE
from pipeline.domain import PollOutcome
from pipeline.services import Services


def monitor(arguments: argparse.Namespace) -> int:
    """Make one pass, or one every so often. Exit status 1 where no feed could be read."""
    services = bootstrap.services()
    try:
        while True:
            status = _one_pass(Console(highlight=False, soft_wrap=True), services)
            if arguments.every is None:
                return status
            time.sleep(arguments.every.total_seconds())
            services = bootstrap.services(after=services)  # what was configured or trained meanwhile holds
    finally:
        services.close()


def _one_pass(console: Console, services: Services) -> int:
    started = services.now()
    shards = services.settings.poll.shards
    polled = [flows.poll(services, shard, shards) for shard in range(shards)]
    rest = {flow.__name__: flow(services) for flow in (flows.dedup, flows.classify, flows.detect, flows.alert)}
    states = services.store.entries.states()
    read = failed = 0
    for feed in services.settings.feeds:
        state = states.get(feed.name)
        if state is None or state.polled_at is None or state.polled_at < started:
            continue
        fine = state.outcome in FINE
        read, failed = read + fine, failed + (not fine)
        if not fine:
            console.print(
                f"{feed.name}: {state.outcome}: {state.detail}; next try {when(state.next_poll_at)}", markup=False
            )
    entries = sum(counts.get("entries", 0) for counts in polled)
    left = sum(counts.get(PollOutcome.NOT_REACHED, 0) for counts in polled)
    busy = sum(counts.get("busy", 0) for counts in polled)
    console.print(
        f"{read} feeds read, {failed} failed, {left} not reached and still due"
        + (f", {busy} being read by another process" if busy else "")
        + f"; {entries} new entries; {rest['detect'].get('new', 0)} new shifts"
    )
    if failed and not read:
        console.print("No feed could be read: is there a network? Nothing is lost. `./run demo` needs none.")
        return 1
    return 0
