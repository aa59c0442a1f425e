"""What carriers say of parcels; those that are on their way now are asked for from now on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028_parcel_journeys"
down_revision = "0027_rest_notes"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_TABLE = "parcel_journeys"
_STATES = ("waiting", "on_the_way", "out_for_delivery", "delivered", "trouble", "returning")
_A_WEEK_LATER = {
    "postgresql": "p.shipped_at + interval '7 days'",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', p.shipped_at, '+7 days')",
}


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("parcel_id", _NUMBER, nullable=False),
        sa.Column(
            "state", sa.Enum(*_STATES, name="journeystate", native_enum=False, length=32), nullable=False
        ),
        sa.Column("says", sa.String(200), nullable=False),
        sa.Column("happened_at", _MOMENT, nullable=True),
        sa.Column("asked", _NUMBER, nullable=False),
        sa.Column("ask_at", _MOMENT, nullable=True),
        sa.Column("late_at", _MOMENT, nullable=False),
        sa.CheckConstraint("asked >= 0", name=op.f("ck_parcel_journeys_asked_not_negative")),
        sa.CheckConstraint(
            "state = 'waiting' OR happened_at IS NOT NULL", name=op.f("ck_parcel_journeys_known_since")
        ),
        sa.ForeignKeyConstraint(
            ["parcel_id"], ["parcels.id"], name=op.f("fk_parcel_journeys_parcel_id_parcels"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("parcel_id", name=op.f("pk_parcel_journeys")),
    )
    op.create_index(op.f("ix_parcel_journeys_ask_at"), _TABLE, ["ask_at"])
    late = _A_WEEK_LATER[op.get_bind().dialect.name]
    op.execute(
        "INSERT INTO parcel_journeys (parcel_id, state, says, asked, ask_at, late_at)"  # noqa: S608  our own words
        f" SELECT p.id, 'waiting', '', 0, p.shipped_at, {late} FROM parcels p"
        " WHERE p.status = 'shipped' AND p.tracking_number IS NOT NULL AND p.shipped_at IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_table(_TABLE)
