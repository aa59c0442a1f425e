"""Photos of lots."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041_lot_photos"
down_revision = "0040_stock_counts"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_STATES = ("expected", "processing", "ready", "refused")


def upgrade() -> None:
    op.create_table(
        "lot_photos",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("lot_id", _NUMBER, nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column(
            "state", sa.Enum(*_STATES, name="lotphotostate", native_enum=False, length=32), nullable=False
        ),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("added_by_id", _NUMBER, nullable=True),
        sa.Column("picked_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["lots.id"], name=op.f("fk_lot_photos_lot_id_lots"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["users.id"], name=op.f("fk_lot_photos_added_by_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_photos")),
        sa.UniqueConstraint("token", name=op.f("uq_lot_photos_token")),
        sa.UniqueConstraint("key", name=op.f("uq_lot_photos_key")),
    )
    for column in ("lot_id", "state"):
        op.create_index(op.f(f"ix_lot_photos_{column}"), "lot_photos", [column])


def downgrade() -> None:
    op.drop_table("lot_photos")
