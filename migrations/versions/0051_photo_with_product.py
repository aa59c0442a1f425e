"""A lot's photo that is shown with the product says as which picture, so that both are deleted together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0051_photo_with_product"
down_revision = "0050_keeper"
branch_labels = None
depends_on = None

_TABLE = "lot_photos"
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table(_TABLE) as table:
        table.add_column(sa.Column("picture_id", _NUMBER, nullable=True))
        table.create_foreign_key(
            op.f("fk_lot_photos_picture_id_product_pictures"),
            "product_pictures",
            ["picture_id"],
            ["id"],
            ondelete="SET NULL",
        )
    op.create_index(op.f("ix_lot_photos_picture_id"), _TABLE, ["picture_id"])
    # One that was picked before became the picture of its product that was written in the same moment.
    op.execute(
        "UPDATE lot_photos SET picture_id = (SELECT MIN(product_pictures.id) FROM product_pictures"
        " JOIN variants ON variants.product_id = product_pictures.product_id"
        " JOIN lots ON lots.variant_id = variants.id"
        " WHERE lots.id = lot_photos.lot_id AND product_pictures.created_at = lot_photos.picked_at)"
        " WHERE picked_at IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_lot_photos_picture_id"), table_name=_TABLE)
    with op.batch_alter_table(_TABLE) as table:
        table.drop_constraint(op.f("fk_lot_photos_picture_id_product_pictures"), type_="foreignkey")
        table.drop_column("picture_id")
