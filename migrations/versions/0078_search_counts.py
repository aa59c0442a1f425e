"""How often something was looked for on a day, and how often nothing was found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0078_search_counts"
down_revision = "0075_order_changes"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "search_counts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("words", sa.String(64), nullable=False),
        sa.Column("searches", _NUMBER, nullable=False),
        sa.Column("unfound", _NUMBER, nullable=False),
        sa.CheckConstraint(
            "searches > 0 AND unfound BETWEEN 0 AND searches", name=op.f("ck_search_counts_sane_counts")
        ),
        sa.PrimaryKeyConstraint("day", "words", name=op.f("pk_search_counts")),
    )


def downgrade() -> None:
    op.drop_table("search_counts")
