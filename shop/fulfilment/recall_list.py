"""Every order that had goods of a recalled lot: who, how many, and where they are now. Constant in statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import PackingPlace, Producer
from shop.delivery.models import PickupPoint, Run
from shop.fulfilment.models import Parcel, ParcelStatus, TakenOff, Task, TaskItem, TaskStatus
from shop.fulfilment.money_back import is_refunded_in_full
from shop.fulfilment.parcel_reports import is_said_given
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.inventory.returns import sold_again
from shop.inventory.trace_models import LotRecall, RecalledOrder, RecallState
from shop.ordering.models import Order, OrderEvent, OrderLine, OrderStatus
from shop.ordering.reasons import Reason
from shop.storage.paging import Page, read_page


@dataclass(frozen=True, slots=True)
class RecalledRow:
    """`sent` units have left, `waits` have not and are about to be stopped, `back` came back whole and are the lot's
    again; the rest was stopped in time. `is_repaid`: all of the order's price went back, or is on its way.
    """

    order_id: int
    number: str
    status: OrderStatus
    recipient: str
    phone: str
    email: str | None
    placed_at: datetime
    units: int
    settled_at: datetime | None
    sent: int
    waits: int
    back: int
    is_repaid: bool


@dataclass(frozen=True, slots=True)
class RecalledParcel:
    code: str
    status: ParcelStatus
    carrier: str | None
    tracking_number: str | None
    arrived_at: datetime | None
    taken_off_as: TakenOff | None
    run_code: str | None
    point_zh: str | None
    point_en: str | None
    said_given: bool  # its keeper says that it was given out all the same, and nobody has settled that

    @property
    def look(self) -> str:
        """As people see it: a parcel at its pickup point has arrived, one that nobody collected is not there any more."""
        if self.taken_off_as is not None:
            return self.taken_off_as.value
        return "arrived" if self.status is ParcelStatus.SHIPPED and self.arrived_at else self.status.value

    @property
    def can_be_stopped(self) -> bool:
        """It stands at its pickup point, or is on the truck to it."""
        return self.status is ParcelStatus.SHIPPED and self.point_zh is not None and self.taken_off_as is None


@dataclass(frozen=True, slots=True)
class RecallSums:
    orders: int
    units: int
    waiting: int  # orders that are not stopped and told yet
    sent: int  # units that have left
    held: int  # units that unpaid orders hold


@dataclass(frozen=True, slots=True)
class SetAside:
    """Goods of the lot that were prepared for an order, and where they lie now."""

    task: str
    producer_zh: str
    producer_en: str
    place_zh: str
    place_en: str
    units: int
    is_at_place: bool


def recalls_of_lot(session: Session, lot_id: int) -> Sequence[tuple[LotRecall, str]]:
    """The newest first, each with who decided. One statement."""
    decided = sa.func.coalesce(LotRecall.recalled_by_id, LotRecall.proposed_by_id)
    rows = session.execute(
        sa.select(LotRecall, sa.func.coalesce(sa.func.nullif(User.name, ""), User.email, ""))
        .outerjoin(User, User.id == decided)
        .where(LotRecall.lot_id == lot_id)
        .order_by(LotRecall.id.desc())
    )
    return [(row[0], row[1]) for row in rows]


def recalled_orders(session: Session, recall_id: int, *, page: int = 1) -> Page[RecalledRow]:
    """What can still be stopped first, then what else has left. Two statements."""
    found = read_page(session, _rows(recall_id), number=page)
    return found.map(lambda row: RecalledRow(*row))


def every_recalled_order(session: Session, recall_id: int) -> Iterator[RecalledRow]:
    """For the file, as they come from the database."""
    for row in session.execute(_rows(recall_id).execution_options(yield_per=500)):
        yield RecalledRow(*row)


def parcels_of_recall(
    session: Session, lot_id: int, order_ids: Collection[int]
) -> dict[int, list[RecalledParcel]]:
    """The parcels of these orders in which goods of the lot lie. One statement."""
    rows = session.execute(
        sa.select(
            *(Parcel.order_id, Parcel.id, Parcel.code, Parcel.status),
            *(Parcel.carrier, Parcel.tracking_number, Parcel.arrived_at, Parcel.taken_off_as),
            Run.code.label("run_code"),
            *(PickupPoint.name_zh.label("point_zh"), PickupPoint.name_en.label("point_en")),
            is_said_given().label("said_given"),
        )
        .join(Task, Task.parcel_id == Parcel.id)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .outerjoin(Run, Run.id == Parcel.run_id)
        .outerjoin(PickupPoint, PickupPoint.id == Parcel.pickup_point_id)
        .where(Parcel.order_id.in_(order_ids), Allocation.lot_id == lot_id)
        .distinct()
        .order_by(Parcel.id)
    )
    found: dict[int, list[RecalledParcel]] = defaultdict(list)
    for row in rows:
        one = RecalledParcel(
            *(row.code, row.status, row.carrier, row.tracking_number),
            *(row.arrived_at, row.taken_off_as, row.run_code, row.point_zh, row.point_en, row.said_given),
        )
        found[row.order_id].append(one)
    return found


def recall_sums(session: Session, recall: LotRecall) -> RecallSums:
    """One statement."""
    of_recall = sa.select(RecalledOrder).where(RecalledOrder.recall_id == recall.id).subquery()
    held = sa.select(Lot.held).where(Lot.id == recall.lot_id).scalar_subquery()
    row = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(of_recall.c.units), 0),
            sa.func.coalesce(sa.func.sum(sa.case((of_recall.c.settled_at.is_(None), 1), else_=0)), 0),
            _total(AllocationStatus.SHIPPED, recall.lot_id),
            held,
        ).select_from(of_recall)
    ).one()
    return RecallSums(*(int(value or 0) for value in row))


def set_aside(session: Session, lot_id: int, *, most: int = 200) -> Sequence[SetAside]:
    """Goods that stand prepared somewhere and must not go: the work list of a recall. One statement."""
    said_ready = sa.exists().where(
        OrderEvent.order_id == Task.order_id,
        OrderEvent.kind == "goods_recalled",
        OrderEvent.facts["task"].as_string() == Task.code,
        OrderEvent.facts["stood_ready"].as_string() == "yes",
    )
    rows = session.execute(
        sa.select(
            *(Task.code, Producer.name_zh, Producer.name_en, PackingPlace.name_zh, PackingPlace.name_en),
            sa.cast(sa.func.sum(Allocation.units), sa.Integer),
            Task.received_at.is_not(None),
        )
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(Producer, Producer.id == Task.producer_id)
        .join(PackingPlace, PackingPlace.id == Task.packing_place_id)
        .where(
            Allocation.lot_id == lot_id,
            Task.status == TaskStatus.DECLINED,
            Task.decline_reason == Reason.RECALLED,
            sa.or_(Task.received_at.is_not(None), said_ready),
        )
        .group_by(Task.id, Producer.id, PackingPlace.id)
        .order_by(PackingPlace.id, Task.id)
        .limit(most)
    )
    return [SetAside(*row[:6], is_at_place=bool(row[6])) for row in rows]


def proposed_recalls(session: Session) -> Sequence[tuple[LotRecall, Lot]]:
    """Those that wait for the team, the oldest first. One statement."""
    rows = session.execute(
        sa.select(LotRecall, Lot)
        .join(Lot, Lot.id == LotRecall.lot_id)
        .where(LotRecall.state == RecallState.PROPOSED)
        .order_by(LotRecall.proposed_at, LotRecall.id)
    )
    return [(row[0], row[1]) for row in rows]


def _rows(recall_id: int) -> sa.Select[*tuple[Any, ...]]:
    lot_id = sa.select(LotRecall.lot_id).where(LotRecall.id == recall_id).scalar_subquery()
    sent, waits, back = (
        sa.select(sa.func.coalesce(sa.func.sum(units), 0))
        .select_from(Allocation)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .where(
            OrderLine.order_id == RecalledOrder.order_id,
            Allocation.lot_id == lot_id,
            Allocation.status == status,
        )
        .correlate(RecalledOrder)
        .scalar_subquery()
        for units, status in (
            (Allocation.units - sold_again(), AllocationStatus.SHIPPED),
            (Allocation.units, AllocationStatus.COMMITTED),
            (sold_again(), AllocationStatus.SHIPPED),
        )
    )
    return (
        sa.select(
            *(Order.id, Order.number, Order.status, Order.recipient, Order.phone),
            sa.func.coalesce(Order.email, User.email),
            *(Order.placed_at, RecalledOrder.units, RecalledOrder.settled_at),
            sa.cast(sent, sa.Integer).label("sent"),
            sa.cast(waits, sa.Integer).label("waits"),
            sa.cast(back, sa.Integer).label("back"),
            is_refunded_in_full(),
        )
        .join(RecalledOrder, RecalledOrder.order_id == Order.id)
        .outerjoin(User, User.id == Order.user_id)
        .where(RecalledOrder.recall_id == recall_id)
        .order_by(sa.desc(_can_be_stopped(lot_id)), sa.desc("sent"), Order.id)
    )


def _can_be_stopped(lot_id: Any) -> sa.ColumnElement[int]:
    """SQL: goods of the lot stand at a pickup point, or are on a truck to one."""
    on_its_way = (
        sa.select(Parcel.id)
        .join(Task, Task.parcel_id == Parcel.id)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .where(
            Parcel.order_id == RecalledOrder.order_id,
            Parcel.status == ParcelStatus.SHIPPED,
            Parcel.pickup_point_id.is_not(None),
            Parcel.taken_off_at.is_(None),
            Allocation.lot_id == lot_id,
        )
        .correlate(RecalledOrder)
        .exists()
    )
    return sa.case((on_its_way, 1), else_=0)


def _total(status: AllocationStatus, lot_id: int) -> sa.ScalarSelect[Any]:
    of_lot = sa.select(sa.func.coalesce(sa.func.sum(Allocation.units - sold_again()), 0))
    return of_lot.where(Allocation.lot_id == lot_id, Allocation.status == status).scalar_subquery()
