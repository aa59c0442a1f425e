"""Proposals whose time is over: the money goes back, as was said beforehand; and whoever waits is looked after."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.answering import carry_out
from shop.fulfilment.errors import NobodyElse
from shop.fulfilment.finding import lock_task
from shop.fulfilment.models import Task, TaskItem
from shop.fulfilment.proposal_models import Answer, AnsweredBy, Proposal, ProposalStatus
from shop.fulfilment.reach import WORKER
from shop.fulfilment.reassigning import find_others
from shop.kit.clock import shanghai_date

MOST_AT_ONCE = 200


def unanswered(session: Session, *, now: datetime) -> list[int]:
    """Ids of proposals that nobody answered in time, and of those whose day of waiting is over."""
    over = sa.or_(
        sa.and_(Proposal.status == ProposalStatus.OPEN, Proposal.answer_by <= now),
        sa.and_(Proposal.status == ProposalStatus.WAITING, Proposal.wait_until < shanghai_date(now)),
    )
    statement = sa.select(Proposal.id).where(over).order_by(Proposal.id).limit(MOST_AT_ONCE)
    return list(session.scalars(statement))


def end_unanswered(session: Session, proposal_id: int, *, now: datetime) -> None:
    """Give the money back for one of them. What was answered meanwhile is left alone. Run one transaction each."""
    if session.scalar(sa.select(Proposal.status).where(Proposal.id == proposal_id)) is ProposalStatus.SETTLED:
        return
    carry_out(session, proposal_id, Answer.REFUND, by=AnsweredBy.SILENCE, actor_id=None, now=now)


def waited_for(session: Session) -> list[int]:
    """Ids of tasks whose units a buyer waits for."""
    statement = (
        sa.select(Task.id)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Proposal, Proposal.allocation_id == TaskItem.allocation_id)
        .where(Proposal.status == ProposalStatus.WAITING, TaskItem.waits.is_(True))
        .distinct()
        .order_by(Task.id)
        .limit(MOST_AT_ONCE)
    )
    return list(session.scalars(statement))


def look_again(session: Session, task_id: int, *, now: datetime) -> None:
    """Give the units to whoever has declared some since; nobody: nothing. Run one transaction a task."""
    task = lock_task(session, task_id, WORKER.prepares())
    try:
        find_others(session, task, now=now)
    except NobodyElse:
        return


def steps_due(session: Session, *, now: datetime) -> list[partial[None]]:
    """What is to be done about proposals now: first whoever waits is served, then what is over is ended."""
    served = [partial(look_again, task_id=task_id, now=now) for task_id in waited_for(session)]
    ended = [partial(end_unanswered, proposal_id=one, now=now) for one in unanswered(session, now=now)]
    return [*served, *ended]
