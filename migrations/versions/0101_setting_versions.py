"""Every version of a setting is kept, with who wrote it, why, and from when on it holds. What holds now is the first
that is known of each, and of all orders until now.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0101_setting_versions"
down_revision = "0083_who_proposed"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_PLANNED = sa.text("in_force_at IS NULL AND withdrawn_at IS NULL")
_WHAT_HOLDS = """
INSERT INTO setting_versions (name, number, value, why, valid_from, written_at, in_force_at)
SELECT name, version, value, '', changed_at, changed_at, {long_ago} FROM shop_settings
"""


def upgrade() -> None:
    op.create_table(
        "setting_versions",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("number", _NUMBER, nullable=True),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("why", sa.String(300), nullable=False),
        sa.Column("valid_from", _MOMENT, nullable=False),
        sa.Column("written_at", _MOMENT, nullable=False),
        sa.Column("written_by_id", _NUMBER, nullable=True),
        sa.Column("in_force_at", _MOMENT, nullable=True),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "in_force_at IS NULL OR withdrawn_at IS NULL", name=op.f("ck_setting_versions_one_end")
        ),
        sa.CheckConstraint(
            "(in_force_at IS NULL) = (number IS NULL)", name=op.f("ck_setting_versions_numbered_in_force")
        ),
        sa.ForeignKeyConstraint(
            ["written_by_id"],
            ["users.id"],
            name=op.f("fk_setting_versions_written_by_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting_versions")),
        sa.UniqueConstraint("name", "number", name=op.f("uq_setting_versions_name_number")),
    )
    with op.batch_alter_table("setting_versions") as versions:
        versions.create_index(op.f("ix_setting_versions_name"), ["name"])
        versions.create_index(
            "ix_setting_versions_planned", ["valid_from"], postgresql_where=_PLANNED, sqlite_where=_PLANNED
        )
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    long_ago = "'2000-01-01 00:00:00.000000'" if on_sqlite else "TIMESTAMPTZ '2000-01-01 00:00:00+00'"
    op.execute(_WHAT_HOLDS.format(long_ago=long_ago))


def downgrade() -> None:
    op.drop_table("setting_versions")
