"""Times as a person writes them on the command line: 90s, 10m, 8h, 1d, 1w."""

import argparse
import re
from datetime import timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def duration(given: str) -> timedelta:
    """Read a time of at most four digits and a unit; what is none is refused by the parser of arguments."""
    found = re.fullmatch(r"([1-9]\d{0,3})([smhdw])", given)
    if not found:
        raise argparse.ArgumentTypeError(f"{given}: say a number and s, m, h, d or w, such as 90s, 10m, 8h, 1d, 1w")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
