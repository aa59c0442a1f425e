"""A refund says which units of which lines it is for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_refund_lines"
down_revision = "0004_found_by_index"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "refund_lines",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("refund_id", _NUMBER, nullable=False),
        sa.Column("order_line_id", _NUMBER, nullable=False),
        sa.Column("allocation_id", _NUMBER, nullable=True),
        sa.Column("units", _NUMBER, nullable=False),
        sa.Column("amount_fen", _NUMBER, nullable=False),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_refund_lines_amount_not_negative")),
        sa.CheckConstraint("units > 0", name=op.f("ck_refund_lines_units_positive")),
        sa.ForeignKeyConstraint(
            ["allocation_id"], ["allocations.id"], name=op.f("fk_refund_lines_allocation_id_allocations")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_refund_lines_order_line_id_order_lines")
        ),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_refund_lines_refund_id_refunds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_lines")),
    )
    for column in ("refund_id", "order_line_id", "allocation_id"):
        op.create_index(op.f(f"ix_refund_lines_{column}"), "refund_lines", [column])


def downgrade() -> None:
    op.drop_table("refund_lines")
