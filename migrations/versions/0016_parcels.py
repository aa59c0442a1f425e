"""Parcels of an order are numbered for good, and what keepers report of them is found without reading every event."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016_parcels"
down_revision = "0015_account_codes"
branch_labels = None
depends_on = None

_REPORTS = sa.text("kind IN ('parcel_missing', 'parcel_broken')")


def upgrade() -> None:
    op.create_index(
        "ix_order_events_reports", "order_events", ["id"], sqlite_where=_REPORTS, postgresql_where=_REPORTS
    )


def downgrade() -> None:
    op.drop_index("ix_order_events_reports", "order_events")
