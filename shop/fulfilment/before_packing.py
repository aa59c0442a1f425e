"""Whether anything of an order is packed: until then its buyer may call it off, afterwards there are claims."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.models import Parcel, Task, TaskStatus


def nothing_is_packed(session: Session, order_id: int) -> bool:
    """Packing locks the order, so who holds that lock can rely on it."""
    packed = sa.exists().where(Task.order_id == order_id, Task.status == TaskStatus.PACKED)
    parcel = sa.exists().where(Parcel.order_id == order_id)
    return not session.scalar(sa.select(sa.or_(packed, parcel)))
