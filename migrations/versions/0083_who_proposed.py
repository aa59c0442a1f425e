"""Who proposed an erasure is kept apart from who looks after it, so that the second admin is another than that one;
and a request holds what was added to it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0083_who_proposed"
down_revision = "0082_accepting_again"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TWO = "ck_privacy_requests_two_admins"
_POINTS = "fk_privacy_requests_proposed_by_id_users"
# The trail says it exactly. Settled ones stay as they were: some were agreed to by who had proposed them.
_WHO_PROPOSED = """
UPDATE privacy_requests SET proposed_by_id = coalesce(
    (SELECT audit_entries.actor_id FROM audit_entries
      WHERE audit_entries.subject_type = 'privacy_request' AND audit_entries.action = 'privacy.proposed'
        AND audit_entries.subject_id = privacy_requests.number
      ORDER BY audit_entries.id DESC LIMIT 1),
    owner_id)
WHERE status = 'proposed'
"""


def upgrade() -> None:
    with op.batch_alter_table("privacy_requests") as requests:
        requests.add_column(sa.Column("proposed_by_id", _NUMBER, nullable=True))
        requests.alter_column("text", existing_type=sa.String(1000), type_=sa.String(4000), existing_nullable=False)
        requests.create_foreign_key(op.f(_POINTS), "users", ["proposed_by_id"], ["id"], ondelete="SET NULL")
        requests.create_check_constraint(op.f(_TWO), "agreed_by_id <> proposed_by_id")
    op.execute(_WHO_PROPOSED)


def downgrade() -> None:
    op.execute("UPDATE privacy_requests SET text = substr(text, 1, 1000)")
    with op.batch_alter_table("privacy_requests") as requests:
        requests.drop_constraint(op.f(_TWO), type_="check")
        requests.drop_constraint(op.f(_POINTS), type_="foreignkey")
        requests.drop_column("proposed_by_id")
        requests.alter_column("text", existing_type=sa.String(4000), type_=sa.String(1000), existing_nullable=False)
