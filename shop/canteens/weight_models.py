"""What arrived of goods that are paid by weight: one person writes it, another one confirms it, and only then it is settled."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.storage.base import Base, PrimaryKey


class WeighingState(StrEnum):
    WRITTEN = "written"  # one person said what it weighs: a second one looks
    SETTLED = "settled"  # what is paid follows from it


class Weighing(Base):
    """The weights of one order. `number`: a later one corrects those before.

    `refund_id`: by how much less is owed than before; none where nothing changes.
    """

    __tablename__ = "weighings"
    __table_args__ = (
        sa.UniqueConstraint("order_id", "number"),
        sa.CheckConstraint("seconded_by_id IS NULL OR seconded_by_id <> written_by_id", name="two_persons"),
        sa.CheckConstraint("(state = 'settled') = (seconded_at IS NOT NULL)", name="settled_by_the_second"),
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

    lines: Mapped[list[WeighingLine]] = relationship(
        lazy="raise", order_by="WeighingLine.order_line_id", cascade="all, delete-orphan"
    )


class WeighingLine(Base):
    """`fen` is what the line costs by this weight; set when it is settled. `words`: why it is so much more or less."""

    __tablename__ = "weighing_lines"
    __table_args__ = (sa.CheckConstraint("received_g > 0", name="something_arrived"),)

    weighing_id: Mapped[int] = mapped_column(
        sa.ForeignKey("weighings.id", ondelete="CASCADE"), primary_key=True
    )
    order_line_id: Mapped[int] = mapped_column(sa.ForeignKey("order_lines.id"), primary_key=True)
    received_g: Mapped[int]
    words: Mapped[str] = mapped_column(sa.String(120), default="")
    fen: Mapped[int | None]
