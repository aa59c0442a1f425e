"""What nobody collects: until when a parcel is kept at its point, and that it was taken off it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042_uncollected"
down_revision = "0041_lot_photos"
branch_labels = None
depends_on = None

_TAKEN_OFF = sa.Enum("sent_back", "discarded", name="takenoff", native_enum=False, length=32)
_RULE = (
    "(taken_off_at IS NULL) = (taken_off_as IS NULL)"
    " AND (taken_off_at IS NULL OR (status = 'shipped' AND arrived_at IS NOT NULL))"
)


def upgrade() -> None:
    with op.batch_alter_table("parcels") as parcels:
        parcels.add_column(sa.Column("keep_until", sa.Date(), nullable=True))
        parcels.add_column(sa.Column("taken_off_at", sa.DateTime(timezone=True), nullable=True))
        parcels.add_column(sa.Column("taken_off_as", _TAKEN_OFF, nullable=True))
    with op.batch_alter_table("parcels") as parcels:
        parcels.create_check_constraint(op.f("ck_parcels_taken_off_somehow"), _RULE)


def downgrade() -> None:
    with op.batch_alter_table("parcels") as parcels:
        parcels.drop_constraint(op.f("ck_parcels_taken_off_somehow"), type_="check")
    with op.batch_alter_table("parcels") as parcels:
        for name in ("taken_off_as", "taken_off_at", "keep_until"):
            parcels.drop_column(name)
