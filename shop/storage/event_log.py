"""What happened in a session and still has to be answered.

Events are frozen dataclasses named after the fact: `OrderConfirmed(order_id)`. A domain function records them;
the unit of work hands them to the reactions in the order of recording, before the commit.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from sqlalchemy.orm import Session

_KEY = "shop.events"
_LAST_KEY = "shop.last_events"


def record(session: Session, event: object) -> None:
    _waiting(session, _KEY).append(event)


def record_last(session: Session, event: object) -> None:
    """Record an event that is answered after all others, because answering it locks the last of all rows."""
    _waiting(session, _LAST_KEY).append(event)


def next_event(session: Session) -> object | None:
    """Take the oldest event that waits, or None."""
    for key in (_KEY, _LAST_KEY):
        if waiting := _waiting(session, key):
            return waiting.popleft()
    return None


def _waiting(session: Session, key: str) -> deque[object]:
    info: dict[Any, Any] = session.info
    events: deque[object] = info.setdefault(key, deque())
    return events
