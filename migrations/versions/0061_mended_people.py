"""Units that were proved, browsers that were seen before, and addresses for which the shop's team vouches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0061_mended_people"
down_revision = "0059_outside_orders"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_UNIT_OF_CAMPUS = """
UPDATE users SET proved_unit_id = (
    SELECT campus_units.unit_id FROM campus_identities
    JOIN campus_units ON campus_units.provider = campus_identities.provider
        AND campus_units.code = campus_identities.unit_code
    WHERE campus_identities.user_id = users.id AND campus_identities.ended_at IS NULL
        AND campus_units.unit_id IS NOT NULL
    ORDER BY campus_identities.id LIMIT 1
)
"""
# Who works in the shop was let in by its team, by an address that the team knows.
_OF_THE_TEAM = """
UPDATE users SET confirmed_at = created_at
WHERE confirmed_at IS NULL AND email IS NOT NULL AND password_hash IS NOT NULL
    AND EXISTS (SELECT 1 FROM user_roles WHERE user_roles.user_id = users.id)
"""


def upgrade() -> None:
    with op.batch_alter_table("users") as users:
        users.add_column(sa.Column("proved_unit_id", _NUMBER))
        users.create_foreign_key("fk_users_proved_unit_id_units", "units", ["proved_unit_id"], ["id"])
        users.create_index("ix_users_proved_unit_id", ["proved_unit_id"])
    op.create_table(
        "known_browsers",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("user_id", _NUMBER, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("last_seen_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_known_browsers_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_known_browsers"),
        sa.UniqueConstraint("user_id", "token_hash", name="uq_known_browsers_user_id_token_hash"),
    )
    op.create_index("ix_known_browsers_last_seen_at", "known_browsers", ["last_seen_at"])
    op.execute(_UNIT_OF_CAMPUS)
    op.execute(_OF_THE_TEAM)


def downgrade() -> None:
    op.drop_table("known_browsers")
    with op.batch_alter_table("users") as users:
        users.drop_index("ix_users_proved_unit_id")
        users.drop_constraint("fk_users_proved_unit_id_units", type_="foreignkey")
        users.drop_column("proved_unit_id")
