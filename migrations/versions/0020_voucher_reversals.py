"""A purchase voucher is taken back by a red letter; money paid again needs another one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020_voucher_reversals"
down_revision = "0019_receipt_times"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STANDS = sa.text("status <> 'reversed'")


def upgrade() -> None:
    with op.batch_alter_table("purchase_vouchers") as vouchers:
        vouchers.add_column(sa.Column("red_number", sa.String(20), nullable=True))
        vouchers.add_column(
            sa.Column("reversal_reason", sa.String(300), nullable=False, server_default="")
        )
        vouchers.add_column(sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True))
        vouchers.add_column(sa.Column("reversed_by_id", _NUMBER, nullable=True))
        vouchers.drop_constraint(op.f("ck_purchase_vouchers_issued_has_number"), type_="check")
        vouchers.drop_constraint(op.f("uq_purchase_vouchers_payout_id_seller_id"), type_="unique")
    with op.batch_alter_table("purchase_vouchers") as vouchers:
        vouchers.create_check_constraint(
            op.f("ck_purchase_vouchers_issued_has_number"),
            "(status IN ('issued', 'reversed')) = (document_number IS NOT NULL)",
        )
        vouchers.create_check_constraint(
            op.f("ck_purchase_vouchers_reversed_has_number"),
            "(status = 'reversed') = (red_number IS NOT NULL)",
        )
        vouchers.create_foreign_key(
            op.f("fk_purchase_vouchers_red_number_tax_documents"), "tax_documents", ["red_number"], ["number"]
        )
        vouchers.create_foreign_key(
            op.f("fk_purchase_vouchers_reversed_by_id_users"),
            "users",
            ["reversed_by_id"],
            ["id"],
            ondelete="SET NULL",
        )
        vouchers.create_unique_constraint(op.f("uq_purchase_vouchers_red_number"), ["red_number"])
    op.create_index(
        "uq_purchase_vouchers_one_that_stands",
        "purchase_vouchers",
        ["payout_id", "seller_id"],
        unique=True,
        sqlite_where=_STANDS,
        postgresql_where=_STANDS,
    )


def downgrade() -> None:
    op.drop_index("uq_purchase_vouchers_one_that_stands", "purchase_vouchers")
    with op.batch_alter_table("purchase_vouchers") as vouchers:
        vouchers.drop_constraint(op.f("uq_purchase_vouchers_red_number"), type_="unique")
        vouchers.drop_constraint(op.f("fk_purchase_vouchers_reversed_by_id_users"), type_="foreignkey")
        vouchers.drop_constraint(op.f("fk_purchase_vouchers_red_number_tax_documents"), type_="foreignkey")
        vouchers.drop_constraint(op.f("ck_purchase_vouchers_reversed_has_number"), type_="check")
        vouchers.drop_constraint(op.f("ck_purchase_vouchers_issued_has_number"), type_="check")
        for name in ("reversed_by_id", "reversed_at", "reversal_reason", "red_number"):
            vouchers.drop_column(name)
    with op.batch_alter_table("purchase_vouchers") as vouchers:
        vouchers.create_check_constraint(
            op.f("ck_purchase_vouchers_issued_has_number"),
            "(status = 'issued') = (document_number IS NOT NULL)",
        )
        vouchers.create_unique_constraint(
            op.f("uq_purchase_vouchers_payout_id_seller_id"), ["payout_id", "seller_id"]
        )
