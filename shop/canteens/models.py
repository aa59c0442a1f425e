"""What canteens can buy, and the orders that they placed from their sheet."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base


class CanteenGood(Base):
    """A pack that stands on the order sheet of canteens: so many units are a case.

    `by_weight`: it is paid by what it weighs when it arrives; a unit is expected to weigh its net weight.
    """

    __tablename__ = "canteen_goods"
    __table_args__ = (sa.CheckConstraint("units_per_case BETWEEN 1 AND 1000", name="case_size_sane"),)

    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"), primary_key=True)
    units_per_case: Mapped[int]
    by_weight: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    set_at: Mapped[datetime]
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))


class CanteenOrder(Base):
    """An order of a canteen, and the day on which it wants it. `standing_id`: by its standing order."""

    __tablename__ = "canteen_orders"
    __table_args__ = (sa.Index("ix_canteen_orders_organisation", "organisation_id", "order_id"),)

    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"))
    deliver_on: Mapped[date]
    standing_id: Mapped[int | None] = mapped_column(sa.ForeignKey("standing_orders.id"), index=True)


class CanteenLine(Base):
    """One line of such an order as the sheet showed it: in cases, and by weight or not, whatever the sheet says later.

    `expected_g` and `weighed_price_fen`: of goods by weight, what a unit is expected to weigh and what it costs at that weight;
    the order itself says the most that is paid.
    """

    __tablename__ = "canteen_lines"
    __table_args__ = (
        sa.CheckConstraint("cases > 0 AND units_per_case > 0", name="something_in_cases"),
        sa.CheckConstraint("(expected_g IS NULL) = (weighed_price_fen IS NULL)", name="by_weight_or_not"),
    )

    order_line_id: Mapped[int] = mapped_column(
        sa.ForeignKey("order_lines.id", ondelete="CASCADE"), primary_key=True
    )
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    cases: Mapped[int]
    units_per_case: Mapped[int]
    expected_g: Mapped[int | None]
    weighed_price_fen: Mapped[int | None]
