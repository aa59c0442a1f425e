"""What the village does when something happened to an order; the table is `shop/reactions.py`."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.fulfilment.cancelling import cancel_tasks
from shop.fulfilment.events import ParcelShipped
from shop.fulfilment.finding import tasks_of_order
from shop.fulfilment.models import Parcel
from shop.fulfilment.over_counter import note_sold_over_counter
from shop.fulfilment.tasks import open_tasks, waiting_units
from shop.kit.clock import utc_now
from shop.ordering.completion import mark_shipped
from shop.ordering.events import OrderCancelled, OrderConfirmed, RestCalledOff
from shop.ordering.models import Channel, Order


def give_out_tasks(session: Session, event: OrderConfirmed) -> None:
    order = session.get_one(Order, event.order_id)
    now = order.confirmed_at or utc_now()
    if order.channel is Channel.COUNTER:
        note_sold_over_counter(session, order, now=now)
    else:
        open_tasks(session, order.id, now=now)


def call_off_tasks(session: Session, event: OrderCancelled) -> None:
    if event.was_confirmed:
        order = session.get_one(Order, event.order_id)
        cancel_tasks(session, order.id, now=order.cancelled_at or utc_now())


def call_off_rest(session: Session, event: RestCalledOff) -> None:
    """What has left goes its way; of the rest nothing is prepared, packed or waited for any more."""
    cancel_tasks(session, event.order_id, now=event.at)
    for task in tasks_of_order(session, event.order_id):
        for item in task.items:
            item.waits = False


def move_order_on(session: Session, event: ParcelShipped) -> None:
    """The order is on its way when all of it is; units that wait for another household are still to come."""
    if not waiting_units(session, event.order_id):
        parcel = session.get_one(Parcel, event.parcel_id)
        mark_shipped(session, event.order_id, now=parcel.shipped_at or utc_now())
