"""Goods that stood ready before another household was asked: which units stand for which, and which go first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029_goods_left_over"
down_revision = "0028_parcel_journeys"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FOREIGN = "fk_allocations_instead_of_id_allocations"


def upgrade() -> None:
    with op.batch_alter_table("allocations") as allocations:
        allocations.add_column(sa.Column("instead_of_id", _NUMBER, nullable=True))
    with op.batch_alter_table("allocations") as allocations:
        allocations.create_foreign_key(op.f(_FOREIGN), "allocations", ["instead_of_id"], ["id"])
    op.create_index(op.f("ix_allocations_instead_of_id"), "allocations", ["instead_of_id"])
    with op.batch_alter_table("lots") as lots:
        lots.add_column(sa.Column("goes_first", _NUMBER, nullable=False, server_default=sa.text("0")))
    with op.batch_alter_table("lots") as lots:
        lots.create_check_constraint(op.f("ck_lots_goes_first_not_negative"), "goes_first >= 0")


def downgrade() -> None:
    with op.batch_alter_table("lots") as lots:
        lots.drop_constraint(op.f("ck_lots_goes_first_not_negative"), type_="check")
    with op.batch_alter_table("lots") as lots:
        lots.drop_column("goes_first")
    op.drop_index(op.f("ix_allocations_instead_of_id"), "allocations")
    with op.batch_alter_table("allocations") as allocations:
        allocations.drop_constraint(op.f(_FOREIGN), type_="foreignkey")
    with op.batch_alter_table("allocations") as allocations:
        allocations.drop_column("instead_of_id")
