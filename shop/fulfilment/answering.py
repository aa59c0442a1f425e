"""The buyer chose what becomes of units that nobody has, or said nothing: it is carried out at once, and once."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.fulfilment.errors import AnsweredOtherwise, NotProposed, SubstituteGone
from shop.fulfilment.finding import lock_orders, tasks_of_order
from shop.fulfilment.models import Task, TaskItem
from shop.fulfilment.proposal_models import Answer, AnsweredBy, Outcome, Proposal, ProposalStatus
from shop.fulfilment.reach import Reach
from shop.fulfilment.reassigning import go_on, order_facts
from shop.fulfilment.settling_proposals import settle
from shop.inventory.errors import OutOfStock
from shop.inventory.reallocation import replace_withdrawn
from shop.kit.errors import NotFound
from shop.ordering.closing import close_units, goes_on
from shop.ordering.completion import mark_shipped
from shop.ordering.events import OrderGivenUp, SubstituteTaken
from shop.ordering.history import note
from shop.ordering.models import Order
from shop.ordering.reasons import Reason
from shop.storage.event_log import record

_OUTCOME_OF = {Answer.REFUND: Outcome.REFUNDED, Answer.SUBSTITUTE: Outcome.SUBSTITUTED}


def answer_of_buyer(
    session: Session, order_id: int, proposal_id: int, answer: Answer, *, actor_id: int | None, now: datetime
) -> None:
    """On the order's page, whose reader may answer. As `carry_out`. Raises NotFound for another order's proposal."""
    proposal = session.get(Proposal, proposal_id)
    if proposal is None or proposal.order_id != order_id:
        raise NotFound()
    carry_out(session, proposal_id, answer, by=AnsweredBy.BUYER, actor_id=actor_id, now=now)


def answer_by_phone(session: Session, proposal_id: int, answer: Answer, *, by: Reach, now: datetime) -> None:
    """A coordinator writes down what the buyer said. As `carry_out`. Raises NotFound for one out of reach."""
    order_id = session.scalar(
        sa.select(Proposal.order_id)
        .join(TaskItem, TaskItem.allocation_id == Proposal.allocation_id)
        .join(Task, Task.id == TaskItem.task_id)
        .where(Proposal.id == proposal_id, by.prepares())
    )
    if order_id is None:
        raise NotFound()
    done = carry_out(session, proposal_id, answer, by=AnsweredBy.PHONE, actor_id=by.user_id, now=now)
    if done:
        number = session.get_one(Order, order_id).number
        audit(session, by.user_id, "proposal.answered", "order", number, {"answer": answer.value}, now=now)


def carry_out(
    session: Session, proposal_id: int, answer: Answer, *, by: AnsweredBy, actor_id: int | None, now: datetime
) -> bool:
    """Do what was chosen, in this transaction; False when that was done before. Locks the order.

    Who waits may still take the money. Raises NotFound, NotProposed, AnsweredOtherwise, or SubstituteGone when
    nobody has the other goods any more: then nothing has changed, and something else can be chosen.
    """
    order_id = session.scalar(sa.select(Proposal.order_id).where(Proposal.id == proposal_id))
    if order_id is None:
        raise NotFound()
    order = lock_orders(session, [order_id])[order_id]
    proposal = session.get_one(Proposal, proposal_id, populate_existing=True)
    if not _is_new(proposal, answer):
        return False
    task, item = _waiting(session, proposal)
    proposal.answer, proposal.answered_by = answer, by
    proposal.answered_at, proposal.actor_id = now, actor_id
    facts = {"task": task.code, "units": proposal.units, "answer": answer.value, "answered_by": by.value}
    note(session, order.id, "proposal_answered", now, actor_id, **facts)
    if answer is Answer.WAIT:
        proposal.status = ProposalStatus.WAITING
        return True
    settle(proposal, _OUTCOME_OF[answer], now)
    if answer is Answer.SUBSTITUTE:
        _substitute(session, proposal, task, item, now)
    else:
        _refund(session, order, proposal, task, item, now)
    return True


def _is_new(proposal: Proposal, answer: Answer) -> bool:
    """False: it is what was answered before. Raises NotProposed, or AnsweredOtherwise."""
    if (answer is Answer.WAIT and proposal.wait_until is None) or (
        answer is Answer.SUBSTITUTE and proposal.substitute_id is None
    ):
        raise NotProposed()
    if proposal.answer is answer:
        return False
    changes_mind = proposal.status is ProposalStatus.WAITING and answer is Answer.REFUND
    if proposal.status is not ProposalStatus.OPEN and not changes_mind:
        raise AnsweredOtherwise()
    return True


def _waiting(session: Session, proposal: Proposal) -> tuple[Task, TaskItem]:
    for task in tasks_of_order(session, proposal.order_id):
        for item in task.items:
            if item.allocation_id == proposal.allocation_id and item.waits:
                return task, item
    raise AnsweredOtherwise()


def _no_longer_waits(task: Task, item: TaskItem) -> None:
    item.waits = False
    if not any(one.waits for one in task.items):
        task.needs_person_at = None


def _refund(
    session: Session, order: Order, proposal: Proposal, task: Task, item: TaskItem, now: datetime
) -> None:
    """The units leave the order; an order of which nothing is left is called off as a whole."""
    _no_longer_waits(task, item)
    others_wait = any(one.waits for other in tasks_of_order(session, order.id) for one in other.items)
    if not others_wait and not goes_on(session, order.id):
        record(session, OrderGivenUp(order.id, Reason.NOBODY_HAS_IT, proposal.actor_id))
        return
    close_units(
        session,
        order,
        [item.allocation_id],
        reason=Reason.NOBODY_HAS_IT,
        actor_id=proposal.actor_id,
        others_wait=others_wait,
        now=now,
    )
    if not others_wait:
        mark_shipped(session, order.id, now=now)


def _substitute(session: Session, proposal: Proposal, task: Task, item: TaskItem, now: datetime) -> None:
    try:
        new = replace_withdrawn(
            session,
            [item.allocation_id],
            **order_facts(session, task.order_id, now),
            substitute_id=proposal.substitute_id,
            off_fen=proposal.difference_fen,
            now=now,
        )
    except OutOfStock as gone:
        raise SubstituteGone() from gone
    _no_longer_waits(task, item)
    go_on(session, task.order_id, new=new, now=now)
    if proposal.difference_fen:
        record(
            session,
            SubstituteTaken(task.order_id, item.allocation_id, proposal.difference_fen, proposal.actor_id),
        )
