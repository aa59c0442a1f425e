"""Messages that went out are forgotten in two steps: first whom they reached, then that they were."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.storage.outbox import OutboxMessage
from shop.storage.unit_of_work import UnitOfWork

PERSONAL: Final = ("email", "phone", "facts")  # what `enqueue_message` writes of somebody; the rest are ids
PERSONAL_KEPT: Final = timedelta(days=30)
KEPT: Final = timedelta(days=180)
BATCH: Final = 1000


def forget_old_messages(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Addresses and facts go 30 days after the end of a message, the row after 180; returns how many changed.

    In small transactions: killed half way it leaves nothing wrong, and the next run does the rest.
    """
    changed = 0
    for step in (_forget_people, _forget_rows):
        while done := unit_of_work.run(partial(step, now=now)):
            changed += done
    return changed


def _forget_people(session: Session, now: datetime) -> int:
    ended = sa.func.coalesce(OutboxMessage.sent_at, OutboxMessage.failed_at)
    is_personal = sa.or_(*(OutboxMessage.payload[name].as_string().is_not(None) for name in PERSONAL))
    old = sa.select(OutboxMessage).where(ended < now - PERSONAL_KEPT, is_personal).limit(BATCH)
    messages = session.scalars(old.order_by(OutboxMessage.id)).all()
    for message in messages:
        message.payload = {name: value for name, value in message.payload.items() if name not in PERSONAL}
        message.last_error = None
    return len(messages)


def _forget_rows(session: Session, now: datetime) -> int:
    ended = sa.func.coalesce(OutboxMessage.sent_at, OutboxMessage.failed_at)
    old = sa.select(OutboxMessage.id).where(ended < now - KEPT).order_by(OutboxMessage.id).limit(BATCH)
    ids = session.scalars(old).all()
    session.execute(sa.delete(OutboxMessage).where(OutboxMessage.id.in_(ids)))
    return len(ids)
