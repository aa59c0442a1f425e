"""A payment remembers since when its provider works on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_money_on_its_way"
down_revision = "0008_run_weight"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payments", sa.Column("processing_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("payments") as table:
        table.drop_column("processing_since")
