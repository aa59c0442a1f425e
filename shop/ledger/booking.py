"""What of payments and orders goes into the books, as reactions to their events."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.events import UnitsReassigned
from shop.inventory.figures import change_earned
from shop.inventory.models import Allocation
from shop.ledger.bearing import Part, borne_by
from shop.ledger.disputes import post_dispute
from shop.ledger.fees import post_fee
from shop.ledger.models import Account, EntryKind
from shop.ledger.months import open_moment
from shop.ledger.posting import Place, gather, post
from shop.ledger.refunds import post_borne_refund, post_part_reversal, post_reversal
from shop.ledger.sales import post_reassignment, post_sale
from shop.ordering.events import OrderConfirmed, UnitsClosed
from shop.ordering.models import Order
from shop.payments.events import DisputeChanged, FeeKnown, RefundResent, RefundSucceeded
from shop.payments.models import Dispute, Payment, Refund, RefundBearer, RefundLine
from shop.payments.providers.config import BANK_TRANSFER


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
    """A reversal also takes back what households had earned, in the month in which the money went back."""
    refund = session.get_one(Refund, event.refund_id)
    payment = session.get_one(Payment, refund.payment_id)
    now = open_moment(session, refund.settled_at or refund.created_at)
    if _of_closed_units(session, RefundLine.refund_id == refund.id):
        taken_back = post_part_reversal(
            *(session, refund.order_id, f"refund:{refund.id}", refund.amount_fen),
            paid_from=_money_of(payment.provider),
            now=now,
        )
        change_earned(session, taken_back, now, sign=-1)
        return
    money = _money_of(payment.provider)
    if refund.bearer is RefundBearer.REVERSAL:
        taken_back = post_reversal(
            session, refund.order_id, refund.id, refund.amount_fen, paid_from=money, now=now
        )
    else:
        borne = borne_by(
            session, refund.order_id, refund.bearer, _parts(session, refund), refund_id=refund.id
        )
        taken_back = post_borne_refund(session, refund.order_id, refund.id, borne, paid_from=money, now=now)
    change_earned(session, taken_back, now, sign=-1)


def book_resent(session: Session, event: RefundResent) -> None:
    """What the provider got back stays with it; our bank paid in its place."""
    refund = session.get_one(Refund, event.refund_id)
    payment = session.get_one(Payment, refund.payment_id)
    amounts = gather(
        [(Place(_money_of(payment.provider)), refund.amount_fen), (Place(Account.BANK), -refund.amount_fen)]
    )
    reference = f"refund:{refund.id}:resent"
    post(session, EntryKind.REFUND, reference, amounts, now=event.at, order_id=refund.order_id)


def book_dispute(session: Session, event: DisputeChanged) -> None:
    dispute = session.get_one(Dispute, event.dispute_id)
    payment = session.get_one(Payment, dispute.payment_id)
    post_dispute(
        session, dispute, taken_from=_money_of(payment.provider), now=dispute.closed_at or dispute.opened_at
    )


def _parts(session: Session, refund: Refund) -> list[Part]:
    lines = session.execute(
        sa.select(RefundLine.amount_fen, RefundLine.order_line_id, RefundLine.units)
        .where(RefundLine.refund_id == refund.id)
        .order_by(RefundLine.id)
    )
    parts = [Part(*line) for line in lines]
    return [part for part in (*parts, Part(refund.freight_fen), Part(refund.free_fen)) if part.fen]


def book_closed_units(session: Session, event: UnitsClosed) -> None:
    """Units left an order for which nothing goes back, because the buyer has it all already: the shop is made whole."""
    if _of_closed_units(session, RefundLine.allocation_id.in_(event.allocation_ids)):
        return  # booked when the refund has succeeded
    newest = session.get_one(Allocation, max(event.allocation_ids))
    reference, now = f"closed:allocation:{newest.id}", open_moment(session, newest.changed_at)
    taken_back = post_part_reversal(session, event.order_id, reference, 0, paid_from=Account.BANK, now=now)
    change_earned(session, taken_back, now, sign=-1)


def _of_closed_units(session: Session, which: sa.ColumnElement[bool]) -> bool:
    found = sa.select(RefundLine.id).where(RefundLine.allocation_id.is_not(None), which)
    return session.scalar(found.limit(1)) is not None


def _money_of(provider: str) -> Account:
    return Account.BANK if provider == BANK_TRANSFER else Account.PROVIDER_CLEARING
