"""What each producer supplied: by product, by truck, and by the point that it went to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa

from shop.catalogue.models import Producer, Product, Variant, Village
from shop.delivery.models import PickupPoint, Run
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.kit.text import msg
from shop.ordering.models import Order, OrderLine
from shop.reports.definition import Column, Group, Report, Span, Unit, key_column, localised, sum_fen
from shop.reports.sales import confirmed_in

_STANDING: Final = (AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)
_NOTE: Final = msg(
    "By the day on which an order was confirmed, as things stand now: units that were withdrawn or taken out are not in it. What refunds took back from households stands in their income."
)
_FIGURES: Final = (
    Column("orders", msg("Orders"), Unit.COUNT),
    Column("units", msg("Units"), Unit.COUNT, total=True),
    Column("weight_g", msg("Net weight"), Unit.GRAMS, total=True),
    Column("household_fen", msg("Promised to households"), Unit.FEN, total=True),
)


def _of(statement: sa.Select[Any], span: Span) -> sa.Select[Any]:
    return (
        statement.select_from(Allocation)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(Run, Run.id == Order.run_id)
        .outerjoin(PickupPoint, PickupPoint.id == Order.pickup_point_id)
        .where(confirmed_in(span), Allocation.status.in_(_STANDING))
    )


def _by(
    name: str, title: str, columns: tuple[Column, ...], names: Callable[[str], tuple[Any, ...]], key: Any
) -> Report:
    """`names(language)` are the cells of `columns`; `key` is the number of what they name, 0 for nothing."""

    def statement(span: Span, language: str) -> sa.Select[Any]:
        village = localised(language, Village.name_zh, Village.name_en)
        producer = localised(language, Producer.name_zh, Producer.name_en)
        cells = names(language)
        head = (village, producer, *cells)
        sums = (
            sa.func.count(sa.distinct(Order.id)),
            sa.cast(sa.func.sum(Allocation.units), sa.BigInteger),
            sum_fen(Allocation.units * Variant.net_weight_g),
            sum_fen(Allocation.household_fen),
        )
        grouped = _of(sa.select(*head, *sums, Producer.id), span).group_by(
            *head, Village.id, Producer.id, key
        )
        return grouped.order_by(Village.id, Producer.id, key, *cells)

    return Report(
        name,
        title,
        (
            Column("village", msg("Village")),
            Column("producer", msg("Producer")),
            *columns,
            *_FIGURES,
            key_column("producer_id"),
        ),
        statement,
        Group.VILLAGES,
        note=_NOTE,
    )


SUPPLIERS_BY_PRODUCT = _by(
    "suppliers-by-product",
    msg("Supplied, by producer and product"),
    (Column("product", msg("Product")), Column("variant", msg("Pack"))),
    lambda language: (
        localised(language, Product.name_zh, Product.name_en),
        localised(language, Variant.name_zh, Variant.name_en),
    ),
    Variant.id,
)
SUPPLIERS_BY_RUN = _by(
    "suppliers-by-run",
    msg("Supplied, by producer and truck"),
    (Column("run", msg("Truck")),),  # a dash: by courier
    lambda _language: (sa.func.coalesce(Run.code, "—"),),
    sa.func.coalesce(Run.id, 0),
)
SUPPLIERS_BY_POINT = _by(
    "suppliers-by-point",
    msg("Supplied, by producer and pickup point"),
    (Column("delivery", msg("Delivery"), Unit.DELIVERY), Column("point", msg("Pickup point"))),
    lambda language: (
        Order.delivery,
        sa.func.coalesce(localised(language, PickupPoint.name_zh, PickupPoint.name_en), "—"),
    ),
    sa.func.coalesce(PickupPoint.id, 0),
)
