"""The itemised list: what was bought at which price, in all and by order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.canteens.models import CanteenLine
from shop.kit.amount_words import amount_in_words
from shop.kit.text import msg
from shop.ordering.approvals.models import OrderProcurement
from shop.ordering.models import DeliveryKind, Order, OrderLine, OrderStatus
from shop.ordering.what_stands import UNITS
from shop.payments.on_the_way import going_back
from shop.reimbursement.section import Section, SectionKey, Standing
from shop.reimbursement.weighed import KIND, WeighedGoods, less_by_order, weighed_goods
from shop.reimbursement.wording import Tongue
from shop.storage.pdfs import Column, Pages


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """One order as its papers name it. `refunded_fen`: with what is on its way back.

    What goods by weight cost less than the most stands in their lines, and neither in the total nor in what went back.
    """

    id: int
    number: str
    status: OrderStatus
    recipient: str
    delivery: DeliveryKind
    confirmed_at: datetime
    goods_fen: int
    discount_fen: int
    freight_fen: int  # what was charged of it, a gift's packaging included
    total_fen: int
    refunded_fen: int
    packaging_fen: int
    project_number: str
    project_name: str
    handler: str
    acceptor: str


@dataclass(frozen=True, slots=True)
class GoodsLine:
    """Units of one pack at one price and tax rate that stand, over all orders: without those that left one. By weight a line of
    its own: `grams` once it is settled, `by_weight` at the price of a kilo; until then the amount is the most.
    """

    product_zh: str
    product_en: str
    pack_zh: str
    pack_en: str
    unit_price_fen: int
    tax_rate_bp: int
    tax_exempt: bool
    units: int
    line_fen: int
    by_weight: bool = False
    grams: int | None = None

    @property
    def is_most(self) -> bool:
        return self.by_weight and self.grams is None


@dataclass(frozen=True)
class Goods:
    orders: Sequence[OrderFacts]
    lines: Sequence[GoodsLine]
    less_fen: int = 0  # what weights took off the most that orders say

    @property
    def total_fen(self) -> int:
        return sum(one.total_fen for one in self.orders)

    @property
    def refunded_fen(self) -> int:
        return sum(one.refunded_fen for one in self.orders)

    @property
    def left_fen(self) -> int:
        """What goods cost that left an order, or all of whose price went back: they stand in no line."""
        of_orders = sum(one.goods_fen for one in self.orders) - self.less_fen
        return of_orders - sum(one.line_fen for one in self.lines)

    @property
    def is_most(self) -> bool:
        """Whether something of it is still to be weighed."""
        return any(line.is_most for line in self.lines)

    @property
    def stays_fen(self) -> int:
        return self.total_fen - self.refunded_fen

    def said(self, name: str) -> str:
        """What the orders say there, each once: project numbers, handlers, acceptors."""
        return "、".join(dict.fromkeys(filter(None, (str(getattr(one, name)) for one in self.orders))))


def read_goods(session: Session, order_ids: Sequence[int]) -> Goods:
    """Four statements, however many orders."""
    columns: tuple[Any, ...] = (
        *(Order.id, Order.number, Order.status, Order.recipient, Order.delivery, Order.confirmed_at),
        *(Order.goods_fen, Order.discount_fen, (Order.freight_fen - Order.freight_off_fen).label("freight")),
        *(Order.total_fen, Order.refunded_fen, Order.packaging_fen),
        *(
            sa.func.coalesce(said, "")
            for said in (
                *(OrderProcurement.project_number, OrderProcurement.project_name),
                *(OrderProcurement.handler, OrderProcurement.acceptor),
            )
        ),
    )
    orders = session.execute(
        sa.select(*columns)
        .outerjoin(OrderProcurement, OrderProcurement.order_id == Order.id)
        .where(Order.id.in_(order_ids))
        .order_by(Order.id)
    )
    weighed = weighed_goods(session, order_ids)
    less, back = less_by_order(weighed), going_back(session, order_ids)
    facts = []
    for row in orders:
        one = OrderFacts(*row)
        gone = one.refunded_fen + back.get(one.id, 0)
        off = min(less.get(one.id, 0), gone)
        facts.append(replace(one, total_fen=one.total_fen - off, refunded_fen=gone - off))
    lines = [*_by_the_piece(session, order_ids), *map(_by_weight, weighed)]
    return Goods(facts, lines, sum(less.values()))


def _by_the_piece(session: Session, order_ids: Sequence[int]) -> list[GoodsLine]:
    line_fen = sa.case(
        (OrderLine.quantity == UNITS, OrderLine.line_fen), else_=UNITS * OrderLine.unit_price_fen
    )
    sums = [sa.cast(sa.func.sum(one), sa.BigInteger) for one in (UNITS, line_fen)]
    by_weight = sa.exists().where(
        CanteenLine.order_line_id == OrderLine.id, CanteenLine.expected_g.is_not(None)
    )
    lines = session.execute(
        sa.select(*KIND, *sums)
        .join(Order, Order.id == OrderLine.order_id)
        .where(OrderLine.order_id.in_(order_ids), ~by_weight)
        .group_by(OrderLine.variant_id, *KIND)
        .having(sa.func.sum(UNITS) > 0)
        .order_by(OrderLine.variant_id, *KIND)
    )
    return [GoodsLine(*row) for row in lines]


def _by_weight(one: WeighedGoods) -> GoodsLine:
    facts: tuple[Any, ...] = (*one.kind, one.units, one.line_fen - one.less_fen, True, one.grams)
    line = GoodsLine(*facts)
    return replace(line, unit_price_fen=one.kilo_fen) if one.grams is not None else line


def list_section(goods: Goods, say: Tongue) -> Section:
    """Always there."""
    says = [
        say(
            msg("Orders: %(orders)s. In all %(amount)s."),
            orders=len(goods.orders),
            amount=say.yuan(goods.total_fen),
        )
    ]
    if goods.is_most:
        says.append(
            say(msg("Goods by weight are not settled yet: their amounts are the most that they may become."))
        )
    if goods.refunded_fen:
        says.append(
            say(
                msg("%(back)s of it went back, is on its way back or is not owed any more; %(stays)s stay."),
                back=say.yuan(goods.refunded_fen),
                stays=say.yuan(goods.stays_fen),
            )
        )
    return Section(
        SectionKey.LIST, Standing.THERE, tuple(says), write=lambda pages: _write(pages, goods, say)
    )


def goods_name(line: GoodsLine, say: Tongue) -> str:
    return f"{say.name(line, 'product')} {say.name(line, 'pack')}".strip()


def _write(pages: Pages, goods: Goods, say: Tongue) -> None:
    columns = [
        Column(say(msg("No.")), 0.6, "c"),
        Column(say(msg("Goods and pack")), 4.6),
        Column(say(msg("Unit price")), 1.4, "r"),
        Column(say(msg("Quantity")), 1, "r"),
        Column(say(msg("Tax rate")), 1.1, "r"),
        Column(say(msg("Amount")), 1.6, "r"),
    ]
    rows = [
        [
            *(str(number), goods_name(line, say), _price(line, say), quantity_of(line, say)),
            *(_rate(line, say), _amount(line, say)),
        ]
        for number, line in enumerate(goods.lines, 1)
    ]
    goods_fen = sum(line.line_fen for line in goods.lines)
    units = sum(line.units for line in goods.lines if line.grams is None)
    pages.table(columns, rows, ["", say(msg("Goods")), "", str(units), "", say.yuan(goods_fen)])
    off, freight = sum(one.discount_fen for one in goods.orders), sum(one.freight_fen for one in goods.orders)
    packaging = sum(one.packaging_fen for one in goods.orders)
    facts = [(say(msg("Freight")), say.yuan(freight - packaging))]
    if goods.left_fen:
        facts.insert(0, (say(msg("Goods called off, or given back")), say.yuan(goods.left_fen)))
    if packaging:
        facts.append((say(msg("Packaging of the gift")), say.yuan(packaging)))
    if off:
        facts.append((say(msg("Price reduction")), say.yuan(-off)))
    facts.append((say(msg("In all")), say.yuan(goods.total_fen)))
    if say.chinese:
        facts.append((say(msg("In capital numerals")), amount_in_words(goods.total_fen)))
    if goods.refunded_fen:
        facts.append(
            (say(msg("Went back, is on its way back, or is not owed")), say.yuan(-goods.refunded_fen))
        )
        facts.append((say(msg("Stays")), say.yuan(goods.stays_fen)))
    pages.facts(facts)
    if len(goods.orders) > 1:
        _write_orders(pages, goods, say)


def _write_orders(pages: Pages, goods: Goods, say: Tongue) -> None:
    pages.section(say(msg("By order")))
    columns = [
        Column(say(msg("Order number")), 2.2),
        Column(say(msg("Ordered on")), 1.5),
        Column(say(msg("For whom")), 2),
        Column(say(msg("Project number")), 1.8),
        Column(say(msg("Amount")), 1.5, "r"),
        Column(say(msg("Went back")), 1.4, "r"),
    ]
    rows = [
        [
            *(one.number, say.day(one.confirmed_at), one.recipient, one.project_number),
            *(say.yuan(one.total_fen), say.yuan(one.refunded_fen) if one.refunded_fen else ""),
        ]
        for one in goods.orders
    ]
    total = [say(msg("In all")), "", "", "", say.yuan(goods.total_fen), say.yuan(goods.refunded_fen)]
    pages.table(columns, rows, total)


def quantity_of(line: GoodsLine, say: Tongue) -> str:
    """Kilos of what was weighed, else units."""
    return say(msg("%(kilos)s kg"), kilos=kilos(line.grams)) if line.grams is not None else str(line.units)


def kilos(grams: int) -> str:
    """Such as 4.812."""
    return f"{grams / 1000:.3f}".rstrip("0").rstrip(".")


def _price(line: GoodsLine, say: Tongue) -> str:
    price = say.yuan(line.unit_price_fen)
    return say(msg("%(price)s/kg"), price=price) if line.grams is not None else price


def _amount(line: GoodsLine, say: Tongue) -> str:
    amount = say.yuan(line.line_fen)
    return say(msg("at most %(amount)s"), amount=amount) if line.is_most else amount


def _rate(line: GoodsLine, say: Tongue) -> str:
    if line.tax_exempt:
        return say(msg("exempt"))
    return f"{line.tax_rate_bp / 100:g}%"
