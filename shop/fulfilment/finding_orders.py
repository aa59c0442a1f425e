"""Which orders a parcel is of, by its code or by the carrier's number."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.models import Parcel, Task
from shop.fulfilment.unmade_parcels import orders_of_unmade
from shop.kit.errors import NotFound
from shop.kit.references import normalise_code
from shop.ordering.models import Order


def orders_sent_as(session: Session, text: str) -> frozenset[str]:
    """Numbers of orders with a parcel of exactly this code or tracking number, also one that is no more, or with a task."""
    wanted, code = text.strip().upper(), normalise_code(text)
    statement = (
        sa.select(Order.number)
        .join(Parcel, Parcel.order_id == Order.id)
        .where(sa.or_(Parcel.code == code, Parcel.tracking_number == wanted))
    )
    tasks = sa.select(Order.number).join(Task, Task.order_id == Order.id).where(Task.code == code)
    return frozenset(session.scalars(sa.union(statement, tasks, orders_of_unmade(code))))


def order_id_of(session: Session, number: str) -> int:
    """Raises NotFound."""
    found = session.scalar(sa.select(Order.id).where(Order.number == number))
    if found is None:
        raise NotFound()
    return found
