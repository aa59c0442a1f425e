"""Who has goods of a recalled lot before them: the village that kept it, and keepers of points where parcels stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer, Product, Variant, VillageCoordinator
from shop.delivery.models import PointKeeper
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskItem
from shop.fulfilment.take_outs import ToTakeOut, boxes_of_reader
from shop.fulfilment.task_looks import was_recalled
from shop.inventory.models import Allocation, Lot
from shop.inventory.trace_models import LotRecall, RecallState


@dataclass(frozen=True, slots=True)
class RecallOfWorker:
    """A recall as somebody reads it who works with the goods. `boxes` are those that the reader has to open."""

    lot_code: str
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    state: RecallState
    reason_zh: str
    reason_en: str
    ended_reason: str
    recalled_at: datetime | None
    boxes: tuple[ToTakeOut, ...] = ()


def people_near(session: Session, recall_id: int) -> Sequence[int]:
    """User ids of coordinators and keepers. One statement."""
    of_village = (
        sa.select(VillageCoordinator.user_id)
        .join(Producer, Producer.village_id == VillageCoordinator.village_id)
        .join(Lot, Lot.producer_id == Producer.id)
        .join(LotRecall, LotRecall.lot_id == Lot.id)
        .where(LotRecall.id == recall_id)
    )
    of_points = (
        sa.select(PointKeeper.user_id)
        .join(Parcel, Parcel.pickup_point_id == PointKeeper.pickup_point_id)
        .join(Task, Task.parcel_id == Parcel.id)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(LotRecall, LotRecall.lot_id == Allocation.lot_id)
        .where(
            LotRecall.id == recall_id, Parcel.status == ParcelStatus.SHIPPED, Parcel.taken_off_at.is_(None)
        )
    )
    found = sa.union(of_village, of_points).subquery()
    return session.scalars(sa.select(found.c.user_id).order_by(found.c.user_id)).all()


def stopped_tasks(session: Session, recall_id: int) -> Sequence[int]:
    """Tasks that ended because their goods are of the lot, for telling their households. One statement."""
    return session.scalars(
        sa.select(Task.id)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(LotRecall, LotRecall.lot_id == Allocation.lot_id)
        .where(LotRecall.id == recall_id, was_recalled(), Task.ended_at >= LotRecall.recalled_at)
        .distinct()
        .order_by(Task.id)
    ).all()


def recall_of_worker(session: Session, recall_id: int, user_id: int) -> RecallOfWorker | None:
    row = session.execute(
        sa.select(
            *(Lot.code, Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en, LotRecall.state),
            *(LotRecall.reason_zh, LotRecall.reason_en, LotRecall.ended_reason, LotRecall.recalled_at),
        )
        .select_from(LotRecall)
        .join(Lot, Lot.id == LotRecall.lot_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(LotRecall.id == recall_id)
    ).one_or_none()
    if row is None:
        return None
    facts: tuple[Any, ...] = (*row, tuple(boxes_of_reader(session, recall_id, user_id)))
    return RecallOfWorker(*facts)
