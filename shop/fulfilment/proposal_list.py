"""Proposals as their buyer reads them on the order's page and in a letter, and as the village reads them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import Product, Variant
from shop.fulfilment.models import Task, TaskItem
from shop.fulfilment.proposal_models import Answer, AnsweredBy, Outcome, Proposal, ProposalStatus
from shop.inventory.models import Allocation
from shop.ordering.models import OrderLine


@dataclass(frozen=True, slots=True)
class ShownProposal:
    """`other_…` are the goods that could go instead, if any; `box_…` the gift box that the units belong into."""

    id: int
    task_id: int
    allocation_id: int
    units: int
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    box_zh: str
    box_en: str
    other_name_zh: str | None
    other_name_en: str | None
    other_pack_zh: str | None
    other_pack_en: str | None
    difference_fen: int
    wait_until: date | None
    made_at: datetime
    answer_by: datetime
    status: ProposalStatus
    answer: Answer | None
    answered_by: AnsweredBy | None
    answered_at: datetime | None
    outcome: Outcome | None

    @property
    def is_open(self) -> bool:
        return self.status is ProposalStatus.OPEN

    @property
    def is_waited_for(self) -> bool:
        return self.status is ProposalStatus.WAITING

    @property
    def has_substitute(self) -> bool:
        return self.other_name_zh is not None

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What can be chosen now."""
        if self.is_waited_for:
            return (Answer.REFUND,)
        offered = {
            Answer.REFUND: True,
            Answer.WAIT: self.wait_until is not None,
            Answer.SUBSTITUTE: self.has_substitute,
        }
        return tuple(one for one, is_offered in offered.items() if is_offered) if self.is_open else ()


def proposals_of_order(session: Session, order_id: int) -> list[ShownProposal]:
    """The newest first. One statement."""
    statement = _statement().where(Proposal.order_id == order_id).order_by(Proposal.id.desc())
    return [ShownProposal(*row) for row in session.execute(statement)]


def proposal_to_answer(session: Session, proposal_id: int) -> ShownProposal | None:
    """None once it was answered or came to another end. One statement."""
    open_one = sa.and_(Proposal.id == proposal_id, Proposal.status == ProposalStatus.OPEN)
    row = session.execute(_statement().where(open_one)).one_or_none()
    return None if row is None else ShownProposal(*row)


def proposals_of_tasks(session: Session, task_ids: Collection[int]) -> dict[int, list[ShownProposal]]:
    """By task, the newest first. One statement."""
    found: dict[int, list[ShownProposal]] = defaultdict(list)
    statement = _statement().where(Task.id.in_(task_ids)).order_by(Proposal.id.desc())
    for row in session.execute(statement):
        found[row.task_id].append(ShownProposal(*row))
    return found


def _statement() -> sa.Select[*tuple[Any, ...]]:
    other, other_product = aliased(Variant), aliased(Product)
    is_box = OrderLine.is_bundle
    return (
        sa.select(
            *(Proposal.id, Task.id.label("task_id"), Proposal.allocation_id, Proposal.units),
            *(Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en),
            sa.case((is_box, OrderLine.product_name_zh), else_=""),
            sa.case((is_box, OrderLine.product_name_en), else_=""),
            *(other_product.name_zh, other_product.name_en, other.name_zh, other.name_en),
            *(Proposal.difference_fen, Proposal.wait_until, Proposal.made_at, Proposal.answer_by),
            *(Proposal.status, Proposal.answer, Proposal.answered_by, Proposal.answered_at, Proposal.outcome),
        )
        .select_from(Proposal)
        .join(Allocation, Allocation.id == Proposal.allocation_id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(TaskItem, TaskItem.allocation_id == Proposal.allocation_id)
        .join(Task, Task.id == TaskItem.task_id)
        .outerjoin(other, other.id == Proposal.substitute_id)
        .outerjoin(other_product, other_product.id == other.product_id)
    )
