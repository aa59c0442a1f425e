"""A refund says how much of it is for freight, and how much for nothing in particular."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012_refund_parts"
down_revision = "0011_payouts_to_their_end"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for column in ("freight_fen", "free_fen"):
        op.add_column("refunds", sa.Column(column, _NUMBER, nullable=False, server_default=sa.text("0")))
    op.execute(
        "UPDATE refunds SET free_fen = amount_fen - coalesce("
        "(SELECT sum(l.amount_fen) FROM refund_lines l WHERE l.refund_id = refunds.id), 0)"
    )


def downgrade() -> None:
    for column in ("free_fen", "freight_fen"):
        op.drop_column("refunds", column)
