"""A past period under other settings, for a person who is about to change them."""

import argparse
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from pipeline import bootstrap, replay


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may be given."""
    when = "a day or an ISO time (UTC unless it says otherwise)"
    parser.add_argument("--since", required=True, type=start, metavar="DATE", help=when)
    parser.add_argument("--until", required=True, type=end, metavar="DATE", help=f"{when}; a day is played to its end")
    parser.add_argument("--model", type=Path, metavar="DIR", help="tag the texts anew, in memory, with this model")
    parser.add_argument(
        "--false-alarms-per-quarter", type=rate, metavar="X", help="accept so many instead of detect.yaml's"
    )
    parser.add_argument(
        "--messages-per-week", type=messages, metavar="N", help="let every route have so many instead of routes.yaml's"
    )


def play(arguments: argparse.Namespace) -> int:
    """Print the difference; nothing is written."""
    services = bootstrap.services()
    try:
        tagger = bootstrap.tagger(services.settings, arguments.model) if arguments.model else None
        difference = replay.replay(
            services,
            replay.Period(since=arguments.since, until=arguments.until),
            false_alarms_per_quarter=arguments.false_alarms_per_quarter,
            messages_per_week=arguments.messages_per_week,
            tagger=tagger,
        )
        print(replay.words(difference, services.names))
    finally:
        services.close()
    return 0


def start(given: str) -> datetime:
    """Read a moment; a day is its beginning."""
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{given}: say a day like 2026-05-01 or a time like 2026-05-01T09:30"
        ) from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def end(given: str) -> datetime:
    """Read a moment; a day is its end."""
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return start(given)
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def rate(given: str) -> float:
    """Read an accepted rate, more than nothing."""
    try:
        value = float(given)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{given}: say a number above 0")
    return value


def messages(given: str) -> int:
    """Read a number of messages, none included."""
    if not given.isdecimal():
        raise argparse.ArgumentTypeError(f"{given}: say a whole number, 0 or more")
    return int(given)
