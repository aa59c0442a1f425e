"""What buyers say is wrong with an order, and what the shop answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy_lines
from shop.kit.transitions import IllegalStep
from shop.ordering.events import ComplaintAnswered, ComplaintMade
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.ordering.models import Order, OrderEvent
from shop.storage.event_log import record

COMPLAINT: Final = "complaint"
ANSWER: Final = "complaint_answered"
LONGEST: Final = 1000


def complain(
    session: Session, order_id: int, text: str, *, now: datetime, actor_id: int | None = None
) -> None:
    """Write down what the buyer says is wrong; the order waits for an answer. Raises IllegalStep if unconfirmed."""
    order = lock_order(session, order_id)
    if order.confirmed_at is None:
        raise IllegalStep()
    note(session, order.id, COMPLAINT, now, actor_id, text=_words(text))
    record(session, ComplaintMade(order.id))


def answer_complaint(session: Session, order_id: int, text: str, *, now: datetime, actor_id: int) -> None:
    """What the shop says to it; the buyer sees it on the order. Raises IllegalStep when nothing waits."""
    order = lock_order(session, order_id)
    if session.scalar(sa.select(Order.id).where(Order.id == order.id, is_complained_about())) is None:
        raise IllegalStep()
    note(session, order.id, ANSWER, now, actor_id, text=_words(text))
    record(session, ComplaintAnswered(order.id))


def open_complaints(session: Session, *, limit: int = 50) -> Sequence[sa.Row[tuple[int, str, datetime, Any]]]:
    """Orders (id, number) with a complaint that nobody has answered, the oldest first: when, and its facts."""
    return session.execute(
        sa.select(Order.id, Order.number, OrderEvent.at, OrderEvent.facts)
        .join(OrderEvent, OrderEvent.order_id == Order.id)
        .where(OrderEvent.kind == COMPLAINT, _unanswered(OrderEvent))
        .order_by(OrderEvent.id)
        .limit(limit)
    ).all()


def is_complained_about() -> sa.ColumnElement[bool]:
    """SQL: the order has a complaint that nobody has answered."""
    complaint = aliased(OrderEvent)
    return sa.exists().where(
        complaint.order_id == Order.id, complaint.kind == COMPLAINT, _unanswered(complaint)
    )


def _unanswered(complaint: Any) -> sa.ColumnElement[bool]:
    answer = aliased(OrderEvent)
    return ~sa.exists().where(
        answer.order_id == complaint.order_id, answer.kind == ANSWER, answer.id > complaint.id
    )


def _words(text: str) -> str:
    words = tidy_lines(text)[:LONGEST]
    if not words:
        raise InvalidInput(msg("Please say what is wrong."), field="text")
    return words
