"""What buyers of a pre-order were told when its harvest was put off, and what they chose."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class DelayChoice(StrEnum):
    WAITS = "waits"  # also of who says nothing
    REFUND = "refund"


class PreorderDelay(Base):
    """The goods of one order from one lot come later than was said: each order is told once."""

    __tablename__ = "preorder_delays"
    __table_args__ = (
        sa.UniqueConstraint("order_id", "lot_id", "expected_on"),
        sa.CheckConstraint("expected_on > was_on", name="later_than_said"),
        sa.CheckConstraint("choice <> 'refund' OR chosen_at IS NOT NULL", name="somebody_chose"),
    )

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"))
    lot_id: Mapped[int] = mapped_column(sa.ForeignKey("lots.id"))
    was_on: Mapped[date]
    expected_on: Mapped[date]
    at: Mapped[datetime]
    choice: Mapped[DelayChoice] = mapped_column(default=DelayChoice.WAITS)
    chosen_at: Mapped[datetime | None]
