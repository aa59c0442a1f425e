"""Shelves: a pickup point's own stock and what goes along to a fair, every move of it, and the cash it took."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0066_shelves"
down_revision = "0065_canteens"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_WAITS = sa.text("second_at IS NULL AND taken_back_at IS NULL")


def _to(table: str, column: str, target: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    with op.batch_alter_table("lot_changes") as changes:
        changes.add_column(sa.Column("shelved_change", _NUMBER, nullable=False, server_default=sa.text("0")))
    with op.batch_alter_table("platform_imports") as imports:
        imports.add_column(sa.Column("taken_back_at", _MOMENT, nullable=True))
    op.create_table(
        "shelves",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("source_id", _NUMBER, nullable=False),
        sa.Column("pickup_point_id", _NUMBER, nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shelves")),
        sa.UniqueConstraint("source_id", name=op.f("uq_shelves_source_id")),
        _to("shelves", "source_id", "outside_sources"),
        _to("shelves", "pickup_point_id", "pickup_points"),
    )
    op.create_index(op.f("ix_shelves_pickup_point_id"), "shelves", ["pickup_point_id"])
    op.create_table(
        "shelf_stock",
        sa.Column("shelf_id", _NUMBER, nullable=False),
        sa.Column("lot_id", _NUMBER, nullable=False),
        sa.Column("units", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("shelf_id", "lot_id", name=op.f("pk_shelf_stock")),
        _to("shelf_stock", "shelf_id", "shelves"),
        _to("shelf_stock", "lot_id", "lots"),
        sa.CheckConstraint("units >= 0", name=op.f("ck_shelf_stock_no_negative_stock")),
    )
    op.create_index(op.f("ix_shelf_stock_lot_id"), "shelf_stock", ["lot_id"])
    _moves()
    _cash()
    _gift_approvals()


def _moves() -> None:
    kinds = ("brought", "sold", "returned", "taken_back", "missing", "found")
    op.create_table(
        "shelf_moves",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("shelf_id", _NUMBER, nullable=False),
        sa.Column("lot_id", _NUMBER, nullable=False),
        sa.Column("kind", sa.Enum(*kinds, name="movekind", native_enum=False, length=32), nullable=False),
        sa.Column("units", _NUMBER, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor_id", _NUMBER, nullable=True),
        sa.Column("order_id", _NUMBER, nullable=True),
        sa.Column("run_id", _NUMBER, nullable=True),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shelf_moves")),
        sa.UniqueConstraint("token", "lot_id", name=op.f("uq_shelf_moves_token_lot_id")),
        _to("shelf_moves", "shelf_id", "shelves"),
        _to("shelf_moves", "lot_id", "lots"),
        _to("shelf_moves", "actor_id", "users", "SET NULL"),
        _to("shelf_moves", "order_id", "orders"),
        _to("shelf_moves", "run_id", "runs"),
        sa.CheckConstraint("units <> 0", name=op.f("ck_shelf_moves_units_not_zero")),
        sa.CheckConstraint(
            "(units > 0) = (kind IN ('brought', 'returned', 'found'))",
            name=op.f("ck_shelf_moves_comes_or_leaves_by_kind"),
        ),
        sa.CheckConstraint(
            "(kind IN ('sold', 'returned')) = (order_id IS NOT NULL)",
            name=op.f("ck_shelf_moves_order_of_a_sale"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('taken_back', 'missing', 'found') OR reason <> ''",
            name=op.f("ck_shelf_moves_with_a_reason"),
        ),
    )
    op.create_index("ix_shelf_moves_shelf_id", "shelf_moves", ["shelf_id", "id"])
    for column in ("lot_id", "order_id"):
        op.create_index(op.f(f"ix_shelf_moves_{column}"), "shelf_moves", [column])


def _cash() -> None:
    op.create_table(
        "cash_counts",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("shelf_id", _NUMBER, nullable=False),
        sa.Column("expected_fen", _NUMBER, nullable=False),
        sa.Column("counted_fen", _NUMBER, nullable=False),
        sa.Column("words", sa.String(200), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("first_at", _MOMENT, nullable=False),
        sa.Column("first_id", _NUMBER, nullable=True),
        sa.Column("second_at", _MOMENT, nullable=True),
        sa.Column("second_id", _NUMBER, nullable=True),
        sa.Column("taken_back_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cash_counts")),
        sa.UniqueConstraint("token", name=op.f("uq_cash_counts_token")),
        _to("cash_counts", "shelf_id", "shelves"),
        _to("cash_counts", "first_id", "users", "SET NULL"),
        _to("cash_counts", "second_id", "users", "SET NULL"),
        sa.CheckConstraint("counted_fen >= 0", name=op.f("ck_cash_counts_counted_not_negative")),
        sa.CheckConstraint(
            "counted_fen = expected_fen OR words <> ''", name=op.f("ck_cash_counts_a_difference_is_explained")
        ),
        sa.CheckConstraint(
            "second_at IS NULL OR taken_back_at IS NULL", name=op.f("ck_cash_counts_agreed_or_taken_back")
        ),
        sa.CheckConstraint(
            "second_id IS NULL OR second_id <> first_id", name=op.f("ck_cash_counts_by_two_persons")
        ),
    )
    op.create_index("ix_cash_counts_shelf_id", "cash_counts", ["shelf_id", "id"])
    op.create_index(
        "uq_cash_counts_one_waits",
        "cash_counts",
        ["shelf_id"],
        unique=True,
        sqlite_where=_WAITS,
        postgresql_where=_WAITS,
    )


def _gift_approvals() -> None:
    with op.batch_alter_table("gifts") as gifts:
        gifts.add_column(sa.Column("is_approved", sa.Boolean(), nullable=False, server_default=sa.false()))
    states = ("waiting", "approved", "returned", "withdrawn", "expired")
    before = ("draft", "waiting", "placing", "stopped", "placed", "dropped")
    waits = sa.text("state = 'waiting'")
    op.create_table(
        "gift_approvals",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("gift_id", _NUMBER, nullable=False),
        sa.Column("organisation_id", _NUMBER, nullable=False),
        sa.Column("amount_fen", _NUMBER, nullable=False),
        sa.Column("over", sa.JSON(), nullable=False),
        sa.Column("state", sa.Enum(*states, name="approvalstate", native_enum=False, length=32), nullable=False),
        sa.Column("before", sa.Enum(*before, name="giftstatus", native_enum=False, length=32), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("asked_by_id", _NUMBER, nullable=True),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decided_by_id", _NUMBER, nullable=True),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_approvals")),
        _to("gift_approvals", "gift_id", "gifts", "CASCADE"),
        _to("gift_approvals", "organisation_id", "organisations"),
        _to("gift_approvals", "asked_by_id", "users", "SET NULL"),
        _to("gift_approvals", "decided_by_id", "users", "SET NULL"),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_gift_approvals_amount_positive")),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)", name=op.f("ck_gift_approvals_decided_has_moment")
        ),
        sa.CheckConstraint(
            "state <> 'returned' OR reason <> ''", name=op.f("ck_gift_approvals_returned_with_a_reason")
        ),
    )
    op.create_index(
        "uq_gift_approvals_one_waits",
        "gift_approvals",
        ["gift_id"],
        unique=True,
        sqlite_where=waits,
        postgresql_where=waits,
    )
    op.create_index("ix_gift_approvals_organisation_id", "gift_approvals", ["organisation_id", "state"])
    op.create_index("ix_gift_approvals_gift_id", "gift_approvals", ["gift_id", "id"])


def downgrade() -> None:
    op.drop_table("gift_approvals")
    with op.batch_alter_table("gifts") as gifts:
        gifts.drop_column("is_approved")
    for table in ("cash_counts", "shelf_moves", "shelf_stock", "shelves"):
        op.drop_table(table)
    with op.batch_alter_table("platform_imports") as imports:
        imports.drop_column("taken_back_at")
    with op.batch_alter_table("lot_changes") as changes:
        changes.drop_column("shelved_change")
