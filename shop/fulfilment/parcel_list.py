"""Parcels of own packing places: to find, to ship, to print labels for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PackingPlace, Product, Variant
from shop.delivery.models import PickupPoint, Run
from shop.delivery.tracking.base import JourneyState
from shop.fulfilment.board import STANDING
from shop.fulfilment.boxes import Grouped, grouped
from shop.fulfilment.goods import LotGoods, goods_of_parcels
from shop.fulfilment.late_parcels import is_late
from shop.fulfilment.models import Parcel, ParcelJourney, ParcelStatus, Task, TaskItem
from shop.fulfilment.reach import Reach
from shop.inventory.models import Allocation
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.kit.references import normalise_code
from shop.kit.text import half_width
from shop.ordering.models import DeliveryKind, Order

PAGE_SIZE = 50
SHORTEST_TAIL = 4  # digits of a telephone number that somebody may search by
ARRIVED, LATE = "arrived", "late"
LOOKS = frozenset({*ParcelStatus, ARRIVED, LATE})


@dataclass(frozen=True, slots=True)
class ParcelFilter:
    """Empty means all. ``words``: a parcel code, order number or tracking number, or its beginning; a recipient, the end
    of a telephone number, goods by name or SKU.

    ``look`` is a status as people see it: on the way ends when the parcel stands at its pickup point.
    """

    look: str = ""
    delivery: DeliveryKind | None = None
    run_code: str = ""
    words: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class ParcelRow:
    id: int
    code: str
    order_id: int
    order_number: str
    number: int
    status: ParcelStatus
    weight_g: int
    delivery: DeliveryKind
    recipient: str
    phone: str
    province: str | None
    city: str | None
    district: str | None
    street: str | None
    place_zh: str
    place_en: str
    place_phone: str
    point_zh: str | None
    point_en: str | None
    point_address_zh: str | None
    point_address_en: str | None
    point_hours_zh: str | None
    point_hours_en: str | None
    run_code: str | None
    run_arrives_at: datetime | None
    carrier: str | None
    tracking_number: str | None
    packed_at: datetime
    loaded_at: datetime | None
    shipped_at: datetime | None
    arrived_at: datetime | None
    delivered_at: datetime | None
    journey: JourneyState | None
    journey_says: str | None
    journey_at: datetime | None
    goods: tuple[LotGoods, ...] = field(default=())

    @property
    def contents(self) -> Grouped[LotGoods]:
        return grouped(self.goods)

    @property
    def look(self) -> str:
        """The status as people see it: a parcel at its pickup point has arrived."""
        arrived = self.status is ParcelStatus.SHIPPED and self.arrived_at is not None
        return ARRIVED if arrived else self.status.value


@dataclass(frozen=True, slots=True)
class Label:
    """A parcel with its place among the order's parcels: 1 of 3; no `of` while more of the order is to be packed."""

    parcel: ParcelRow
    number: int
    of: int | None


def parcels(session: Session, by: Reach, chosen: ParcelFilter) -> tuple[list[ParcelRow], bool]:
    """One page, the newest first, and whether more follow. One statement."""
    statement = _narrowed(_columns(by), chosen).order_by(Parcel.id.desc())
    rows = session.execute(statement.limit(PAGE_SIZE + 1).offset((chosen.page - 1) * PAGE_SIZE)).all()
    return [ParcelRow(*row) for row in rows[:PAGE_SIZE]], len(rows) > PAGE_SIZE


def packed_parcels(session: Session, by: Reach) -> list[ParcelRow]:
    """The newest that stand packed, with their goods. Two statements."""
    return _filled(session, parcels(session, by, ParcelFilter(look=ParcelStatus.PACKED))[0])


def codes(session: Session, by: Reach, chosen: ParcelFilter, *, limit: int, offset: int = 0) -> list[str]:
    """Codes of these parcels on all pages, the first packed first. One statement."""
    found = _narrowed(_columns(by), chosen).with_only_columns(Parcel.code, maintain_column_froms=True)
    return list(session.scalars(found.order_by(Parcel.id).limit(limit).offset(offset)))


def parcel(session: Session, code: str, by: Reach) -> ParcelRow:
    """With its goods. Raises NotFound, the same for an absent parcel and another place's. Two statements."""
    row = session.execute(_columns(by).where(Parcel.code == normalise_code(code))).one_or_none()
    if row is None:
        raise NotFound()
    return _filled(session, [ParcelRow(*row)])[0]


def parcels_by_code(session: Session, by: Reach, codes: Collection[str]) -> list[ParcelRow]:
    """Those of them that are within reach, the newest first. One statement."""
    rows = session.execute(_columns(by).where(Parcel.code.in_(codes)).order_by(Parcel.id.desc()))
    return [ParcelRow(*row) for row in rows]


def parcels_of_order(session: Session, order_id: int, by: Reach) -> list[ParcelRow]:
    """Own places' parcels of one order, with their goods. Two statements."""
    rows = session.execute(_columns(by).where(Parcel.order_id == order_id).order_by(Parcel.id))
    return _filled(session, [ParcelRow(*row) for row in rows])


def labels(session: Session, codes: Collection[str], by: Reach) -> list[Label]:
    """What to print for these parcels, in the order in which they were packed. Four statements."""
    rows = session.execute(_columns(by).where(Parcel.code.in_(codes)).order_by(Parcel.id))
    shown = _filled(session, [ParcelRow(*row) for row in rows])
    statement = sa.select(Parcel.order_id, sa.func.max(Parcel.number)).group_by(Parcel.order_id)
    last = {
        row[0]: row[1]
        for row in session.execute(statement.where(Parcel.order_id.in_({row.order_id for row in shown})))
    }
    unfinished = _more_to_pack(session, last)
    return [
        Label(row, row.number, None if row.order_id in unfinished else last[row.order_id]) for row in shown
    ]


def _more_to_pack(session: Session, order_ids: Collection[int]) -> set[int]:
    """Orders with goods that are not in a parcel yet, or that no household has. One statement."""
    waits = sa.exists().where(TaskItem.task_id == Task.id, TaskItem.waits.is_(True))
    statement = sa.select(Task.order_id).where(
        Task.order_id.in_(order_ids), sa.or_(Task.status.in_(STANDING), waits)
    )
    return set(session.scalars(statement.distinct()))


def _filled(session: Session, rows: list[ParcelRow]) -> list[ParcelRow]:
    goods = goods_of_parcels(session, [row.id for row in rows])
    return [replace(row, goods=tuple(goods[row.id])) for row in rows]


def _narrowed(statement: sa.Select[*tuple[Any, ...]], chosen: ParcelFilter) -> sa.Select[*tuple[Any, ...]]:
    if chosen.look == ARRIVED:
        statement = statement.where(Parcel.status == ParcelStatus.SHIPPED, Parcel.arrived_at.is_not(None))
    elif chosen.look == LATE:
        statement = statement.where(is_late(utc_now()))
    elif chosen.look:
        statement = statement.where(Parcel.status == ParcelStatus(chosen.look))
    if chosen.look == ParcelStatus.SHIPPED:
        statement = statement.where(Parcel.arrived_at.is_(None))
    if chosen.delivery is not None:
        statement = statement.where(Order.delivery == chosen.delivery)
    if chosen.run_code:
        statement = statement.where(Run.code == chosen.run_code)
    if chosen.words:
        statement = statement.where(_is_meant(chosen.words))
    return statement


def _is_meant(words: str) -> sa.ColumnElement[bool]:
    text = half_width(words).strip()[:40]
    digits = "".join(filter(str.isdigit, text))
    ways = [
        Parcel.tracking_number.startswith(text.upper(), autoescape=True),
        Order.recipient.icontains(text, autoescape=True),
        _has_goods(text),
    ]
    if start := normalise_code(words)[:40]:
        ways.append(Parcel.code.startswith(start, autoescape=True))
        ways.append(sa.func.replace(Order.number, "-", "").contains(start, autoescape=True))
    if len(digits) >= SHORTEST_TAIL:
        ways.append(Order.phone.endswith(digits, autoescape=True))
    return sa.or_(*ways)


def _has_goods(text: str) -> sa.ColumnElement[bool]:
    names = (Variant.sku, Product.name_zh, Product.name_en)
    meant = sa.select(Variant.id).join(Product, Product.id == Variant.product_id)
    meant = meant.where(sa.or_(*(name.icontains(text, autoescape=True) for name in names)))
    return Parcel.id.in_(
        sa.select(Task.parcel_id)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .where(Task.parcel_id.is_not(None), Allocation.variant_id.in_(meant))
    )


def _columns(by: Reach) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            Parcel.id,
            Parcel.code,
            Parcel.order_id,
            Order.number,
            Parcel.number.label("parcel_number"),
            Parcel.status,
            Parcel.weight_g,
            Order.delivery,
            Order.recipient,
            Order.phone,
            Order.province,
            Order.city,
            Order.district,
            Order.street,
            PackingPlace.name_zh,
            PackingPlace.name_en,
            PackingPlace.phone,
            PickupPoint.name_zh,
            PickupPoint.name_en,
            PickupPoint.address_zh,
            PickupPoint.address_en,
            PickupPoint.hours_zh,
            PickupPoint.hours_en,
            Run.code,
            Run.arrives_at,
            Parcel.carrier,
            Parcel.tracking_number,
            Parcel.packed_at,
            Parcel.loaded_at,
            Parcel.shipped_at,
            Parcel.arrived_at,
            Parcel.delivered_at,
            ParcelJourney.state,
            ParcelJourney.says,
            ParcelJourney.happened_at,
        )
        .join(Order, Order.id == Parcel.order_id)
        .join(PackingPlace, PackingPlace.id == Parcel.packing_place_id)
        .outerjoin(PickupPoint, PickupPoint.id == Parcel.pickup_point_id)
        .outerjoin(Run, Run.id == sa.func.coalesce(Parcel.run_id, Order.run_id))
        .outerjoin(ParcelJourney, ParcelJourney.parcel_id == Parcel.id)
        .where(by.parcels())
    )
