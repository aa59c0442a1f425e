"""Lots before their harvest, what was agreed with who pre-ordered of them, and what was put off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035_forecast_lots"
down_revision = "0034_farmers_sign_in"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_FORECAST = (
    "expected_on IS NULL OR (expected_units IS NOT NULL AND confidence_pct IS NOT NULL AND shipped = 0"
    " AND harvested_on IS NULL AND declared * 100 <= expected_units * confidence_pct)"
)
_OF_LOTS = (("expected_on", sa.Date()), *((name, _NUMBER) for name in ("expected_units", "confidence_pct", "short_harvest")))
_CHOICES = ("waits", "refund")


def upgrade() -> None:
    with op.batch_alter_table("lots") as lots:
        for name, kind in _OF_LOTS:
            lots.add_column(sa.Column(name, kind, nullable=True))
    with op.batch_alter_table("lots") as lots:
        lots.create_check_constraint(op.f("ck_lots_forecast_never_over_promised"), _FORECAST)
    with op.batch_alter_table("order_lines") as lines:
        lines.add_column(sa.Column("expected_on", sa.Date(), nullable=True))
        lines.add_column(sa.Column("expected_units", _NUMBER, nullable=False, server_default=sa.text("0")))
        lines.add_column(sa.Column("preorder_terms", sa.String(500), nullable=False, server_default=""))
    op.create_table(
        "preorder_delays",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("order_id", _NUMBER, nullable=False),
        sa.Column("lot_id", _NUMBER, nullable=False),
        sa.Column("was_on", sa.Date(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column(
            "choice", sa.Enum(*_CHOICES, name="delaychoice", native_enum=False, length=32), nullable=False
        ),
        sa.Column("chosen_at", _MOMENT, nullable=True),
        sa.CheckConstraint("expected_on > was_on", name=op.f("ck_preorder_delays_later_than_said")),
        sa.CheckConstraint(
            "choice <> 'refund' OR chosen_at IS NOT NULL", name=op.f("ck_preorder_delays_somebody_chose")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_preorder_delays_order_id_orders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_preorder_delays_lot_id_lots")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preorder_delays")),
        sa.UniqueConstraint(
            "order_id", "lot_id", "expected_on", name=op.f("uq_preorder_delays_order_id_lot_id_expected_on")
        ),
    )


def downgrade() -> None:
    op.drop_table("preorder_delays")
    with op.batch_alter_table("order_lines") as lines:
        for name in ("preorder_terms", "expected_units", "expected_on"):
            lines.drop_column(name)
    with op.batch_alter_table("lots") as lots:
        lots.drop_constraint(op.f("ck_lots_forecast_never_over_promised"), type_="check")
    with op.batch_alter_table("lots") as lots:
        for name, _kind in reversed(_OF_LOTS):
            lots.drop_column(name)
