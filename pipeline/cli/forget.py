"""An outlet's texts, deleted on its request. What was found in them stays explained by ids, dates and tags."""

import argparse
from contextlib import closing

from pipeline import bootstrap, desk
from pipeline.domain import RefusalError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may be given."""
    parser.add_argument("source", metavar="SOURCE", help="an outlet of config/sources.yaml, or as its texts name it")


def forget(arguments: argparse.Namespace) -> int:
    """Delete; prints what was deleted and what is still to be done."""
    with closing(bootstrap.services()) as services:
        counts = desk.forget(services, arguments.source)
        feeds = desk.own_feeds(services, arguments.source)
        if not any(counts.values()) and not feeds and arguments.source not in services.sources:
            raise RefusalError(f"{arguments.source}: no text and no outlet of this name; `./run feeds --coverage`")
    print(", ".join(f"{number} {what} emptied" for what, number in counts.items()))
    if feeds:
        print(f"Its next texts come in as before until you take its feeds out of feeds.yaml: {', '.join(feeds)}.")
    print("Backups and what was sent to Slack or by mail hold them still.")
    return 0
