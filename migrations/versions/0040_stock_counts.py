"""Lots are counted where they stand, and what is old may cost less for a time: counts, and prices with a beginning and an end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040_stock_counts"
down_revision = "0039_waybills"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_PROPOSED = sa.text("state = 'proposed'")
_AHEAD = sa.text("state IN ('approved', 'running')")
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
    _add_timed_prices()


def _add_timed_prices() -> None:
    op.create_table(
        "timed_prices",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("variant_id", _NUMBER, nullable=False),
        sa.Column("price_fen", _NUMBER, nullable=False),
        sa.Column("former_fen", _NUMBER, nullable=True),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("proposed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("proposed_by_id", _NUMBER, nullable=True),
        sa.Column("proposed_at", _MOMENT, nullable=False),
        sa.Column("decided_by_id", _NUMBER, nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decision", sa.String(200), nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("token", sa.String(64), nullable=False),
        sa.CheckConstraint("price_fen > 0", name=op.f("ck_timed_prices_price_positive")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_timed_prices_ends_after_it_begins")),
        sa.CheckConstraint(
            "former_fen IS NULL OR former_fen > price_fen", name=op.f("ck_timed_prices_lower_than_before")
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (state = 'proposed')", name=op.f("ck_timed_prices_decided_unless_proposed")
        ),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_timed_prices_variant_id_variants")),
        *(
            sa.ForeignKeyConstraint(
                [column], ["users.id"], name=op.f(f"fk_timed_prices_{column}_users"), ondelete="SET NULL"
            )
            for column in ("proposed_by_id", "decided_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timed_prices")),
        sa.UniqueConstraint("token", name=op.f("uq_timed_prices_token")),
    )
    op.create_index(op.f("ix_timed_prices_variant_id"), "timed_prices", ["variant_id"])
    op.create_index("ix_timed_prices_state", "timed_prices", ["state", "id"])
    op.create_index("ix_timed_prices_proposed_by", "timed_prices", ["proposed_by_id", "id"])
    for name, which in (("proposed", _PROPOSED), ("ahead", _AHEAD)):
        op.create_index(
            f"uq_timed_prices_{name}",
            "timed_prices",
            ["variant_id"],
            unique=True,
            sqlite_where=which,
            postgresql_where=which,
        )
    with op.batch_alter_table("variants") as variants:
        variants.add_column(sa.Column("former_fen", _NUMBER, nullable=True))
        variants.add_column(sa.Column("price_until", _MOMENT, nullable=True))
    with op.batch_alter_table("variants") as variants:
        variants.create_check_constraint(
            op.f("ck_variants_lowered_for_a_time"), "(former_fen IS NULL) = (price_until IS NULL)"
        )
    with op.batch_alter_table("order_lines") as lines:
        lines.add_column(sa.Column("former_price_fen", _NUMBER, nullable=True))
        lines.add_column(sa.Column("price_until", _MOMENT, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("order_lines") as lines:
        lines.drop_column("price_until")
        lines.drop_column("former_price_fen")
    # Who sells on without prices for a time sells at those from before them.
    op.execute("UPDATE variants SET price_fen = former_fen WHERE former_fen IS NOT NULL")
    with op.batch_alter_table("variants") as variants:
        variants.drop_constraint(op.f("ck_variants_lowered_for_a_time"), type_="check")
    with op.batch_alter_table("variants") as variants:
        variants.drop_column("price_until")
        variants.drop_column("former_fen")
    op.drop_table("timed_prices")
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
