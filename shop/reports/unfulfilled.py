"""Units that a household was to give and did not: why, and what became of them."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from shop.catalogue.models import Producer, Product, Variant, Village
from shop.fulfilment.models import Task, TaskItem
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.kit.text import msg
from shop.ordering.models import Order, OrderLine
from shop.payments.models import Refund, RefundLine, RefundStatus
from shop.reports.definition import Behind, Column, Group, Report, Span, Unit, key_column, localised
from shop.reports.sales import confirmed_in
from shop.storage.expressions import shanghai_week

_BY_ORDERS: Final = msg(
    "By the day on which an order was confirmed. Each unit that left a household's lot waits, was given by others or replaced, left its order for its money, or was called off with it. Units that two households lacked one after the other stand twice."
)
_ENDED: Final = (AllocationStatus.WITHDRAWN, AllocationStatus.CLOSED)
_other: Final = aliased(Allocation)


def _number(statement: sa.Select[Any]) -> sa.ColumnElement[int]:
    return sa.cast(statement.correlate(Allocation).scalar_subquery(), sa.BigInteger)


# A closed one left its order; of what waited longest, a part may have been found.
_ELSEWHERE: Final = _number(
    sa.select(sa.func.coalesce(sa.func.sum(_other.units), 0)).where(_other.instead_of_id == Allocation.id)
)
_REFUNDED_FEN: Final = _number(
    sa.select(sa.func.coalesce(sa.func.sum(RefundLine.amount_fen), 0))
    .join(Refund, Refund.id == RefundLine.refund_id)
    .where(RefundLine.allocation_id == Allocation.id, Refund.status == RefundStatus.SUCCEEDED)
)


def _units(span: Span, language: str) -> sa.Select[Any]:
    """One row for each part of a lot that was withdrawn from an order."""
    waits = sa.func.coalesce(TaskItem.waits, sa.false())
    closed = Allocation.status == AllocationStatus.CLOSED
    waiting = sa.case((sa.and_(waits, ~closed), Allocation.units), else_=0)
    refunded = sa.case((closed, Allocation.units), else_=0)
    elsewhere = sa.case((sa.or_(waits, closed), 0), else_=_ELSEWHERE)
    columns: tuple[Any, ...] = (
        Order.number.label("number"),
        Order.confirmed_at.label("confirmed_at"),
        localised(language, Village.name_zh, Village.name_en).label("village"),
        localised(language, Producer.name_zh, Producer.name_en).label("producer"),
        localised(language, Product.name_zh, Product.name_en).label("product"),
        localised(language, Variant.name_zh, Variant.name_en).label("variant"),
        Allocation.units.label("units"),
        waiting.label("waiting"),
        elsewhere.label("elsewhere"),
        refunded.label("closed"),
        (Allocation.units - waiting - elsewhere - refunded).label("called_off"),
        _REFUNDED_FEN.label("refunded_fen"),
        sa.func.coalesce(sa.func.nullif(Allocation.reason, ""), Task.decline_reason, "").label("reason"),
        Village.id.label("of_village_id"),
        Producer.id.label("producer_id"),
        Variant.id.label("variant_id"),
    )
    return (
        sa.select(*columns)
        .select_from(Allocation)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(TaskItem, TaskItem.allocation_id == Allocation.id)
        .outerjoin(Task, Task.id == TaskItem.task_id)
        .where(confirmed_in(span), Allocation.status.in_(_ENDED))
        .order_by(Order.confirmed_at, Order.id, Allocation.id)
    )


_FIGURES: Final = (
    Column("units", msg("Units not delivered"), Unit.COUNT, total=True),
    Column("waiting", msg("Still waited for"), Unit.COUNT, total=True),
    Column("elsewhere", msg("Given by others"), Unit.COUNT, total=True),
    Column("closed", msg("Taken out of the order"), Unit.COUNT, total=True),
    Column("called_off", msg("Called off"), Unit.COUNT, total=True),
    Column("refunded_fen", msg("Refunded"), Unit.FEN, total=True),
)
UNFULFILLED = Report(
    "unfulfilled",
    msg("Units not delivered"),
    (
        Column("number", msg("Order number"), Unit.ORDER),
        Column("confirmed_at", msg("Confirmed at"), Unit.MOMENT),
        Column("village", msg("Village")),
        Column("producer", msg("Producer")),
        Column("product", msg("Product")),
        Column("variant", msg("Pack")),
        *_FIGURES,
        Column("reason", msg("Reason"), Unit.REASON),
        key_column("of_village_id"),
        key_column("producer_id"),
        key_column("variant_id"),
    ),
    _units,
    Group.WORK,
    note=_BY_ORDERS,
    narrows=(("of_village_id", "village"), ("producer_id", "producer"), ("variant_id", "product")),
)


def _grouped(name: str, title: str, columns: tuple[Column, ...], keys: tuple[str, ...]) -> Report:
    """The same added up by these columns, each row with its rows."""

    def statement(span: Span, language: str) -> sa.Select[Any]:
        each = _units(span, language).order_by(None).subquery()
        head = [each.c[one.key] for one in columns]
        of = [each.c[key] for key in keys]
        sums = [sa.cast(sa.func.sum(each.c[one.key]), sa.BigInteger) for one in _FIGURES]
        return sa.select(*head, *sums, *of).group_by(*head, *of).order_by(sums[0].desc(), *of)

    figures = (*(one.key for one in columns), *(one.key for one in _FIGURES))
    return Report(
        name,
        title,
        (*columns, *_FIGURES, *(key_column(key) for key in keys)),
        statement,
        Group.WORK,
        chart=(columns[-1].key if len(columns) < 3 else columns[1].key, "units"),
        note=_BY_ORDERS,
        behind=(Behind("unfulfilled", figures, by=keys),),
    )


UNFULFILLED_BY_HOUSEHOLD = _grouped(
    "unfulfilled-by-household",
    msg("Units not delivered, by household"),
    (Column("village", msg("Village")), Column("producer", msg("Producer"))),
    ("of_village_id", "producer_id"),
)
UNFULFILLED_BY_PRODUCT = _grouped(
    "unfulfilled-by-product",
    msg("Units not delivered, by product"),
    (
        Column("village", msg("Village")),
        Column("product", msg("Product")),
        Column("variant", msg("Pack")),
    ),
    ("of_village_id", "variant_id"),
)


def _by_week(span: Span, language: str) -> sa.Select[Any]:
    each = _units(span, language).order_by(None).subquery()
    week = shanghai_week(each.c.confirmed_at)
    sums = [sa.cast(sa.func.sum(each.c[one.key]), sa.BigInteger) for one in _FIGURES]
    columns: list[Any] = [week, *sums]
    return sa.select(*columns).group_by(week).order_by(week)


UNFULFILLED_BY_WEEK = Report(
    "unfulfilled-by-week",
    msg("Units not delivered, by week"),
    (Column("week", msg("Week from Monday"), Unit.WEEK), *_FIGURES),
    _by_week,
    Group.WORK,
    chart=("week", "units"),
    note=_BY_ORDERS,
    behind=(Behind("unfulfilled", ("week", *(one.key for one in _FIGURES)), within="week"),),
)
