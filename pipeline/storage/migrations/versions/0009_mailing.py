"""An editor's editions, each mail byte for byte, and subscribers who may leave."""

import zlib
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


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
    """Make letters of what was sent, so that nobody gets a week again: its words are there, its bytes were not kept."""
    connection = op.get_bind()
    at = sa.DateTime(timezone=True)
    words: list[sa.ColumnClause[str]] = [sa.column(name) for name in ("week", "subject", "text", "html")]
    whom: list[sa.ColumnClause[str]] = [sa.column(name) for name in ("week", "recipient", "message_id", "state")]
    digests = sa.table("digests", *words, sa.column("created_at", at))
    deliveries = sa.table("deliveries", *whom, sa.column("sent_at", at))
    both = sa.select(digests, *[c for c in deliveries.c if c.name != "week"]).join(
        deliveries, deliveries.c.week == digests.c.week
    )
    rows = [
        {
            "message_id": row["message_id"],
            "kind": "digest",
            "week": row["week"],
            "address": row["recipient"].lower(),
            "raw": _packed(row),
            "shifts": [],
            "state": "sent",
            "attempts": 1,
            "created_at": row["created_at"],
            "sent_at": row["sent_at"],
        }
        for row in connection.execute(both.where(deliveries.c.state == "sent")).mappings()
    ]
    if rows:
        op.bulk_insert(letters, rows)


def _packed(row: Any) -> bytes:  # noqa: ANN401
    message = EmailMessage(policy=SMTP.clone(max_line_length=998, cte_type="7bit"))
    for name, value in (("To", "recipient"), ("Subject", "subject"), ("Message-ID", "message_id")):
        message[name] = row[value]
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
    for table in ("letters", "subscribers", "editions"):
        op.drop_table(table)
