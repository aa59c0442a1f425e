"""Payments can be disputed by a buyer's bank."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_disputes"
down_revision = "0006_closed_months"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("payment_id", _NUMBER, nullable=False),
        sa.Column("order_id", _NUMBER, nullable=False),
        sa.Column("provider_ref", sa.String(128), nullable=False),
        sa.Column(
            "status",
            sa.Enum("open", "won", "lost", name="disputestatus", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("amount_fen", _NUMBER, nullable=False),
        sa.Column("withdrawn_fen", _NUMBER, nullable=False),
        sa.Column("reason", sa.String(80), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_disputes_amount_positive")),
        sa.CheckConstraint("withdrawn_fen IN (0, amount_fen)", name=op.f("ck_disputes_all_or_nothing_withdrawn")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_disputes_order_id_orders")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_disputes_payment_id_payments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("provider_ref", name=op.f("uq_disputes_provider_ref")),
    )
    op.create_index(op.f("ix_disputes_order_id"), "disputes", ["order_id"])
    op.create_index(op.f("ix_disputes_payment_id"), "disputes", ["payment_id"])
    op.create_index("ix_disputes_status_opened_at", "disputes", ["status", "opened_at"])


def downgrade() -> None:
    op.drop_table("disputes")
