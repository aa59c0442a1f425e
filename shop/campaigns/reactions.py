"""Units of a campaign's order went, whoever took them: its members' choices are to follow.

The order is locked here, and the campaign comes before it in the order of locks: so it is only noted, in the same
transaction, and followed in the next (`following.py`).
"""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.orm import Session

from shop.campaigns.after_models import OrderChange
from shop.campaigns.order_places import place_of


class OfOrder(Protocol):
    @property
    def order_id(self) -> int: ...


def note_order_changed(session: Session, event: OfOrder) -> None:
    """For an order that was called off, lost units, or had money back."""
    if session.execute(place_of(event.order_id)).one_or_none() is not None:
        session.add(OrderChange(order_id=event.order_id))
        session.flush()
