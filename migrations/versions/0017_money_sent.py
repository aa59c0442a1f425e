"""What our bank calls a transfer by which money was sent back: of a refund, and of the rest of a receipt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017_money_sent"
down_revision = "0016_parcels"
branch_labels = None
depends_on = None

_TABLES = ("refunds", "bank_statement_lines")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("sent_as", sa.String(80), nullable=False, server_default=""))


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "sent_as")
