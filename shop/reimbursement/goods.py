"""The itemised list: what was bought at which price, in all and by order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.amount_words import amount_in_words
from shop.kit.text import msg
from shop.ordering.approvals.models import OrderProcurement
from shop.ordering.models import DeliveryKind, Order, OrderLine, OrderStatus
from shop.ordering.what_stands import UNITS
from shop.reimbursement.section import Section, SectionKey, Standing
from shop.reimbursement.wording import Tongue
from shop.storage.pdfs import Column, Pages


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """One order as its papers name it."""

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
    """Units of one pack at one price and tax rate that stand, over all orders: without those that left one."""

    product_zh: str
    product_en: str
    pack_zh: str
    pack_en: str
    unit_price_fen: int
    tax_rate_bp: int
    tax_exempt: bool
    units: int
    line_fen: int


@dataclass(frozen=True)
class Goods:
    orders: Sequence[OrderFacts]
    lines: Sequence[GoodsLine]

    @property
    def total_fen(self) -> int:
        return sum(one.total_fen for one in self.orders)

    @property
    def refunded_fen(self) -> int:
        return sum(one.refunded_fen for one in self.orders)

    @property
    def left_fen(self) -> int:
        """What goods cost that left an order, or all of whose price went back: they stand in no line."""
        return sum(one.goods_fen for one in self.orders) - sum(one.line_fen for one in self.lines)

    @property
    def stays_fen(self) -> int:
        return self.total_fen - self.refunded_fen

    def said(self, name: str) -> str:
        """What the orders say there, each once: project numbers, handlers, acceptors."""
        return "、".join(dict.fromkeys(filter(None, (str(getattr(one, name)) for one in self.orders))))


def read_goods(session: Session, order_ids: Sequence[int]) -> Goods:
    """Two statements, however many orders."""
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
    kind: tuple[Any, ...] = (
        *(OrderLine.product_name_zh, OrderLine.product_name_en),
        *(OrderLine.variant_name_zh, OrderLine.variant_name_en),
        *(OrderLine.unit_price_fen, OrderLine.tax_rate_bp, OrderLine.tax_exempt),
    )
    line_fen = sa.case(
        (OrderLine.quantity == UNITS, OrderLine.line_fen), else_=UNITS * OrderLine.unit_price_fen
    )
    sums = [sa.cast(sa.func.sum(one), sa.BigInteger) for one in (UNITS, line_fen)]
    lines = session.execute(
        sa.select(*kind, *sums)
        .join(Order, Order.id == OrderLine.order_id)
        .where(OrderLine.order_id.in_(order_ids))
        .group_by(OrderLine.variant_id, *kind)
        .having(sa.func.sum(UNITS) > 0)
        .order_by(OrderLine.variant_id, *kind)
    )
    return Goods([OrderFacts(*row) for row in orders], [GoodsLine(*row) for row in lines])


def list_section(goods: Goods, say: Tongue) -> Section:
    """Always there."""
    says = [
        say(
            msg("Orders: %(orders)s. In all %(amount)s."),
            orders=len(goods.orders),
            amount=say.yuan(goods.total_fen),
        )
    ]
    if goods.refunded_fen:
        says.append(
            say(
                msg("%(back)s of it went back or is not owed any more; %(stays)s stay."),
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
            *(str(number), goods_name(line, say), say.yuan(line.unit_price_fen), str(line.units)),
            *(_rate(line, say), say.yuan(line.line_fen)),
        ]
        for number, line in enumerate(goods.lines, 1)
    ]
    goods_fen = sum(line.line_fen for line in goods.lines)
    units = sum(line.units for line in goods.lines)
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
        facts.append((say(msg("Went back, or is not owed")), say.yuan(-goods.refunded_fen)))
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


def _rate(line: GoodsLine, say: Tongue) -> str:
    if line.tax_exempt:
        return say(msg("exempt"))
    return f"{line.tax_rate_bp / 100:g}%"
