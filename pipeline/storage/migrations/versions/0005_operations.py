"""Notifications are operations on a matter's one message: post, update, reply; an unclear attempt is remembered."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COMMENTS = {
    "key": (
        "hash of shift, route and what it tells: unique, so nothing is said twice",
        "hash of shift and route: unique, so nothing is said twice",
    ),
    "state": ("of NotificationState, or held", "pending, sent, printed, failed; held rows have none"),
    "not_before": ("the next attempt''s time", "when a rate limit asked us to wait"),
}


def upgrade() -> None:
    for column in (
        sa.Column(
            "operation",
            sa.String(length=8),
            nullable=False,
            server_default=sa.text("'post'"),
            comment="post, update or reply",
        ),
        sa.Column(
            "matter",
            sa.String(length=64),
            nullable=False,
            server_default=sa.text("''"),
            comment="key of the first message about it",
        ),
        sa.Column("told", sa.JSON(), nullable=True, comment="names of the developments that it tells"),
        sa.Column(
            "doubted_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="first attempt without a clear answer: look before saying it again",
        ),
    ):
        op.add_column("notifications", column)
    op.execute("UPDATE notifications SET matter = key")
    op.execute("UPDATE notifications SET doubted_at = created_at WHERE state = 'pending' AND attempts > 0")
    op.create_index(op.f("ix_notifications_matter"), "notifications", ["matter"], unique=False)
    _comment(0)


def downgrade() -> None:
    op.execute("DELETE FROM notifications WHERE operation <> 'post'")  # known to no earlier version
    op.execute("UPDATE notifications SET state = 'pending' WHERE state IN ('trying', 'blocked')")
    op.drop_index(op.f("ix_notifications_matter"), "notifications")
    for name in ("doubted_at", "told", "matter", "operation"):
        op.drop_column("notifications", name)
    _comment(1)


def _comment(which: int) -> None:
    """Say what the columns are; SQLite keeps no comments."""
    if op.get_bind().dialect.name == "postgresql":
        for name, words in _COMMENTS.items():
            op.execute(f"COMMENT ON COLUMN notifications.{name} IS '{words[which]}'")
