"""Who of the team looks after what waits in the inbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.storage.types import UtcDateTime

revision = "0094_work_owners"
down_revision = "0090_instead_after_the_close"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "work_owners",
        sa.Column("pile", sa.String(30), nullable=False),
        sa.Column("item", sa.String(80), nullable=False),
        sa.Column("user_id", _NUMBER, nullable=False),
        sa.Column("money", sa.Boolean(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_work_owners_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pile", "item", name=op.f("pk_work_owners")),
    )
    op.create_index(op.f("ix_work_owners_user_id"), "work_owners", ["user_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_work_owners_user_id"), table_name="work_owners")
    op.drop_table("work_owners")
