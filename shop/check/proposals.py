"""Buyers are asked about units that wait, and about nothing else; what was settled is so."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import rule
from shop.fulfilment.models import TaskItem
from shop.fulfilment.proposal_models import Answer, Outcome, Proposal, ProposalStatus
from shop.fulfilment.settling_proposals import NOT_SETTLED
from shop.inventory.models import Allocation, AllocationStatus
from shop.ordering.models import Order, OrderStatus

RULES = (
    rule(
        "proposal: what is not settled waits",
        sa.select(Proposal.id, Proposal.status, Order.number)
        .join(Order, Order.id == Proposal.order_id)
        .outerjoin(TaskItem, TaskItem.allocation_id == Proposal.allocation_id)
        .where(
            Proposal.status.in_(NOT_SETTLED),
            sa.or_(TaskItem.waits.is_not(True), Order.status != OrderStatus.CONFIRMED),
        ),
        "order {number}",
        "proposal {id} is {status}, and nothing waits",
    ),
    rule(
        "proposal: whoever waits chose to",
        sa.select(Proposal.id, Proposal.answer).where(
            Proposal.status == ProposalStatus.WAITING, Proposal.answer.is_distinct_from(Answer.WAIT)
        ),
        "proposal {id}",
        "waits, and the answer is {answer}",
    ),
    rule(
        "proposal: units whose price goes back left the order",
        sa.select(Proposal.id, Order.number, Allocation.status)
        .join(Order, Order.id == Proposal.order_id)
        .join(Allocation, Allocation.id == Proposal.allocation_id)
        .where(
            Proposal.outcome == Outcome.REFUNDED,
            Allocation.status != AllocationStatus.CLOSED,
            Order.status != OrderStatus.CANCELLED,
        ),
        "order {number}",
        "proposal {id}: money back, the units are {status}",
    ),
)
