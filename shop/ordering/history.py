"""What happened to an order, in the order in which it happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from shop.ordering.models import OrderEvent


def note(
    session: Session, order_id: int, kind: str, now: datetime, actor_id: int | None = None, **facts: Any
) -> None:
    """Add one line to the history of an order. `facts` are codes and amounts; a complaint of the time before claims has a person's words,
    and so has what is reported of a parcel.
    """
    session.add(OrderEvent(order_id=order_id, at=now, kind=kind, actor_id=actor_id, facts=facts))
