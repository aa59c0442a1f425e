"""Who hears of a task by text message: people of its producer, one for each telephone, if they want to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName, User, UserRole
from shop.catalogue.models import ProducerMember
from shop.fulfilment.models import Task


def text_readers(session: Session, task_ids: Collection[int]) -> dict[int, list[int]]:
    """User ids by task. One statement."""
    first = sa.func.min(User.id)
    statement = (
        sa.select(Task.id, first)
        .join(ProducerMember, ProducerMember.producer_id == Task.producer_id)
        .join(User, User.id == ProducerMember.user_id)
        .where(Task.id.in_(task_ids), reads_texts())
        .group_by(Task.id, User.phone)
        .order_by(Task.id, first)
    )
    found: dict[int, list[int]] = defaultdict(list)
    for task_id, user_id in session.execute(statement):
        found[task_id].append(user_id)
    return found


def has_text_reader() -> sa.ColumnElement[bool]:
    """SQL for a task that somebody hears of."""
    return sa.exists().where(
        ProducerMember.producer_id == Task.producer_id, User.id == ProducerMember.user_id, reads_texts()
    )


def reads_texts() -> sa.ColumnElement[bool]:
    return sa.and_(
        User.active,
        User.wants_texts.is_(True),
        User.phone.is_not(None),
        sa.exists().where(UserRole.user_id == User.id, UserRole.role == RoleName.FARMER),
    )
