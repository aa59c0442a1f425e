"""Which orders are of one gift: known here, so that what is made and packed for them can be gathered."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base


class OrderGift(Base):
    """One recipient's order; the gift itself stands above orders."""

    __tablename__ = "order_gifts"

    order_id: Mapped[int] = mapped_column(
        sa.ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    gift_id: Mapped[int] = mapped_column(sa.ForeignKey("gifts.id"), index=True)
