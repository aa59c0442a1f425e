"""Messages that must go out because something happened: written with it, sent after it.

A worker claims a message (which moves its due time ahead by a lease and counts the attempt), sends it outside any
transaction, and says how it went. A worker that dies in between leaves the message to be claimed again after the
lease, so a message may go out twice and is never lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.storage.base import Base, PrimaryKey

MAX_ATTEMPTS = 10
LEASE = timedelta(minutes=5)
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)


class PermanentFailure(Exception):
    """Raised by who delivers when another attempt can never help: the message becomes a dead letter at once."""


class OutboxMessage(Base):
    __tablename__ = "outbox_messages"
    __table_args__ = (
        sa.UniqueConstraint("dedupe_key"),
        sa.Index(
            "ix_outbox_messages_waiting",
            "due_at",
            postgresql_where=sa.text("sent_at IS NULL AND failed_at IS NULL"),
            sqlite_where=sa.text("sent_at IS NULL AND failed_at IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    kind: Mapped[str] = mapped_column(sa.String(80))
    payload: Mapped[dict[str, Any]]
    dedupe_key: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(sa.String(500))


@dataclass(frozen=True)
class ClaimedMessage:
    """One attempt at one message, safe to use outside any session."""

    id: int
    kind: str
    payload: Mapping[str, Any]
    dedupe_key: str
    attempt: int
    created_at: datetime


def enqueue(
    session: Session,
    kind: str,
    payload: Mapping[str, Any],
    *,
    dedupe_key: str,
    now: datetime,
    due_at: datetime | None = None,
) -> bool:
    """Write a message to be sent after the commit; False if one with this key was written before."""
    known = sa.select(OutboxMessage.id).where(OutboxMessage.dedupe_key == dedupe_key)
    if session.scalar(known) is not None:
        return False
    session.add(
        OutboxMessage(
            kind=kind, payload=dict(payload), dedupe_key=dedupe_key, created_at=now, due_at=due_at or now
        )
    )
    return True


def call_back(session: Session, dedupe_key: str) -> bool:
    """Take a message out that nobody has begun to send; False when it is too late. True again for none."""
    untouched = sa.and_(OutboxMessage.sent_at.is_(None), OutboxMessage.attempts == 0)
    session.execute(sa.delete(OutboxMessage).where(OutboxMessage.dedupe_key == dedupe_key, untouched))
    begun = sa.select(OutboxMessage.id).where(OutboxMessage.dedupe_key == dedupe_key)
    return session.scalar(begun) is None


def claim_due(session: Session, *, now: datetime, limit: int = 50) -> list[ClaimedMessage]:
    """Take up to `limit` messages that are due, oldest first, skipping those that another worker is taking."""
    statement = (
        sa.select(OutboxMessage)
        .where(
            OutboxMessage.sent_at.is_(None), OutboxMessage.failed_at.is_(None), OutboxMessage.due_at <= now
        )
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    messages = session.scalars(statement).all()
    for message in messages:
        message.attempts += 1
        message.due_at = now + LEASE
    return [
        ClaimedMessage(
            id=message.id,
            kind=message.kind,
            payload=message.payload,
            dedupe_key=message.dedupe_key,
            attempt=message.attempts,
            created_at=message.created_at,
        )
        for message in messages
    ]


def mark_sent(session: Session, message_id: int, *, now: datetime) -> None:
    session.execute(
        sa.update(OutboxMessage).where(OutboxMessage.id == message_id).values(sent_at=now, last_error=None)
    )


def mark_failed(
    session: Session, message_id: int, error: str, *, now: datetime, permanent: bool = False
) -> None:
    """Plan the next attempt, each pause twice the last; after the last attempt the message is a dead letter."""
    message = session.get_one(OutboxMessage, message_id)
    message.last_error = error[:500]
    if permanent or message.attempts >= MAX_ATTEMPTS:
        message.failed_at = now
    else:
        message.due_at = now + min(FIRST_PAUSE * 2 ** max(message.attempts - 1, 0), LONGEST_PAUSE)


def revive(session: Session, message_id: int, *, now: datetime) -> None:
    """Give a dead letter, whose cause somebody has repaired, all its attempts again."""
    message = session.get_one(OutboxMessage, message_id)
    message.failed_at, message.attempts, message.due_at = None, 0, now
