"""All of an order's price goes back: since when; and parcels that were given out too late are reports of parcels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0050_keeper"
down_revision = "0049_recall_holds_to_the_end"
branch_labels = None
depends_on = None

_INDEX = "ix_order_events_reports"
_BEFORE = sa.text("kind IN ('parcel_missing', 'parcel_broken')")
_AFTER = sa.text("kind IN ('parcel_missing', 'parcel_broken', 'parcel_given_late')")


def upgrade() -> None:
    op.add_column("orders", sa.Column("money_back_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE orders SET money_back_at = COALESCE(completed_at, shipped_at, placed_at)"
        " WHERE refunded_fen > 0 AND refunded_fen >= total_fen"
    )
    op.drop_index(_INDEX, table_name="order_events")
    op.create_index(_INDEX, "order_events", ["id"], sqlite_where=_AFTER, postgresql_where=_AFTER)


def downgrade() -> None:
    op.drop_index(_INDEX, table_name="order_events")
    op.create_index(_INDEX, "order_events", ["id"], sqlite_where=_BEFORE, postgresql_where=_BEFORE)
    op.drop_column("orders", "money_back_at")
