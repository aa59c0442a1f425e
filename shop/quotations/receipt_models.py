"""验收: what arrived of what was ordered, as the organisation says, and what the shop answered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.storage.base import Base, PrimaryKey


class ReceiptState(StrEnum):
    WRITTEN = "written"  # one person said what arrived; the organisation wants a second
    SHORT = "short"  # something is missing: the shop decides
    CREDITED = "credited"  # the price of what is missing went back
    WHOLE = "whole"  # everything arrived
    DISPUTED = "disputed"  # the shop says that it arrived


class GoodsReceipt(Base):
    """验收: what arrived of an accepted quotation, as its organisation says."""

    __tablename__ = "goods_receipts"
    __table_args__ = (
        sa.CheckConstraint("seconded_by_id IS NULL OR seconded_by_id <> written_by_id", name="two_persons"),
        sa.Index("ix_goods_receipts_state", "state", "id"),
    )

    id: Mapped[PrimaryKey]
    quotation_id: Mapped[int] = mapped_column(sa.ForeignKey("quotations.id"), unique=True)
    state: Mapped[ReceiptState]
    words: Mapped[str] = mapped_column(sa.String(500), default="")
    written_at: Mapped[datetime]
    written_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    seconded_at: Mapped[datetime | None]
    seconded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    answer: Mapped[str] = mapped_column(sa.String(300), default="")

    lines: Mapped[list[GoodsReceiptLine]] = relationship(
        lazy="raise", order_by="GoodsReceiptLine.id", cascade="all, delete-orphan"
    )


class GoodsReceiptLine(Base):
    """`refunded`: of the ordered units, those whose price had gone back, or was on its way, when it was written."""

    __tablename__ = "goods_receipt_lines"
    __table_args__ = (
        sa.UniqueConstraint("receipt_id", "order_line_id"),
        sa.CheckConstraint("arrived >= 0 AND arrived <= ordered", name="no_more_than_ordered"),
        sa.CheckConstraint("refunded >= 0 AND refunded <= ordered", name="no_more_refunded_than_ordered"),
    )

    id: Mapped[PrimaryKey]
    receipt_id: Mapped[int] = mapped_column(sa.ForeignKey("goods_receipts.id", ondelete="CASCADE"))
    order_line_id: Mapped[int] = mapped_column(sa.ForeignKey("order_lines.id"), index=True)
    ordered: Mapped[int]
    arrived: Mapped[int]
    refunded: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    words: Mapped[str] = mapped_column(sa.String(120), default="")

    @property
    def missing(self) -> int:
        """Units that did not arrive and are not refunded already."""
        return max(self.ordered - self.refunded - self.arrived, 0)
