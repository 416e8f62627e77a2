"""Verbs leave when they ended well; texts are claimed by workers; a source's texts are forgotten on request."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_FORGOTTEN = "since when its text is deleted on request; null: it is not"


def _new() -> list[tuple[str, sa.Column[Any]]]:
    def forgotten() -> sa.Column[Any]:
        return sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True, comment=_FORGOTTEN)

    claimed_by = sa.Column("claimed_by", sa.String(length=100), nullable=True, comment="the worker that is tagging it")
    return [
        ("articles", claimed_by),
        ("articles", sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True)),
        ("articles", forgotten()),
        ("entries", forgotten()),
    ]


def upgrade() -> None:
    op.create_table(
        "passes",
        sa.Column("verb", sa.String(length=32), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "succeeded_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="the last end of a pass that did not fail",
        ),
        sa.Column("seconds", sa.Float(), nullable=True, comment="how long that pass took"),
        sa.Column("begun", sa.Integer(), nullable=False),
        sa.Column("succeeded", sa.Integer(), nullable=False),
        sa.Column("busy", sa.Integer(), nullable=False, comment="passes that found another one at work"),
        sa.Column("totals", sa.JSON(), nullable=False, comment="sums of what all passes counted, by name"),
        sa.PrimaryKeyConstraint("verb", name=op.f("pk_passes")),
    )
    for table, column in _new():
        op.add_column(table, column)
    op.create_index(op.f("ix_articles_forgotten_at"), "articles", ["forgotten_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_articles_forgotten_at"), "articles")
    for table, column in reversed(_new()):
        op.drop_column(table, column.name)
    op.drop_table("passes")
