"""Goods of a recalled lot do not leave: they come out of tasks and parcels, and other households' go instead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.cancelling import truck_of
from shop.fulfilment.events import RecallSettled, TaskTakenAway
from shop.fulfilment.finding import lock_orders, tasks_of_order
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskStatus
from shop.fulfilment.packing import dissolve
from shop.fulfilment.reassigning import give_away
from shop.fulfilment.shortage import split_off
from shop.fulfilment.take_outs import note_box, note_loose
from shop.fulfilment.transitions import LIVE_TASKS, TASK_STATES
from shop.fulfilment.unmade_parcels import UNPACKED, note_unmade
from shop.inventory.models import AllocationStatus
from shop.inventory.trace_models import LotRecall, RecalledOrder, RecallState
from shop.ordering.events import OrderConfirmed
from shop.ordering.history import note
from shop.ordering.reasons import Reason
from shop.ordering.recalls import note_order_of_recall
from shop.storage.event_log import record


def orders_to_stop(session: Session, *, limit: int = 200) -> Sequence[tuple[int, int]]:
    """(recall, order): called back, and neither stopped nor told yet; the oldest first. One statement."""
    rows = session.execute(
        sa.select(RecalledOrder.recall_id, RecalledOrder.order_id)
        .join(LotRecall, LotRecall.id == RecalledOrder.recall_id)
        .where(RecalledOrder.settled_at.is_(None), LotRecall.state == RecallState.ACTIVE)
        .order_by(RecalledOrder.recall_id, RecalledOrder.order_id)
        .limit(limit)
    )
    return [(row.recall_id, row.order_id) for row in rows]


def stop_recalled(session: Session, recall_id: int, order_id: int, *, now: datetime) -> None:
    """Take what has not left of a recalled lot out of one order, once. Locks the order.

    Its units go to other households by the rule; what nobody has waits for a person, as when a household declines.
    Parcels that it lies in are no parcels any more; the boxes wait to be opened by a person (`take_outs.py`), and the
    rest is packed again after that.
    """
    lock_orders(session, [order_id])
    of_order = session.get(RecalledOrder, (recall_id, order_id), populate_existing=True)
    recall = session.get(LotRecall, recall_id, populate_existing=True)
    if of_order is None or of_order.settled_at is not None or recall is None:
        return
    if recall.state is not RecallState.ACTIVE:
        return
    of_order.settled_at = now
    concerned = [task for task in tasks_of_order(session, order_id) if _recalled(task, recall.lot_id)]
    packed = {task.id for task in concerned if task.parcel_id is not None}
    _unpack(session, recall, order_id, {task.parcel_id for task in concerned}, now)
    for task in concerned:
        if task.id not in packed:
            note_loose(session, recall, task, now)
    parts = [_set_apart(session, task, recall, now) for task in concerned]
    give_away(session, parts, TaskStatus.DECLINED, reason=Reason.RECALLED, now=now)
    for part in parts:
        record(session, TaskTakenAway(part.id, now, recall.id))
    session.flush()
    record(session, RecallSettled(recall_id, order_id))


def note_recalled(session: Session, event: OrderConfirmed) -> None:
    """Its goods were held before their lot was called back."""
    note_order_of_recall(session, event.order_id)


def _recalled(task: Task, lot_id: int) -> list[int]:
    """The allocations of a task that are of the lot and have not left."""
    if task.status not in LIVE_TASKS:
        return []
    return [
        item.allocation_id
        for item in task.items
        if item.allocation.lot_id == lot_id and item.allocation.status is AllocationStatus.COMMITTED
    ]


def _unpack(
    session: Session, recall: LotRecall, order_id: int, parcel_ids: set[int | None], now: datetime
) -> None:
    standing = sa.select(Parcel).where(
        Parcel.order_id == order_id, Parcel.id.in_(parcel_ids - {None}), Parcel.status == ParcelStatus.PACKED
    )
    for parcel in session.scalars(standing.order_by(Parcel.id)).all():
        inside = [task for task in tasks_of_order(session, order_id) if task.parcel_id == parcel.id]
        note_box(session, recall, parcel, inside, now)
        for task in inside:
            task.status = TASK_STATES.step(task.status, TaskStatus.READY)
            task.packed_at = task.parcel_id = None
        facts = truck_of(session, parcel) | {"recall": recall.id}
        note_unmade(session, parcel, UNPACKED, inside, now, **facts)
        dissolve(session, parcel, now=now)


def _set_apart(session: Session, task: Task, recall: LotRecall, now: datetime) -> Task:
    """The recalled units of a task as a task of their own, where it has others too."""
    recalled = set(_recalled(task, recall.lot_id))
    units = [item.allocation for item in task.items if item.allocation_id in recalled]
    part = task if len(units) == len(task.items) else split_off(session, task, units)
    part.received_at = part.received_at or task.received_at  # the goods lie where the others do
    facts = {"task": part.code, "stood_ready": "yes" if part.status is TaskStatus.READY else ""}
    note(session, task.order_id, "goods_recalled", now, None, producer_id=task.producer_id, **facts)
    if part.status is TaskStatus.READY:  # what stands prepared is not fit to go: as if it did not stand there
        part.status = TASK_STATES.step(part.status, TaskStatus.ACCEPTED)
        part.ready_at = None
    return part
