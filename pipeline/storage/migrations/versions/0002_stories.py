"""Articles know their copies and origin; stories may merge, split and be linked; what outlets do after an alert."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_INDEXED = ("copy_id", "happened_at", "gathered")


def _new() -> list[sa.Column[Any]]:
    # defaults, since SQLite adds no column that is NOT NULL without, and cannot remake a table that others refer to
    return [
        sa.Column(
            "copy_id",
            sa.String(length=64),
            nullable=False,
            server_default=sa.text("''"),
            comment="first of its near-copies",
        ),
        sa.Column(
            "origin", sa.Text(), nullable=False, server_default=sa.text("''"), comment="the outlet that it rests on"
        ),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=True, comment="published_at, else seen_at"),
        sa.Column(
            "gathered",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="its copies and its story are known",
        ),
        sa.Column(
            "comparable",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="its copies hold enough of the field to be compared with other outlets' reports",
        ),
    ]


def upgrade() -> None:
    for column in _new():
        op.add_column("articles", column)
    # until now a story was one group of copies, and every outlet its own origin: nothing is told anew
    op.execute(
        "UPDATE articles SET copy_id = story_id, origin = source, "
        "happened_at = COALESCE(published_at, seen_at), gathered = TRUE"
    )
    for name in _INDEXED:
        op.create_index(op.f(f"ix_articles_{name}"), "articles", [name], unique=False)
    op.drop_table("bands")  # the texts of a time are compared themselves
    op.create_table(
        "regroupings",
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "story_before",
            sa.String(length=64),
            nullable=False,
            comment="of an article whose story had been told: stories merge and split",
        ),
        sa.Column("story_after", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "at", name=op.f("pk_regroupings")),
    )
    op.create_table(
        "links",
        sa.Column("story_id", sa.String(length=64), nullable=False),
        sa.Column("other_id", sa.String(length=64), nullable=False, comment="the earlier story"),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("story_id", "other_id", "kind", name=op.f("pk_links")),
    )
    op.create_table(
        "alterations",
        sa.Column("entry_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column(
            "version",
            sa.Integer(),
            nullable=False,
            comment="the version that was removed, or that replaced another",
        ),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "kind", "version", name=op.f("pk_alterations")),
    )


def downgrade() -> None:
    op.create_table(
        "bands",
        sa.Column("band", sa.String(length=24), nullable=False, comment="hash of one band of a MinHash signature"),
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("band", "article_id", name=op.f("pk_bands")),
    )
    for table in ("alterations", "links", "regroupings"):
        op.drop_table(table)
    for name in _INDEXED:
        op.drop_index(op.f(f"ix_articles_{name}"), "articles")
    for column in _new():
        op.drop_column("articles", column.name)
