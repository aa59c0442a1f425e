"""Bags can be followed: numbers of labels, pledges of lots, lots made of others, recalls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033_trace"
down_revision = "0032_life_of_a_task"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_STATES = ("proposed", "refused", "active", "lifted")
_OPEN = sa.text("state IN ('proposed', 'active')")
_IN_FORCE = sa.text("replaced_at IS NULL")
_WAITING = sa.text("settled_at IS NULL")


def upgrade() -> None:
    op.add_column("lots", sa.Column("bags_printed", _NUMBER, nullable=False, server_default=sa.text("0")))
    op.add_column("lots", sa.Column("needs_pledge", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("lot_changes", sa.Column("repacked_change", _NUMBER, nullable=False, server_default=sa.text("0")))
    op.add_column("products", sa.Column("recalled_lots", _NUMBER, nullable=False, server_default=sa.text("0")))
    op.add_column("compliance_classes", sa.Column("pledge_since", sa.Date(), nullable=True))
    _bag_prints()
    _lot_pledges()
    _lot_origins()
    _lot_recalls()
    _recalled_orders()


def downgrade() -> None:
    for table in ("recalled_orders", "lot_recalls", "lot_origins", "lot_pledges", "bag_prints"):
        op.drop_table(table)
    op.drop_column("compliance_classes", "pledge_since")
    op.drop_column("products", "recalled_lots")
    op.drop_column("lot_changes", "repacked_change")
    op.drop_column("lots", "needs_pledge")
    op.drop_column("lots", "bags_printed")


def _bag_prints() -> None:
    table = "bag_prints"
    op.create_table(
        table,
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("lot_id", _NUMBER, nullable=False),
        sa.Column("first", _NUMBER, nullable=False),
        sa.Column("last", _NUMBER, nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("actor_id", _NUMBER, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.CheckConstraint("first >= 1 AND last >= first", name=op.f(f"ck_{table}_counts_up")),
        _lot(table, ondelete="CASCADE"),
        _person(table, "actor_id"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("lot_id", "token", name=op.f(f"uq_{table}_lot_id_token")),
    )


def _lot_pledges() -> None:
    table = "lot_pledges"
    op.create_table(
        table,
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("lot_id", _NUMBER, nullable=False),
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("of_supplier", sa.Boolean(), nullable=False),
        sa.Column("goods_zh", sa.String(160), nullable=False),
        sa.Column("goods_en", sa.String(240), nullable=False),
        sa.Column("units", _NUMBER, nullable=False),
        sa.Column("net_weight_g", _NUMBER, nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("producer", sa.String(120), nullable=False),
        sa.Column("contact", sa.String(40), nullable=False),
        sa.Column("basis", sa.String(120), nullable=False),
        sa.Column("signed_by", sa.String(60), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("actor_id", _NUMBER, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("replaced_at", _MOMENT, nullable=True),
        sa.CheckConstraint("units > 0 AND net_weight_g > 0", name=op.f(f"ck_{table}_of_some_goods")),
        sa.CheckConstraint("basis <> '' OR of_supplier", name=op.f(f"ck_{table}_says_on_what_it_rests")),
        _lot(table, ondelete="CASCADE"),
        _person(table, "actor_id"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("number", name=op.f(f"uq_{table}_number")),
    )
    op.create_index(op.f(f"ix_{table}_lot_id"), table, ["lot_id"])
    op.create_index(
        f"uq_{table}_in_force", table, ["lot_id"], unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE
    )


def _lot_origins() -> None:
    table = "lot_origins"
    op.create_table(
        table,
        sa.Column("lot_id", _NUMBER, nullable=False),
        sa.Column("origin_id", _NUMBER, nullable=False),
        sa.Column("units", _NUMBER, nullable=False),
        sa.CheckConstraint("units > 0", name=op.f(f"ck_{table}_units_positive")),
        sa.CheckConstraint("lot_id <> origin_id", name=op.f(f"ck_{table}_not_of_itself")),
        _lot(table, ondelete="CASCADE"),
        _lot(table, "origin_id"),
        sa.PrimaryKeyConstraint("lot_id", "origin_id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_origin_id"), table, ["origin_id"])


def _lot_recalls() -> None:
    table = "lot_recalls"
    op.create_table(
        table,
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("lot_id", _NUMBER, nullable=False),
        sa.Column(
            "state", sa.Enum(*_STATES, name="recallstate", native_enum=False, length=32), nullable=False
        ),
        *(
            sa.Column(name, sa.String(300), nullable=False)
            for name in ("reason_zh", "reason_en", "advice_zh", "advice_en")
        ),
        sa.Column("proposed_by_id", _NUMBER, nullable=True),
        sa.Column("proposed_at", _MOMENT, nullable=True),
        sa.Column("recalled_by_id", _NUMBER, nullable=True),
        sa.Column("recalled_at", _MOMENT, nullable=True),
        sa.Column("ended_reason", sa.String(300), nullable=False),
        sa.Column("lifted_by_id", _NUMBER, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "state <> 'lifted' OR lifted_by_id <> recalled_by_id", name=op.f(f"ck_{table}_lifted_by_another")
        ),
        sa.CheckConstraint(
            "state NOT IN ('active', 'lifted') OR recalled_at IS NOT NULL", name=op.f(f"ck_{table}_began")
        ),
        _lot(table),
        *(_person(table, column) for column in ("proposed_by_id", "recalled_by_id", "lifted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_lot_id"), table, ["lot_id"])
    op.create_index(f"ix_{table}_state", table, ["state", "recalled_at"])
    op.create_index(f"uq_{table}_open", table, ["lot_id"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)


def _recalled_orders() -> None:
    table = "recalled_orders"
    op.create_table(
        table,
        sa.Column("recall_id", _NUMBER, nullable=False),
        sa.Column("order_id", _NUMBER, nullable=False),
        sa.Column("units", _NUMBER, nullable=False),
        sa.Column("settled_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["recall_id"], ["lot_recalls.id"], name=op.f(f"fk_{table}_recall_id_lot_recalls"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f(f"fk_{table}_order_id_orders")),
        sa.PrimaryKeyConstraint("recall_id", "order_id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_order_id"), table, ["order_id"])
    op.create_index(
        f"ix_{table}_waiting", table, ["recall_id"], sqlite_where=_WAITING, postgresql_where=_WAITING
    )


def _lot(table: str, column: str = "lot_id", ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["lots.id"], name=op.f(f"fk_{table}_{column}_lots"), ondelete=ondelete
    )


def _person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["users.id"], name=op.f(f"fk_{table}_{column}_users"), ondelete="SET NULL"
    )
