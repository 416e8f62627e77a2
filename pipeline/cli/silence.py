"""Silences, for a person who has heard enough of something: add one, list those that last, end one."""

import argparse
import getpass
import hashlib
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from pipeline import bootstrap
from pipeline.cli.durations import duration
from pipeline.domain import (
    Act,
    Actor,
    Owner,
    RefusalError,
    ReportedShift,
    Severity,
    ShiftKind,
    Silence,
    Track,
    Voice,
)

_LABELS: dict[str, tuple[str, type[StrEnum]]] = {
    "actor": ("actors", Actor),
    "voice": ("voices", Voice),
    "act": ("acts", Act),
    "track": ("tracks", Track),
    "direction": ("directions", ReportedShift),
    "kind": ("kinds", ShiftKind),
    "severity": ("severities", Severity),
    "owner": ("owners", Owner),
}
_WORDS = {"language": "languages", "story": "stories", "source": "sources"}
_NAMES = {**{option: name for option, (name, _) in _LABELS.items()}, **_WORDS}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may be given."""
    verbs = parser.add_subparsers(required=True, metavar="add | list | end", dest="what")
    new = verbs.add_parser("add", help="silence what fits every option given; an option may be given several times")
    for option, (_, labels) in _LABELS.items():
        new.add_argument(f"--{option}", action="append", type=labels, choices=list(labels), metavar="|".join(labels))
    for option in _WORDS:
        new.add_argument(f"--{option}", action="append", metavar="NAME")
    new.add_argument("--for", dest="lasts", required=True, type=duration, metavar="TIME", help="such as 8h, 1d, 1w")
    new.add_argument("--comment", required=True, help="why, for the colleagues")
    new.add_argument("--author", default=None, help="default: the name of the account")
    verbs.add_parser("list", help="what is silenced now, by whom, why and until when")
    verbs.add_parser("end", help="end a silence now").add_argument("silence_id", metavar="ID")


def silence(arguments: argparse.Namespace) -> int:
    """Add, list or end; prints what is silenced afterwards."""
    services = bootstrap.services()
    try:
        now, silences = services.now(), services.store.silences
        if arguments.what == "add":
            silences.add(made(arguments, now))
        elif arguments.what == "end" and not silences.end(arguments.silence_id, now):
            raise RefusalError(f"{arguments.silence_id}: no silence of this id lasts; `./run silence list` shows them")
        print("\n".join(line(one) for one in silences.lasting(now)) or "nothing is silenced")
    finally:
        services.close()
    return 0


def made(arguments: argparse.Namespace, now: datetime) -> Silence:
    """Return the silence that was asked for; refuses one that would cover everything."""
    covered = {name: frozenset(getattr(arguments, option) or ()) for option, name in _NAMES.items()}
    if not any(covered.values()):
        raise RefusalError("silence: say what, by at least one option such as --actor JP; nothing is silenced whole")
    author = arguments.author or getpass.getuser()
    text = "\0".join([author, arguments.comment, now.isoformat(), *(f"{k}={sorted(v)}" for k, v in covered.items())])
    return Silence(
        silence_id=hashlib.sha256(text.encode()).hexdigest()[:8],
        author=author,
        comment=arguments.comment,
        created_at=now,
        ends_at=now + arguments.lasts,
        **covered,
    )


def line(one: Silence) -> str:
    """Put a silence on one line."""
    what = " ".join(f"{option}={_joined(getattr(one, name))}" for option, name in _NAMES.items() if getattr(one, name))
    return f"{one.silence_id}  until {one.ends_at:%Y-%m-%d %H:%M} UTC  {what}  {one.author}: {one.comment}"


def _joined(values: Iterable[str]) -> str:
    return ",".join(sorted(values))
