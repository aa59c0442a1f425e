"""Messages that could not be sent: the list, and giving them another chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import NotFound
from shop.ordering.models import Order
from shop.storage.outbox import OutboxMessage, revive


@dataclass(frozen=True)
class DeadLetter:
    id: int
    kind: str
    message: str
    order_id: int | None
    attempts: int
    failed_at: datetime
    last_error: str
    order_number: str | None = None


def list_dead_letters(session: Session, *, limit: int = 50) -> Sequence[DeadLetter]:
    """The newest first; `resend_dead_letter` gives one all its attempts again. Two statements."""
    statement = (
        sa.select(OutboxMessage)
        .where(OutboxMessage.failed_at.is_not(None))
        .order_by(OutboxMessage.failed_at.desc(), OutboxMessage.id.desc())
        .limit(limit)
    )
    letters = session.scalars(statement).all()
    order_ids = {letter.payload.get("order_id") for letter in letters} - {None}
    orders = sa.select(Order.id, Order.number).where(Order.id.in_(order_ids))
    numbers = {row.id: row.number for row in session.execute(orders)}
    return [_dead_letter(letter, numbers) for letter in letters]


def resend_dead_letter(session: Session, message_id: int, *, actor_id: int, now: datetime) -> None:
    """Raises NotFound for a message that is no dead letter (any more)."""
    dead = sa.select(OutboxMessage.id).where(
        OutboxMessage.id == message_id, OutboxMessage.failed_at.is_not(None)
    )
    if session.scalar(dead) is None:
        raise NotFound()
    revive(session, message_id, now=now)
    audit(session, actor_id, "message.resent", "message", message_id, {}, now=now)


def resend_all(session: Session, *, actor_id: int, now: datetime) -> int:
    """Give every dead letter all its attempts again; returns how many."""
    dead = sa.select(OutboxMessage.id).where(OutboxMessage.failed_at.is_not(None)).order_by(OutboxMessage.id)
    message_ids = session.scalars(dead).all()
    for message_id in message_ids:
        revive(session, message_id, now=now)
    if message_ids:
        facts = {"messages": len(message_ids)}
        audit(session, actor_id, "message.resent", "message", "all", facts, now=now)
    return len(message_ids)


def _dead_letter(letter: OutboxMessage, numbers: dict[int, str]) -> DeadLetter:
    order_id = letter.payload.get("order_id")
    return DeadLetter(
        id=letter.id,
        kind=letter.kind,
        message=str(letter.payload.get("message", letter.kind)),
        order_id=order_id,
        attempts=letter.attempts,
        failed_at=letter.failed_at or letter.due_at,
        last_error=letter.last_error or "",
        order_number=numbers.get(order_id) if order_id is not None else None,
    )
