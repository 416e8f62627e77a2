"""A shift knows its series, its intervals, what it rests on, and whether it is held or withdrawn."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from pipeline.storage.columns import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("voice", sa.String(16), nullable=False, server_default=sa.text("'government'")),
        sa.Column("track", sa.String(32), comment="of a series on one track; null: the whole balance"),
        sa.Column(
            "model",
            sa.String(64),
            nullable=False,
            server_default=sa.text("''"),
            comment="the model whose tags it was found in",
        ),
        sa.Column("onset_from", Instant, comment="nine times in ten the onset lies between these two"),
        sa.Column("onset_until", Instant),
        sa.Column("size_low", sa.Float, comment="nine times in ten the change of the balance lies between these two"),
        sa.Column("size_high", sa.Float),
        sa.Column(
            "rests_on", sa.Integer, comment="without so many of its weightiest stories it would not have been found"
        ),
        sa.Column("held", sa.String(16), comment="what of our own pipeline may explain it, while it may"),
        sa.Column("withdrawn_at", Instant, comment="since when it is found no more; null: it stands"),
        sa.Column("withdrawn_why", sa.Text, nullable=False, server_default=sa.text("''")),
    )


def upgrade() -> None:
    for column in _columns():
        op.add_column("shifts", column)


def downgrade() -> None:
    for column in reversed(_columns()):
        op.drop_column("shifts", column.name)
