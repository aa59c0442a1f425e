"""Which letter follows what happened to an order, its parcels and its money."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from shop.fulfilment.events import (
    CollectionDue,
    OrderLeftBehind,
    OrderMoved,
    OrderNotLeftBehind,
    OrderRescheduled,
    ParcelArrived,
    ParcelNotArrived,
    ParcelRelabelled,
    ParcelReported,
    ParcelShipped,
    ParcelTakenBack,
    ParcelTakenOff,
    PreorderDelayed,
    ProposalMade,
)
from shop.fulfilment.models import Parcel
from shop.fulfilment.taking_back import UNDO_FOR
from shop.kit.clock import utc_now
from shop.notifications.enqueueing import call_back_message, enqueue_message
from shop.notifications.gift_reactions import is_of_gift, tell_gift_shipped
from shop.notifications.messages import Message
from shop.ordering.events import ClaimDecided, OrderConfirmed, OrderPlaced, OrderRedirected
from shop.ordering.models import Channel, Order
from shop.ordering.outside.models import OUTSIDE
from shop.payments.events import OrphanReturned, RefundSucceeded
from shop.payments.models import ON_ACCOUNT
from shop.payments.providers.config import BANK_TRANSFER

PAYMENT_BEGINS: Final = timedelta(seconds=20)


def tell_order_placed(session: Session, event: OrderPlaced) -> None:
    """By transfer the letter says where to, which is known once the payment has begun, a moment after the order.

    An order on terms is confirmed at that moment, and its letter says the rest. So is one from elsewhere that was paid
    there, a moment after it; `letters` leaves its first one out then. A gift's orders are paid by one transfer, of which
    the gift's page speaks.
    """
    if event.payment_method == ON_ACCOUNT or event.is_of_gift:
        return
    now = utc_now()
    enqueue_message(
        session,
        Message.ORDER_PLACED,
        order_id=event.order_id,
        dedupe_key=str(event.order_id),
        now=now,
        due_at=now + PAYMENT_BEGINS if event.payment_method in (BANK_TRANSFER, OUTSIDE) else None,
    )


def tell_order_confirmed(session: Session, event: OrderConfirmed) -> None:
    """Nobody is told whose wish to cancel came before the money: the order is undone at once, and a refund follows.

    Over a counter the buyer stands there, and nobody knows a telephone of theirs. Of a gift its buyer is told as a whole.
    """
    order = session.get_one(Order, event.order_id)
    if order.cancel_requested_at is not None or order.channel in {Channel.COUNTER, Channel.GIFT}:
        return
    enqueue_message(
        session,
        Message.ORDER_CONFIRMED,
        order_id=event.order_id,
        dedupe_key=str(event.order_id),
        now=utc_now(),
    )


def tell_parcel_shipped(session: Session, event: ParcelShipped) -> None:
    """What a truck takes waits until its departure cannot be taken back any more: it is told of hundreds at once.

    A gift's parcels are told of once a day, all together.
    """
    parcel = session.get_one(Parcel, event.parcel_id)
    now = utc_now()
    if is_of_gift(session, event.order_id):
        tell_gift_shipped(session, event.order_id, parcel.shipped_at or now)
        return
    enqueue_message(
        session,
        Message.ORDER_SHIPPED,
        order_id=event.order_id,
        parcel_id=event.parcel_id,
        dedupe_key=_journey(parcel, parcel.shipped_at or now),
        now=now,
        due_at=(parcel.shipped_at or now) + UNDO_FOR if parcel.run_id is not None else None,
    )


def tell_parcel_relabelled(session: Session, event: ParcelRelabelled) -> None:
    """No letter told a gift's buyer of the number: its page and its table say the right one."""
    if is_of_gift(session, event.order_id):
        return
    parcel = session.get_one(Parcel, event.parcel_id)
    enqueue_message(
        session,
        Message.ORDER_NUMBER_CORRECTED,
        order_id=event.order_id,
        parcel_id=event.parcel_id,
        dedupe_key=f"parcel {event.parcel_id} {parcel.carrier} {parcel.tracking_number}",
        now=utc_now(),
    )


def tell_parcel_taken_back(session: Session, event: ParcelTakenBack) -> None:
    """Who has not been told yet is told nothing; who has, hears that the parcel is still in the village.

    The letter about a gift's parcels counts those that have left when it is written.
    """
    if is_of_gift(session, event.order_id):
        return
    departure = _journey(session.get_one(Parcel, event.parcel_id), event.shipped_at)
    if not call_back_message(session, Message.ORDER_SHIPPED, dedupe_key=departure):
        enqueue_message(
            session,
            Message.ORDER_NOT_SHIPPED,
            order_id=event.order_id,
            parcel_id=event.parcel_id,
            dedupe_key=departure,
            now=utc_now(),
        )


def _journey(parcel: Parcel, moment: datetime) -> str:
    """What is told once. All that a truck brings an order is told together; a courier's numbers are told one by one."""
    return _at_moment(parcel.id, moment) if parcel.run_id is None else _order_at(parcel.order_id, moment)


def _at_moment(parcel_id: int, moment: datetime) -> str:
    """A parcel that was taken back leaves, or arrives, a second time."""
    return f"parcel {parcel_id} {moment.isoformat()}"


def tell_parcel_arrived(session: Session, event: ParcelArrived) -> None:
    parcel = session.get_one(Parcel, event.parcel_id)
    now = utc_now()
    enqueue_message(
        session,
        Message.ORDER_ARRIVED,
        order_id=event.order_id,
        parcel_id=event.parcel_id,
        dedupe_key=_journey(parcel, parcel.arrived_at or now),
        now=now,
    )


def tell_collection_due(session: Session, event: CollectionDue) -> None:
    enqueue_message(
        session,
        Message.ORDER_UNCOLLECTED,
        order_id=event.order_id,
        dedupe_key=f"{event.order_id} {event.day.isoformat()}",
        now=utc_now(),
    )


def tell_parcel_taken_off(session: Session, event: ParcelTakenOff) -> None:
    enqueue_message(
        session,
        Message.ORDER_TAKEN_OFF,
        order_id=event.order_id,
        parcel_id=event.parcel_id,
        dedupe_key=f"{event.parcel_id} {event.at.isoformat()}",
        now=utc_now(),
    )


def tell_parcel_not_arrived(session: Session, event: ParcelNotArrived) -> None:
    """As with a parcel that was taken back."""
    arrival = _journey(session.get_one(Parcel, event.parcel_id), event.arrived_at)
    if not call_back_message(session, Message.ORDER_ARRIVED, dedupe_key=arrival):
        enqueue_message(
            session,
            Message.ORDER_NOT_ARRIVED,
            order_id=event.order_id,
            parcel_id=event.parcel_id,
            dedupe_key=arrival,
            now=utc_now(),
        )


def tell_parcel_reported(session: Session, event: ParcelReported) -> None:
    enqueue_message(
        session,
        Message(f"parcel_{event.trouble}"),
        order_id=event.order_id,
        parcel_id=event.parcel_id,
        dedupe_key=_at_moment(event.parcel_id, event.at),
        now=event.at,
    )


def tell_left_behind(session: Session, event: OrderLeftBehind) -> None:
    """Bad news that can be taken back waits until it cannot."""
    enqueue_message(
        session,
        Message.ORDER_LEFT_BEHIND,
        order_id=event.order_id,
        dedupe_key=_order_at(event.order_id, event.departed_at),
        now=utc_now(),
        due_at=event.departed_at + UNDO_FOR,
    )


def call_back_left_behind(session: Session, event: OrderNotLeftBehind) -> None:
    departure = _order_at(event.order_id, event.departed_at)
    call_back_message(session, Message.ORDER_LEFT_BEHIND, dedupe_key=departure)


def tell_moved(session: Session, event: OrderMoved) -> None:
    enqueue_message(
        session,
        Message.ORDER_MOVED,
        order_id=event.order_id,
        dedupe_key=f"order {event.order_id} run {event.run_id} {event.at.isoformat()}",
        now=utc_now(),
    )


def tell_redirected(session: Session, event: OrderRedirected) -> None:
    """Also to who changed it: somebody else may have."""
    enqueue_message(
        session,
        Message.ORDER_REDIRECTED,
        order_id=event.order_id,
        dedupe_key=f"change {event.change_id}",
        now=utc_now(),
    )


def tell_rescheduled(session: Session, event: OrderRescheduled) -> None:
    enqueue_message(
        session,
        Message.ORDER_RESCHEDULED,
        order_id=event.order_id,
        dedupe_key=_order_at(event.order_id, event.at),
        now=utc_now(),
    )


def tell_preorder_delayed(session: Session, event: PreorderDelayed) -> None:
    enqueue_message(
        session,
        Message.ORDER_HARVEST_LATE,
        order_id=event.order_id,
        delay_id=event.delay_id,
        dedupe_key=f"delay {event.delay_id}",
        now=utc_now(),
    )


def _order_at(order_id: int, moment: datetime) -> str:
    return f"order {order_id} {moment.isoformat()}"


def tell_refunded(session: Session, event: RefundSucceeded | OrphanReturned) -> None:
    """Not where the money went back over a counter."""
    if session.get_one(Order, event.order_id).channel is Channel.COUNTER:
        return
    enqueue_message(
        session,
        Message.ORDER_REFUNDED,
        order_id=event.order_id,
        refund_id=event.refund_id,
        dedupe_key=f"refund {event.refund_id}",
        now=utc_now(),
    )


def tell_claim_decided(session: Session, event: ClaimDecided) -> None:
    enqueue_message(
        session,
        Message.CLAIM_DECIDED,
        order_id=event.order_id,
        claim_id=event.claim_id,
        dedupe_key=f"claim {event.claim_id}",
        now=utc_now(),
    )


def tell_proposal(session: Session, event: ProposalMade) -> None:
    enqueue_message(
        session,
        Message.ORDER_UNITS_MISSING,
        order_id=event.order_id,
        proposal_id=event.proposal_id,
        dedupe_key=f"proposal {event.proposal_id}",
        now=utc_now(),
    )
