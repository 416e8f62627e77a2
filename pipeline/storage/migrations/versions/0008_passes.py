"""Each verb's last success is kept, so that a standstill is noticed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "passes",
        sa.Column("verb", sa.String(length=32), nullable=False),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("verb", name=op.f("pk_passes")),
    )


def downgrade() -> None:
    op.drop_table("passes")
