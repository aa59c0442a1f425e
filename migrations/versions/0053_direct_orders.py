"""Orders say by which way of selling they came; all of before came through the shop."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0053_direct_orders"
down_revision = "0052_kept_reviews"
branch_labels = None
depends_on = None

_CHANNEL = sa.Enum(
    "shop", "campaign", "gift", "quotation", "outside", "counter", name="channel", native_enum=False, length=32
)


def upgrade() -> None:
    with op.batch_alter_table("orders") as orders:
        orders.add_column(sa.Column("channel", _CHANNEL, nullable=False, server_default="shop"))


def downgrade() -> None:
    with op.batch_alter_table("orders") as orders:
        orders.drop_column("channel")
