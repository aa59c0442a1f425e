"""Gifts that are paid in advance by one transfer, and the packaging that a gift may have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.storage.types import UtcDateTime

revision = "0069_prepaid_gifts"
down_revision = "0068_report_views"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_AWAITED = sa.text("state IN ('open', 'said')")
_STATE = sa.Enum("open", "said", "settling", "settled", name="jointstate", native_enum=False, length=32)


def upgrade() -> None:
    op.create_table(
        "joint_transfers",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("gift_id", _ID, sa.ForeignKey("gifts.id"), nullable=False),
        sa.Column("organisation_id", _ID, sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("reference", sa.String(40), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("state", _STATE, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("amount_fen", _ID),
        sa.Column("said_by_id", _ID, sa.ForeignKey("users.id", ondelete="SET NULL")),
        sa.Column("said_at", UtcDateTime()),
        sa.Column("agreed_by_id", _ID, sa.ForeignKey("users.id", ondelete="SET NULL")),
        sa.Column("agreed_at", UtcDateTime()),
        sa.Column("settled_at", UtcDateTime()),
        sa.UniqueConstraint("reference", name=op.f("uq_joint_transfers_reference")),
        sa.CheckConstraint(
            "(state = 'open') = (said_at IS NULL)", name=op.f("ck_joint_transfers_said_has_moment")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (amount_fen IS NULL)", name=op.f("ck_joint_transfers_said_has_amount")
        ),
        sa.CheckConstraint(
            "(state = 'settled') = (settled_at IS NOT NULL)",
            name=op.f("ck_joint_transfers_settled_has_moment"),
        ),
        sa.CheckConstraint("agreed_by_id <> said_by_id", name=op.f("ck_joint_transfers_by_two_persons")),
    )
    op.create_index(
        "uq_joint_transfers_one_awaited",
        "joint_transfers",
        ["gift_id"],
        unique=True,
        sqlite_where=_AWAITED,
        postgresql_where=_AWAITED,
    )
    op.create_index("ix_joint_transfers_gift_id", "joint_transfers", ["gift_id"])
    op.create_index("ix_joint_transfers_organisation_id", "joint_transfers", ["organisation_id", "state"])
    op.create_index("ix_joint_transfers_state", "joint_transfers", ["state", "expires_at"])
    op.create_table(
        "gift_packagings",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("name_zh", sa.String(60), nullable=False),
        sa.Column("name_en", sa.String(60), nullable=False),
        sa.Column("note_zh", sa.String(200), nullable=False, server_default=""),
        sa.Column("price_fen", _ID, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("price_fen >= 0", name=op.f("ck_gift_packagings_price_not_negative")),
        sa.UniqueConstraint("name_zh", name=op.f("uq_gift_packagings_name_zh")),
    )
    with op.batch_alter_table("payments") as payments:
        payments.add_column(sa.Column("joint_id", _ID))
        payments.create_foreign_key(
            op.f("fk_payments_joint_id_joint_transfers"), "joint_transfers", ["joint_id"], ["id"]
        )
        payments.create_index(op.f("ix_payments_joint_id"), ["joint_id"])
    with op.batch_alter_table("orders") as orders:
        orders.add_column(sa.Column("packaging_fen", _ID, nullable=False, server_default=sa.text("0")))
    with op.batch_alter_table("orders") as orders:
        orders.create_check_constraint(
            op.f("ck_orders_packaging_within_freight"), "packaging_fen >= 0 AND packaging_fen <= freight_fen"
        )
    with op.batch_alter_table("gifts") as gifts:
        gifts.add_column(
            sa.Column("pay_by", sa.String(32), nullable=False, server_default=sa.text("'on_account'"))
        )
        gifts.add_column(sa.Column("packaging_id", _ID))
        gifts.add_column(sa.Column("packaging_fen", _ID))
        gifts.create_foreign_key(
            op.f("fk_gifts_packaging_id_gift_packagings"), "gift_packagings", ["packaging_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("gifts") as gifts:
        gifts.drop_constraint(op.f("fk_gifts_packaging_id_gift_packagings"), type_="foreignkey")
        gifts.drop_column("packaging_fen")
        gifts.drop_column("packaging_id")
        gifts.drop_column("pay_by")
    with op.batch_alter_table("orders") as orders:
        orders.drop_constraint(op.f("ck_orders_packaging_within_freight"), type_="check")
    with op.batch_alter_table("orders") as orders:
        orders.drop_column("packaging_fen")
    with op.batch_alter_table("payments") as payments:
        payments.drop_index(op.f("ix_payments_joint_id"))
        payments.drop_constraint(op.f("fk_payments_joint_id_joint_transfers"), type_="foreignkey")
        payments.drop_column("joint_id")
    op.drop_table("gift_packagings")
    op.drop_table("joint_transfers")
