"""A receipt keeps the time at which it came, where the statement has it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019_receipt_times"
down_revision = "0018_unmade_parcels"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bank_statement_lines", sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("bank_statement_lines", "booked_at")
