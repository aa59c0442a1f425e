"""The village's work: tasks and how punctual they were, and the stock of every lot."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.catalogue.models import Producer, Product, Variant, Village
from shop.fulfilment.models import Task, TaskStatus
from shop.inventory.models import Lot
from shop.kit.text import msg
from shop.ordering.models import Order
from shop.reports.definition import Column, Group, Report, Span, Unit, localised

# What such a task would have earned, another earns or nobody.
CALLED_OFF = (TaskStatus.DECLINED, TaskStatus.REASSIGNED, TaskStatus.CANCELLED)


def _opened_in(span: Span) -> sa.ColumnElement[bool]:
    start, end = span.moments
    return sa.and_(Task.opened_at >= start, Task.opened_at < end)


def _tasks(span: Span, language: str) -> sa.Select[Any]:
    return (
        sa.select(
            Task.code,
            Order.number,
            localised(language, Village.name_zh, Village.name_en),
            localised(language, Producer.name_zh, Producer.name_en),
            Task.status,
            Task.opened_at,
            Task.deadline_at,
            Task.ready_at,
            Task.earns_fen,
            sa.case((Task.status.in_(CALLED_OFF), 0), else_=Task.earns_fen),
        )
        .join(Order, Order.id == Task.order_id)
        .join(Producer, Producer.id == Task.producer_id)
        .join(Village, Village.id == Task.village_id)
        .where(_opened_in(span))
        .order_by(Task.opened_at, Task.id)
    )


TASKS = Report(
    "tasks",
    msg("Tasks"),
    (
        Column("code", msg("Task")),
        Column("number", msg("Order number"), Unit.ORDER),
        Column("village", msg("Village")),
        Column("producer", msg("Producer")),
        Column("status", msg("Status"), Unit.TASK_STATUS),
        Column("opened_at", msg("Opened at"), Unit.MOMENT),
        Column("deadline_at", msg("Due"), Unit.MOMENT),
        Column("ready_at", msg("Ready at"), Unit.MOMENT),
        Column("earns_fen", msg("Earns"), Unit.FEN),
        Column("counts_fen", msg("Of it counts"), Unit.FEN, total=True),
    ),
    _tasks,
    Group.WORK,
    note=msg(
        "Tasks that were declined, reassigned or cancelled earn nothing and are left out of the total. A task counts on the day on which it was opened; what households are owed stands in the books."
    ),
)


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _punctuality(span: Span, language: str) -> sa.Select[Any]:
    village = localised(language, Village.name_zh, Village.name_en)
    producer = localised(language, Producer.name_zh, Producer.name_en)
    on_time = _count(Task.ready_at <= Task.deadline_at)
    late = _count(Task.ready_at > Task.deadline_at)
    finished = sa.cast(sa.func.nullif(on_time + late, 0), sa.BigInteger)
    return (
        sa.select(
            village,
            producer,
            sa.func.count(Task.id),
            on_time,
            late,
            _count(Task.status == TaskStatus.DECLINED),
            _count(Task.status == TaskStatus.REASSIGNED),
            sa.cast(on_time, sa.BigInteger) * 10_000 // finished,
        )
        .join(Producer, Producer.id == Task.producer_id)
        .join(Village, Village.id == Task.village_id)
        .where(_opened_in(span), Task.status != TaskStatus.CANCELLED)
        .group_by(Village.id, village, Producer.id, producer)
        .order_by(Village.id, Producer.id)
    )


PUNCTUALITY = Report(
    "punctuality",
    msg("Punctuality"),
    (
        Column("village", msg("Village")),
        Column("producer", msg("Producer")),
        Column("tasks", msg("Tasks"), Unit.COUNT, total=True),
        Column("on_time", msg("On time"), Unit.COUNT, total=True),
        Column("late", msg("Late"), Unit.COUNT, total=True),
        Column("declined", msg("Declined"), Unit.COUNT, total=True),
        Column("reassigned", msg("Reassigned"), Unit.COUNT, total=True),
        Column("share", msg("Share on time"), Unit.SHARE),
    ),
    _punctuality,
    Group.WORK,
    chart=("producer", "on_time"),
)


def _stock(_span: Span, language: str) -> sa.Select[Any]:
    return (
        sa.select(
            Lot.code,
            Variant.sku,
            localised(language, Product.name_zh, Product.name_en),
            localised(language, Variant.name_zh, Variant.name_en),
            localised(language, Village.name_zh, Village.name_en),
            localised(language, Producer.name_zh, Producer.name_en),
            Lot.best_before,
            Lot.declared,
            Lot.available,
            Lot.held,
            Lot.committed,
            Lot.shipped,
            Lot.withdrawn,
        )
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .order_by(Variant.sku, Lot.best_before, Lot.id)
    )


STOCK = Report(
    "stock-by-lot",
    msg("Stock by lot"),
    (
        Column("lot", msg("Lot")),
        Column("sku", "SKU"),
        Column("product", msg("Product")),
        Column("variant", msg("Pack")),
        Column("village", msg("Village")),
        Column("producer", msg("Producer")),
        Column("best_before", msg("Best before"), Unit.DAY),
        Column("declared", msg("Declared"), Unit.COUNT, total=True),
        Column("available", msg("Available"), Unit.COUNT, total=True),
        Column("held", msg("Reserved"), Unit.COUNT, total=True),
        Column("committed", msg("Promised"), Unit.COUNT, total=True),
        Column("shipped", msg("Shipped"), Unit.COUNT, total=True),
        Column("withdrawn", msg("Withdrawn"), Unit.COUNT, total=True),
    ),
    _stock,
    Group.WORK,
    ranged=False,
)
