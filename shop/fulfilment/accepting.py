"""The household says yes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from shop.accounts.shop_settings import read_shop_settings
from shop.fulfilment.finding import lock_standing
from shop.fulfilment.models import Task, TaskStatus
from shop.fulfilment.reach import Reach
from shop.fulfilment.transitions import TASK_STATES
from shop.ordering.history import note


def accept(session: Session, task_ids: Collection[int], *, by: Reach, now: datetime) -> None:
    """Accept tasks. One that is accepted, ready or packed already stays as it is.

    Raises NotFound for a task out of reach, IllegalStep for one that was declined, reassigned or cancelled.
    """
    for task in lock_standing(session, task_ids, by.prepares()):
        if task.status not in {TaskStatus.ACCEPTED, TaskStatus.READY, TaskStatus.PACKED}:
            say_yes(session, task, now)
            record_hand(session, task, "task_accepted", by=by, now=now)


def say_yes(session: Session, task: Task, now: datetime) -> None:
    """The household has been heard of; after its deadline it gets some hours more."""
    task.status = TASK_STATES.step(task.status, TaskStatus.ACCEPTED)
    task.accepted_at = now
    if task.deadline_at <= now:
        task.deadline_at = now + timedelta(hours=read_shop_settings(session).late_yes_hours)
        task.reminded_at = None
    task.escalated_at = task.needs_person_at = None


def record_hand(
    session: Session,
    task: Task,
    kind: str,
    *,
    by: Reach,
    now: datetime,
    of_place: bool = False,
    **facts: str | int,
) -> None:
    """Write down who pressed, and whether for the household: on the task and in the order's history.

    `of_place`: it is the packing place's own act, and what the household did before stays the household's.
    """
    task.acted_by_id = by.user_id
    task.acted_for = task.acted_for if of_place else by.acts_for(task.producer_id)
    note(
        session,
        task.order_id,
        kind,
        now,
        by.user_id,
        task=task.code,
        producer_id=task.producer_id,
        acted_for=task.acted_for,
        **facts,
    )
