"""
A file of dated texts, CSV or JSON Lines -> history in the store. Door: reads the file, line by line.

Exit status 1 where a row was refused: it is named on stderr with its line and the mend, and the others are stored.
"""

import argparse
import codecs
import csv
import json
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self, TextIO

from pipeline import bootstrap, desk
from pipeline.domain import RefusalError
from pipeline.language.text import canonical_language
from pipeline.settings import ConfigError
from pipeline.shapes import zone

COLUMNS = ("title", "lead", "url", "date", "source", "lang")
_BLOCK = 1 << 20

_Rows = Iterator[tuple[int, Mapping[str, object]]]
_Refuse = Callable[[int, str], None]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", help=f"CSV with a header ({', '.join(COLUMNS)}) or JSON Lines"
    )
    parser.add_argument("--source", metavar="NAME", help="the outlet of rows that name none; see config/sources.yaml")
    parser.add_argument("--lang", metavar="LANG", help="the language of rows that name none (en, ja, zh-Hant)")
    parser.add_argument("--timezone", default="UTC", metavar="ZONE", help="of dates that name none (UTC)")


def bring(arguments: argparse.Namespace) -> int:
    """Store a file's texts as history and say how many were new, known and refused."""
    path: Path = arguments.file
    _expect_options(arguments)
    _expect_utf8(path)
    refused = 0

    def refuse(line: int, why: str) -> None:
        nonlocal refused
        refused += 1
        print(f"{path}:{line}: {why}", file=sys.stderr)

    with path.open(encoding="utf-8-sig", newline="") as file:
        start = file.read(_BLOCK).lstrip()[:1]
        file.seek(0)
        if start == "[":
            raise RefusalError(f"{path}: a JSON array; one object a line is wanted (jq -c '.[]' makes it so)")
        services = bootstrap.services()
        try:
            counts = desk.remember(
                services,
                f"import: {path.stem}",
                _json_lines(file, refuse) if start == "{" else _csv(path, file, refuse),
                refuse,
                source=arguments.source,
                lang=arguments.lang,
                timezone=arguments.timezone,
            )
        finally:
            services.close()
    stored = counts.get("new", 0) + counts.get("edited", 0)
    print(f"{path.name}: {_said(counts)}, {refused} refused")
    if stored:
        print("History never alerts. The next monitor pass tags it, or now:")
        print("  ./run dedup && ./run classify && ./run detect")
    return 1 if refused else 0


def _expect_options(arguments: argparse.Namespace) -> None:
    try:
        zone(arguments.timezone)
    except ValueError as error:
        raise ConfigError(f"--timezone {arguments.timezone}: {error}") from error
    if arguments.lang and arguments.lang.lower() != "zh" and canonical_language(arguments.lang) is None:
        raise ConfigError(f"--lang {arguments.lang}: a tag such as en, ja, zh-Hant is wanted")


def _said(counts: Mapping[str, int]) -> str:
    edited = counts.get("edited", 0)
    return (
        f"{counts.get('new', 0)} new, " + (f"{edited} edited, " if edited else "") + f"{counts.get('known', 0)} known"
    )


def _expect_utf8(path: Path) -> None:
    """Refuse a file in another encoding before anything of it is stored."""
    decoder, line = codecs.getincrementaldecoder("utf-8")(), 1
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                line += decoder.decode(block).count("\n")
            decoder.decode(b"", final=True)
    except OSError as error:
        raise RefusalError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line += bytes(error.object[: error.start]).count(b"\n")
        raise RefusalError(f"{path}:{line}: not UTF-8, {error.reason}; save it as UTF-8. Nothing was stored") from error


def _json_lines(file: TextIO, refuse: _Refuse) -> _Rows:
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            refuse(number, f"not JSON: {error}; one object a line is wanted")
            continue
        if isinstance(row, dict):
            yield number, row
        else:
            refuse(number, 'not a JSON object; write {"title": …, "date": …}')


class _Lines:
    """A file's lines for `csv`, with the number of the last; those after a row's first can be given back."""

    def __init__(self, file: TextIO) -> None:
        self.number = 0
        self._file = file
        self._row: list[str] = []
        self._waiting = deque[str]()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else next(self._file)
        self.number += 1
        self._row.append(line)
        return line

    def begin(self) -> int:
        """Return the number of the line on which the next row begins."""
        self._row.clear()
        return self.number + 1

    def give_back(self) -> None:
        """Take a row for its first line only: a quote that is never closed would swallow what follows."""
        following = self._row[1:]
        self.number -= len(following)
        self._waiting.extendleft(reversed(following))


def _csv(path: Path, file: TextIO, refuse: _Refuse) -> _Rows:
    """Yield rows by column name, each with the line on which it begins."""
    delimiter = max(",;\t", key=file.readline().count)
    file.seek(0)
    lines = _Lines(file)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    header = _header(path, reader)
    while True:
        line = lines.begin()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.give_back()
            refuse(line, f"not CSV: {error}; is a quotation mark left open, or not doubled inside a field?")
            continue
        if len(row) == len(header):
            yield line, dict(zip(header, row, strict=True))
        elif row:
            refuse(line, f"{len(row)} columns, and the header has {len(header)}; quote fields that hold {delimiter!r}")


def _header(path: Path, reader: Any) -> list[str]:  # noqa: ANN401 - csv's reader has no public type
    try:
        header = [name.strip().lower() for name in next(reader, [])]
    except csv.Error as error:
        raise RefusalError(f"{path}:1: not CSV: {error}") from error
    if "date" not in header or not {"title", "lead"} & set(header):
        raise RefusalError(
            f"{path}:1: the header has to name `date` and `title` or `lead`; known: {', '.join(COLUMNS)}"
        )
    if doubled := sorted({name for name in header if header.count(name) > 1 and name}):
        raise RefusalError(f"{path}:1: the column `{doubled[0]}` stands twice")
    return header
