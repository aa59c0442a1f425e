"""Refunded goods come back to stock or are written off; roundings have an account of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022_returned_units"
down_revision = "0021_terms"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WISHES = ("restock", "write_off")
_STATES = ("expected", "restocked", "written_off", "called_off")
_CHANGES = ("returned_change", "written_off_change")


def upgrade() -> None:
    op.create_table(
        "returned_units",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("refund_line_id", _NUMBER, nullable=False),
        sa.Column("allocation_id", _NUMBER, nullable=False),
        sa.Column("units", _NUMBER, nullable=False),
        sa.Column(
            "wish", sa.Enum(*_WISHES, name="returnwish", native_enum=False, length=32), nullable=False
        ),
        sa.Column(
            "status", sa.Enum(*_STATES, name="returnstatus", native_enum=False, length=32), nullable=False
        ),
        sa.Column("household_fen", _NUMBER, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("units > 0", name=op.f("ck_returned_units_units_positive")),
        sa.CheckConstraint(
            "household_fen = 0 OR status = 'restocked'", name=op.f("ck_returned_units_earned_until_restocked")
        ),
        sa.ForeignKeyConstraint(
            ["refund_line_id"], ["refund_lines.id"], name=op.f("fk_returned_units_refund_line_id_refund_lines")
        ),
        sa.ForeignKeyConstraint(
            ["allocation_id"], ["allocations.id"], name=op.f("fk_returned_units_allocation_id_allocations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returned_units")),
        sa.UniqueConstraint(
            "refund_line_id", "allocation_id", name=op.f("uq_returned_units_refund_line_id_allocation_id")
        ),
    )
    op.create_index(op.f("ix_returned_units_allocation_id"), "returned_units", ["allocation_id"])
    for name in _CHANGES:
        op.add_column("lot_changes", sa.Column(name, _NUMBER, nullable=False, server_default=sa.text("0")))
    # An institution whose own chart has the new account's code already keeps it where it is.
    op.execute(
        "INSERT INTO account_codes (account, code) SELECT 'rounding', '530199' FROM account_codes WHERE code = '5301'"
    )


def downgrade() -> None:
    op.execute("DELETE FROM account_codes WHERE account = 'rounding'")
    for name in reversed(_CHANGES):
        op.drop_column("lot_changes", name)
    op.drop_table("returned_units")
