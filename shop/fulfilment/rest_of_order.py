"""What is left of an order whose truck has gone: how heavy it is, and until when it must be ready."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PackingPlace, Product, Variant
from shop.fulfilment.due import Truck, deadline
from shop.fulfilment.left_behind import has_not_left, on_no_coming_truck
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskItem
from shop.fulfilment.transitions import WITH_THE_PRODUCER
from shop.fulfilment.truck_hours import hours_before_truck
from shop.inventory.models import Allocation
from shop.ordering.models import Order, OrderLine


def grams_to_come(session: Session, order: Order) -> int:
    """What of the order has not left and stands on no coming truck; with it what nobody has yet.

    While nothing has left, that is what was booked for it, boxes and all.
    """
    if not _has_gone_ahead(session, order.id):
        return order.booked_g
    grams = sa.case((OrderLine.is_bundle, Variant.gross_weight_g), else_=OrderLine.gross_weight_g)
    total = session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(grams * Allocation.units), 0))
        .select_from(Task)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .outerjoin(Parcel, Parcel.id == Task.parcel_id)
        .where(
            Task.order_id == order.id,
            sa.or_(sa.and_(has_not_left(), on_no_coming_truck()), TaskItem.waits.is_(True)),
        )
    )
    return min(int(total or 0), order.booked_g)


def give_new_deadlines(session: Session, order_id: int, truck: Truck | None, *, now: datetime) -> None:
    """Goods that are not ready yet are for this truck now, or for a courier; whoever was late for the last one is in time again.

    The order is locked.
    """
    earlier = hours_before_truck(session)
    for task_id, place, hours, waits in session.execute(_with_the_producer(order_id)).all():
        task = session.get_one(Task, task_id)
        task.deadline_at = deadline(now, hours, place, truck, earlier)
        task.escalated_at = task.reminded_at = None
        if not waits:
            task.needs_person_at = None
    session.flush()


def _with_the_producer(order_id: int) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            *(Task.id, PackingPlace.kind, sa.func.min(Product.ready_hours)),
            sa.func.max(sa.case((TaskItem.waits.is_(True), 1), else_=0)),
        )
        .join(PackingPlace, PackingPlace.id == Task.packing_place_id)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Task.order_id == order_id, Task.status.in_(WITH_THE_PRODUCER))
        .group_by(Task.id, PackingPlace.kind)
        .order_by(Task.id)
    )


def _has_gone_ahead(session: Session, order_id: int) -> bool:
    ahead = sa.select(Parcel.id).where(
        Parcel.order_id == order_id, sa.or_(Parcel.status != ParcelStatus.PACKED, ~on_no_coming_truck())
    )
    return session.scalar(ahead.limit(1)) is not None
