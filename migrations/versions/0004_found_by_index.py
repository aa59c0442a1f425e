"""Two things that were sought row by row: how attempts ended lately, and whether a pickup code is in use.

The second index also proves that no two orders at a point have one code while they may be collected.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004_found_by_index"
down_revision = "0003_search"
branch_labels = None
depends_on = None

_TO_BE_COLLECTED = sa.text("status IN ('confirmed', 'shipped')")


def upgrade() -> None:
    op.create_index("ix_payments_status_ended_at", "payments", ["status", "ended_at"])
    op.create_index(
        "uq_orders_pickup_code_in_use",
        "orders",
        ["pickup_point_id", "pickup_code"],
        unique=True,
        sqlite_where=_TO_BE_COLLECTED,
        postgresql_where=_TO_BE_COLLECTED,
    )


def downgrade() -> None:
    op.drop_index("uq_orders_pickup_code_in_use", "orders")
    op.drop_index("ix_payments_status_ended_at", "payments")
