"""How attempts ended is asked every few minutes: by state and moment, without reading those of all years."""

from __future__ import annotations

from alembic import op

revision = "0004_found_by_index"
down_revision = "0003_search"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_payments_status_ended_at", "payments", ["status", "ended_at"])


def downgrade() -> None:
    op.drop_index("ix_payments_status_ended_at", "payments")
