"""What became of a closed campaign's orders afterwards, and what its members lost by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0079_after_the_close"
down_revision = "0078_search_counts"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "campaign_order_changes",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("order_id", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_campaign_order_changes_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_order_changes")),
    )
    op.create_index(op.f("ix_campaign_order_changes_order_id"), "campaign_order_changes", ["order_id"])
    op.create_table(
        "campaign_call_offs",
        sa.Column("order_id", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("campaign_id", _NUMBER, nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("people", _NUMBER, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by_id", _NUMBER),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_campaign_call_offs_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_call_offs_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_campaign_call_offs_by_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_campaign_call_offs")),
    )
    op.create_index(op.f("ix_campaign_call_offs_campaign_id"), "campaign_call_offs", ["campaign_id"])
    op.create_index(op.f("ix_campaign_call_offs_by_id"), "campaign_call_offs", ["by_id"])
    op.create_table(
        "campaign_losses",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("member_id", _NUMBER, nullable=False),
        sa.Column("order_id", _NUMBER, nullable=False),
        sa.Column("variant_id", _NUMBER, nullable=False),
        sa.Column("quantity", _NUMBER, nullable=False),
        sa.Column("price_fen", _NUMBER, nullable=False),
        sa.Column(
            "why",
            sa.Enum("called_off", "refunded", "short", name="why", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("at", _MOMENT, nullable=False),
        sa.CheckConstraint("quantity > 0 AND price_fen > 0", name=op.f("ck_campaign_losses_sane_loss")),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["campaign_choices.member_id"],
            name=op.f("fk_campaign_losses_member_id_campaign_choices"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_campaign_losses_order_id_orders")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_campaign_losses_variant_id_variants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_losses")),
    )
    for column in ("member_id", "order_id", "variant_id"):
        op.create_index(op.f(f"ix_campaign_losses_{column}"), "campaign_losses", [column])


def downgrade() -> None:
    for table in ("campaign_losses", "campaign_call_offs", "campaign_order_changes"):
        op.drop_table(table)
