"""Verbs leave when they ended well; texts are claimed by workers; a source's texts are forgotten on request."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_FORGOTTEN = "since when its text is deleted on request; null: it is not"


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
    with op.batch_alter_table("articles") as articles:
        articles.add_column(
            sa.Column("claimed_by", sa.String(length=100), nullable=True, comment="the worker that is tagging it")
        )
        articles.add_column(sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True))
        articles.add_column(sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True, comment=_FORGOTTEN))
        articles.create_index("ix_articles_forgotten_at", ["forgotten_at"])
    with op.batch_alter_table("entries") as entries:
        entries.add_column(sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True, comment=_FORGOTTEN))


def downgrade() -> None:
    with op.batch_alter_table("entries") as entries:
        entries.drop_column("forgotten_at")
    with op.batch_alter_table("articles") as articles:
        articles.drop_index("ix_articles_forgotten_at")
        articles.drop_column("forgotten_at")
        articles.drop_column("claimed_until")
        articles.drop_column("claimed_by")
    op.drop_table("passes")
