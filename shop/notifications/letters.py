"""What a message says to whom, read from the database when it is about to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.accounts.message_models import RobotKind
from shop.accounts.models import Organisation, User
from shop.accounts.password_resets import issue_reset_token
from shop.accounts.shop_settings import read_shop_settings
from shop.delivery.models import RunStatus
from shop.fulfilment.collecting import waits_at_point
from shop.fulfilment.later_trucks import lacks_truck
from shop.fulfilment.models import Parcel
from shop.fulfilment.proposal_list import proposal_to_answer
from shop.fulfilment.recall_letter import recall_of_buyer
from shop.fulfilment.reminding import silent_in
from shop.inventory.trace_models import RecallState
from shop.invoicing.desk import read_invoice
from shop.notifications.household_texts import OF_TASKS, task_text
from shop.notifications.messages import Message
from shop.ordering.claim_desk import read_claim
from shop.ordering.claim_words import RULES
from shop.ordering.missed_trucks import MISSED, truck_news
from shop.ordering.models import Order, OrderStatus
from shop.ordering.preorders import Preorder, preorders_of_order
from shop.ordering.sellers import goods_by_seller
from shop.payments.models import Refund
from shop.payments.queries import transfer_awaited
from shop.payments.terms.debts import debt_of_order, open_debts, where_to_transfer

_OF_A_TRUCK = frozenset({Message.ORDER_LEFT_BEHIND, Message.ORDER_MOVED, Message.ORDER_RESCHEDULED})
_ADDRESSED = frozenset({Message.RESET_PASSWORD, Message.ORDER_CODE, Message.SIGN_IN_CODE})


@dataclass(frozen=True)
class SealedRobot:
    kind: RobotKind
    sealed_key: str


@dataclass(frozen=True)
class Letter:
    """To whom, in which language, and the facts that its templates use. A robot goes before address and telephone."""

    message: Message
    language: str
    email: str | None
    phone: str | None
    facts: Mapping[str, Any] = field(default_factory=dict)
    robot: SealedRobot | None = None


def compose(session: Session, payload: Mapping[str, Any], *, now: datetime) -> Letter | None:
    """The letter for an outbox message, or None when there is nobody to write to any more."""
    message = Message(payload["message"])
    if _is_forgotten(message, payload):
        return None
    if message is Message.RESET_PASSWORD:
        return _reset_letter(session, payload, now)
    if message in _ADDRESSED or (message is Message.PAYEE_CHANGED and "user_id" not in payload):
        return _addressed_letter(message, payload)
    if "order_id" in payload:
        return _order_letter(session, message, payload)
    return _user_letter(session, message, payload, now)


def _is_forgotten(message: Message, payload: Mapping[str, Any]) -> bool:
    """So old that its address, or its words, were forgotten."""
    if message is Message.REPLY_ANSWERED:
        return "facts" not in payload
    return message in _ADDRESSED and not payload.keys() & {"email", "phone"}


def _reset_letter(session: Session, payload: Mapping[str, Any], now: datetime) -> Letter | None:
    """The token is made here, at the last moment: the outbox never holds one."""
    issued = issue_reset_token(session, payload["email"], now=now)
    if issued is None:
        return None
    _user_id, token = issued
    return Letter(Message.RESET_PASSWORD, payload["language"], payload["email"], None, {"token": token})


def _task_letter(
    session: Session, message: Message, payload: Mapping[str, Any], now: datetime
) -> Letter | None:
    found = task_text(session, message, payload, now)
    return None if found is None else Letter(message, "zh", None, *found)


def _invitation(session: Session, user: User | None, now: datetime) -> Letter | None:
    issued = issue_reset_token(session, user.email, now=now) if user is not None and user.email else None
    if user is None or issued is None:
        return None
    facts = {"token": issued[1], "name": user.name, "email": user.email}
    return Letter(Message.INVITED, user.language or "zh", user.email, None, facts)


def _addressed_letter(message: Message, payload: Mapping[str, Any]) -> Letter | None:
    """To an address or telephone that may be nobody's account."""
    email, phone = payload.get("email"), payload.get("phone")
    if not (email or phone):
        return None
    return Letter(message, payload.get("language", "zh"), email, phone, payload.get("facts", {}))


def _user_letter(
    session: Session, message: Message, payload: Mapping[str, Any], now: datetime
) -> Letter | None:
    user = session.get(User, payload["user_id"])
    if message is Message.INVITED:
        return _invitation(session, user, now)
    if user is None or not user.active:
        return None
    if message is Message.TASKS_OVERDUE:
        return _silence_letter(session, user, payload["facts"]["village_id"])
    if message in OF_TASKS:
        return _task_letter(session, message, payload, now)
    if message is Message.DEBTS_DUE:
        return _debts_letter(session, user, payload["organisation_id"], now)
    facts = {"name": user.name} | payload.get("facts", {})
    return Letter(message, user.language or "zh", user.email, user.phone, facts)


def _silence_letter(session: Session, user: User, village_id: int) -> Letter | None:
    """To a coordinator; None when everybody has answered meanwhile."""
    told = silent_in(session, village_id)
    if told is None:
        return None
    facts = {"name": user.name, "told": told, "hours": read_shop_settings(session).coordinator_hours}
    return Letter(Message.TASKS_OVERDUE, user.language or "zh", user.email, user.phone, facts)


def _debts_letter(session: Session, user: User, organisation_id: int, now: datetime) -> Letter | None:
    """None when all of it was paid meanwhile."""
    organisation = session.get(Organisation, organisation_id)
    debts = open_debts(session, organisation_id)
    if organisation is None or not debts:
        return None
    facts = {
        "name": user.name,
        "organisation": organisation,
        "debts": debts,
        "overdue": [debt for debt in debts if debt.days_overdue(now)],
        "pay_to": where_to_transfer(debts),
    }
    return Letter(Message.DEBTS_DUE, user.language or "zh", user.email, user.phone, facts)


def _order_letter(session: Session, message: Message, payload: Mapping[str, Any]) -> Letter | None:
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
    if message is Message.ORDER_HARVEST_LATE and not late:
        return None
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
    told = _told_of(session, message, payload, order)
    if None in told.values():
        return None  # settled, or called off, before anybody was told
    facts |= told
    return Letter(message, order.language, order.email or account_email, order.phone, facts)


def _told_of(session: Session, message: Message, payload: Mapping[str, Any], order: Order) -> dict[str, Any]:
    """What the payload names besides the order; None for what is no news any more."""
    told: dict[str, Any] = {}
    if "refund_id" in payload:
        told["refund"] = session.get(Refund, payload["refund_id"])
    if "claim_id" in payload:
        claim = read_claim(session, payload["claim_id"])
        told |= {"claim": claim, "claim_rule": RULES[claim.rule][1] if claim.rule else ""}
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
    """Whether what nobody collected was not collected meanwhile, and what was taken off was not put back."""
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
