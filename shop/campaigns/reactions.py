"""Units of a campaign's order went, whoever took them: its members' choices are to follow.

The order is locked here, and the campaign comes before it in the order of locks: so it is only noted, in the same
transaction, and followed in the next (`following.py`).
"""

from __future__ import annotations

from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.after_models import OrderChange
from shop.campaigns.models import CampaignOrder
from shop.campaigns.own_models import CampaignParcel


class OfOrder(Protocol):
    @property
    def order_id(self) -> int: ...


def note_order_changed(session: Session, event: OfOrder) -> None:
    """For an order that was called off, lost units, or had money back."""
    of_point = sa.exists().where(CampaignOrder.order_id == event.order_id)
    of_parcel = sa.exists().where(CampaignParcel.order_id == event.order_id)
    if session.scalar(sa.select(sa.or_(of_point, of_parcel))):
        session.add(OrderChange(order_id=event.order_id))
        session.flush()
