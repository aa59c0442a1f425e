"""By which ways a person wants to hear of what, and the robot of a group chat that writes it there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037_message_choices"
down_revision = "0036_pairing"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_CHOICES, _ROBOTS = "message_choices", "message_robots"


def upgrade() -> None:
    op.create_table(
        _CHOICES,
        sa.Column("user_id", _NUMBER, nullable=False),
        sa.Column(
            "topic",
            sa.Enum("orders", "parcels", "village", "organisation", name="messagetopic", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("ways", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f(f"fk_{_CHOICES}_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "topic", name=op.f(f"pk_{_CHOICES}")),
    )
    op.create_table(
        _ROBOTS,
        sa.Column("user_id", _NUMBER, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("wecom", "dingtalk", name="robotkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("sealed_key", sa.String(1000), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f(f"fk_{_ROBOTS}_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f(f"pk_{_ROBOTS}")),
    )


def downgrade() -> None:
    op.drop_table(_ROBOTS)
    op.drop_table(_CHOICES)
