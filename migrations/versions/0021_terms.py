"""Payment on terms: what organisations were granted, their debts, what is given up of these, and reminders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021_terms"
down_revision = "0020_voucher_reversals"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_IN_FORCE = sa.text("approved_at IS NOT NULL AND ended_at IS NULL")
_PROPOSED = sa.text("approved_at IS NULL AND ended_at IS NULL")
_WAITS = sa.text("agreed_at IS NULL AND withdrawn_at IS NULL")
_DEBT = sa.text("provider = 'on_account' AND status = 'pending'")


def _person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["users.id"], name=op.f(f"fk_{table}_{column}_users"), ondelete="SET NULL"
    )


def upgrade() -> None:
    _make_terms()
    _make_write_offs()
    _make_reminders()
    with op.batch_alter_table("payments") as payments:
        payments.add_column(sa.Column("credited_fen", _NUMBER, nullable=False, server_default=sa.text("0")))
    with op.batch_alter_table("payments") as payments:
        payments.create_check_constraint(
            op.f("ck_payments_never_more_credited_than_owed"),
            "credited_fen >= 0 AND credited_fen <= amount_fen",
        )
    op.create_index(
        "ix_payments_open_debts", "payments", ["expires_at"], sqlite_where=_DEBT, postgresql_where=_DEBT
    )
    with op.batch_alter_table("refunds") as refunds:
        refunds.add_column(sa.Column("is_credit", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("refunds") as refunds:
        refunds.drop_column("is_credit")
    op.drop_index("ix_payments_open_debts", "payments")
    with op.batch_alter_table("payments") as payments:
        payments.drop_constraint(op.f("ck_payments_never_more_credited_than_owed"), type_="check")
    with op.batch_alter_table("payments") as payments:
        payments.drop_column("credited_fen")
    op.drop_table("debt_reminders")
    op.drop_table("write_offs")
    op.drop_table("organisation_terms")


def _make_terms() -> None:
    op.create_table(
        "organisation_terms",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("organisation_id", _NUMBER, nullable=False),
        sa.Column("limit_fen", _NUMBER, nullable=False),
        sa.Column("days", _NUMBER, nullable=False),
        sa.Column("hold_days", _NUMBER, nullable=True),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("proposed_at", _MOMENT, nullable=False),
        sa.Column("proposed_by_id", _NUMBER, nullable=True),
        sa.Column("approved_at", _MOMENT, nullable=True),
        sa.Column("approved_by_id", _NUMBER, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("ended_by_id", _NUMBER, nullable=True),
        sa.Column("end_reason", sa.String(300), nullable=False),
        sa.CheckConstraint("limit_fen >= 0", name=op.f("ck_organisation_terms_limit_not_negative")),
        sa.CheckConstraint(
            "days BETWEEN 1 AND 365", name=op.f("ck_organisation_terms_days_within_a_year")
        ),
        sa.CheckConstraint(
            "hold_days BETWEEN 1 AND 60", name=op.f("ck_organisation_terms_hold_days_within_sixty")
        ),
        sa.CheckConstraint(
            "approved_by_id <> proposed_by_id", name=op.f("ck_organisation_terms_two_persons")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_terms_organisation_id_organisations"),
        ),
        *(_person("organisation_terms", name) for name in ("proposed_by_id", "approved_by_id", "ended_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_terms")),
    )
    op.create_index(
        op.f("ix_organisation_terms_organisation_id"), "organisation_terms", ["organisation_id"]
    )
    for name, which in (("in_force", _IN_FORCE), ("proposed", _PROPOSED)):
        op.create_index(
            f"uq_organisation_terms_{name}",
            "organisation_terms",
            ["organisation_id"],
            unique=True,
            sqlite_where=which,
            postgresql_where=which,
        )


def _make_write_offs() -> None:
    op.create_table(
        "write_offs",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("payment_id", _NUMBER, nullable=False),
        sa.Column("order_id", _NUMBER, nullable=False),
        sa.Column("amount_fen", _NUMBER, nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("proposed_at", _MOMENT, nullable=False),
        sa.Column("proposed_by_id", _NUMBER, nullable=True),
        sa.Column("agreed_at", _MOMENT, nullable=True),
        sa.Column("agreed_by_id", _NUMBER, nullable=True),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
        sa.Column("withdrawn_by_id", _NUMBER, nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_write_offs_amount_positive")),
        sa.CheckConstraint(
            "agreed_at IS NULL OR withdrawn_at IS NULL", name=op.f("ck_write_offs_agreed_or_withdrawn")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_write_offs_payment_id_payments")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_write_offs_order_id_orders")),
        *(_person("write_offs", name) for name in ("proposed_by_id", "agreed_by_id", "withdrawn_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_write_offs")),
        sa.UniqueConstraint("token", name=op.f("uq_write_offs_token")),
    )
    for name in ("payment_id", "order_id"):
        op.create_index(op.f(f"ix_write_offs_{name}"), "write_offs", [name])
    op.create_index(
        "uq_write_offs_proposed",
        "write_offs",
        ["payment_id"],
        unique=True,
        sqlite_where=_WAITS,
        postgresql_where=_WAITS,
    )


def _make_reminders() -> None:
    op.create_table(
        "debt_reminders",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("organisation_id", _NUMBER, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sent_at", _MOMENT, nullable=False),
        sa.Column("sent_by_id", _NUMBER, nullable=True),
        sa.Column("debts", _NUMBER, nullable=False),
        sa.Column("owed_fen", _NUMBER, nullable=False),
        sa.Column("overdue_fen", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_debt_reminders_organisation_id_organisations"),
        ),
        _person("debt_reminders", "sent_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_debt_reminders")),
        sa.UniqueConstraint(
            "organisation_id", "day", name=op.f("uq_debt_reminders_organisation_id_day")
        ),
    )
