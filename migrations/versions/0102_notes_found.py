"""What the team noted on orders is found without reading all that ever happened to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0102_notes_found"
down_revision = "0101_setting_versions"
branch_labels = None
depends_on = None

_NOTED = sa.text("kind = 'shop_note'")


def upgrade() -> None:
    op.create_index(
        "ix_order_events_notes", "order_events", ["order_id"], sqlite_where=_NOTED, postgresql_where=_NOTED
    )


def downgrade() -> None:
    op.drop_index("ix_order_events_notes", table_name="order_events")
