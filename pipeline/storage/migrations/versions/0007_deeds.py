"""People take matters on and correct what was tagged; both can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "acknowledgements",
        sa.Column(
            "act_id",
            sa.String(length=64),
            nullable=False,
            comment="one press of a button, however often Slack tells of it",
        ),
        sa.Column("shift_id", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False, comment="the person's id in Slack"),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.String(length=32), nullable=True, comment="of Reason; null: a person ended it"),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.shift_id"], name=op.f("fk_acknowledgements_shift_id")),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_acknowledgements")),
    )
    op.create_index(op.f("ix_acknowledgements_shift_id"), "acknowledgements", ["shift_id"], unique=False)
    op.create_table(
        "corrections",
        sa.Column("act_id", sa.String(length=64), nullable=False),
        sa.Column(
            "article_id",
            sa.String(length=64),
            nullable=False,
            comment="the correction is about the story that it tells",
        ),
        sa.Column("shift_id", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False, comment="the person's id in Slack"),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=2), nullable=True, comment="whose position was tagged wrongly"),
        sa.Column("voice", sa.String(length=16), nullable=True),
        sa.Column("position", sa.JSON(), nullable=True, comment="what it is instead"),
        sa.Column("tracks", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False, comment="of CorrectionState"),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.shift_id"], name=op.f("fk_corrections_shift_id")),
        sa.PrimaryKeyConstraint("act_id", "article_id", name=op.f("pk_corrections")),
    )
    for column in ("shift_id", "article_id"):
        op.create_index(op.f(f"ix_corrections_{column}"), "corrections", [column], unique=False)


def downgrade() -> None:
    op.drop_table("corrections")
    op.drop_table("acknowledgements")
