"""
Each mail as it is sent, byte for byte, and what became of it: one row a Message-ID.

An attempt is written before the server is asked; whoever writes it has the mail to itself for `HELD`. A process that
dies leaves a mail that is tried again after that, as it was.
"""

import zlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from pipeline.domain import Handover, Letter, LetterKind, LetterState, Receipt
from pipeline.storage import mailing_tables as t
from pipeline.storage.database import Database, upsert

HELD = timedelta(minutes=10)
"""Longer than a server is waited for."""
GIVEN_UP = timedelta(days=5)
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=4)
_OPEN = (LetterState.PENDING, LetterState.TRYING)
_BECOMES = {
    Handover.TAKEN: LetterState.SENT,
    Handover.WRITTEN: LetterState.WRITTEN,
    Handover.LATER: LetterState.PENDING,
    Handover.CLOSED: LetterState.PENDING,
    Handover.UNKNOWN: LetterState.TRYING,
    Handover.BOUNCED: LetterState.FAILED,
    Handover.REFUSED: LetterState.FAILED,
}
ARRIVED = (LetterState.SENT, LetterState.WRITTEN)
OVER = tuple(state for state in LetterState if state not in _OPEN)
EMPTIED = zlib.compress(b"")
"""What is kept of a mail whose words may be kept no longer."""


class Letters:
    """What is to be mailed and was. Sends nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, letters: Iterable[Letter]) -> int:
        """Write mails that are to be sent; one that is there stays as it is. Returns how many are new."""
        rows = [
            {
                "message_id": one.message_id,
                "kind": one.kind,
                "week": one.week,
                "address": one.address,
                "raw": zlib.compress(one.raw),
                "shifts": sorted(one.shifts),
                "state": LetterState.PENDING,
                "attempts": 0,
                "created_at": one.created_at,
            }
            for one in letters
        ]
        with self._database.write() as connection:
            return upsert(connection, t.letters, rows)

    def addressed(self, kind: LetterKind, week: str) -> dict[str, LetterState]:
        """Return how a week's mails of one kind stand, by address."""
        c = t.letters.c
        query = select(c.address, c.state).where(c.kind == kind, c.week == week)
        with self._database.read() as connection:
            return {row.address: LetterState(row.state) for row in connection.execute(query)}

    def has(self, message_id: str) -> bool:
        """Say whether a mail was written."""
        c = t.letters.c
        with self._database.read() as connection:
            return connection.scalar(select(c.message_id).where(c.message_id == message_id)) is not None

    def number(self, kind: LetterKind, address: str, since: datetime) -> int:
        """Count the mails of one kind for one address since then."""
        c = t.letters.c
        query = select(func.count()).where(c.kind == kind, c.address == address, c.created_at > since)
        with self._database.read() as connection:
            return connection.scalar(query) or 0

    def telling(self, since: datetime) -> list[Letter]:
        """Return the digests that arrived since then and told a grave shift; without their bytes."""
        c = t.letters.c
        query = select(*_but_raw()).where(c.kind == LetterKind.DIGEST, c.state.in_(ARRIVED), c.sent_at > since)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(c.sent_at, c.message_id)).mappings()
            return [_letter(row, b"") for row in rows if row["shifts"]]

    def due(self, now: datetime, kinds: Collection[LetterKind]) -> list[str]:
        """Return the Message-IDs of what is to be tried now, the oldest first."""
        c = t.letters.c
        query = select(c.message_id).where(
            c.kind.in_(kinds),
            c.state.in_(_OPEN),
            c.not_before.is_(None) | (c.not_before <= now),
            c.created_at > now - GIVEN_UP,
        )
        with self._database.read() as connection:
            return list(connection.scalars(query.order_by(c.created_at, c.message_id)))

    def attempt(self, message_id: str, now: datetime) -> Letter | None:
        """Write that the server is about to be asked, and return what to send; None where another is at it, or was."""
        c = t.letters.c
        ours = (c.message_id == message_id, c.state.in_(_OPEN), c.not_before.is_(None) | (c.not_before <= now))
        tried = {"state": LetterState.TRYING, "attempts": c.attempts + 1, "not_before": now + HELD}
        with self._database.write() as connection:
            if not connection.execute(update(t.letters).where(*ours).values(**tried)).rowcount:
                return None
            row = connection.execute(select(t.letters).where(c.message_id == message_id)).mappings().one()
        return _letter(row, zlib.decompress(row["raw"]))

    def delivered(self, letter: Letter, receipt: Receipt, now: datetime) -> None:
        """Write what became of one attempt."""
        state = _BECOMES[receipt.handover]
        pause = min(_FIRST_PAUSE * 2 ** (letter.attempts - 1), _LONGEST_PAUSE)
        values: dict[str, Any] = {
            "state": state,
            "sent_at": now if state in ARRIVED else None,
            "not_before": now + pause if state in _OPEN else None,
            "error": receipt.error or None,
        }
        with self._database.write() as connection:
            connection.execute(update(t.letters).where(t.letters.c.message_id == letter.message_id).values(**values))

    def drop(self, address: str) -> None:
        """Send nothing more to an address but what it asked for itself."""
        c = t.letters.c
        waiting = update(t.letters).where(c.address == address, c.state.in_(_OPEN), c.kind != LetterKind.REQUEST)
        with self._database.write() as connection:
            connection.execute(waiting.values(state=LetterState.DROPPED))

    def raw(self, message_id: str) -> bytes:
        """Return a mail as it is sent, byte for byte. Raises `LookupError` where there is none."""
        c = t.letters.c
        with self._database.read() as connection:
            packed = connection.scalar(select(c.raw).where(c.message_id == message_id))
        if packed is None:
            raise LookupError(message_id)
        return zlib.decompress(packed)


def _but_raw() -> list[Any]:
    return [column for column in t.letters.c if column.name != "raw"]


def _letter(row: Mapping[Any, Any], raw: bytes) -> Letter:
    return Letter(
        message_id=row["message_id"],
        kind=LetterKind(row["kind"]),
        week=row["week"],
        address=row["address"],
        raw=raw,
        created_at=row["created_at"],
        shifts=frozenset(row["shifts"]),
        attempts=row["attempts"],
    )
