"""The village's work: tasks and how punctual they were, and the stock of every lot."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.catalogue.models import Producer, Product, Variant, Village
from shop.fulfilment.models import Task, TaskStatus
from shop.fulfilment.task_looks import task_look, was_recalled
from shop.inventory.models import Lot
from shop.kit.text import msg
from shop.ordering.models import Order
from shop.reports.definition import Behind, Column, Group, Place, Report, Span, Unit, key_column, localised

_ON_TIME, _LATE = Task.ready_at <= Task.deadline_at, Task.ready_at > Task.deadline_at
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
            task_look(),
            Task.opened_at,
            Task.deadline_at,
            Task.ready_at,
            Task.earns_fen,
            sa.case((Task.status.in_(CALLED_OFF), 0), else_=Task.earns_fen),
            sa.case((_ON_TIME, "on_time"), (_LATE, "late"), else_=""),
            Task.producer_id,
            sa.case((_of_no_account(), 0), else_=1),
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
        Column("punctual", msg("In time"), Unit.TASK_STATUS),
        key_column("producer_id"),
        key_column("judged"),
    ),
    _tasks,
    Group.WORK,
    note=msg(
        "Tasks that were declined, recalled, reassigned or cancelled earn nothing and are left out of the total. A task counts on the day on which it was opened; what households are owed stands in the books."
    ),
    narrows=(("producer_id", "producer"), ("status", "status"), ("punctual", "punctual"), ("judged", "")),
)


def _of_no_account() -> sa.ColumnElement[bool]:
    """SQL: it ended by no doing of its household: the order was called off, or its lot called back."""
    return sa.or_(Task.status == TaskStatus.CANCELLED, was_recalled())


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _punctuality(span: Span, language: str) -> sa.Select[Any]:
    village = localised(language, Village.name_zh, Village.name_en)
    producer = localised(language, Producer.name_zh, Producer.name_en)
    on_time, late = _count(_ON_TIME), _count(_LATE)
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
            (sa.cast(on_time, sa.BigInteger) * 20_000 + finished) // (2 * finished),  # to the nearest
            Producer.id,
            Village.id,
        )
        .join(Producer, Producer.id == Task.producer_id)
        .join(Village, Village.id == Task.village_id)
        .where(_opened_in(span), ~_of_no_account())
        .group_by(Village.id, village, Producer.id, producer)
        .order_by(Village.id, Producer.id)
    )


def _tasks_that(figures: tuple[str, ...], *say: tuple[str, str]) -> Behind:
    return Behind("tasks", figures, by=("producer_id",), say=say)


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
        key_column("producer_id"),
        key_column("of_village_id"),
    ),
    _punctuality,
    Group.WORK,
    note=msg(
        "A task counts on the day on which it was opened; those that were recalled or cancelled do not count."
    ),
    chart=("producer", "on_time"),
    behind=(
        _tasks_that(("producer", "tasks", "share"), ("judged", "1")),
        _tasks_that(("on_time",), ("judged", "1"), ("punctual", "on_time")),
        _tasks_that(("late",), ("judged", "1"), ("punctual", "late")),
        _tasks_that(("declined",), ("status", TaskStatus.DECLINED.value)),
        _tasks_that(("reassigned",), ("status", TaskStatus.REASSIGNED.value)),
    ),
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
            Lot.id,
        )
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .order_by(Variant.sku, Lot.best_before, Lot.id)
    )


_LOT = ((Place.LOT, "lot_id"),)  # its page says where each unit went

STOCK = Report(
    "stock-by-lot",
    msg("Stock by lot"),
    (
        Column("lot", msg("Lot"), leads=_LOT),
        Column("sku", "SKU"),
        Column("product", msg("Product")),
        Column("variant", msg("Pack")),
        Column("village", msg("Village")),
        Column("producer", msg("Producer")),
        Column("best_before", msg("Best before"), Unit.DAY),
        Column("declared", msg("Declared"), Unit.COUNT, total=True, leads=_LOT),
        Column("available", msg("Available"), Unit.COUNT, total=True, leads=_LOT),
        Column("held", msg("Reserved"), Unit.COUNT, total=True, leads=_LOT),
        Column("committed", msg("Promised"), Unit.COUNT, total=True, leads=_LOT),
        Column("shipped", msg("Shipped"), Unit.COUNT, total=True, leads=_LOT),
        Column("withdrawn", msg("Withdrawn"), Unit.COUNT, total=True, leads=_LOT),
        key_column("lot_id"),
    ),
    _stock,
    Group.WORK,
    ranged=False,
)
