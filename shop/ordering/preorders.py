"""What of an order is to be harvested yet, as its buyer and the shop's team see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Product, Variant
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.ordering.models import OrderLine
from shop.ordering.preorder_models import DelayChoice, PreorderDelay

_PROMISED = (AllocationStatus.HELD, AllocationStatus.COMMITTED)


class Preorder(NamedTuple):
    """So many units from one harvest; with `delay_id` and the day it `was_on`, when that was put off."""

    lot_id: int
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    units: int
    expected_on: date
    delay_id: int | None
    was_on: date | None
    choice: DelayChoice | None

    @property
    def is_late(self) -> bool:
        return self.delay_id is not None


def promised_units(session: Session, order_id: int) -> int:
    """Units of all lots, harvested or to come, that the order is promised. One statement."""
    units = sa.select(sa.func.coalesce(sa.func.sum(Allocation.units), 0)).join(
        OrderLine, OrderLine.id == Allocation.order_line_id
    )
    promised = units.where(OrderLine.order_id == order_id, Allocation.status.in_(_PROMISED))
    return int(session.scalar(promised) or 0)


def preorders_of_order(session: Session, order_id: int) -> Sequence[Preorder]:
    """What is harvested first comes first. One statement."""
    names: tuple[Any, ...] = (Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en)
    newest: tuple[Any, ...] = (PreorderDelay.id, PreorderDelay.was_on, PreorderDelay.choice)
    rows = session.execute(
        sa.select(
            Lot.id, *names, sa.cast(sa.func.sum(Allocation.units), sa.Integer), Lot.expected_on, *newest
        )
        .select_from(Allocation)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(
            PreorderDelay,
            sa.and_(
                PreorderDelay.order_id == order_id,
                PreorderDelay.lot_id == Lot.id,
                PreorderDelay.expected_on == Lot.expected_on,
            ),
        )
        .where(
            OrderLine.order_id == order_id,
            Allocation.status.in_(_PROMISED),
            Lot.expected_on.is_not(None),
        )
        .group_by(Lot.id, *names, Lot.expected_on, *newest)
        .order_by(Lot.expected_on, Lot.id)
    )
    return [Preorder(*row) for row in rows]
