"""The coordinator's board: own villages' tasks by stage, a card for each household, in few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer, Product, Variant, Village
from shop.fulfilment.goods import GOODS_COLUMNS, GOODS_GROUP, Goods
from shop.fulfilment.models import Task, TaskItem, TaskStatus
from shop.fulfilment.reach import Reach
from shop.inventory.models import Allocation


class Lane(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    READY = "ready"
    RECEIVED = "received"


STANDING = (TaskStatus.OPEN, TaskStatus.ACCEPTED, TaskStatus.READY)


@dataclass(frozen=True, slots=True)
class Card:
    """All that one household has in one stage."""

    lane: Lane
    producer_id: int
    name_zh: str
    name_en: str
    village_zh: str
    village_en: str
    tasks: int
    deadline_at: datetime
    escalated: bool
    comes_here: bool  # the goods come to a packing place of the person who looks
    own_village: bool
    goods: tuple[Goods, ...]


@dataclass(frozen=True, slots=True)
class Board:
    lanes: Mapping[Lane, tuple[Card, ...]]

    def tasks(self, lane: Lane) -> int:
        return sum(card.tasks for card in self.lanes[lane])

    def late(self, now: datetime) -> int:
        """Households that have said nothing past a deadline."""
        silent = (*self.lanes[Lane.OPEN], *self.lanes[Lane.ACCEPTED])
        return len({card.producer_id for card in silent if card.deadline_at < now})


def lane_of(task: type[Task] = Task) -> sa.ColumnElement[str]:
    """The stage of a standing task, in SQL."""
    return sa.case(
        (sa.and_(task.status == TaskStatus.READY, task.received_at.is_not(None)), Lane.RECEIVED.value),
        (task.status == TaskStatus.READY, Lane.READY.value),
        (task.status == TaskStatus.ACCEPTED, Lane.ACCEPTED.value),
        else_=Lane.OPEN.value,
    )


def board(session: Session, by: Reach, *, producer_id: int | None = None) -> Board:
    """Every standing task in reach, gathered by stage and household, the most urgent first. Two statements."""
    within = sa.and_(by.sees(), Task.status.in_(STANDING))
    if producer_id is not None:
        within = sa.and_(within, Task.producer_id == producer_id)
    goods = _goods(session, within)
    lanes: dict[Lane, list[Card]] = {lane: [] for lane in Lane}
    for row in session.execute(_cards(by, within)):
        lane = Lane(row.lane)
        lanes[lane].append(
            Card(
                lane=lane,
                producer_id=row.producer_id,
                name_zh=row.name_zh,
                name_en=row.name_en,
                village_zh=row.village_zh,
                village_en=row.village_en,
                tasks=row.tasks,
                deadline_at=row.deadline_at,
                escalated=bool(row.escalated),
                comes_here=bool(row.comes_here),
                own_village=by.everything or row.village_id in by.village_ids,
                goods=tuple(goods[row.lane, row.producer_id]),
            )
        )
    return Board({lane: tuple(cards) for lane, cards in lanes.items()})


def _cards(by: Reach, within: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    lane = lane_of()
    return (
        sa.select(
            lane.label("lane"),
            Task.producer_id,
            Producer.village_id,
            Producer.name_zh,
            Producer.name_en,
            Village.name_zh.label("village_zh"),
            Village.name_en.label("village_en"),
            sa.func.count().label("tasks"),
            sa.func.min(Task.deadline_at).label("deadline_at"),
            sa.func.count(Task.escalated_at).label("escalated"),
            sa.func.sum(sa.case((by.takes_in(), 1), else_=0)).label("comes_here"),
        )
        .join(Producer, Producer.id == Task.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .where(within)
        .group_by(
            lane,
            Task.producer_id,
            Producer.village_id,
            Producer.name_zh,
            Producer.name_en,
            Village.name_zh,
            Village.name_en,
        )
        .order_by(sa.func.min(Task.deadline_at), Task.producer_id)
    )


def _goods(session: Session, within: sa.ColumnElement[bool]) -> dict[tuple[str, int], list[Goods]]:
    lane = lane_of()
    statement = (
        sa.select(lane, Task.producer_id, *GOODS_COLUMNS)
        .select_from(Task)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(within)
        .group_by(lane, Task.producer_id, *GOODS_GROUP)
        .order_by(Variant.id)
    )
    found: dict[tuple[str, int], list[Goods]] = defaultdict(list)
    for row in session.execute(statement):
        found[row[0], row[1]].append(Goods(*row[2:]))
    return found
