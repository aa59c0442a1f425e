"""What of payments and orders goes into the books, as reactions to their events."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy.orm import Session

from shop.fulfilment.events import UnitsReassigned
from shop.inventory.figures import change_earned
from shop.inventory.models import Allocation
from shop.ledger.fees import post_fee
from shop.ledger.models import Account
from shop.ledger.posting import posted_for_order
from shop.ledger.refunds import post_borne_refund, post_reversal
from shop.ledger.sales import OF_THE_SALE, post_reassignment, post_sale
from shop.ordering.events import OrderConfirmed
from shop.ordering.models import Order
from shop.payments.events import FeeKnown, RefundSucceeded
from shop.payments.models import Payment, Refund, RefundBearer
from shop.payments.providers import bank_transfer


def book_sale(session: Session, event: OrderConfirmed) -> None:
    """Where the money is: with a provider, in our bank, or still to come from an organisation on terms."""
    order = session.get_one(Order, event.order_id)
    payment = session.get(Payment, event.payment_id) if event.payment_id is not None else None
    received_in = _money_of(payment.provider) if payment is not None else Account.RECEIVABLES
    post_sale(session, order.id, received_in=received_in, now=order.confirmed_at or order.placed_at)


def book_reassignment(session: Session, event: UnitsReassigned) -> None:
    """The money of the units goes with them to the households that have them now."""
    newest = session.get_one(Allocation, max(event.new_allocation_ids))
    post_reassignment(session, event.order_id, event.new_allocation_ids, now=newest.created_at)


def book_fee(session: Session, event: FeeKnown) -> None:
    payment = session.get_one(Payment, event.payment_id)
    now = payment.asked_at or payment.created_at
    post_fee(session, payment.order_id, payment.id, payment.fee_fen or 0, now=now)


def book_refund(session: Session, event: RefundSucceeded) -> None:
    """A reversal also takes back what households had earned: their figures first, since they are locked first."""
    refund = session.get_one(Refund, event.refund_id)
    payment = session.get_one(Payment, refund.payment_id)
    now = refund.settled_at or refund.created_at
    paid_from = _money_of(payment.provider)
    if refund.bearer is RefundBearer.REVERSAL:
        change_earned(session, _earned_with(session, refund.order_id), now, sign=-1)
        post_reversal(session, refund.order_id, refund.id, paid_from=paid_from, now=now)
    else:
        post_borne_refund(
            session, refund.order_id, refund.id, refund.amount_fen, paid_from=paid_from, now=now
        )


def _money_of(provider: str) -> Account:
    return Account.BANK if provider == bank_transfer.NAME else Account.PROVIDER_CLEARING


def _earned_with(session: Session, order_id: int) -> dict[int, int]:
    earned: dict[int, int] = defaultdict(int)
    for place, fen in posted_for_order(session, order_id, OF_THE_SALE).items():
        if place.account is Account.HOUSEHOLD_PAYABLE and place.household_id is not None:
            earned[place.household_id] -= fen
    return dict(earned)
