"""Goods that somebody has put aside to look at again, and packs that somebody waits for."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class Favourite(Base):
    """A product on a person's wishlist, with the price that it had then."""

    __tablename__ = "favourites"
    __table_args__ = (sa.Index("ix_favourites_user_added_at", "user_id", "added_at"),)

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    product_id: Mapped[int] = mapped_column(
        sa.ForeignKey("products.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    price_fen: Mapped[int]  # the cheapest pack's, when it was added
    added_at: Mapped[datetime]


_WAITING = sa.text("told_at IS NULL")


class RestockWish(Base):
    """Somebody wants to hear once when a pack can be bought again. Told wishes are kept for who has a head start."""

    __tablename__ = "restock_wishes"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "variant_id"),
        sa.Index(
            "ix_restock_wishes_waiting",
            "variant_id",
            "asked_at",
            "id",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        sa.Index("ix_restock_wishes_told", "variant_id", "told_at"),
    )

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"))
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id", ondelete="CASCADE"))
    asked_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
