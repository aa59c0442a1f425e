"""Units that no household has leave their order: nobody prepares them any more, and the rest goes its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer, Product, Variant
from shop.fulfilment.errors import NothingWaits, ReasonMissing
from shop.fulfilment.finding import lock_orders, tasks_of_order
from shop.fulfilment.models import Task, TaskItem
from shop.fulfilment.proposal_models import Outcome
from shop.fulfilment.settling_proposals import settle_proposals
from shop.inventory.models import Allocation
from shop.kit.errors import NotFound
from shop.kit.text import tidy
from shop.ordering.closing import close_units, prices_of
from shop.ordering.completion import mark_shipped
from shop.ordering.models import OrderLine

LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class WaitingUnits:
    """Units that were declined and that nobody else has. `box` is the gift box that they belong into, if any."""

    allocation_id: int
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    box_zh: str
    box_en: str
    producer_zh: str
    producer_en: str
    units: int
    since: datetime
    household_fen: int
    price_fen: int = 0


def waiting_of_order(session: Session, order_id: int) -> list[WaitingUnits]:
    """What would leave the order, with what it costs the buyer. Three statements at most."""
    rows = session.execute(_statement(Task.order_id == order_id)).all()
    prices = prices_of(session, order_id, [row[0] for row in rows]) if rows else {}
    return [replace(WaitingUnits(*row), price_fen=prices[row[0]]) for row in rows]


def waiting_of_task(session: Session, task_id: int) -> list[WaitingUnits]:
    """What waits of one task, without prices. One statement."""
    return [WaitingUnits(*row) for row in session.execute(_statement(Task.id == task_id))]


def close_waiting(session: Session, order_id: int, *, reason: str, actor_id: int, now: datetime) -> None:
    """Take everything that waits for another household out of an order; its price goes back to the buyer.

    The order is on its way when all else has left. Pressing again finds that nothing waits. Locks the order.
    Raises NotFound, ReasonMissing, NothingWaits, or NothingElseLeft when that is all there is of the order.
    """
    said = tidy(reason)[:LONGEST_REASON]
    if not said:
        raise ReasonMissing(field="reason")
    order = lock_orders(session, [order_id]).get(order_id)
    if order is None:
        raise NotFound()
    tasks = [task for task in tasks_of_order(session, order_id) if any(item.waits for item in task.items)]
    units = _end_waiting(tasks)
    if not units:
        raise NothingWaits()
    close_units(session, order, units, reason=said, actor_id=actor_id, now=now)
    settle_proposals(session, units, Outcome.REFUNDED, now=now)
    mark_shipped(session, order_id, now=now)


def _end_waiting(tasks: Sequence[Task]) -> list[int]:
    waiting = [item for task in tasks for item in task.items if item.waits]
    for item in waiting:
        item.waits = False
    for task in tasks:
        task.needs_person_at = None
    return [item.allocation_id for item in waiting]


def _statement(which: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    is_box = OrderLine.is_bundle
    return (
        sa.select(
            Allocation.id,
            *(Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en),
            sa.case((is_box, OrderLine.product_name_zh), else_=""),
            sa.case((is_box, OrderLine.product_name_en), else_=""),
            *(Producer.name_zh, Producer.name_en, Allocation.units),
            sa.func.coalesce(Task.needs_person_at, Task.ended_at, Task.deadline_at),
            Allocation.household_fen,
        )
        .select_from(TaskItem)
        .join(Task, Task.id == TaskItem.task_id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Producer, Producer.id == Task.producer_id)
        .where(which, TaskItem.waits.is_(True))
        .order_by(Allocation.id)
    )
