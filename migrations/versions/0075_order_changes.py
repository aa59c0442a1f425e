"""What was changed of a paid order: where it goes, fewer units, or an order beside it; before, after, and the money."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0075_order_changes"
down_revision = "0074_proof_files"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "order_changes",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("order_id", _NUMBER, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("actor_id", _NUMBER),
        sa.Column("by_team", sa.Boolean(), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("difference_fen", _NUMBER, nullable=False),
        sa.Column("waived_fen", _NUMBER, nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("supplement_id", _NUMBER),
        sa.CheckConstraint(
            "waived_fen = 0 OR kind IN ('redirected', 'added', 'exchanged')",
            name=op.f("ck_order_changes_only_freight_is_waived"),
        ),
        sa.CheckConstraint(
            "(supplement_id IS NULL) = (kind IN ('redirected', 'fewer'))",
            name=op.f("ck_order_changes_more_is_an_order_beside_it"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name="fk_order_changes_order_id_orders", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name="fk_order_changes_actor_id_users", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["supplement_id"], ["orders.id"], name="fk_order_changes_supplement_id_orders"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_order_changes"),
        sa.UniqueConstraint("token", name="uq_order_changes_token"),
        sa.UniqueConstraint("supplement_id", name="uq_order_changes_supplement_id"),
    )
    op.create_index("ix_order_changes_order_id", "order_changes", ["order_id"])


def downgrade() -> None:
    op.drop_table("order_changes")
