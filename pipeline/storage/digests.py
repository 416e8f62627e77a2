"""The weekly digests as written, and whom they reached."""

from datetime import datetime

from sqlalchemy import select

from pipeline.domain import Mail
from pipeline.storage import tables as t
from pipeline.storage.database import Database, upsert


class Digests:
    """Digests and their deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, week: str, mail: Mail, now: datetime) -> Mail:
        """Keep a week's digest as first written, and return that: what was sent is never rewritten."""
        row = {"week": week, "created_at": now, "subject": mail.subject, "text": mail.text, "html": mail.html}
        with self._database.write() as connection:
            upsert(connection, t.digests, [row])
            kept = connection.execute(select(t.digests).where(t.digests.c.week == week)).mappings().one()
        return Mail(
            message_id=mail.message_id,
            recipient=mail.recipient,
            subject=kept["subject"],
            text=kept["text"],
            html=kept["html"],
            date=kept["created_at"],
        )

    def reached(self, week: str) -> set[str]:
        """Return the recipients whose copy of this week was taken."""
        query = select(t.deliveries.c.recipient).where(t.deliveries.c.week == week, t.deliveries.c.state == "sent")
        with self._database.read() as connection:
            return set(connection.scalars(query))

    def delivered(self, week: str, mail: Mail, error: str | None, now: datetime) -> None:
        """Write what became of one recipient's copy."""
        row = {
            "week": week,
            "recipient": mail.recipient,
            "message_id": mail.message_id,
            "state": "failed" if error else "sent",
            "sent_at": None if error else now,
            "error": error,
        }
        with self._database.write() as connection:
            upsert(connection, t.deliveries, [row], update=("state", "sent_at", "error"))
