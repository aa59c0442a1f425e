"""A harvest comes earlier than was said, and spoils before the truck that its orders are booked on has brought it.

An order goes with an earlier truck that has room. Where there is none, whoever says the harvest reads which orders those
are before it is saved; then their units go to another household whose lot keeps, or their buyers are asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.errors import RunClosed, RunFull
from shop.delivery.models import Run
from shop.delivery.runs import open_runs
from shop.fulfilment.due import Truck
from shop.fulfilment.errors import NothingWaits, ProposalOpen, SpoilsBefore
from shop.fulfilment.events import OrderMoved
from shop.fulfilment.finding import lock_orders, tasks_of_order
from shop.fulfilment.left_behind import mark_of
from shop.fulfilment.models import Parcel, Task, TaskItem
from shop.fulfilment.proposal_models import Proposal
from shop.fulfilment.proposing import Offered, propose
from shop.fulfilment.reach import WORKER
from shop.fulfilment.rest_of_order import give_new_deadlines
from shop.fulfilment.shortage import give_parts
from shop.fulfilment.transitions import WITH_THE_PRODUCER
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.kit.clock import shanghai_date
from shop.ordering.harvest_days import BEFORE_TRUCK
from shop.ordering.history import note
from shop.ordering.keeping import keeps_until, read_keeping
from shop.ordering.missed_trucks import NEXT, book_instead
from shop.ordering.models import DeliveryKind, Order, OrderEvent, OrderLine, OrderStatus
from shop.ordering.reasons import Reason
from shop.storage.event_log import record

SPOILS: Final = "spoils_before"


@dataclass(frozen=True, slots=True)
class TooLate:
    """Orders that would get spoiled goods, and that no earlier truck takes. `mark` tells whether these were seen."""

    numbers: tuple[str, ...] = ()
    mark: str = ""


def too_late(session: Session, lot_id: int, best_before: date, *, now: datetime) -> TooLate:
    """Which orders would be asked, were the lot harvested with this best-before; nothing is written."""
    late = [
        order
        for order in _promised(session, lot_id)
        if keeps_until(session, order, now=now) > best_before
        and not _earlier(session, order, lot_id, best_before, now=now)
    ]
    return _as_said(late)


def bring_in_time(
    session: Session,
    lot_id: int,
    orders: Mapping[int, Order],
    best_before: date,
    *,
    seen: str,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Move what an earlier truck takes, and mark the rest, which `settle_spoiling` asks about. The orders are locked.

    Raises SpoilsBefore unless the rest is what was `seen`.
    """
    late = []
    for _, order in sorted(orders.items()):
        if keeps_until(session, order, now=now) <= best_before:
            continue
        if not _go_earlier(session, order, lot_id, best_before, actor_id, now):
            late.append(order)
    said = _as_said(late)
    if said.mark != seen:
        raise SpoilsBefore(orders=", ".join(said.numbers), day=best_before, mark=said.mark)
    for order in late:
        note(session, order.id, SPOILS, now, actor_id, lot_id=lot_id, best_before=best_before.isoformat())


def spoiling(session: Session) -> Sequence[tuple[int, int]]:
    """(order, lot): marked, and its units are with their household still. One statement."""
    lot = OrderEvent.facts["lot_id"].as_integer()
    rows = session.execute(
        sa.select(OrderEvent.order_id, Allocation.lot_id)
        .join(Task, Task.order_id == OrderEvent.order_id)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .where(
            OrderEvent.kind == SPOILS,
            lot == Allocation.lot_id,
            Allocation.status == AllocationStatus.COMMITTED,
            Task.status.in_(WITH_THE_PRODUCER),
        )
        .distinct()
        .order_by(OrderEvent.order_id, Allocation.lot_id)
        .limit(200)
    )
    return [(order_id, lot_id) for order_id, lot_id in rows]


def settle_spoiling(session: Session, order_id: int, lot_id: int, *, now: datetime) -> bool:
    """Its units of the lot go to another household that has some which keep; else its buyer is asked. Locks the order.

    False when its goods come in time by now, as with a truck that was found since, or nothing is to be done any more.
    """
    order = lock_orders(session, [order_id])[order_id]
    lot = session.get_one(Lot, lot_id)
    if lot.expected_on is not None or keeps_until(session, order, now=now) <= lot.best_before:
        return False
    with_producers = [one for one in tasks_of_order(session, order_id) if one.status in WITH_THE_PRODUCER]
    to_go = {task: units for task in with_producers if (units := _promised_of(task, lot_id))}
    if to_go:
        give_parts(session, to_go, reason=Reason.SPOILS_BEFORE, now=now)
    return True


def _promised_of(task: Task, lot_id: int) -> dict[Allocation, int]:
    return {
        item.allocation: item.allocation.units
        for item in task.items
        if item.allocation.lot_id == lot_id and item.allocation.status is AllocationStatus.COMMITTED
    }


def unasked(session: Session) -> Sequence[tuple[int, int]]:
    """(task, allocation): what waits because it would be spoiled, and nobody has asked its buyer. One statement."""
    rows = session.execute(
        sa.select(TaskItem.task_id, TaskItem.allocation_id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .where(
            TaskItem.waits.is_(True),
            Allocation.reason == Reason.SPOILS_BEFORE,
            ~sa.exists().where(Proposal.allocation_id == TaskItem.allocation_id),
        )
        .order_by(TaskItem.allocation_id)
        .limit(200)
    )
    return [(task_id, allocation_id) for task_id, allocation_id in rows]


def ask_buyer(session: Session, task_id: int, allocation_id: int, *, now: datetime) -> None:
    """Whether the buyer wants the money back; a coordinator who was faster has asked. Locks the order."""
    with suppress(NothingWaits, ProposalOpen):
        propose(session, task_id, allocation_id, Offered(), by=WORKER, now=now)


def _go_earlier(
    session: Session, order: Order, lot_id: int, best_before: date, actor_id: int | None, now: datetime
) -> bool:
    missed = session.get(Run, order.run_id) if order.run_id is not None else None
    for run in _earlier(session, order, lot_id, best_before, now=now):
        try:
            book_instead(session, order, run, now=now)
        except (RunClosed, RunFull):
            continue
        give_new_deadlines(session, order.id, Truck(run.cutoff_at, run.departs_at), now=now)
        before = missed.code if missed is not None else ""
        note(session, order.id, NEXT, now, actor_id, run=run.code, missed=before)
        record(session, OrderMoved(order.id, run.id, now))
        return True
    return False


def _earlier(session: Session, order: Order, lot_id: int, best_before: date, *, now: datetime) -> list[Run]:
    """Trucks to its point that come while the lot is good, wait for its other harvests and have room, the soonest first.

    None for an order of which something stands on a truck already.
    """
    if order.delivery is not DeliveryKind.PICKUP or order.run_id is None:
        return []
    loaded = sa.select(Parcel.id).where(Parcel.order_id == order.id, Parcel.run_id.is_not(None))
    if session.scalar(loaded.limit(1)) is not None:
        return []
    keeping, waits_for = read_keeping(session, now=now), _other_harvest(session, order.id, lot_id)
    return [
        run
        for run in open_runs(session, now=now, point_id=order.pickup_point_id)
        if run.id != order.run_id
        and keeping.by_truck(run.arrives_at) <= best_before
        and (waits_for is None or shanghai_date(run.departs_at) - BEFORE_TRUCK >= waits_for)
        and run.booked_g + order.booked_g <= run.capacity_g
    ]


def _other_harvest(session: Session, order_id: int, lot_id: int) -> date | None:
    """The last day on which something else of the order is still to be harvested."""
    return session.scalar(
        sa.select(sa.func.max(Lot.expected_on))
        .join(Allocation, Allocation.lot_id == Lot.id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .where(
            OrderLine.order_id == order_id,
            Lot.id != lot_id,
            Allocation.status == AllocationStatus.COMMITTED,
        )
    )


def _promised(session: Session, lot_id: int) -> Sequence[Order]:
    of_lot = (
        sa.select(OrderLine.order_id)
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .where(Allocation.lot_id == lot_id, Allocation.status == AllocationStatus.COMMITTED)
    )
    statement = sa.select(Order).where(Order.id.in_(of_lot), Order.status == OrderStatus.CONFIRMED)
    return session.scalars(statement.order_by(Order.id)).all()


def _as_said(orders: Collection[Order]) -> TooLate:
    return TooLate(tuple(one.number for one in orders), mark_of([one.id for one in orders]))
