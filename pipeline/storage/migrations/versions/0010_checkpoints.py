"""The detection goes on from where it was: checkpoints, and a number on every article that grows when it changes."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("name", sa.String(length=100), nullable=False, comment="of a series; empty: of all together"),
        sa.Column(
            "token",
            sa.String(length=32),
            nullable=False,
            comment="of the pass that wrote it: another pass writes only on this",
        ),
        sa.Column(
            "content",
            sa.JSON(),
            nullable=True,
            comment="null: the pass that looks at everything is under way, or died",
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_checkpoints")),
    )
    op.add_column(
        "articles",
        sa.Column(
            "revision",
            sa.Integer(),
            nullable=False,
            server_default=sa.text("0"),
            comment="grows with every change of what is tagged, over all articles: what changed since a look",
        ),
    )
    op.create_index(op.f("ix_articles_revision"), "articles", ["revision"])


def downgrade() -> None:
    op.drop_index(op.f("ix_articles_revision"), "articles")
    op.drop_column("articles", "revision")
    op.drop_table("checkpoints")
