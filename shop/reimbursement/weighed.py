"""Goods by weight in the itemised list: in kilos at the price of a kilo once two persons have settled them, before that the most."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.canteens.cases import per_kilo
from shop.canteens.models import CanteenLine
from shop.canteens.weight_models import Weighing, WeighingLine, WeighingState
from shop.ordering.models import Order, OrderLine
from shop.ordering.what_stands import IS_GONE

KIND: tuple[Any, ...] = (
    *(OrderLine.product_name_zh, OrderLine.product_name_en),
    *(OrderLine.variant_name_zh, OrderLine.variant_name_en),
    *(OrderLine.unit_price_fen, OrderLine.tax_rate_bp, OrderLine.tax_exempt),
)


@dataclass(frozen=True, slots=True)
class WeighedGoods:
    """One line of one order: `kind` as the columns of KIND; `grams` and `fen` once they are settled."""

    order_id: int
    kind: tuple[Any, ...]
    units: int
    line_fen: int
    kilo_fen: int
    grams: int | None
    fen: int | None

    @property
    def less_fen(self) -> int:
        """By how much less it costs than the order says at most."""
        return self.line_fen - self.fen if self.fen is not None else 0


def weighed_goods(session: Session, order_ids: Collection[int]) -> list[WeighedGoods]:
    """Of orders that stand. One statement."""
    newest = (
        sa.select(sa.func.max(Weighing.id))
        .where(Weighing.order_id == OrderLine.order_id, Weighing.state == WeighingState.SETTLED)
        .correlate(OrderLine)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(
            *KIND,
            *(OrderLine.order_id, OrderLine.quantity, OrderLine.line_fen),
            *(
                CanteenLine.weighed_price_fen,
                CanteenLine.expected_g,
                WeighingLine.received_g,
                WeighingLine.fen,
            ),
        )
        .join(CanteenLine, CanteenLine.order_line_id == OrderLine.id)
        .outerjoin(
            WeighingLine,
            sa.and_(WeighingLine.order_line_id == OrderLine.id, WeighingLine.weighing_id == newest),
        )
        .join(Order, Order.id == OrderLine.order_id)
        .where(OrderLine.order_id.in_(order_ids), CanteenLine.expected_g.is_not(None), ~IS_GONE)
        .order_by(OrderLine.id)
    )
    size = len(KIND)
    found = []
    for row in rows:
        order_id, units, line_fen, price_fen, expected_g, grams, fen = row[size:]
        kilo_fen = per_kilo(price_fen or 0, expected_g or 1)
        found.append(WeighedGoods(order_id, tuple(row[:size]), units, line_fen, kilo_fen, grams, fen))
    return found


def less_by_order(weighed: Collection[WeighedGoods]) -> Mapping[int, int]:
    """In fen by order: what its weights, and what was refunded of these lines before, took off. Pure."""
    less: dict[int, int] = {}
    for one in weighed:
        less[one.order_id] = less.get(one.order_id, 0) + one.less_fen
    return less
