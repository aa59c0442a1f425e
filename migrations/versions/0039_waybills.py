"""Waybills that providers give for parcels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039_waybills"
down_revision = "0038_hub_steps"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_STATES = ("requested", "issued", "failed", "cancelled")
_LIVE = sa.text("state IN ('requested', 'issued')")


def _points_to(table: str, column: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{table}.id"], name=op.f(f"fk_waybills_{column}_{table}"), ondelete=ondelete
    )


def upgrade() -> None:
    op.create_table(
        "waybills",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("reference", sa.String(32), nullable=False),
        sa.Column("parcel_id", _NUMBER, nullable=True),
        sa.Column("order_id", _NUMBER, nullable=False),
        sa.Column("packing_place_id", _NUMBER, nullable=False),
        sa.Column("carrier", sa.String(16), nullable=False),
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("weight_g", _NUMBER, nullable=False),
        sa.Column("contents", sa.String(60), nullable=False),
        sa.Column(
            "state", sa.Enum(*_STATES, name="waybillstate", native_enum=False, length=32), nullable=False
        ),
        sa.Column("number", sa.String(40), nullable=True),
        sa.Column("route_code", sa.String(60), nullable=False),
        sa.Column("hub", sa.String(60), nullable=False),
        sa.Column("provider_ref", sa.String(80), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("says", sa.String(200), nullable=False),
        sa.Column("message_key", sa.String(80), nullable=False),
        sa.Column("tried_at", _MOMENT, nullable=True),
        sa.Column("asked_by_id", _NUMBER, nullable=True),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("issued_at", _MOMENT, nullable=True),
        sa.Column("failed_at", _MOMENT, nullable=True),
        sa.Column("cancel_asked_at", _MOMENT, nullable=True),
        sa.Column("cancelled_at", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "state <> 'issued' OR number IS NOT NULL", name=op.f("ck_waybills_issued_with_number")
        ),
        sa.CheckConstraint(
            "state <> 'cancelled' OR cancelled_at IS NOT NULL",
            name=op.f("ck_waybills_cancelled_at_some_time"),
        ),
        _points_to("parcels", "parcel_id", "SET NULL"),
        _points_to("orders", "order_id"),
        _points_to("packing_places", "packing_place_id"),
        _points_to("users", "asked_by_id", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waybills")),
        sa.UniqueConstraint("reference", name=op.f("uq_waybills_reference")),
        sa.UniqueConstraint("carrier", "number", name=op.f("uq_waybills_carrier_number")),
    )
    op.create_index(op.f("ix_waybills_parcel_id"), "waybills", ["parcel_id"])
    op.create_index(op.f("ix_waybills_order_id"), "waybills", ["order_id"])
    op.create_index("ix_waybills_place_state", "waybills", ["packing_place_id", "state"])
    op.create_index(
        "ix_waybills_live", "waybills", ["parcel_id"], unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE
    )


def downgrade() -> None:
    op.drop_table("waybills")
