"""What was sold to each pickup point, and sent home."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.delivery.models import PickupPoint
from shop.kit.text import msg
from shop.ordering.models import Order
from shop.reports.definition import Behind, Column, Group, Report, Span, Unit, key_column, localised
from shop.reports.refund_days import BY_SALE_DAY
from shop.reports.sales import (
    FREIGHT,
    GOODS,
    NET,
    OF_ORDERS,
    ORDERS,
    PAID,
    REFUNDED,
    confirmed_in,
    order_sums,
)


def _by_point(span: Span, language: str) -> sa.Select[Any]:
    name = sa.func.coalesce(localised(language, PickupPoint.name_zh, PickupPoint.name_en), "—")
    return (
        sa.select(Order.delivery, name, *order_sums(), sa.func.coalesce(PickupPoint.id, 0))
        .select_from(Order)
        .outerjoin(PickupPoint, PickupPoint.id == Order.pickup_point_id)
        .where(confirmed_in(span))
        .group_by(Order.delivery, PickupPoint.id, name)
        .order_by(sa.func.sum(Order.total_fen).desc(), PickupPoint.id, Order.delivery)
    )


SALES_BY_POINT = Report(
    "sales-by-point",
    msg("Sales by pickup point"),
    (
        Column("delivery", msg("Delivery"), Unit.DELIVERY),
        Column("point", msg("Pickup point")),
        ORDERS,
        GOODS,
        FREIGHT,
        PAID,
        REFUNDED,
        NET,
        key_column("point_id"),
    ),
    _by_point,
    Group.SELLING,
    chart=("point", "paid_fen"),
    note=BY_SALE_DAY,
    behind=(Behind("orders", ("point", *OF_ORDERS), by=("point_id",)),),
)
