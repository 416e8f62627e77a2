"""
Where the detection goes on from: one row of all together, one of every series.

It is written only by who read what is there, else not at all: two passes at once never mix theirs.
"""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, delete, select, update

from pipeline.storage import tables as t
from pipeline.storage.database import Database, in_parts, upsert

_ALL = ""

Content = dict[str, Any]


class Checkpoints:
    """What a pass of the detection leaves for the next. May be emptied at any time: the next pass looks at all."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last(self) -> tuple[str, Content] | None:
        """Return the token and the content of what the last pass left; None: look at everything."""
        rows = self._read([_ALL])
        return rows[_ALL] if _ALL in rows and rows[_ALL][1] is not None else None

    def lines(self, series: Iterable[str]) -> dict[str, Content]:
        """Return what was left of some series, by name; of one without a story, nothing."""
        return {name: content for name, (_, content) in self._read(sorted(series)).items()}

    def begin(self) -> str:
        """Put aside what was left, since everything is looked at; returns the token to write by."""
        token = uuid.uuid4().hex
        with self._database.write() as connection:
            _write(connection, token, {_ALL: None})
        return token

    def leave(self, token: str, whole: Content | None, lines: Mapping[str, Content]) -> None:
        """
        Write what the next pass goes on from, by the token of `begin`; None: it shall look at everything.

        Where another pass began meanwhile nobody knows which of the two wrote last what was found: it is put aside.
        """
        with self._database.write() as connection:
            mine = connection.scalar(select(_ROW.token).where(_ROW.name == _ALL)) == token
            connection.execute(delete(t.checkpoints))
            _write(connection, uuid.uuid4().hex, {**lines, _ALL: whole} if mine else {_ALL: None})

    def go_on(self, token: str, whole: Content, lines: Mapping[str, Content]) -> None:
        """Write what changed, by the token of `last`; where another pass wrote meanwhile, theirs stays."""
        after = uuid.uuid4().hex
        mine = (_ROW.name == _ALL, _ROW.token == token)
        with self._database.write() as connection:
            if connection.execute(update(t.checkpoints).where(*mine).values(token=after)).rowcount:
                _write(connection, after, {**lines, _ALL: whole})

    def clear(self) -> None:
        """Have the next pass look at everything."""
        with self._database.write() as connection:
            connection.execute(delete(t.checkpoints))

    def _read(self, names: list[str]) -> dict[str, tuple[str, Any]]:
        with self._database.read() as connection:
            return {
                row.name: (row.token, row.content)
                for some in in_parts(names)
                for row in connection.execute(select(t.checkpoints).where(_ROW.name.in_(some)))
            }


_ROW = t.checkpoints.c


def _write(connection: Connection, token: str, contents: Mapping[str, Content | None]) -> None:
    rows = [{"name": name, "token": token, "content": content} for name, content in contents.items()]
    upsert(connection, t.checkpoints, rows, update=("token", "content"))
