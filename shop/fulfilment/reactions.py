"""What the village does when something happened to an order; the table is `shop/reactions.py`."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.fulfilment.cancelling import cancel_tasks
from shop.fulfilment.events import ParcelShipped
from shop.fulfilment.models import Parcel
from shop.fulfilment.tasks import open_tasks, waiting_units
from shop.kit.clock import utc_now
from shop.ordering.completion import mark_shipped
from shop.ordering.events import OrderCancelled, OrderConfirmed
from shop.ordering.models import Order


def give_out_tasks(session: Session, event: OrderConfirmed) -> None:
    order = session.get_one(Order, event.order_id)
    open_tasks(session, order.id, now=order.confirmed_at or utc_now())


def call_off_tasks(session: Session, event: OrderCancelled) -> None:
    if event.was_confirmed:
        order = session.get_one(Order, event.order_id)
        cancel_tasks(session, order.id, now=order.cancelled_at or utc_now())


def move_order_on(session: Session, event: ParcelShipped) -> None:
    """The order is on its way when all of it is; units that wait for another household are still to come."""
    if not waiting_units(session, event.order_id):
        parcel = session.get_one(Parcel, event.parcel_id)
        mark_shipped(session, event.order_id, now=parcel.shipped_at or utc_now())
