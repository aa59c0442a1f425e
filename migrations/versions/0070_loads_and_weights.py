"""Canteens and shelves: a weight that was settled can be raised, and villages send loads to shelves.

What a refund by weight took off an order can be owed again: the tax book says so beside the refund's own rows.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0070_loads_and_weights"
down_revision = "0069_prepaid_gifts"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_KEY = ("seller_id", "tax_rate_bp", "tax_exempt")
_UNIQUE = "uq_tax_entries_refund_id_seller_id_tax_rate_bp_tax_exempt"
_UNIQUE_NOW = "uq_tax_entries_refund"
_CHECK = "ck_tax_entries_sale_or_refund"
_SIGN = "(amount_fen > 0) = (refund_id IS NULL OR undone) AND (refund_id IS NOT NULL OR undone = false)"


def upgrade() -> None:
    with op.batch_alter_table("tax_entries") as entries:
        entries.add_column(sa.Column("undone", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("tax_entries") as entries:
        entries.drop_constraint(op.f(_CHECK), type_="check")
        entries.create_check_constraint(op.f(_CHECK), _SIGN)
        entries.drop_constraint(op.f(_UNIQUE), type_="unique")
        entries.create_unique_constraint(op.f(_UNIQUE_NOW), ["refund_id", "undone", *_KEY])
    _loads()


def _loads() -> None:
    op.create_table(
        "shelf_loads",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("shelf_id", _NUMBER, nullable=False),
        sa.Column("variant_id", _NUMBER, nullable=False),
        sa.Column("run_id", _NUMBER, nullable=True),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("sent_at", _MOMENT, nullable=False),
        sa.Column("sent_by_id", _NUMBER, nullable=True),
        sa.Column("received_at", _MOMENT, nullable=True),
        sa.Column("received_by_id", _NUMBER, nullable=True),
        sa.Column("called_back_at", _MOMENT, nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "received_at IS NULL OR called_back_at IS NULL", name=op.f("ck_shelf_loads_received_or_called_back")
        ),
        sa.CheckConstraint(
            "received_by_id IS NULL OR received_by_id <> sent_by_id", name=op.f("ck_shelf_loads_two_persons")
        ),
        _to("shelf_loads", "shelf_id", "shelves"),
        _to("shelf_loads", "variant_id", "variants"),
        _to("shelf_loads", "run_id", "runs"),
        _to("shelf_loads", "sent_by_id", "users", ondelete="SET NULL"),
        _to("shelf_loads", "received_by_id", "users", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shelf_loads")),
        sa.UniqueConstraint("token", name=op.f("uq_shelf_loads_token")),
    )
    op.create_index("ix_shelf_loads_shelf_id", "shelf_loads", ["shelf_id", "id"])
    op.create_table(
        "shelf_load_lines",
        sa.Column("load_id", _NUMBER, nullable=False),
        sa.Column("lot_id", _NUMBER, nullable=False),
        sa.Column("units", _NUMBER, nullable=False),
        sa.Column("arrived", _NUMBER, nullable=True),
        sa.CheckConstraint("units > 0", name=op.f("ck_shelf_load_lines_something_was_loaded")),
        sa.CheckConstraint(
            "arrived >= 0 AND arrived <= units",
            name=op.f("ck_shelf_load_lines_no_more_arrived_than_was_loaded"),
        ),
        _to("shelf_load_lines", "load_id", "shelf_loads"),
        _to("shelf_load_lines", "lot_id", "lots"),
        sa.PrimaryKeyConstraint("load_id", "lot_id", name=op.f("pk_shelf_load_lines")),
    )
    op.create_index(op.f("ix_shelf_load_lines_lot_id"), "shelf_load_lines", ["lot_id"])


def _to(table: str, column: str, other: str, **more: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), **more)


def downgrade() -> None:
    op.drop_table("shelf_load_lines")
    op.drop_table("shelf_loads")
    op.execute("DELETE FROM tax_entries WHERE undone")
    with op.batch_alter_table("tax_entries") as entries:
        entries.drop_constraint(op.f(_UNIQUE_NOW), type_="unique")
        entries.create_unique_constraint(op.f(_UNIQUE), ["refund_id", *_KEY])
        entries.drop_constraint(op.f(_CHECK), type_="check")
        entries.create_check_constraint(op.f(_CHECK), "(refund_id IS NULL AND amount_fen > 0) OR amount_fen < 0")
        entries.drop_column("undone")
