"""What phones send that had no network when a button was pressed: each is decided once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026_device_actions"
down_revision = "0025_suspense"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_OUTCOMES = ("applied", "refused", "taken_back")


def upgrade() -> None:
    op.create_table(
        "device_actions",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("user_id", _NUMBER, nullable=False),
        sa.Column("key", sa.String(36), nullable=False),
        sa.Column("path", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column(
            "outcome", sa.Enum(*_OUTCOMES, name="actionoutcome", native_enum=False, length=32), nullable=False
        ),
        sa.Column("said", sa.String(500), nullable=False),
        sa.CheckConstraint("made_at <= received_at", name=op.f("ck_device_actions_made_before_received")),
        sa.CheckConstraint(
            "outcome <> 'refused' OR said <> ''", name=op.f("ck_device_actions_refusal_is_said")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_device_actions_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_actions")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_device_actions_user_id_key")),
    )
    op.create_index(op.f("ix_device_actions_received_at"), "device_actions", ["received_at"])
    op.create_index(
        "ix_device_actions_user_id_received_at", "device_actions", ["user_id", "received_at"]
    )


def downgrade() -> None:
    op.drop_table("device_actions")
