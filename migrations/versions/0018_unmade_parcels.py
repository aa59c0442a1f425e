"""The label of a parcel that is no more finds its line of the history without reading every event."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018_unmade_parcels"
down_revision = "0017_money_sent"
branch_labels = None
depends_on = None

_UNMADE = sa.text("kind IN ('parcel_called_off', 'parcel_unpacked')")


def upgrade() -> None:
    op.create_index(
        "ix_order_events_unmade", "order_events", ["id"], sqlite_where=_UNMADE, postgresql_where=_UNMADE
    )


def downgrade() -> None:
    op.drop_index("ix_order_events_unmade", "order_events")
