"""In what a gift may be packed: a box with a ribbon, a cloth bag."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class GiftPackaging(Base):
    """`price_fen` is of one parcel. `note_zh` tells who packs how it is done. One that is not active is offered no more."""

    __tablename__ = "gift_packagings"
    __table_args__ = (
        sa.UniqueConstraint("name_zh"),
        sa.CheckConstraint("price_fen >= 0", name="price_not_negative"),
    )

    id: Mapped[PrimaryKey]
    name_zh: Mapped[str] = mapped_column(sa.String(60))
    name_en: Mapped[str] = mapped_column(sa.String(60))
    note_zh: Mapped[str] = mapped_column(sa.String(200), default="", server_default="")
    price_fen: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
