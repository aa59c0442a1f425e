"""What arrived of a canteen's order, by weight and by count: one person writes it, another one confirms it, and only then it is settled."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.storage.base import Base, PrimaryKey


class WeighingState(StrEnum):
    WRITTEN = "written"  # one person said what it weighs: a second one looks
    SETTLED = "settled"  # what is paid follows from it


class Shortage(StrEnum):
    """Goods by the piece of which fewer arrived, once two persons said so."""

    SHORT = "short"  # the shop decides
    CREDITED = "credited"  # their price went back
    DISPUTED = "disputed"  # the shop says that they arrived


class Weighing(Base):
    """What arrived of one order. `number`: a later one corrects those before.

    `refund_id`: by how much less is owed than before; none where nothing changes. `reason`: why the shop's team settled it.
    `answer`: why the shop says that nothing is missing.
    """

    __tablename__ = "weighings"
    __table_args__ = (
        sa.UniqueConstraint("order_id", "number"),
        sa.CheckConstraint("seconded_by_id IS NULL OR seconded_by_id <> written_by_id", name="two_persons"),
        sa.CheckConstraint("(state = 'settled') = (seconded_at IS NOT NULL)", name="settled_by_the_second"),
        sa.Index("ix_weighings_shortage", "shortage", "id"),
    )

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"))
    number: Mapped[int]
    state: Mapped[WeighingState]
    words: Mapped[str] = mapped_column(sa.String(300), default="")
    written_at: Mapped[datetime]
    written_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    seconded_at: Mapped[datetime | None]
    seconded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    refund_id: Mapped[int | None] = mapped_column(sa.ForeignKey("refunds.id"), unique=True)
    reason: Mapped[str] = mapped_column(sa.String(300), default="", server_default="")
    shortage: Mapped[Shortage | None]
    answer: Mapped[str] = mapped_column(sa.String(300), default="", server_default="")
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))

    lines: Mapped[list[WeighingLine]] = relationship(
        lazy="raise", order_by="WeighingLine.order_line_id", cascade="all, delete-orphan"
    )


class WeighingLine(Base):
    """Of a line by weight the grams, else the units that arrived. `words`: why it is so much more or less.

    When it is settled: `fen` is what a line by weight costs; `refunded` and `refunded_fen` are its units and its price that
    had gone back otherwise, or were on their way.
    """

    __tablename__ = "weighing_lines"
    __table_args__ = (
        sa.CheckConstraint("(received_g IS NULL) <> (arrived IS NULL)", name="by_weight_or_by_count"),
        sa.CheckConstraint(
            "coalesce(received_g, 0) >= 0 AND coalesce(arrived, 0) >= 0 AND refunded >= 0 AND refunded_fen >= 0",
            name="nothing_negative",
        ),
    )

    weighing_id: Mapped[int] = mapped_column(
        sa.ForeignKey("weighings.id", ondelete="CASCADE"), primary_key=True
    )
    order_line_id: Mapped[int] = mapped_column(sa.ForeignKey("order_lines.id"), primary_key=True)
    received_g: Mapped[int | None]
    arrived: Mapped[int | None]
    refunded: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    refunded_fen: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    words: Mapped[str] = mapped_column(sa.String(120), default="")
    fen: Mapped[int | None]
