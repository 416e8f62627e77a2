"""An editor's editions, each mail byte for byte, and subscribers who may leave."""

import email
import zlib
from email.message import EmailMessage
from email.policy import SMTP, default
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


_NOBODY = "desk@localhost"


def upgrade() -> None:
    op.create_table(
        "editions",
        sa.Column("week", sa.String(length=8), nullable=False, comment="ISO week, 2026-W20"),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, comment="the cut-off: the next one begins here"),
        sa.Column("review", sa.String(length=16), nullable=False),
        sa.Column("content", sa.Text(), nullable=False, comment="the digest before edits, as JSON"),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("draft", sa.Integer(), nullable=False, comment="which draft the content is; 0: none"),
        sa.Column("initials", sa.String(length=16), nullable=False),
        sa.Column("edits", sa.JSON(), nullable=False, comment="list of edits, in the order in which they were made"),
        sa.PrimaryKeyConstraint("week", name=op.f("pk_editions")),
    )
    op.create_table(
        "subscribers",
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("actors", sa.JSON(), nullable=False),
        sa.Column("tracks", sa.JSON(), nullable=False),
        sa.Column("circle", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column(
            "listed",
            sa.Boolean(),
            nullable=False,
            comment="stands in digest.yaml; once it no longer does, it gets nothing",
        ),
        sa.Column("bounces", sa.Integer(), nullable=False, comment="refusals by its server in a row"),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="counts what the person changed; older links are void"
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_subscribers")),
    )
    letters = op.create_table(
        "letters",
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False, comment="the mail as it is sent, packed with zlib"),
        sa.Column("shifts", sa.JSON(), nullable=False, comment="ids of the grave shifts that it tells"),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "not_before",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="the next attempt's time; while one is under way, when it is given up",
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_letters")),
    )
    for column in ("week", "state", "address"):
        op.create_index(op.f(f"ix_letters_{column}"), "letters", [column])
    _carry_over(letters)
    op.drop_table("deliveries")
    op.drop_table("digests")


def _carry_over(letters: sa.Table) -> None:
    """Make letters of what was written: its words are there, its bytes were not kept. Nobody gets a week again."""
    connection = op.get_bind()
    digests, deliveries = _tables()
    which = deliveries.c.week == digests.c.week
    kept = sa.select(digests, *[c for c in deliveries.c if c.name != "week"]).join(deliveries, which, isouter=True)
    rows = [
        {
            "message_id": row["message_id"] or f"<digest.{row['week']}.kept@localhost>",
            "kind": "digest",
            "week": row["week"],
            "address": (row["recipient"] or _NOBODY).lower(),
            "raw": _packed(row),
            "shifts": [],
            "state": "sent" if row["state"] == "sent" else "failed",
            "attempts": 1,
            "created_at": row["created_at"],
            "sent_at": row["sent_at"],
            "error": row["error"],
        }
        for row in connection.execute(kept).mappings()
    ]
    if rows:
        op.bulk_insert(letters, rows)


def _tables() -> tuple[sa.TableClause, sa.TableClause]:
    at = sa.DateTime(timezone=True)
    words: list[sa.ColumnClause[str]] = [sa.column(name) for name in ("week", "subject", "text", "html")]
    whom: list[sa.ColumnClause[str]] = [
        sa.column(name) for name in ("week", "recipient", "message_id", "state", "error")
    ]
    return (
        sa.table("digests", *words, sa.column("created_at", at)),
        sa.table("deliveries", *whom, sa.column("sent_at", at)),
    )


def _packed(row: Any) -> bytes:  # noqa: ANN401
    message = EmailMessage(policy=SMTP.clone(max_line_length=998, cte_type="7bit"))
    for name, value in (("To", "recipient"), ("Subject", "subject"), ("Message-ID", "message_id")):
        if row[value]:
            message[name] = " ".join(row[value].split())
    message.set_content(row["text"])
    message.add_alternative(row["html"], subtype="html")
    return zlib.compress(message.as_bytes())


def downgrade() -> None:
    op.create_table(
        "digests",
        sa.Column("week", sa.String(length=8), nullable=False, comment="ISO week, 2026-W20"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("week", name=op.f("pk_digests")),
    )
    op.create_table(
        "deliveries",
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["week"], ["digests.week"], name=op.f("fk_deliveries_week")),
        sa.PrimaryKeyConstraint("week", "recipient", name=op.f("pk_deliveries")),
    )
    _carry_back()
    for table in ("letters", "subscribers", "editions"):
        op.drop_table(table)


def _carry_back() -> None:
    connection = op.get_bind()
    names = ("message_id", "kind", "week", "address", "raw", "state", "error")
    columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in names]
    at = sa.DateTime(timezone=True)
    letters = sa.table("letters", *columns, sa.column("created_at", at), sa.column("sent_at", at))
    digests, deliveries = _tables()
    weeks = set[str]()
    query = sa.select(letters).where(letters.c.kind == "digest").order_by(letters.c.created_at, letters.c.message_id)
    for row in connection.execute(query).mappings().all():
        if row["week"] not in weeks:
            connection.execute(digests.insert().values(**_unpacked(row)))
        weeks.add(row["week"])
        to = {"week": row["week"], "recipient": row["address"], "message_id": row["message_id"]}
        became = {name: row[name] for name in ("state", "sent_at", "error")}
        connection.execute(deliveries.insert().values(**to, **became))


def _unpacked(row: Any) -> dict[str, Any]:  # noqa: ANN401
    message = email.message_from_bytes(zlib.decompress(row["raw"]), policy=default)
    parts = {kind: message.get_body((kind,)) for kind in ("plain", "html")}
    text, html = (part.get_content().removesuffix("\n") if part else "" for part in parts.values())
    subject = message["Subject"] or ""
    return {"week": row["week"], "created_at": row["created_at"], "subject": subject, "text": text, "html": html}
