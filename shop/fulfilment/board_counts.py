"""How far own villages are, apart by how the goods leave: with the next truck, with a later one, by courier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.left_behind import has_not_left
from shop.fulfilment.models import Parcel, Task, TaskStatus
from shop.fulfilment.reach import Reach
from shop.ordering.models import DeliveryKind, Order


class Way(StrEnum):
    TRUCK = "truck"  # the next one
    LATER = "later"  # a truck after it, or none yet
    COURIER = "courier"


@dataclass(frozen=True, slots=True)
class Progress:
    """``received`` of ``tasks`` came in: they lie at their packing place, or in a parcel there."""

    tasks: int = 0
    received: int = 0
    households: int = 0


def progress(session: Session, by: Reach, *, run_id: int | None) -> Mapping[Way, Progress]:
    """What has not left the villages; `run_id` is the next truck's. One statement."""
    way = sa.case(
        (Order.delivery == DeliveryKind.COURIER, Way.COURIER.value),
        (Order.run_id == (run_id or 0), Way.TRUCK.value),
        else_=Way.LATER.value,
    )
    came_in = sa.or_(Task.received_at.is_not(None), Task.status == TaskStatus.PACKED)
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            way,
            sa.func.count(),
            sa.func.sum(sa.case((came_in, 1), else_=0)),
            sa.func.count(sa.distinct(Task.producer_id)),
        )
        .select_from(Task)
        .join(Order, Order.id == Task.order_id)
        .outerjoin(Parcel, Parcel.id == Task.parcel_id)
        .where(by.sees(), has_not_left())
        .group_by(way)
    )
    found = {Way(row[0]): Progress(row[1], int(row[2]), row[3]) for row in session.execute(statement)}
    return {way: found.get(way, Progress()) for way in Way}
