"""
New feeds -> rows at the end of ``config/feeds.yaml``. Door: writes that one file, whole or not at all.

What stands there, comments and order, is left as it is: rows are appended as text. The file is put in place only
when all settings load with it, and its feeds are the old ones and then the new.
"""

import json
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from textwrap import wrap

from pipeline.domain import Feed
from pipeline.language.text import whole
from pipeline.settings import ConfigError, Settings, load

_DEFAULTS = {field.name: field.default for field in fields(Feed)}
_WIDTH = 118
_KEYS = {"min_gap_s": "min_gap"}
_PLAIN = re.compile(r"[^\W\d_]\w*(?:[ /][^\W\d_]\w*)*")
_NOT_PLAIN = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_ITEM = re.compile(r"^( *)- ", re.MULTILINE)


def row(feed: Feed, indent: str = "") -> str:
    """Return a feed as the file has it: what is a default is left out, but for an unknown language."""
    values = {field.name: getattr(feed, field.name) for field in fields(Feed)}
    kept = {name: value for name, value in values.items() if value != _DEFAULTS[name] or name == "lang"}
    lines = [f"{_KEYS.get(name, name)}: {_scalar(value)}" for name, value in kept.items()]
    return "\n".join(f"{indent}{'  ' if number else '- '}{line}" for number, line in enumerate(lines)) + "\n"


def append(settings: Settings, added: Sequence[tuple[Feed, str]]) -> Path:
    """Write feeds, each under a line of comment, after those that are there; returns the file."""
    path = settings.config_dir / "feeds.yaml"
    text = path.read_bytes().decode()
    item = _ITEM.search(text)
    indent = item[1] if item else "  "
    head = text if item else re.sub(r"^feeds:.*$", "feeds:", text, count=1, flags=re.MULTILINE)
    rows = "".join(_remark(comment, indent) + row(feed, indent) for feed, comment in added)
    newline = "\r\n" if "\r\n" in text else "\n"
    written = (head.rstrip() + newline + rows.replace("\n", newline)).encode()
    _check(path, written, [feed for feed, _ in added])
    _put(path.resolve(), written)
    return path


def _remark(comment: str, indent: str) -> str:
    mark = f"{indent}# "
    lines = wrap(whole(comment), _WIDTH, initial_indent=mark, subsequent_indent=mark)
    return "".join(f"{line}\n" for line in lines)


def _check(path: Path, written: bytes, added: Sequence[Feed]) -> None:
    """Load the settings as they would be, from a folder in which only this file is another."""
    before = load({**os.environ, "STANCEWATCH_CONFIG_DIR": str(path.parent)}).feeds
    with tempfile.TemporaryDirectory() as folder:
        for other in path.parent.iterdir():
            if other.name != path.name:
                (Path(folder) / other.name).symlink_to(other.absolute())
        (Path(folder) / path.name).write_bytes(written)
        try:
            after = load({**os.environ, "STANCEWATCH_CONFIG_DIR": folder}).feeds
        except ConfigError as error:
            raise ConfigError(f"{str(error).replace(folder, str(path.parent))}; nothing was written") from error
    new = [replace(feed, url="") for feed in after[len(before) :]]  # an address is written in its usual form
    if after[: len(before)] != before or new != [replace(feed, url="") for feed in added]:
        raise ConfigError(f"{path}: no row can be appended here; nothing was written. Put it in by hand (--dry-run)")


def _put(path: Path, written: bytes) -> None:
    """Put a file in place at once: whoever reads it finds the old one or the new."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".feeds-")
    new = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(written)
            file.flush()
            os.fsync(file.fileno())
        new.chmod(path.stat().st_mode)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _scalar(value: object) -> str:
    """Write a value so that YAML reads it back: plain where that is sure, else in JSON's quotes."""
    if isinstance(value, str) and not (_PLAIN.fullmatch(value) and value.lower() not in _NOT_PLAIN):
        return json.dumps(value, ensure_ascii=False)
    return str(value) if isinstance(value, str) else json.dumps(value)
