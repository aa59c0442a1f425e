"""Sold over a counter: the goods had left the village before anybody ordered them, and the buyer has them at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Variant
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskStatus
from shop.fulfilment.packing import CODE_LENGTH
from shop.fulfilment.tasks import tasks_of_what_left
from shop.inventory.models import Allocation
from shop.kit.references import random_code
from shop.ordering.models import Order


def note_sold_over_counter(session: Session, order: Order, *, now: datetime) -> None:
    """Whose goods they were stands in tasks that are done, and each village's in a parcel that was handed over.

    It stands at no pickup point, so that no keeper looks for it. Safe to repeat.
    """
    tasks = tasks_of_what_left(session, order.id, now=now)
    by_place: dict[int, list[Task]] = {}
    for task in tasks:
        by_place.setdefault(task.packing_place_id, []).append(task)
    for number, (place_id, of_place) in enumerate(sorted(by_place.items()), start=1):
        parcel = _parcel(order.id, place_id, number, _weight(session, of_place), now)
        session.add(parcel)
        session.flush()
        for task in of_place:
            task.status, task.parcel_id = TaskStatus.PACKED, parcel.id
            task.accepted_at = task.ready_at = task.received_at = task.packed_at = now
    session.add_all(tasks)
    session.flush()


def _weight(session: Session, tasks: Sequence[Task]) -> int:
    ids = [item.allocation_id for task in tasks for item in task.items]
    grams = (
        sa.select(sa.func.sum(Allocation.units * Variant.gross_weight_g))
        .join(Variant, Variant.id == Allocation.variant_id)
        .where(Allocation.id.in_(ids))
    )
    return int(session.scalar(grams) or 0)


def _parcel(order_id: int, place_id: int, number: int, weight_g: int, now: datetime) -> Parcel:
    return Parcel(
        code=random_code(CODE_LENGTH),
        order_id=order_id,
        number=number,
        packing_place_id=place_id,
        status=ParcelStatus.HANDED_OVER,
        weight_g=weight_g,
        packed_at=now,
        shipped_at=now,
        arrived_at=now,
        handed_over_at=now,
    )
