"""Payouts are approved, paid and sent back; households say who takes their money."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011_payouts_to_their_end"
down_revision = "0010_bank_statements"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_RUN_PEOPLE = ("approved_by_id", "discarded_by_id")


def upgrade() -> None:
    with op.batch_alter_table("payout_runs") as runs:
        runs.add_column(sa.Column("advance", sa.Boolean(), nullable=False, server_default=sa.false()))
        for name in ("approved", "discarded"):
            runs.add_column(sa.Column(f"{name}_at", _MOMENT, nullable=True))
            runs.add_column(sa.Column(f"{name}_by_id", _NUMBER, nullable=True))
        runs.add_column(sa.Column("discard_reason", sa.String(300), nullable=False, server_default=""))
        for name in _RUN_PEOPLE:
            _names_a_person(runs, "payout_runs", name)
        runs.create_check_constraint(
            op.f("ck_payout_runs_approved_or_discarded"), "approved_at IS NULL OR discarded_at IS NULL"
        )
    with op.batch_alter_table("payout_runs") as runs:
        runs.alter_column("advance", server_default=None)
        runs.alter_column("discard_reason", server_default=None)
    with op.batch_alter_table("payouts") as payouts:
        payouts.add_column(sa.Column("attempt", _NUMBER, nullable=False, server_default="1"))
        payouts.add_column(sa.Column("exported_at", _MOMENT, nullable=True))
        payouts.add_column(sa.Column("paid_at", _MOMENT, nullable=True))
        payouts.add_column(sa.Column("paid_by_id", _NUMBER, nullable=True))
        payouts.add_column(sa.Column("bank_reference", sa.String(80), nullable=False, server_default=""))
        payouts.add_column(sa.Column("failed_reason", sa.String(300), nullable=False, server_default=""))
        _names_a_person(payouts, "payouts", "paid_by_id")
        payouts.create_check_constraint(op.f("ck_payouts_attempt_positive"), "attempt > 0")
        payouts.create_check_constraint(
            op.f("ck_payouts_paid_has_moment"), "(status = 'paid') = (paid_at IS NOT NULL)"
        )
    with op.batch_alter_table("payouts") as payouts:
        for name in ("attempt", "bank_reference", "failed_reason"):
            payouts.alter_column(name, server_default=None)
    _create_payees()


def _names_a_person(table: object, name: str, column: str) -> None:
    table.create_foreign_key(  # type: ignore[attr-defined]
        op.f(f"fk_{name}_{column}_users"), "users", [column], ["id"], ondelete="SET NULL"
    )


def _create_payees() -> None:
    kinds = sa.Enum("own", "relative", "cash", name="payeekind", native_enum=False, length=32)
    op.create_table(
        "payees",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("household_id", _NUMBER, nullable=False),
        sa.Column("kind", kinds, nullable=False),
        sa.Column("name_sealed", sa.Text(), nullable=False),
        sa.Column("identity_sealed", sa.Text(), nullable=False),
        sa.Column("account_sealed", sa.Text(), nullable=False),
        sa.Column("bank", sa.String(60), nullable=False),
        sa.Column("relation", sa.String(40), nullable=False),
        sa.Column("consented_at", _MOMENT, nullable=True),
        sa.Column("contact_phone", sa.String(20), nullable=False),
        sa.Column("version", _NUMBER, nullable=False),
        sa.Column("usable_from", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("changed_by_id", _NUMBER, nullable=True),
        sa.CheckConstraint("(kind = 'cash') = (account_sealed = '')", name=op.f("ck_payees_account_unless_cash")),
        sa.CheckConstraint(
            "(kind = 'relative') = (consented_at IS NOT NULL AND relation <> '')",
            name=op.f("ck_payees_relative_consented"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_payees_household_id_households")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["users.id"], name=op.f("fk_payees_changed_by_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payees")),
        sa.UniqueConstraint("household_id", name=op.f("uq_payees_household_id")),
    )


def downgrade() -> None:
    op.drop_table("payees")
    with op.batch_alter_table("payouts") as payouts:
        payouts.drop_constraint(op.f("ck_payouts_paid_has_moment"), type_="check")
        payouts.drop_constraint(op.f("ck_payouts_attempt_positive"), type_="check")
        payouts.drop_constraint(op.f("fk_payouts_paid_by_id_users"), type_="foreignkey")
        for name in ("failed_reason", "bank_reference", "paid_by_id", "paid_at", "exported_at", "attempt"):
            payouts.drop_column(name)
    with op.batch_alter_table("payout_runs") as runs:
        runs.drop_constraint(op.f("ck_payout_runs_approved_or_discarded"), type_="check")
        for name in _RUN_PEOPLE:
            runs.drop_constraint(op.f(f"fk_payout_runs_{name}_users"), type_="foreignkey")
        for name in ("discard_reason", *_RUN_PEOPLE, "discarded_at", "approved_at", "advance"):
            runs.drop_column(name)
