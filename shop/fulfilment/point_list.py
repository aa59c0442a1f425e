"""What a point keeper sees: names and parcel codes. No phone, no price, no pickup code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.models import PickupPoint, Run
from shop.fulfilment.handover import UNDO_FOR
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.fulfilment.money_back import goes_back_in_full
from shop.fulfilment.reach import Reach
from shop.fulfilment.recalled_parcels import holds_recalled
from shop.kit.errors import NotFound
from shop.ordering.models import Order, OrderStatus

PAGE_SIZE = 100
LATELY_SHOWN = 12
MOST_PEOPLE = 1000  # parcels that a phone can find without a network


@dataclass(frozen=True, slots=True)
class WaitingParcel:
    code: str
    name: str
    point_id: int
    run_code: str | None
    arrived_at: datetime | None
    is_recalled: bool = False  # nobody is given it
    is_paid_back: bool = False  # nor this one: all its price goes back

    def days_here(self, now: datetime) -> int:
        return 0 if self.arrived_at is None else (now - self.arrived_at).days


@dataclass(frozen=True, slots=True)
class GivenParcel:
    """Handed over a moment ago, and may still be taken back."""

    code: str
    name: str
    handed_over_at: datetime


@dataclass(frozen=True, slots=True)
class Point:
    id: int
    name_zh: str
    name_en: str
    expected: int
    here: int
    uncollected: int


@dataclass(frozen=True, slots=True)
class ExpectedRun:
    """A truck that has left and brings so many parcels to one point."""

    code: str
    point_id: int
    arrives_at: datetime
    parcels: int


@dataclass(frozen=True, slots=True)
class WaitingPerson:
    """Whom a keeper calls out, with the codes of what is here and of what is on its way."""

    order_id: int
    name: str
    here: tuple[str, ...] = ()
    coming: tuple[str, ...] = ()
    recalled: tuple[str, ...] = ()  # nobody is given these, wherever they are
    paid_back: tuple[str, ...] = ()  # nor these

    @property
    def parcels(self) -> list[tuple[str, bool]]:
        """Each that may be given with whether it is here."""
        return [(code, True) for code in self.here] + [(code, False) for code in self.coming]


def points(session: Session, by: Reach, *, long_ago: datetime) -> list[Point]:
    """Own points with what is expected, here, and here since before ``long_ago``. One statement."""
    travelling = sa.case((sa.and_(Parcel.id.is_not(None), Parcel.arrived_at.is_(None)), 1), else_=0)
    to_send_back = sa.and_(Parcel.arrived_at.is_not(None), goes_back_in_full())
    old = sa.case((sa.or_(Parcel.arrived_at < long_ago, to_send_back), 1), else_=0)
    statement = (
        sa.select(
            PickupPoint.id,
            PickupPoint.name_zh,
            PickupPoint.name_en,
            sa.func.sum(travelling),
            sa.func.count(Parcel.arrived_at),
            sa.func.sum(old),
        )
        .outerjoin(
            Parcel,
            sa.and_(
                Parcel.pickup_point_id == PickupPoint.id,
                Parcel.status == ParcelStatus.SHIPPED,
                Parcel.taken_off_at.is_(None),
            ),
        )
        .where(PickupPoint.id.in_(by.pickup_point_ids))
        .group_by(PickupPoint.id, PickupPoint.name_zh, PickupPoint.name_en)
        .order_by(PickupPoint.id)
    )
    return [Point(*row[:3], *(int(count) for count in row[3:])) for row in session.execute(statement)]


def expected_runs(session: Session, by: Reach) -> list[ExpectedRun]:
    """Trucks on the way to own points. One statement."""
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(Run.code, Parcel.pickup_point_id, Run.arrives_at, sa.func.count(Parcel.id))
        .join(Parcel, Parcel.run_id == Run.id)
        .where(
            Parcel.pickup_point_id.in_(by.pickup_point_ids),
            Parcel.status == ParcelStatus.SHIPPED,
            Parcel.arrived_at.is_(None),
        )
        .group_by(Run.code, Parcel.pickup_point_id, Run.arrives_at)
        .order_by(Run.arrives_at)
    )
    return [ExpectedRun(*row) for row in session.execute(statement)]


def parcels_here(session: Session, by: Reach, *, page: int = 1) -> tuple[list[WaitingParcel], bool]:
    """Parcels that wait to be collected at own points, the oldest first, and whether more follow. One statement."""
    statement = _waiting(by).where(Parcel.arrived_at.is_not(None)).order_by(Parcel.arrived_at, Parcel.id)
    return _page(session, statement, page)


def parcels_expected(session: Session, by: Reach, *, page: int = 1) -> tuple[list[WaitingParcel], bool]:
    """Parcels on their way to own points, and whether more follow. One statement."""
    statement = (
        _waiting(by).where(Parcel.arrived_at.is_(None)).order_by(Parcel.run_id, Order.recipient, Parcel.id)
    )
    return _page(session, statement, page)


def waiting_people(session: Session, by: Reach) -> list[WaitingPerson]:
    """Everybody who may come to own points, for a phone that may lose its network. One statement."""
    statement = (
        sa.select(
            *(Parcel.order_id, Order.recipient, Parcel.code, Parcel.arrived_at),
            *(holds_recalled(), Order.money_back_at.is_not(None)),
        )
        .join(Order, Order.id == Parcel.order_id)
        .where(*_comes_or_stands(by))
        .order_by(Parcel.arrived_at.is_(None), Parcel.id)
        .limit(MOST_PEOPLE)
    )
    people: dict[int, WaitingPerson] = {}
    for order_id, name, code, arrived_at, is_recalled, is_paid_back in session.execute(statement):
        one = people.get(order_id, WaitingPerson(order_id, name))
        if is_recalled:
            people[order_id] = replace(one, recalled=(*one.recalled, code))
        elif is_paid_back:
            people[order_id] = replace(one, paid_back=(*one.paid_back, code))
        elif arrived_at is None:
            people[order_id] = replace(one, coming=(*one.coming, code))
        else:
            people[order_id] = replace(one, here=(*one.here, code))
    return list(people.values())


def comes_here(session: Session, run_code: str, by: Reach) -> bool:
    """Whether a truck that has left brings, or brought, something to own points. One statement."""
    brings = sa.exists().where(
        Run.code == run_code,
        Parcel.run_id == Run.id,
        Parcel.pickup_point_id.in_(by.pickup_point_ids),
        Parcel.status.in_((ParcelStatus.SHIPPED, ParcelStatus.HANDED_OVER)),
    )
    return bool(session.scalar(sa.select(brings)))


def waiting_parcel(session: Session, code: str, by: Reach) -> WaitingParcel:
    """One that waits at an own point or is on its way there. Raises NotFound. One statement."""
    row = session.execute(_waiting(by).where(Parcel.code == code)).one_or_none()
    if row is None:
        raise NotFound()
    return WaitingParcel(*row)


def lately_given(session: Session, by: Reach, *, now: datetime) -> list[GivenParcel]:
    """What was handed over at own points within the minutes of `UNDO_FOR`, the last first. One statement."""
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(Parcel.code, Order.recipient, Parcel.handed_over_at)
        .join(Order, Order.id == Parcel.order_id)
        .where(
            Parcel.pickup_point_id.in_(by.pickup_point_ids),
            Parcel.status == ParcelStatus.HANDED_OVER,
            Parcel.handed_over_at >= now - UNDO_FOR,
            Order.status != OrderStatus.COMPLETED,
        )
        .order_by(Parcel.handed_over_at.desc(), Parcel.id)
        .limit(LATELY_SHOWN)
    )
    return [GivenParcel(*row) for row in session.execute(statement)]


def uncollected_before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _waiting(by: Reach) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            *(Parcel.code, Order.recipient, Parcel.pickup_point_id, Run.code, Parcel.arrived_at),
            *(holds_recalled(), Order.money_back_at.is_not(None)),
        )
        .join(Order, Order.id == Parcel.order_id)
        .outerjoin(Run, Run.id == Parcel.run_id)
        .where(*_comes_or_stands(by))
    )


def _comes_or_stands(by: Reach) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Parcel.pickup_point_id.in_(by.pickup_point_ids),
        Parcel.status == ParcelStatus.SHIPPED,
        Parcel.taken_off_at.is_(None),
    )


def _page(
    session: Session, statement: sa.Select[*tuple[Any, ...]], page: int
) -> tuple[list[WaitingParcel], bool]:
    rows = session.execute(statement.limit(PAGE_SIZE + 1).offset((page - 1) * PAGE_SIZE)).all()
    return [WaitingParcel(*row) for row in rows[:PAGE_SIZE]], len(rows) > PAGE_SIZE
