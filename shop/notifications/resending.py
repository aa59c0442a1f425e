"""Sending a buyer one of the order's messages once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.fulfilment.models import Parcel
from shop.fulfilment.recalled_parcels import is_to_be_given
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg
from shop.notifications.enqueueing import enqueue_message
from shop.notifications.messages import Message
from shop.ordering.models import Order, OrderStatus

NAMES = {
    Message.ORDER_PLACED: msg("Order placed"),
    Message.ORDER_CONFIRMED: msg("Order confirmed"),
    Message.ORDER_SHIPPED: msg("Parcel on its way"),
    Message.ORDER_ARRIVED: msg("Parcel at the pickup point"),
}


@dataclass(frozen=True)
class Resendable:
    """`key` names the message in a form; `parcel` is the parcel's code where it tells of one."""

    message: Message
    parcel_id: int | None = None
    parcel: str = ""

    @property
    def key(self) -> str:
        return f"{self.message}:{self.parcel_id or 0}"


def messages_of_order(session: Session, order: Order) -> Sequence[Resendable]:
    """What has been told, is still true and can be told again. One statement."""
    found = [Resendable(Message.ORDER_PLACED)] if order.status is OrderStatus.AWAITING_PAYMENT else []
    if order.status in {OrderStatus.CONFIRMED, OrderStatus.SHIPPED}:
        found.append(Resendable(Message.ORDER_CONFIRMED))
    parcels = session.execute(
        sa.select(
            Parcel.id, Parcel.code, Parcel.shipped_at, Parcel.arrived_at, is_to_be_given().label("waits")
        )
        .where(Parcel.order_id == order.id)
        .order_by(Parcel.id)
    )
    for parcel in parcels:
        if parcel.shipped_at is not None:
            found.append(Resendable(Message.ORDER_SHIPPED, parcel.id, parcel.code))
        if parcel.arrived_at is not None and parcel.waits:
            found.append(Resendable(Message.ORDER_ARRIVED, parcel.id, parcel.code))
    return found


def send_again(session: Session, order_id: int, key: str, *, actor_id: int, now: datetime) -> None:
    """Raises NotFound; InvalidInput for a message that this order has not had."""
    order = session.get(Order, order_id)
    if order is None:
        raise NotFound()
    chosen = next((one for one in messages_of_order(session, order) if one.key == key), None)
    if chosen is None:
        raise InvalidInput(msg("Please choose one from the list."), field="message")
    enqueue_message(
        session,
        chosen.message,
        order_id=order_id,
        parcel_id=chosen.parcel_id,
        dedupe_key=f"again {order_id} {chosen.parcel_id or 0} {now.isoformat()}",
        now=now,
    )
    facts = {"message": chosen.message, "parcel_id": chosen.parcel_id}
    audit(session, actor_id, "message.resent", "order", order.number, facts, now=now)
