"""Links know the address to which they were sent, accounts the address that was invited, reviews the form that wrote."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0071_seen_and_sent"
down_revision = "0070_loads_and_weights"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # They last half an hour, and nobody knows any more to which address they went.
    op.execute("DELETE FROM password_resets")
    with op.batch_alter_table("password_resets") as resets:
        resets.add_column(sa.Column("email", sa.String(255), nullable=False, server_default=""))
    with op.batch_alter_table("password_resets") as resets:
        resets.alter_column("email", server_default=None)
    with op.batch_alter_table("users") as users:
        users.add_column(sa.Column("invited_email", sa.String(255)))
    with op.batch_alter_table("review_events") as events:
        events.add_column(sa.Column("request_token", sa.String(64)))
        events.create_unique_constraint(
            op.f("uq_review_events_review_id_request_token"), ["review_id", "request_token"]
        )


def downgrade() -> None:
    with op.batch_alter_table("review_events") as events:
        events.drop_constraint(op.f("uq_review_events_review_id_request_token"), type_="unique")
        events.drop_column("request_token")
    with op.batch_alter_table("users") as users:
        users.drop_column("invited_email")
    with op.batch_alter_table("password_resets") as resets:
        resets.drop_column("email")
