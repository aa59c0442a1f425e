"""What a later truck has to take of an order of which a part has left."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008_run_weight"
down_revision = "0007_disputes"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("orders", sa.Column("run_weight_g", _NUMBER, nullable=True))


def downgrade() -> None:
    op.drop_column("orders", "run_weight_g")
