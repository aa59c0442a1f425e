"""Parcels of an order are numbered for good, and what keepers report of them is found without reading every event."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016_parcels"
down_revision = "0015_account_codes"
branch_labels = None
depends_on = None

_REPORTS = sa.text("kind IN ('parcel_missing', 'parcel_broken')")


_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NUMBER = sa.text(
    "UPDATE parcels SET number = (SELECT count(*) FROM parcels AS before"
    " WHERE before.order_id = parcels.order_id AND before.id <= parcels.id)"
)


def upgrade() -> None:
    op.add_column("parcels", sa.Column("number", _INTEGER, nullable=False, server_default="1"))
    op.execute(_NUMBER)
    op.create_index(
        "ix_order_events_reports", "order_events", ["id"], sqlite_where=_REPORTS, postgresql_where=_REPORTS
    )


def downgrade() -> None:
    op.drop_column("parcels", "number")
    op.drop_index("ix_order_events_reports", "order_events")
