"""What letters about an order say, read when they are written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.accounts.models import User
from shop.delivery.models import RunStatus
from shop.fulfilment.collecting import waits_at_point
from shop.fulfilment.handover import stopped_by
from shop.fulfilment.later_trucks import lacks_truck
from shop.fulfilment.models import Parcel
from shop.fulfilment.proposal_list import proposal_to_answer
from shop.fulfilment.recall_letter import recall_of_buyer
from shop.inventory.trace_models import RecallState
from shop.invoicing.desk import read_invoice
from shop.notifications.letter import Letter
from shop.notifications.messages import Message
from shop.notifications.review_letters import lines_to_review, told_of_review
from shop.ordering.claim_desk import read_claim
from shop.ordering.claim_words import RULES
from shop.ordering.missed_trucks import MISSED, truck_news
from shop.ordering.models import Order, OrderStatus
from shop.ordering.outside.models import OUTSIDE
from shop.ordering.own_orders import reader_of
from shop.ordering.preorders import Preorder, preorders_of_order, promised_units
from shop.ordering.sellers import goods_by_seller
from shop.payments.models import Refund
from shop.payments.queries import transfer_awaited
from shop.payments.terms.debts import debt_of_order

_OF_A_TRUCK: Final = frozenset({Message.ORDER_LEFT_BEHIND, Message.ORDER_MOVED, Message.ORDER_RESCHEDULED})


def order_letter(session: Session, message: Message, payload: Mapping[str, Any]) -> Letter | None:
    """None for an order that is no more, and for what is no news any more."""
    statement = (
        sa.select(Order, User.email)
        .outerjoin(User, User.id == Order.user_id)
        .where(Order.id == payload["order_id"])
        .options(selectinload(Order.lines), selectinload(Order.pickup_point), selectinload(Order.run))
        .options(selectinload(Order.events))
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        return None
    order, account_email = row
    if message in _OF_A_TRUCK and not _is_still_true(session, message, order):
        return None  # what happened since is told by its own message
    parcel = _parcel(session, payload.get("parcel_id"))
    if not _still_uncollected(session, message, order, parcel):
        return None
    late = _late(session, order, payload.get("delay_id"))
    paid_there = order.payment_method == OUTSIDE and order.confirmed_at is not None
    if (message is Message.ORDER_HARVEST_LATE and not late) or (
        message is Message.ORDER_PLACED and paid_there
    ):
        return None  # of what was paid elsewhere, that it is confirmed says all
    facts: dict[str, Any] = {
        "order": order,
        "sellers": goods_by_seller(session, order.lines),
        "truck_news": truck_news(order.events),
        "arrives_at": _arrival(order, parcel),
        "parcel": parcel,
        "late": late,
    }
    if message is Message.ORDER_PLACED:
        facts["transfer"] = transfer_awaited(session, order.id)
    if message is Message.ORDER_CONFIRMED:
        facts["debt"] = debt_of_order(session, order.id)
        facts["preorders"] = preorders_of_order(session, order.id)
        expected = sum(one.units for one in facts["preorders"])
        facts["all_expected"] = expected >= promised_units(session, order.id) > 0
    told = _told_of(session, message, payload, order)
    if None in told.values():
        return None  # settled, or called off, before anybody was told
    facts |= told
    return _addressed(session, message, order, account_email, facts)


def _addressed(
    session: Session, message: Message, order: Order, account_email: str | None, facts: dict[str, Any]
) -> Letter | None:
    """To who ordered, at the address that they typed. Where they act no more for the organisation that it is of, to its
    owner alone; what concerns a review to its author alone.
    """
    author_id = facts["review"].user_id if "review" in facts else None
    if order.organisation_id is not None:
        reader_id = reader_of(session, order.id)
        if author_id is not None and author_id != reader_id:
            return _at_account(session, message, order, author_id, facts | {"without_order": True})
        if reader_id != order.user_id:
            return _at_account(session, message, order, reader_id, facts)
    phone = None if message is Message.REVIEW_INVITED else order.phone  # no text message asks for a favour
    return Letter(message, order.language, order.email or account_email, phone, facts)


def _at_account(
    session: Session, message: Message, order: Order, user_id: int | None, facts: dict[str, Any]
) -> Letter | None:
    user = session.get(User, user_id) if user_id is not None else None
    return (
        Letter(message, order.language, user.email, None, facts) if user is not None and user.active else None
    )


def _told_of(session: Session, message: Message, payload: Mapping[str, Any], order: Order) -> dict[str, Any]:
    """What the payload names besides the order; None for what is no news any more."""
    told: dict[str, Any] = {}
    if "refund_id" in payload:
        told["refund"] = session.get(Refund, payload["refund_id"])
    if "claim_id" in payload:
        claim = read_claim(session, payload["claim_id"])
        told |= {"claim": claim, "claim_rule": RULES[claim.rule][1] if claim.rule else ""}
    if "review_id" in payload:
        told |= told_of_review(session, message, payload)
    if message is Message.REVIEW_INVITED:
        told["review_lines"] = lines_to_review(session, order)
    if "proposal_id" in payload:
        told["proposal"] = proposal_to_answer(session, payload["proposal_id"])
    if "invoice_id" in payload:
        told["invoice"] = read_invoice(session, payload["invoice_id"])
    if "recall_id" in payload:
        state = RecallState.LIFTED if message is Message.RECALL_LIFTED else RecallState.ACTIVE
        told["recall"] = recall_of_buyer(session, payload["recall_id"], order, state)
    return told


def _late(session: Session, order: Order, delay_id: int | None) -> list[Preorder]:
    """What is put off, unless it was put off once more since, is harvested, or nobody waits for it any more."""
    if delay_id is None or order.status not in {OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMED}:
        return []
    return [one for one in preorders_of_order(session, order.id) if one.delay_id == delay_id]


def _parcel(session: Session, parcel_id: int | None) -> Parcel | None:
    return session.get(Parcel, parcel_id, options=[selectinload(Parcel.run)]) if parcel_id else None


def _arrival(order: Order, parcel: Parcel | None) -> datetime | None:
    """When the truck comes that brings the parcel, or the order; None where none is on its way or known."""
    if parcel is not None and parcel.run is not None:
        return parcel.run.arrives_at if parcel.arrived_at is None else None
    run = order.run
    is_coming = run is not None and run.status is RunStatus.PLANNED and truck_news(order.events) != MISSED
    return run.arrives_at if run is not None and is_coming else None


def _still_uncollected(session: Session, message: Message, order: Order, parcel: Parcel | None) -> bool:
    """Whether what nobody collected was not collected meanwhile, what was taken off was not put back, and what arrived is
    still to be handed over, or was.
    """
    if message is Message.ORDER_ARRIVED and parcel is not None:
        stopped = stopped_by(parcel.status, parcel.taken_off_at, order.money_back_at)
        return stopped is None
    if message is Message.ORDER_UNCOLLECTED:
        return waits_at_point(session, order.id)
    if message is Message.ORDER_TAKEN_OFF:
        return parcel is not None and parcel.taken_off_at is not None
    return True


def _is_still_true(session: Session, message: Message, order: Order) -> bool:
    if message is Message.ORDER_LEFT_BEHIND:
        never_comes = order.run is not None and order.run.status is RunStatus.CANCELLED
        is_unpaid = order.status is OrderStatus.AWAITING_PAYMENT
        return (is_unpaid and never_comes) or lacks_truck(session, order.id)
    is_expected = order.status in {OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMED}
    return is_expected and _arrival(order, None) is not None
