"""What can be given to whom against the rule, for the coordinator's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer, Village
from shop.fulfilment.goods import Goods, add_up
from shop.fulfilment.household_tasks import StandingTask
from shop.fulfilment.models import Task, TaskItem
from shop.fulfilment.reach import Reach
from shop.fulfilment.reassigning import order_facts
from shop.fulfilment.transitions import WITH_THE_PRODUCER
from shop.inventory.allocation import Candidate, lot_income
from shop.inventory.models import Allocation, Lot
from shop.inventory.overriding import lots_to_choose


@dataclass(frozen=True, slots=True)
class LotToChoose:
    """`is_next`: the rule would take it first, were the units not where they are."""

    lot_id: int
    code: str
    producer_zh: str
    producer_en: str
    village_zh: str
    village_en: str
    available: int
    best_before: date
    is_next: bool


@dataclass(frozen=True, slots=True)
class ToGive:
    """Units of one variant of a task, and the own villages' lots that have all of them."""

    goods: Goods
    lots: tuple[LotToChoose, ...]


def to_give(session: Session, task: StandingTask, by: Reach, *, now: datetime) -> list[ToGive]:
    """For each variant of a task that is with its producer or waits; three statements and three for each variant."""
    found = session.get_one(Task, task.id)
    waits = sa.true() if found.status in WITH_THE_PRODUCER else TaskItem.waits.is_(True)
    rows = session.execute(
        sa.select(Allocation.variant_id, sa.func.sum(Allocation.units))
        .join(TaskItem, TaskItem.allocation_id == Allocation.id)
        .where(TaskItem.task_id == task.id, waits)
        .group_by(Allocation.variant_id)
    )
    units = {variant_id: int(count) for variant_id, count in rows}
    facts = order_facts(session, found.order_id, now)
    goods = {one.variant_id: one for one in add_up(task.goods) if one.variant_id in units}
    return [
        ToGive(
            one._replace(units=units[variant_id], box=None),
            _lots(session, variant_id, units[variant_id], task.producer_id, facts, by, now),
        )
        for variant_id, one in goods.items()
    ]


def _lots(
    session: Session,
    variant_id: int,
    units: int,
    producer_id: int,
    facts: dict[str, Any],
    by: Reach,
    now: datetime,
) -> tuple[LotToChoose, ...]:
    fit, offer = lots_to_choose(
        session,
        variant_id,
        units,
        order_line_ids=facts["order_line_ids"],
        keeps_until=facts["keeps_until"],
        now=now,
    )
    ranked = sorted(
        (lot for lot in fit if lot.producer_id != producer_id),
        key=lambda lot: (lot_income(lot, offer.income_per_head), lot.best_before, lot.lot_id),
    )
    return _named(session, ranked, by)


def _named(session: Session, ranked: Sequence[Candidate], by: Reach) -> tuple[LotToChoose, ...]:
    own = sa.true() if by.everything else Producer.village_id.in_(by.village_ids)
    names = session.execute(
        sa.select(
            *(Lot.id, Lot.code, Producer.name_zh, Producer.name_en, Village.name_zh, Village.name_en),
            *(Lot.available, Lot.best_before),
        )
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .where(Lot.id.in_([lot.lot_id for lot in ranked]), own)
    )
    by_lot = {row.id: row for row in names}
    return tuple(
        LotToChoose(*by_lot[lot.lot_id], is_next=place == 0)
        for place, lot in enumerate(ranked)
        if lot.lot_id in by_lot
    )
