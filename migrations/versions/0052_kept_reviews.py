"""Who is erased says whether the words of their reviews stay, without a name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0052_kept_reviews"
down_revision = "0051_photo_with_product"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("privacy_requests") as requests:
        requests.add_column(
            sa.Column("keeps_reviews", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    with op.batch_alter_table("privacy_requests") as requests:
        requests.drop_column("keeps_reviews")
