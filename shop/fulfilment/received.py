"""When a buyer had everything of an order."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.models import Parcel
from shop.ordering.models import Order


def received_at(session: Session, order_id: int) -> datetime | None:
    """When the last parcel was handed over or delivered, at the latest when the order was completed; None before."""
    completed_at = session.scalar(sa.select(Order.completed_at).where(Order.id == order_id))
    moments = session.execute(
        sa.select(Parcel.handed_over_at, Parcel.delivered_at).where(Parcel.order_id == order_id)
    ).all()
    ends = [handed_over or delivered for handed_over, delivered in moments]
    if not ends or None in ends:
        return completed_at
    last: datetime = max(end for end in ends if end is not None)
    return min(last, completed_at) if completed_at is not None else last
