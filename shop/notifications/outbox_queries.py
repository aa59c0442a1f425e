"""Messages that could not be sent, for the dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.storage.outbox import OutboxMessage


@dataclass(frozen=True)
class DeadLetter:
    id: int
    kind: str
    message: str
    order_id: int | None
    attempts: int
    failed_at: datetime
    last_error: str


def list_dead_letters(session: Session, *, limit: int = 50) -> Sequence[DeadLetter]:
    """The newest first; `storage.outbox.revive` gives one all its attempts again."""
    statement = (
        sa.select(OutboxMessage)
        .where(OutboxMessage.failed_at.is_not(None))
        .order_by(OutboxMessage.failed_at.desc(), OutboxMessage.id.desc())
        .limit(limit)
    )
    return [
        DeadLetter(
            id=row.id,
            kind=row.kind,
            message=str(row.payload.get("message", row.kind)),
            order_id=row.payload.get("order_id"),
            attempts=row.attempts,
            failed_at=row.failed_at or row.due_at,
            last_error=row.last_error or "",
        )
        for row in session.scalars(statement)
    ]
