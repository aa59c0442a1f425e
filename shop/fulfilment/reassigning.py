"""Units that a producer cannot give go to another producer by the fairness rule; what nobody has waits for a person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.errors import NobodyElse
from shop.fulfilment.events import TaskTakenAway, UnitsReassigned
from shop.fulfilment.models import Task, TaskStatus
from shop.fulfilment.proposal_models import Outcome
from shop.fulfilment.settling_proposals import settle_proposals
from shop.fulfilment.tasks import open_tasks
from shop.fulfilment.transitions import TASK_STATES
from shop.inventory.errors import OutOfStock
from shop.inventory.holds import withdraw_allocations
from shop.inventory.reallocation import reallocate, replace_withdrawn
from shop.ordering.keeping import keeps_until
from shop.ordering.models import DeliveryKind, Order, OrderLine
from shop.storage.event_log import record


def give_away(
    session: Session, tasks: Sequence[Task], ended: TaskStatus, *, reason: str, now: datetime
) -> None:
    """End tasks of one order whose producers will not serve them; their units go on, or wait. The order is locked.

    Units are moved one by one where need be: what somebody else has goes there, only the rest waits. All of the tasks
    at once: what the new units earn is written behind their lots, and no lot is locked after that.
    """
    committed = sorted(item.allocation_id for task in tasks for item in task.items)
    if not committed:
        return
    order_id = tasks[0].order_id
    waiting: set[int] = set()
    new: list[int] = []
    while remaining := [one for one in committed if one not in waiting]:
        try:
            new = reallocate(
                session, remaining, **order_facts(session, order_id, now), reason=reason, now=now
            )
            break
        except OutOfStock as short:  # `line` is the allocation that nobody else can serve; nothing has moved
            withdraw_allocations(session, [short.line], now=now, reason=reason)
            waiting.add(short.line)
    for task in tasks:
        task.status = TASK_STATES.step(task.status, ended)
        task.ended_at = now
        task.decline_reason = reason
    go_on(session, order_id, new=new, now=now)
    for task in tasks:
        _wait(session, task, waiting.intersection(item.allocation_id for item in task.items), now)


def give_away_whole(session: Session, task: Task, ended: TaskStatus, *, reason: str, now: datetime) -> bool:
    """As `give_away`, but only if others have all of it: a slow household is better than none. Else False."""
    committed = sorted(item.allocation_id for item in task.items)
    try:
        new = reallocate(
            session, committed, **order_facts(session, task.order_id, now), reason=reason, now=now
        )
    except OutOfStock:
        return False
    task.status = TASK_STATES.step(task.status, ended)
    task.ended_at = now
    task.decline_reason = reason
    task.needs_person_at = None
    go_on(session, task.order_id, new=new, now=now)
    if ended is TaskStatus.REASSIGNED:
        record(session, TaskTakenAway(task.id, now))
    return True


def find_others(session: Session, task: Task, *, now: datetime) -> None:
    """Try again for units that wait: another household may have declared goods since. The order is locked.

    Raises NobodyElse when still none has them all.
    """
    waiting = sorted(item.allocation_id for item in task.items if item.waits)
    if not waiting or task.needs_person_at is None:  # served since, or the order was cancelled
        return
    try:
        new = replace_withdrawn(session, waiting, **order_facts(session, task.order_id, now), now=now)
    except OutOfStock as short:
        raise NobodyElse() from short
    settle_proposals(session, waiting, Outcome.FOUND, now=now)
    for item in task.items:
        item.waits = False
    task.needs_person_at = None
    go_on(session, task.order_id, new=new, now=now)


def go_on(session: Session, order_id: int, *, new: Collection[int], now: datetime) -> None:
    """Whoever has the units now gets a task for them, and their money goes with them."""
    session.flush()
    if new:
        open_tasks(session, order_id, now=now)
        record(session, UnitsReassigned(order_id, tuple(new)))


def _wait(session: Session, task: Task, waiting: Collection[int], now: datetime) -> None:
    if waiting:
        for item in task.items:
            item.waits = item.allocation_id in waiting
        call_person(session, task, now)


def call_person(session: Session, task: Task, now: datetime) -> None:
    """Put the task on the list of what somebody must decide, once."""
    if task.needs_person_at is None:
        task.needs_person_at = now


def order_facts(session: Session, order_id: int, now: datetime) -> dict[str, Any]:
    """What decides who may serve the order: its lines, which are gift boxes, how it travels and for how long."""
    order = session.get_one(Order, order_id)
    lines = session.execute(
        sa.select(OrderLine.id, OrderLine.is_bundle).where(OrderLine.order_id == order_id)
    ).all()
    return {
        "order_line_ids": [line.id for line in lines],
        "hub_line_ids": [line.id for line in lines if line.is_bundle],
        "few_parcels": order.delivery is DeliveryKind.COURIER,
        "keeps_until": keeps_until(session, order, now=now),
    }
