"""Confirmed orders in the county of `tests.factories.villages`, allocated by the shop's own rule."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.catalogue.models import BundleItem, Product, Variant
from shop.catalogue.split import current_rule, split_price
from shop.inventory.allocation import Demand, allocate
from shop.inventory.candidates import lock_offer
from shop.inventory.holds import Hold, hold
from shop.kit.money import split
from shop.ordering.confirmation import confirm
from shop.ordering.models import DeliveryKind, Order, OrderLine, OrderStatus
from shop.storage.unit_of_work import UnitOfWork
from tests.factories.villages import NOW, County, number


def confirmed_order(
    unit_of_work: UnitOfWork,
    county: County,
    wanted: dict[int, int],
    *,
    pickup: bool = False,
    point: int = 0,
    code: str = "",
    now: datetime = NOW,
) -> int:
    """An order for so many units by variant: held, then confirmed with every reaction; its id."""
    order_id = placed_order(unit_of_work, county, wanted, pickup=pickup, point=point, now=now)

    def pay(session: Session) -> None:
        confirm(session, order_id, now=now)
        if code:
            session.get_one(Order, order_id).pickup_code = code

    unit_of_work.run(pay)
    return order_id


def placed_order(
    unit_of_work: UnitOfWork,
    county: County,
    wanted: dict[int, int],
    *,
    pickup: bool = False,
    point: int = 0,
    now: datetime = NOW,
) -> int:
    """An order that waits for its payment, its goods held; its id."""
    return unit_of_work.run(
        lambda session: _held_order(session, county, wanted, pickup=pickup, point=point, now=now)
    )


def _held_order(
    session: Session, county: County, wanted: dict[int, int], *, pickup: bool, point: int, now: datetime
) -> int:
    order = _order(session, county, wanted, pickup=pickup, point=point, now=now)
    demands = [demand for line in order.lines for demand in _demands(session, line, county.hub)]
    offer = lock_offer(session, {demand.variant_id for demand in demands}, now)
    choices = allocate(demands, offer.lots, offer.income_per_head, few_parcels=not pickup)
    rule = current_rule(session, now)
    holds = []
    for line in order.lines:
        mine = [choice for choice in choices if choice.line == line.id]
        money = split(split_price(rule, line.line_fen).household, [choice.units for choice in mine])
        holds += [
            Hold(line.id, choice.lot, choice.units, fen) for choice, fen in zip(mine, money, strict=True)
        ]
    hold(session, holds, now=now)
    return order.id


def _demands(session: Session, line: OrderLine, hub: int) -> list[Demand]:
    parts = session.query(BundleItem).filter_by(bundle_id=line.variant_id).all()
    if not parts:
        return [Demand(line.id, line.variant_id, line.quantity)]
    return [Demand(line.id, part.component_id, part.units * line.quantity, hub) for part in parts]


def _order(
    session: Session,
    county: County,
    wanted: dict[int, int],
    *,
    pickup: bool,
    point: int,
    now: datetime,
) -> Order:
    count = number()
    lines = [_line(session, county, variant_id, units) for variant_id, units in wanted.items()]
    goods = sum(line.line_fen for line in lines)
    order = Order(
        number=f"A{count:07d}",
        checkout_token=f"token{count}",
        status=OrderStatus.AWAITING_PAYMENT,
        recipient="林老师",
        phone="+8613812345678",
        delivery=DeliveryKind.PICKUP if pickup else DeliveryKind.COURIER,
        pickup_point_id=county.points[point] if pickup else None,
        run_id=county.run_id if pickup else None,
        province=None if pickup else "陕西省",
        city=None if pickup else "西安市",
        district=None if pickup else "雁塔区",
        street=None if pickup else "兴善寺东街 1 号",
        payment_method="sandbox",
        goods_fen=goods,
        freight_fen=0,
        total_fen=goods,
        split_version=1,
        gross_weight_g=sum(line.gross_weight_g * line.quantity for line in lines),
        placed_at=now,
        lines=lines,
    )
    session.add(order)
    session.flush()
    return order


def _line(session: Session, county: County, variant_id: int, units: int) -> OrderLine:
    variant = session.get_one(Variant, variant_id)
    product = session.get_one(Product, variant.product_id)
    return OrderLine(
        variant_id=variant.id,
        product_id=product.id,
        seller_id=product.seller_id,
        sku=variant.sku,
        product_name_zh=product.name_zh,
        product_name_en=product.name_en,
        variant_name_zh=variant.name_zh,
        variant_name_en=variant.name_en,
        family=product.family,
        unit_price_fen=variant.price_fen,
        quantity=units,
        line_fen=variant.price_fen * units,
        net_weight_g=variant.net_weight_g,
        gross_weight_g=variant.gross_weight_g,
        is_bundle=variant_id == county.box,
    )
