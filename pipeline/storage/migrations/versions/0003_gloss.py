"""Evidence carries our own line about the position that it shows."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "evidence", sa.Column("gloss", sa.JSON(), nullable=True, comment="our line about the position, en and uk")
    )


def downgrade() -> None:
    op.drop_column("evidence", "gloss")
