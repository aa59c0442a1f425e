"""Proof of payouts, which of them were handed over in cash, and what went back to who lent money for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023_payout_proofs"
down_revision = "0022_returned_units"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_STANDS = sa.text("status IN ('proposed', 'repaid')")


def upgrade() -> None:
    op.add_column("payouts", sa.Column("in_cash", sa.Boolean(), nullable=False, server_default=sa.false()))
    # What was paid and stood in no bank file went to who takes the money now: nothing else is known of it.
    op.execute(
        "UPDATE payouts SET in_cash = true WHERE status = 'paid' AND exported_at IS NULL"
        " AND household_id IN (SELECT household_id FROM payees WHERE kind = 'cash')"
    )
    op.create_table(
        "payout_proofs",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("run_id", _NUMBER, nullable=False),
        sa.Column(
            "kind", sa.Enum("pdf", "photo", name="proofkind", native_enum=False, length=32), nullable=False
        ),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", _NUMBER, nullable=False),
        sa.Column(
            "state",
            sa.Enum("processing", "ready", "refused", name="picturestate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("added_by_id", _NUMBER, nullable=True),
        sa.CheckConstraint("size > 0", name=op.f("ck_payout_proofs_size_positive")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["payout_runs.id"], name=op.f("fk_payout_proofs_run_id_payout_runs")
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["users.id"], name=op.f("fk_payout_proofs_added_by_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_proofs")),
        sa.UniqueConstraint("key", name=op.f("uq_payout_proofs_key")),
        sa.UniqueConstraint("digest", name=op.f("uq_payout_proofs_digest")),
    )
    op.create_index(op.f("ix_payout_proofs_run_id"), "payout_proofs", ["run_id"])
    op.create_index(op.f("ix_payout_proofs_state"), "payout_proofs", ["state"])
    op.create_table(
        "proven_payouts",
        sa.Column("proof_id", _NUMBER, nullable=False),
        sa.Column("payout_id", _NUMBER, nullable=False),
        sa.Column("attempt", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["proof_id"],
            ["payout_proofs.id"],
            name=op.f("fk_proven_payouts_proof_id_payout_proofs"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["payouts.id"], name=op.f("fk_proven_payouts_payout_id_payouts")
        ),
        sa.PrimaryKeyConstraint("proof_id", "payout_id", "attempt", name=op.f("pk_proven_payouts")),
    )
    op.create_index(op.f("ix_proven_payouts_payout_id"), "proven_payouts", ["payout_id"])
    _repayments()


def _repayments() -> None:
    states = ("proposed", "repaid", "withdrawn", "taken_back")
    people = ("proposed_by_id", "decided_by_id", "reversed_by_id")
    op.create_table(
        "advance_repayments",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column(
            "status", sa.Enum(*states, name="repaymentstatus", native_enum=False, length=32), nullable=False
        ),
        sa.Column("amount_fen", _NUMBER, nullable=False),
        sa.Column("bank_reference", sa.String(80), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("proposed_at", _MOMENT, nullable=False),
        sa.Column("proposed_by_id", _NUMBER, nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decided_by_id", _NUMBER, nullable=True),
        sa.Column("reversed_at", _MOMENT, nullable=True),
        sa.Column("reversed_by_id", _NUMBER, nullable=True),
        sa.Column("reversal_reason", sa.String(300), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_advance_repayments_amount_positive")),
        sa.CheckConstraint(
            "status NOT IN ('repaid', 'taken_back') OR decided_by_id <> proposed_by_id",
            name=op.f("ck_advance_repayments_by_two_persons"),
        ),
        sa.CheckConstraint(
            "(status = 'taken_back') = (reversed_at IS NOT NULL)",
            name=op.f("ck_advance_repayments_taken_back_has_moment"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [person], ["users.id"], name=op.f(f"fk_advance_repayments_{person}_users"), ondelete="SET NULL"
            )
            for person in people
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advance_repayments")),
    )
    op.create_index(op.f("ix_advance_repayments_status"), "advance_repayments", ["status"])
    op.create_index(
        "uq_advance_repayments_reference_that_stands",
        "advance_repayments",
        ["bank_reference"],
        unique=True,
        sqlite_where=_STANDS,
        postgresql_where=_STANDS,
    )


def downgrade() -> None:
    op.drop_table("advance_repayments")
    op.drop_table("proven_payouts")
    op.drop_table("payout_proofs")
    op.drop_column("payouts", "in_cash")
