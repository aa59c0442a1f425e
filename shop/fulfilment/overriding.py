"""A coordinator gives units to another household than the fairness rule: with a reason, written down and published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.models import Producer
from shop.fulfilment.accepting import record_hand
from shop.fulfilment.errors import LotNotToChoose, NothingWaits, ReasonMissing
from shop.fulfilment.finding import lock_task
from shop.fulfilment.models import Task, TaskItem, TaskStatus
from shop.fulfilment.override_models import Override
from shop.fulfilment.proposal_models import Outcome
from shop.fulfilment.reach import Reach
from shop.fulfilment.reassigning import go_on, order_facts
from shop.fulfilment.settling_proposals import settle_proposals
from shop.fulfilment.shortage import split_off
from shop.fulfilment.transitions import TASK_STATES, WITH_THE_PRODUCER
from shop.inventory.errors import OutOfStock
from shop.inventory.models import Allocation, Lot
from shop.inventory.overriding import by_rule, give_to_lot
from shop.kit.errors import NotFound
from shop.kit.text import msg, tidy
from shop.ordering.models import Order

LONGEST_REASON = 200
SHORTEST_REASON = 4  # characters: it stands on the village's notice sheet
A_FEW_WORDS = msg("Please say why in a few words: the whole village reads it.")


def override(session: Session, task_id: int, lot_id: int, reason: str, *, by: Reach, now: datetime) -> None:
    """Give what the task has of the lot's variant to that lot's producer. Pressed again: nothing.

    From a household that has not put it ready, which then has its units for sale again; or of units that wait. Raises
    ReasonMissing, NotFound for a task or lot out of reach, LotNotToChoose when it does not have all of them any more,
    NothingWaits when there is nothing left to be given.
    """
    said = tidy(reason)[:LONGEST_REASON]
    if len(said) < SHORTEST_REASON:
        raise ReasonMissing(A_FEW_WORDS if said else None, field="reason")
    task = lock_task(session, task_id, by.prepares())
    lot, given_to = _lot(session, lot_id, by)
    items = _to_give(task, lot.variant_id)
    if not items:
        if _done_before(session, task, lot):
            return
        raise NothingWaits()
    facts = order_facts(session, task.order_id, now)
    allocations = [item.allocation for item in items]
    written = _written(session, task, allocations, facts, by=by, now=now)
    moved = _end(session, task, items, said, now)
    new = _give(session, allocations, lot_id, facts, said, now)
    written.given_to_id, written.reason = given_to, said
    session.add(written)
    record_hand(session, moved, "task_overridden", by=by, now=now, reason=said, units=written.units)
    go_on(session, task.order_id, new=new, now=now)
    number = session.get_one(Order, task.order_id).number
    told = {"units": written.units, "producer_id": given_to, "reason": said}
    audit(session, by.user_id, "task.overridden", "order", number, told, now=now)


def _lot(session: Session, lot_id: int, by: Reach) -> tuple[Lot, int]:
    own = sa.true() if by.everything else Producer.village_id.in_(by.village_ids)
    statement = sa.select(Lot).join(Producer, Producer.id == Lot.producer_id).where(Lot.id == lot_id, own)
    lot = session.scalar(statement)
    if lot is None:
        raise NotFound()
    return lot, lot.producer_id


def _to_give(task: Task, variant_id: int) -> list[TaskItem]:
    is_theirs = task.status in WITH_THE_PRODUCER
    return [
        item for item in task.items if item.allocation.variant_id == variant_id and (is_theirs or item.waits)
    ]


def _done_before(session: Session, task: Task, lot: Lot) -> bool:
    done = sa.exists().where(
        Override.order_id == task.order_id,
        Override.variant_id == lot.variant_id,
        Override.from_producer_id == task.producer_id,
        Override.given_to_id == lot.producer_id,
    )
    return bool(session.scalar(sa.select(done)))


def _written(
    session: Session,
    task: Task,
    allocations: Sequence[Allocation],
    facts: dict[str, Any],
    *,
    by: Reach,
    now: datetime,
) -> Override:
    """Who has the units by the rule is who has them; of units that wait, whoever the rule would choose now."""
    is_theirs = task.status in WITH_THE_PRODUCER
    return Override(
        at=now,
        order_id=task.order_id,
        village_id=task.village_id,
        variant_id=allocations[0].variant_id,
        units=sum(one.units for one in allocations),
        household_fen=sum(one.household_fen for one in allocations),
        from_producer_id=task.producer_id,
        by_rule_id=task.producer_id if is_theirs else by_rule(session, allocations, **facts, now=now),
        actor_id=by.user_id,
    )


def _end(session: Session, task: Task, items: Sequence[TaskItem], reason: str, now: datetime) -> Task:
    """The task, or a part of it that holds these units alone, is no longer its household's."""
    if task.status not in WITH_THE_PRODUCER:
        settle_proposals(session, [item.allocation_id for item in items], Outcome.FOUND, now=now)
        for item in items:
            item.waits = False
        if not any(item.waits for item in task.items):
            task.needs_person_at = None
        return task
    part = task
    if len(items) < len(task.items):
        part = split_off(session, task, [item.allocation for item in items])
    part.status = TASK_STATES.step(part.status, TaskStatus.REASSIGNED)
    part.ended_at, part.decline_reason, part.needs_person_at = now, reason, None
    return part


def _give(
    session: Session,
    allocations: Sequence[Allocation],
    lot_id: int,
    facts: dict[str, Any],
    reason: str,
    now: datetime,
) -> list[int]:
    try:
        return give_to_lot(
            session,
            allocations,
            lot_id,
            order_line_ids=facts["order_line_ids"],
            keeps_until=facts["keeps_until"],
            reason=reason,
            now=now,
        )
    except OutOfStock as short:
        raise LotNotToChoose() from short
