"""Departments stand by households, and what that moved is kept; pickup codes are passed on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036_pairing"
down_revision = "0035_forecast_lots"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_OPEN = sa.text("ended_at IS NULL")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "pairs",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("unit_id", _NUMBER, nullable=False),
        sa.Column("household_id", _NUMBER, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("agreed_by", sa.String(120), nullable=False),
        sa.CheckConstraint("last_day IS NULL OR last_day >= first_day", name=op.f("ck_pairs_days_in_order")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_pairs_unit_id_units")),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_pairs_household_id_households")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairs")),
        sa.UniqueConstraint("unit_id", "household_id", "first_day", name=op.f("uq_pairs_unit_id_household_id_first_day")),
    )
    op.create_index(op.f("ix_pairs_household_id"), "pairs", ["household_id"])
    op.create_table(
        "pairing_shifts",
        sa.Column("order_line_id", _NUMBER, nullable=False),
        sa.Column("lot_id", _NUMBER, nullable=False),
        sa.Column("units", _NUMBER, nullable=False),
        sa.Column("household_fen", _NUMBER, nullable=False),
        sa.CheckConstraint("units <> 0", name=op.f("ck_pairing_shifts_units_not_zero")),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_lines.id"],
            name=op.f("fk_pairing_shifts_order_line_id_order_lines"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_pairing_shifts_lot_id_lots")),
        sa.PrimaryKeyConstraint("order_line_id", "lot_id", name=op.f("pk_pairing_shifts")),
    )
    op.create_index(op.f("ix_pairing_shifts_lot_id"), "pairing_shifts", ["lot_id"])
    op.create_table(
        "pickup_passes",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("order_id", _NUMBER, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_pickup_passes_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pickup_passes")),
    )
    op.create_index(op.f("ix_pickup_passes_order_id"), "pickup_passes", ["order_id"])
    op.create_index(
        "uq_pickup_passes_open", "pickup_passes", ["order_id"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    )


def downgrade() -> None:
    op.drop_table("pickup_passes")
    op.drop_table("pairing_shifts")
    op.drop_table("pairs")
