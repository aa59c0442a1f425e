"""What nobody collects, as a keeper and the team read it: since when, how often reminded, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.delivery.models import PickupPoint
from shop.fulfilment.collecting import Patience, last_reminder, reminders, stands_at_point
from shop.fulfilment.models import Parcel, ParcelStatus, TakenOff, Task, TaskItem
from shop.fulfilment.money_back import goes_back_in_full
from shop.fulfilment.reach import Reach
from shop.fulfilment.recalled_parcels import holds_recalled
from shop.fulfilment.uncollected import STEPS
from shop.inventory.models import ReturnedUnits, ReturnStatus
from shop.kit.clock import shanghai_date
from shop.kit.errors import NotFound
from shop.kit.references import normalise_code
from shop.ordering.models import Order, OrderEvent, OrderStatus

PAGE_SIZE: Final = 50


class Next(StrEnum):
    """What comes next for a parcel by the rule."""

    REMIND = "remind"
    REMIND_AGAIN = "remind_again"
    KEEP = "keep"  # until the day that its buyer asked for
    WAIT = "wait"  # it was reminded twice, not long ago
    DECIDE = "decide"
    TAKE_OFF = "take_off"  # all its price goes back: the keeper sends it back, or throws it away
    GOODS = "goods"  # that was done, and the team says what became of the goods
    SETTLE = "settle"  # it was taken off, and its order is open
    OVER = "over"  # its order is completed; what lies at the point may go


@dataclass(frozen=True, slots=True)
class UncollectedParcel:
    """`phone` is for the team alone: a keeper's page does not show it."""

    code: str
    order_number: str
    order_status: OrderStatus
    name: str
    phone: str
    point_zh: str
    point_en: str
    arrived_at: datetime
    keep_until: date | None
    taken_off_at: datetime | None
    taken_off_as: TakenOff | None
    reminders: int
    reminded_at: datetime | None
    money_back_at: datetime | None

    def days_here(self, now: datetime) -> int:
        return ((self.taken_off_at or now) - self.arrived_at).days

    def next_step(self, patience: Patience, now: datetime) -> Next:
        if self.money_back_at is not None:
            return Next.TAKE_OFF if self.taken_off_at is None else Next.GOODS
        if self.order_status is OrderStatus.COMPLETED:
            return Next.OVER
        if self.taken_off_at is not None:
            return Next.SETTLE
        if self.keep_until is not None and self.keep_until >= shanghai_date(now):
            return Next.KEEP
        if self.reminders < 2:
            return Next.REMIND_AGAIN if self.reminders else Next.REMIND
        waited = now - (self.reminded_at or self.arrived_at) >= timedelta(days=patience.again_days)
        return Next.DECIDE if waited else Next.WAIT


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done about it; `who` is empty for the shop itself."""

    kind: str
    at: datetime
    who: str
    word: str
    until: date | None


def uncollected_parcels(
    session: Session, by: Reach, *, before: datetime, page: int = 1
) -> tuple[list[UncollectedParcel], bool]:
    """What has stood at own points since before that moment, the oldest first; and whether more follow. One statement.

    What is refunded in full waits for nobody: `paid_back_parcels`.
    """
    waiting = _columns(by).where(stands_at_point(), Parcel.arrived_at < before)
    return _page(session, waiting.order_by(Parcel.arrived_at, Parcel.id), page)


def taken_off_parcels(session: Session, by: Reach, *, page: int = 1) -> tuple[list[UncollectedParcel], bool]:
    """What was taken off own points and whose order is open still, the oldest first. One statement."""
    open_orders = (OrderStatus.CONFIRMED, OrderStatus.SHIPPED)
    gone = _columns(by).where(
        Parcel.taken_off_at.is_not(None), Order.status.in_(open_orders), ~goes_back_in_full()
    )
    return _page(session, gone.order_by(Parcel.taken_off_at, Parcel.id), page)


def paid_back_parcels(session: Session, by: Reach) -> list[UncollectedParcel]:
    """What stands at own points though all its price goes back: it is to be taken off. The oldest first. One statement."""
    stands = _columns(by).where(
        Parcel.arrived_at.is_not(None), Parcel.taken_off_at.is_(None), goes_back_in_full(), ~holds_recalled()
    )
    return _page(session, stands.order_by(Parcel.arrived_at, Parcel.id), 1)[0]


def goods_to_settle(session: Session, by: Reach, *, page: int = 1) -> tuple[list[UncollectedParcel], bool]:
    """What was taken off and paid back, and of whose goods nobody has said whether they are for sale again. One statement."""
    said = (
        sa.select(TaskItem.allocation_id)
        .join(Task, Task.id == TaskItem.task_id)
        .outerjoin(
            ReturnedUnits,
            sa.and_(
                ReturnedUnits.allocation_id == TaskItem.allocation_id,
                ReturnedUnits.status != ReturnStatus.CALLED_OFF,
            ),
        )
        .where(Task.parcel_id == Parcel.id, ReturnedUnits.id.is_(None))
        .correlate(Parcel)
    )
    gone = _columns(by).where(Parcel.taken_off_at.is_not(None), goes_back_in_full(), said.exists())
    return _page(session, gone.order_by(Parcel.taken_off_at, Parcel.id), page)


def uncollected_parcel(session: Session, code: str, by: Reach) -> UncollectedParcel:
    """One that stands at an own point, or was taken off it. Raises NotFound. One statement."""
    statement = _columns(by).where(Parcel.code == normalise_code(code), Parcel.arrived_at.is_not(None))
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound()
    return UncollectedParcel(*row)


def steps_of(session: Session, code: str) -> list[Step]:
    """What was done about this parcel, the newest first; a reminder is for the whole order. One statement."""
    parcel = OrderEvent.facts["parcel"].as_string()
    rows = session.execute(
        sa.select(OrderEvent.kind, OrderEvent.at, User.name, OrderEvent.facts)
        .join(Parcel, Parcel.order_id == OrderEvent.order_id)
        .outerjoin(User, User.id == OrderEvent.actor_id)
        .where(
            Parcel.code == code,
            OrderEvent.kind.in_(STEPS),
            sa.or_(parcel.is_(None), parcel == code),
        )
        .order_by(OrderEvent.id.desc())
    )
    return [_step(*row) for row in rows]


def _step(kind: str, at: datetime, who: str | None, facts: dict[str, Any]) -> Step:
    until = facts.get("until")
    return Step(kind, at, who or "", facts.get("word", ""), date.fromisoformat(until) if until else None)


def _columns(by: Reach) -> sa.Select[*tuple[Any, ...]]:
    own = sa.true() if by.everything else Parcel.pickup_point_id.in_(by.pickup_point_ids)
    return (
        sa.select(
            *(Parcel.code, Order.number, Order.status, Order.recipient, Order.phone),
            *(PickupPoint.name_zh, PickupPoint.name_en, Parcel.arrived_at, Parcel.keep_until),
            *(Parcel.taken_off_at, Parcel.taken_off_as, reminders(), last_reminder(), Order.money_back_at),
        )
        .join(Order, Order.id == Parcel.order_id)
        .join(PickupPoint, PickupPoint.id == Parcel.pickup_point_id)
        .where(own, Parcel.status == ParcelStatus.SHIPPED)
    )


def _page(
    session: Session, statement: sa.Select[*tuple[Any, ...]], page: int
) -> tuple[list[UncollectedParcel], bool]:
    rows = session.execute(statement.limit(PAGE_SIZE + 1).offset((page - 1) * PAGE_SIZE)).all()
    return [UncollectedParcel(*row) for row in rows[:PAGE_SIZE]], len(rows) > PAGE_SIZE
