"""Decisions carry a severity; messages may be about many shifts or none; people silence what they do not want."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MANY = "null: a message about many, or about none"


def upgrade() -> None:
    with op.batch_alter_table("notifications") as notifications:
        notifications.alter_column("shift_id", existing_type=sa.String(length=64), nullable=True, comment=_MANY)
        notifications.add_column(
            sa.Column(
                "severity", sa.String(length=1), nullable=True, comment="A, B or C; null: decided before there were any"
            )
        )
    op.create_table(
        "silences",
        sa.Column("silence_id", sa.String(length=64), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filter", sa.JSON(), nullable=False, comment="what it covers: lists by the names of Silence"),
        sa.PrimaryKeyConstraint("silence_id", name=op.f("pk_silences")),
    )


def downgrade() -> None:
    op.drop_table("silences")
    op.execute("DELETE FROM notifications WHERE shift_id IS NULL")  # known to no earlier version
    with op.batch_alter_table("notifications") as notifications:
        notifications.drop_column("severity")
        notifications.alter_column(
            "shift_id", existing_type=sa.String(length=64), nullable=False, comment=None, existing_comment=_MANY
        )
