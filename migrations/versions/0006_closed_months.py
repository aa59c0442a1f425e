"""Months of the books can be closed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_closed_months"
down_revision = "0005_refund_lines"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "closed_months",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("entries", _NUMBER, nullable=False),
        sa.Column("turnover_fen", _NUMBER, nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by_id", _NUMBER, nullable=True),
        sa.CheckConstraint("entries >= 0", name=op.f("ck_closed_months_entries_not_negative")),
        sa.CheckConstraint("turnover_fen >= 0", name=op.f("ck_closed_months_turnover_not_negative")),
        sa.ForeignKeyConstraint(
            ["closed_by_id"],
            ["users.id"],
            name=op.f("fk_closed_months_closed_by_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_months")),
        sa.UniqueConstraint("month", name=op.f("uq_closed_months_month")),
    )


def downgrade() -> None:
    op.drop_table("closed_months")
