"""What trucks carry: each truck with its parcels, by the day on which it was to leave."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from shop.catalogue.models import PackingPlace
from shop.delivery.models import PickupPoint, Run, RunStop
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.kit.text import msg
from shop.ordering.models import DeliveryKind, Order
from shop.reports.definition import Behind, Column, Group, Report, Span, Unit, key_column, localised

_BY_TRUCKS: Final = msg(
    "By the day on which a truck was to leave: parcels that stand on it, left with it, or wait packed for it."
)
_LOOK: Final = sa.case(
    (Parcel.taken_off_as.is_not(None), sa.cast(Parcel.taken_off_as, sa.String)),
    (sa.and_(Parcel.status == ParcelStatus.SHIPPED, Parcel.arrived_at.is_not(None)), "arrived"),
    (sa.and_(Parcel.status == ParcelStatus.PACKED, Parcel.loaded_at.is_not(None)), "loaded"),
    else_=sa.cast(Parcel.status, sa.String),
)


def _of(statement: sa.Select[Any], span: Span) -> sa.Select[Any]:
    start, end = span.moments
    return (
        statement.select_from(Parcel)
        .join(Order, Order.id == Parcel.order_id)
        .join(Run, Run.id == sa.func.coalesce(Parcel.run_id, Order.run_id))
        .where(Run.departs_at >= start, Run.departs_at < end, Order.delivery == DeliveryKind.PICKUP)
    )


def _list(span: Span, language: str) -> sa.Select[Any]:
    columns: tuple[Any, ...] = (
        *(Run.code, Run.departs_at),
        localised(language, PickupPoint.name_zh, PickupPoint.name_en),
        *(Parcel.code, Order.number),
        localised(language, PackingPlace.name_zh, PackingPlace.name_en),
        *(Parcel.weight_g, _LOOK),
        *(Parcel.loaded_at, Parcel.arrived_at, Parcel.handed_over_at, Run.id),
    )
    return (
        _of(sa.select(*columns), span)
        .join(PickupPoint, PickupPoint.id == Parcel.pickup_point_id)
        .join(PackingPlace, PackingPlace.id == Parcel.packing_place_id)
        .outerjoin(
            RunStop, sa.and_(RunStop.run_id == Run.id, RunStop.pickup_point_id == Parcel.pickup_point_id)
        )
        .order_by(Run.departs_at, Run.id, RunStop.position, PickupPoint.id, Order.number, Parcel.id)
    )


LOAD_LIST = Report(
    "load-list",
    msg("Load list of trucks"),
    (
        Column("run", msg("Truck")),
        Column("departs_at", msg("Leaves"), Unit.MOMENT),
        Column("point", msg("Unload at")),
        Column("parcel", msg("Parcel")),
        Column("number", msg("Order number"), Unit.ORDER),
        Column("place", msg("Packed at")),
        Column("weight_g", msg("Weight"), Unit.GRAMS, total=True),
        Column("status", msg("Status"), Unit.TASK_STATUS),
        Column("loaded_at", msg("Loaded"), Unit.MOMENT),
        Column("arrived_at", msg("Arrived"), Unit.MOMENT),
        Column("handed_over_at", msg("Collected"), Unit.MOMENT),
        key_column("run_id"),
    ),
    _list,
    Group.WORK,
    note=_BY_TRUCKS,
    narrows=(("run_id", "run"),),
)


def _count(which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((which, 1), else_=0))


def _by_truck(span: Span, _language: str) -> sa.Select[Any]:
    arrived = sa.or_(Parcel.arrived_at.is_not(None), Parcel.status == ParcelStatus.HANDED_OVER)
    columns: tuple[Any, ...] = (
        *(Run.code, Run.departs_at, sa.func.count(Parcel.id)),
        *(_count(Parcel.loaded_at.is_not(None)), _count(arrived)),
        _count(Parcel.status == ParcelStatus.HANDED_OVER),
        *(sa.func.sum(Parcel.weight_g), Run.capacity_g, Run.id),
    )
    groups = (Run.id, Run.code, Run.departs_at, Run.capacity_g)
    return _of(sa.select(*columns), span).group_by(*groups).order_by(Run.departs_at, Run.id)


_FIGURES: Final = ("run", "parcels", "loaded", "arrived", "collected", "weight_g")
LOADS = Report(
    "loads",
    msg("Loads by truck"),
    (
        Column("run", msg("Truck")),
        Column("departs_at", msg("Leaves"), Unit.MOMENT),
        Column("parcels", msg("Parcels"), Unit.COUNT, total=True),
        Column("loaded", msg("Loaded"), Unit.COUNT, total=True),
        Column("arrived", msg("Arrived"), Unit.COUNT, total=True),
        Column("collected", msg("Collected"), Unit.COUNT, total=True),
        Column("weight_g", msg("Weight"), Unit.GRAMS, total=True),
        Column("capacity_g", msg("It carries"), Unit.GRAMS),
        key_column("run_id"),
    ),
    _by_truck,
    Group.WORK,
    chart=("run", "parcels"),
    note=_BY_TRUCKS,
    behind=(Behind("load-list", _FIGURES, by=("run_id",)),),
)
