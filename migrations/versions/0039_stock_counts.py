"""Lots are counted where they stand: each count stays as it was said, and lots say what counts did not find."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039_stock_counts"
down_revision = "0036_pairing"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# All but who counted: an account may be erased.
_FACTS = "id, lot_id, at, for_producer, expected, counted, added, taken_off, shorter, closed_lot, reason, words, token"


def upgrade() -> None:
    op.create_table(
        "stock_counts",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("lot_id", _NUMBER, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor_id", _NUMBER, nullable=True),
        sa.Column("for_producer", sa.Boolean(), nullable=False),
        sa.Column("expected", _NUMBER, nullable=False),
        sa.Column("counted", _NUMBER, nullable=False),
        sa.Column("added", _NUMBER, nullable=False),
        sa.Column("taken_off", _NUMBER, nullable=False),
        sa.Column("shorter", _NUMBER, nullable=False),
        sa.Column("closed_lot", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(32), nullable=True),
        sa.Column("words", sa.String(120), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.CheckConstraint(
            "expected >= 0 AND counted >= 0 AND added >= 0", name=op.f("ck_stock_counts_units_not_negative")
        ),
        sa.CheckConstraint(
            "counted - expected = added - taken_off - shorter",
            name=op.f("ck_stock_counts_every_difference_is_somewhere"),
        ),
        sa.CheckConstraint(
            "(reason IS NULL) = (counted = expected)", name=op.f("ck_stock_counts_a_difference_has_a_reason")
        ),
        sa.CheckConstraint(
            "reason <> 'other' OR words <> ''", name=op.f("ck_stock_counts_another_reason_has_words")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_stock_counts_lot_id_lots")),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_stock_counts_actor_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_counts")),
        sa.UniqueConstraint("token", name=op.f("uq_stock_counts_token")),
    )
    op.create_index("ix_stock_counts_lot_id", "stock_counts", ["lot_id", "id"])
    with op.batch_alter_table("lot_changes") as changes:
        changes.add_column(sa.Column("missing_change", _NUMBER, nullable=False, server_default=sa.text("0")))
    for statement in _triggers():
        op.execute(statement)


def downgrade() -> None:
    with op.batch_alter_table("lot_changes") as changes:
        changes.drop_column("missing_change")
    op.drop_table("stock_counts")


def _triggers() -> tuple[str, ...]:
    """A count that was said stays: who counted wrong counts again."""
    if op.get_bind().dialect.name == "postgresql":
        return (
            f"CREATE TRIGGER stock_counts_no_change BEFORE DELETE OR UPDATE OF {_FACTS} ON stock_counts"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        )
    refuse = "BEGIN SELECT RAISE(ABORT, 'stock_counts can only grow'); END"
    return (
        f"CREATE TRIGGER stock_counts_no_update BEFORE UPDATE OF {_FACTS} ON stock_counts {refuse}",
        f"CREATE TRIGGER stock_counts_no_delete BEFORE DELETE ON stock_counts {refuse}",
    )
