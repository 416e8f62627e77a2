"""The permanent record of one shift, for a person who asks why; without an id, which shifts there are."""

import argparse

from pipeline import bootstrap, explain


def show(arguments: argparse.Namespace) -> int:
    """Print the record of a shift, or a line for each of the latest."""
    services = bootstrap.services()
    try:
        if arguments.shift_id:
            print(explain.explained(services, arguments.shift_id))
        else:
            print("\n".join(explain.latest(services)) or "no shift has been found yet")
    finally:
        services.close()
    return 0


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may be given."""
    parser.add_argument("shift_id", nargs="?", metavar="SHIFT_ID", help="its id or the beginning of it")
