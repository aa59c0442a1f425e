"""Pickup codes that were passed on to a colleague."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey

_OPEN = sa.text("ended_at IS NULL")


class PickupPass(Base):
    """A link that shows somebody else the pickup code and nothing more; its buyer ends it. An order has one at a time."""

    __tablename__ = "pickup_passes"
    __table_args__ = (
        sa.Index(
            "uq_pickup_passes_open",
            "order_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
