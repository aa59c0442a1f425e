"""What happened in a session and still has to be answered.

Events are frozen dataclasses named after the fact: `OrderConfirmed(order_id)`. A domain function records them;
the unit of work hands them to the reactions in the order of recording, before the commit.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from sqlalchemy.orm import Session

_KEY = "shop.events"


def record(session: Session, event: object) -> None:
    _waiting(session).append(event)


def next_event(session: Session) -> object | None:
    """Take the oldest event that waits, or None."""
    waiting = _waiting(session)
    return waiting.popleft() if waiting else None


def waiting_events(session: Session) -> tuple[object, ...]:
    """The events recorded and not yet answered, oldest first."""
    return tuple(_waiting(session))


def _waiting(session: Session) -> deque[object]:
    info: dict[Any, Any] = session.info
    events: deque[object] = info.setdefault(_KEY, deque())
    return events
