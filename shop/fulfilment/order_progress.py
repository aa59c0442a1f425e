"""How far each parcel of an order has come, as its buyer sees it. Two statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, PackingPlace, PackingPlaceKind, Producer, ProducerKind, Village
from shop.delivery.models import Run, RunStatus
from shop.delivery.tracking.base import JourneyState
from shop.fulfilment.boxes import Box, grouped_by_variant
from shop.fulfilment.goods import Goods, add_up, goods_of_tasks
from shop.fulfilment.models import Parcel, ParcelJourney, ParcelStatus, Task, TaskStatus
from shop.fulfilment.parcel_numbers import planned_numbers
from shop.fulfilment.parcel_reports import is_known_given, is_said_given
from shop.fulfilment.recalled_parcels import holds_recalled
from shop.ordering.models import Order

_GONE = (TaskStatus.REASSIGNED, TaskStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Supplier:
    """One producer's part. `name` is the alias, empty without consent; `waits`: it cannot give all of it."""

    name_zh: str
    name_en: str
    village_zh: str
    village_en: str
    status: str
    waits: bool
    deadline_at: datetime
    goods: tuple[Goods, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens to a parcel; `at` is None until it has."""

    key: str
    at: datetime | None
    state: str  # done, now or later


@dataclass(frozen=True, slots=True)
class ParcelProgress:
    """One parcel, packed or still to be packed, from one place."""

    number: int  # the first of the order, the second; stays when it is packed
    place_zh: str
    place_en: str
    code: str | None
    # as in statuses: planned, packed, shipped, arrived, delivered, handed_over, sent_back, discarded, recalled, withheld, called_back
    status: str
    carrier: str | None
    tracking_number: str | None
    journey: JourneyState | None
    journey_says: str
    journey_at: datetime | None
    suppliers: tuple[Supplier, ...]
    steps: tuple[Step, ...]
    has_truck: bool  # it stands on one, or has left with it; else the order's own is expected to take it
    truck_at: (
        datetime | None
    )  # when that truck comes, until the parcel is there; None when it left without it
    run_code: str | None = None  # the truck that it stands on, or left with
    said_given: bool = False  # its keeper says that it was given out, though nobody was to be given it
    has_it: bool = False  # and the team has settled that its buyer has it
    is_recalled: bool = False  # goods in it are recalled, wherever it is
    is_paid_back: bool = False  # all the money of its order goes back, or has gone

    @property
    def goods(self) -> list[Goods]:
        return add_up(item for supplier in self.suppliers for item in supplier.goods)

    @property
    def boxes(self) -> tuple[Box[Goods], ...]:
        """Gift boxes that are put together for this parcel."""
        return grouped_by_variant(item for supplier in self.suppliers for item in supplier.goods).boxes


def order_progress(session: Session, order_id: int, *, by_truck: bool) -> list[ParcelProgress]:
    """The order's parcels by their number; before it is confirmed there are none."""
    rows = session.execute(_statement(order_id)).all()
    goods = goods_of_tasks(session, [row.id for row in rows])
    grouped: dict[tuple[int, int], list[Any]] = {}
    for row in rows:
        key = (row.parcel_id or 0, 0) if row.parcel_id else (0, row.packing_place_id)
        grouped.setdefault(key, []).append(row)
    taken = [group[0].number for group in grouped.values() if group[0].parcel_id]
    planned = planned_numbers(taken, [place_id for parcel_id, place_id in grouped if not parcel_id])
    found = [
        _progress(
            group,
            [_supplier(row, goods[row.id]) for row in group],
            number=group[0].number or planned[group[0].packing_place_id],
            by_truck=by_truck,
        )
        for group in grouped.values()
    ]
    return sorted(found, key=lambda parcel: parcel.number)


def _statement(order_id: int) -> sa.Select[*tuple[Any, ...]]:
    where_it_lies = sa.func.coalesce(
        Parcel.packing_place_id, Task.packing_place_id
    )  # a merged one: at the hub
    return (
        sa.select(
            *(Task.id, Task.status, Task.parcel_id, Task.packing_place_id, Task.needs_person_at),
            *(Task.accepted_at, Task.ready_at, Task.received_at, Task.deadline_at),
            *(Producer.kind, Producer.name_zh, Producer.name_en, Household.consented_at),
            *(Village.name_zh.label("village_zh"), Village.name_en.label("village_en")),
            PackingPlace.kind.label("place_kind"),
            *(PackingPlace.name_zh.label("place_zh"), PackingPlace.name_en.label("place_en")),
            *(
                Parcel.number,
                Parcel.code,
                Parcel.status.label("parcel_status"),
                Parcel.carrier,
                Parcel.tracking_number,
                Parcel.taken_off_as,
            ),
            ParcelJourney.state.label("journey"),
            *(ParcelJourney.says, ParcelJourney.happened_at),
            *(Parcel.packed_at, Parcel.shipped_at, Parcel.arrived_at),
            sa.and_(Parcel.pickup_point_id.is_not(None), holds_recalled()).label("kept_back"),
            sa.and_(Parcel.pickup_point_id.is_not(None), Order.money_back_at.is_not(None)).label("withheld"),
            *(Parcel.delivered_at, Parcel.handed_over_at),
            *(is_said_given().label("said_given"), is_known_given().label("has_it")),
            *(Run.arrives_at, Run.status.label("run_status"), Parcel.run_id, Run.code.label("run_code")),
        )
        .join(Order, Order.id == Task.order_id)
        .join(Producer, Producer.id == Task.producer_id)
        .outerjoin(Household, Household.id == Producer.household_id)
        .join(Village, Village.id == Task.village_id)
        .outerjoin(Parcel, Parcel.id == Task.parcel_id)
        .join(PackingPlace, PackingPlace.id == where_it_lies)
        .outerjoin(ParcelJourney, ParcelJourney.parcel_id == Parcel.id)
        .outerjoin(Run, Run.id == sa.func.coalesce(Parcel.run_id, Order.run_id))
        .where(
            Task.order_id == order_id,
            Task.status.not_in(_GONE),
            sa.or_(Task.status != TaskStatus.DECLINED, Task.needs_person_at.is_not(None)),
        )
        .order_by(Parcel.id.is_(None), Parcel.id, Task.packing_place_id, Task.id)
    )


def _supplier(row: Any, goods: Sequence[Goods]) -> Supplier:
    named = row.kind != ProducerKind.HOUSEHOLD or row.consented_at is not None
    is_received = row.status == TaskStatus.READY and row.received_at is not None
    return Supplier(
        name_zh=row.name_zh if named else "",
        name_en=row.name_en if named else "",
        village_zh=row.village_zh,
        village_en=row.village_en,
        status="received" if is_received else row.status.value,
        waits=row.needs_person_at is not None,
        deadline_at=row.deadline_at,
        goods=tuple(goods),
    )


def _progress(
    rows: Sequence[Any], suppliers: Sequence[Supplier], *, number: int, by_truck: bool
) -> ParcelProgress:
    first = rows[0]
    at_hub = first.place_kind == PackingPlaceKind.HUB
    status = "planned" if first.parcel_status is None else first.parcel_status.value
    if first.parcel_status == ParcelStatus.SHIPPED and first.arrived_at is not None:
        status = "arrived" if first.taken_off_as is None else first.taken_off_as.value
    if first.parcel_status == ParcelStatus.SHIPPED and first.taken_off_as is None:
        status = "recalled" if first.kept_back else "withheld" if first.withheld else status
    return ParcelProgress(
        number=number,
        place_zh=first.place_zh if at_hub else first.village_zh,
        place_en=first.place_en if at_hub else first.village_en,
        code=first.code,
        status=status,
        carrier=first.carrier,
        tracking_number=first.tracking_number,
        journey=first.journey,
        journey_says=first.says or "",
        journey_at=first.happened_at,
        suppliers=tuple(suppliers),
        steps=_steps(rows, by_truck=by_truck),
        has_truck=first.run_id is not None,
        truck_at=first.arrives_at if _is_awaited(first, status) else None,
        run_code=first.run_code if first.run_id is not None else None,
        said_given=bool(first.said_given),
        has_it=bool(first.has_it),
        is_recalled=bool(first.kept_back),
        is_paid_back=bool(first.withheld),
    )


def _is_awaited(row: Any, status: str) -> bool:
    return status == "shipped" or (status in {"planned", "packed"} and row.run_status is RunStatus.PLANNED)


def _steps(rows: Sequence[Any], *, by_truck: bool) -> tuple[Step, ...]:
    """What has happened and what comes next; whatever comes later implies what came before."""
    parcel = rows[0]
    moments = [
        ("accepted", _last(row.accepted_at or row.ready_at for row in rows)),
        ("ready", _last(row.ready_at for row in rows)),
        ("packed", parcel.packed_at),
        ("on_truck" if by_truck else "with_courier", parcel.shipped_at),
    ]
    if by_truck:
        moments += [("at_point", parcel.arrived_at), ("collected", parcel.handed_over_at)]
    else:
        moments.append(("delivered", parcel.delivered_at))
    last_done = max((place for place, (_, at) in enumerate(moments) if at is not None), default=-1)
    return tuple(
        Step(key, at, "done" if place <= last_done else "now" if place == last_done + 1 else "later")
        for place, (key, at) in enumerate(moments)
    )


def _last(moments: Any) -> datetime | None:
    """When the last of them had it; None while one has not."""
    found = list(moments)
    return max(found) if found and None not in found else None
