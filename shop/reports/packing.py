"""What is to be packed and how far it has come: by order, producer, product and truck, each with its rows."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from shop.catalogue.models import Producer, Product, Variant, Village
from shop.delivery.models import Run
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskItem, TaskStatus
from shop.fulfilment.transitions import LIVE_TASKS
from shop.inventory.models import Allocation, Lot
from shop.kit.text import msg
from shop.ordering.models import Order
from shop.reports.definition import Behind, Column, Group, Place, Report, Span, Unit, key_column, localised
from shop.reports.sales import confirmed_in

_BY_ORDERS: Final = msg(
    "By the day on which an order was confirmed, as things stand now. Units that a household does not have are not in it: see the units that were not delivered."
)
_STAGE: Final = sa.case(
    (Task.status == TaskStatus.OPEN, "open"),
    (Task.status == TaskStatus.ACCEPTED, "accepted"),
    (sa.and_(Task.status == TaskStatus.READY, Task.received_at.is_(None)), "ready"),
    (Task.status == TaskStatus.READY, "received"),
    (Parcel.status == ParcelStatus.PACKED, "packed"),
    else_="left",
)
_RUN_ID: Final = sa.func.coalesce(Parcel.run_id, Order.run_id)
_RUN: Final = sa.func.coalesce(Run.code, "—")  # a courier's


def _of(statement: sa.Select[Any], span: Span) -> sa.Select[Any]:
    return (
        statement.select_from(Task)
        .join(Order, Order.id == Task.order_id)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Producer, Producer.id == Task.producer_id)
        .join(Village, Village.id == Task.village_id)
        .outerjoin(Parcel, Parcel.id == Task.parcel_id)
        .outerjoin(Run, Run.id == _RUN_ID)
        .where(confirmed_in(span), Task.status.in_(LIVE_TASKS))
    )


def _lines(span: Span, language: str) -> sa.Select[Any]:
    columns: tuple[Any, ...] = (
        Order.number,
        _RUN,
        localised(language, Village.name_zh, Village.name_en),
        localised(language, Producer.name_zh, Producer.name_en),
        localised(language, Product.name_zh, Product.name_en),
        localised(language, Variant.name_zh, Variant.name_en),
        Lot.code,
        Allocation.units,
        _STAGE,
        Task.deadline_at,
        Parcel.code,
        *(Order.id, Village.id, Producer.id, Variant.id, sa.func.coalesce(_RUN_ID, 0), Lot.id),
    )
    return _of(sa.select(*columns), span).order_by(Order.confirmed_at, Order.id, Allocation.id)


PACKING_LINES = Report(
    "packing-lines",
    msg("To pack, line by line"),
    (
        Column("number", msg("Order number"), Unit.ORDER),
        Column("run", msg("Truck")),
        Column("village", msg("Village")),
        Column("producer", msg("Producer")),
        Column("product", msg("Product")),
        Column("variant", msg("Pack")),
        Column("lot", msg("Lot"), leads=((Place.LOT, "lot_id"),)),
        Column("units", msg("Units"), Unit.COUNT, total=True),
        Column("stage", msg("Status"), Unit.TASK_STATUS),
        Column("deadline_at", msg("Due"), Unit.MOMENT),
        Column("parcel", msg("Parcel")),
        key_column("order_id"),
        key_column("of_village_id"),
        key_column("producer_id"),
        key_column("variant_id"),
        key_column("run_id"),
        key_column("lot_id"),
    ),
    _lines,
    Group.WORK,
    note=_BY_ORDERS,
    narrows=(
        ("order_id", "number"),
        ("of_village_id", "village"),
        ("producer_id", "producer"),
        ("variant_id", "product"),
        ("run_id", "run"),
    ),
)


def _units(*stages: str) -> sa.ColumnElement[int]:
    counted = Allocation.units if not stages else sa.case((_STAGE.in_(stages), Allocation.units), else_=0)
    return sa.func.sum(counted)


_FIGURES: Final = (
    Column("units", msg("Units"), Unit.COUNT, total=True),
    Column("preparing", msg("Being prepared"), Unit.COUNT, total=True),
    Column("ready", msg("Ready to hand in"), Unit.COUNT, total=True),
    Column("received", msg("At the packing place"), Unit.COUNT, total=True),
    Column("packed", msg("Packed"), Unit.COUNT, total=True),
    Column("left", msg("Has left"), Unit.COUNT, total=True),
)
_SUMS: Final = (
    _units(),
    _units("open", "accepted"),
    *(_units(stage) for stage in ("ready", "received", "packed", "left")),
)


def _pack_by(
    name: str, title: str, columns: tuple[Column, ...], names: Any, key: tuple[str, Any], first: Any
) -> Report:
    """`names(language)` are what stands behind the village, `key` what a row is of beside it; `first` sorts."""
    key_name, key_value = key

    def statement(span: Span, language: str) -> sa.Select[Any]:
        village = localised(language, Village.name_zh, Village.name_en)
        head = (*names(language), village)
        grouped = _of(sa.select(*head, *_SUMS, key_value, Village.id), span)
        return grouped.group_by(*head, key_value, Village.id, first).order_by(first, key_value, Village.id)

    figures = (columns[0].key, *(one.key for one in _FIGURES))
    return Report(
        name,
        title,
        (
            *columns,
            Column("village", msg("Village")),
            *_FIGURES,
            key_column(key_name),
            key_column("of_village_id"),
        ),
        statement,
        Group.WORK,
        note=_BY_ORDERS,
        behind=(Behind("packing-lines", figures, by=(key_name, "of_village_id")),),
    )


PACK_BY_ORDER = _pack_by(
    "pack-by-order",
    msg("To pack, by order"),
    (Column("number", msg("Order number"), Unit.ORDER),),
    lambda _language: (Order.number,),
    ("order_id", Order.id),
    Order.confirmed_at,
)
PACK_BY_PRODUCER = _pack_by(
    "pack-by-producer",
    msg("To pack, by producer"),
    (Column("producer", msg("Producer")),),
    lambda language: (localised(language, Producer.name_zh, Producer.name_en),),
    ("producer_id", Producer.id),
    Village.id,
)
PACK_BY_PRODUCT = _pack_by(
    "pack-by-product",
    msg("To pack, by product"),
    (Column("product", msg("Product")), Column("variant", msg("Pack"))),
    lambda language: (
        localised(language, Product.name_zh, Product.name_en),
        localised(language, Variant.name_zh, Variant.name_en),
    ),
    ("variant_id", Variant.id),
    Product.id,
)
PACK_BY_RUN = _pack_by(
    "pack-by-run",
    msg("To pack, by truck"),
    (Column("run", msg("Truck")),),
    lambda _language: (_RUN,),
    ("run_id", sa.func.coalesce(_RUN_ID, 0)),
    Run.departs_at,
)
