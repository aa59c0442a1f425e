"""Money that moved at the bank outside orders, and under which names providers pass on what buyers paid."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024_bank_movements"
down_revision = "0023_payout_proofs"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_STANDS = sa.text("status IN ('proposed', 'booked')")
_KINDS = (
    *("provider_payout", "freight_paid", "packing_paid", "village_fund_paid", "income_paid_out"),
    *("bank_charge", "interest"),
)
_STATES = ("proposed", "booked", "withdrawn", "taken_back")
_PEOPLE = ("proposed_by_id", "decided_by_id", "reversed_by_id")
_CHECKS = {
    "amount_positive": "amount_fen > 0",
    "by_two_persons": "status NOT IN ('booked', 'taken_back') OR decided_by_id <> proposed_by_id",
    "taken_back_has_moment": "(status = 'taken_back') = (reversed_at IS NOT NULL)",
    "village_where_needed": "(kind IN ('packing_paid', 'village_fund_paid')) = (village_id IS NOT NULL)",
    "provider_where_needed": "(kind = 'provider_payout') = (provider <> '')",
    "line_of_a_payout": "line_id IS NULL OR kind = 'provider_payout'",
}


def upgrade() -> None:
    op.create_table(
        "bank_movements",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column(
            "kind", sa.Enum(*_KINDS, name="movementkind", native_enum=False, length=32), nullable=False
        ),
        sa.Column(
            "status", sa.Enum(*_STATES, name="movementstatus", native_enum=False, length=32), nullable=False
        ),
        sa.Column("amount_fen", _NUMBER, nullable=False),
        sa.Column("bank_reference", sa.String(80), nullable=False),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("village_id", _NUMBER, nullable=True),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("line_id", _NUMBER, nullable=True),
        sa.Column("purpose", sa.String(200), nullable=False),
        sa.Column("proposed_at", _MOMENT, nullable=False),
        sa.Column("proposed_by_id", _NUMBER, nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decided_by_id", _NUMBER, nullable=True),
        sa.Column("reversed_at", _MOMENT, nullable=True),
        sa.Column("reversed_by_id", _NUMBER, nullable=True),
        sa.Column("reversal_reason", sa.String(300), nullable=False),
        *(
            sa.CheckConstraint(said, name=op.f(f"ck_bank_movements_{name}"))
            for name, said in _CHECKS.items()
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_bank_movements_{column}_{table}")
            )
            for column, table in (("village_id", "villages"), ("line_id", "bank_statement_lines"))
        ),
        *(
            sa.ForeignKeyConstraint(
                [person], ["users.id"], name=op.f(f"fk_bank_movements_{person}_users"), ondelete="SET NULL"
            )
            for person in _PEOPLE
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_movements")),
    )
    op.create_index(op.f("ix_bank_movements_status"), "bank_movements", ["status"])
    op.create_index("ix_bank_movements_moved_on", "bank_movements", ["moved_on", "id"])
    for name, column in (("reference", "bank_reference"), ("line", "line_id")):
        op.create_index(
            f"uq_bank_movements_{name}_that_stands",
            "bank_movements",
            [column],
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        )
    op.create_table(
        "payout_payers",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("payer_key", sa.String(200), nullable=False),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_payers")),
        sa.UniqueConstraint("payer_key", name=op.f("uq_payout_payers_payer_key")),
    )


def downgrade() -> None:
    op.drop_table("payout_payers")
    op.drop_table("bank_movements")
