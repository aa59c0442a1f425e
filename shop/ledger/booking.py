"""What of payments and orders goes into the books, as reactions to their events."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.events import UnitsReassigned
from shop.inventory.figures import change_earned
from shop.inventory.models import Allocation
from shop.ledger.bearing import Part, borne_by
from shop.ledger.debts import post_settlement, post_write_off
from shop.ledger.disputes import post_dispute
from shop.ledger.fees import post_fee
from shop.ledger.goods_booking import book_restocked, is_restocked
from shop.ledger.models import Account, EntryKind
from shop.ledger.months import open_moment
from shop.ledger.posting import Place, gather, held_by, post
from shop.ledger.refunds import post_borne_refund, post_part_reversal, post_reversal
from shop.ledger.sales import post_reassignment, post_sale
from shop.ledger.suspense import post_orphan, post_orphan_returned, suspense_of
from shop.ordering.events import OrderConfirmed, UnitsClosed
from shop.ordering.models import Order
from shop.payments.events import (
    DebtSettled,
    DebtWrittenOff,
    DisputeChanged,
    FeeKnown,
    OrphanReturned,
    PaymentOrphaned,
    RefundResent,
    RefundSucceeded,
    SaleUndone,
)
from shop.payments.models import Dispute, DisputeStatus, Payment, Refund, RefundBearer, RefundLine
from shop.payments.providers.config import BY_BANK
from shop.payments.terms.models import WriteOff


def book_sale(session: Session, event: OrderConfirmed) -> None:
    """Where the money is: with a provider, in our bank, or still to come from an organisation on terms."""
    order = session.get_one(Order, event.order_id)
    payment = session.get(Payment, event.payment_id) if event.payment_id is not None else None
    received_in = _money_of(payment.provider) if payment is not None else Place(Account.RECEIVABLES)
    post_sale(session, order.id, received_in=received_in, now=order.confirmed_at or order.placed_at)


def book_reassignment(session: Session, event: UnitsReassigned) -> None:
    """The money of the units goes with them to the households that have them now."""
    newest = session.get_one(Allocation, max(event.new_allocation_ids))
    post_reassignment(
        session,
        event.order_id,
        event.new_allocation_ids,
        leaving=event.leaving_ids,
        now=newest.created_at,
    )


def book_fee(session: Session, event: FeeKnown) -> None:
    payment = session.get_one(Payment, event.payment_id)
    now = payment.asked_at or payment.created_at
    post_fee(session, payment, now=now)


def book_refund(session: Session, event: RefundSucceeded) -> None:
    """A reversal also takes back what households had earned, in the month in which the money went back.

    Before a debt is paid nothing leaves an account: the receivable is so much smaller.
    """
    refund = session.get_one(Refund, event.refund_id)
    payment = session.get_one(Payment, refund.payment_id)
    now = open_moment(session, refund.settled_at or refund.created_at)
    money = Place(Account.RECEIVABLES) if refund.is_credit else _money_of(payment.provider)
    if _of_closed_units(session, RefundLine.refund_id == refund.id):
        taken_back = post_part_reversal(
            *(session, refund.order_id, f"refund:{refund.id}", refund.amount_fen),
            paid_from=money,
            now=now,
        )
        change_earned(session, taken_back, now, sign=-1)
        return
    if refund.bearer is RefundBearer.REVERSAL:
        taken_back = post_reversal(
            session, refund.order_id, f"refund:{refund.id}", refund.amount_fen, paid_from=money, now=now
        )
    else:
        book_restocked(session, refund, paid_from=money, now=now)
        borne = borne_by(
            session, refund.order_id, refund.bearer, _parts(session, refund), refund_id=refund.id
        )
        taken_back = post_borne_refund(session, refund.order_id, refund.id, borne, paid_from=money, now=now)
    change_earned(session, taken_back, now, sign=-1)


def book_orphan(session: Session, event: PaymentOrphaned) -> None:
    """Money that no order can use is here until it has gone back."""
    payment = session.get_one(Payment, event.payment_id)
    now = payment.succeeded_at or payment.created_at
    post_orphan(session, payment, received_in=_money_of(payment.provider), now=now)


def book_orphan_returned(session: Session, event: OrphanReturned) -> None:
    refund = session.get_one(Refund, event.refund_id)
    payment = session.get_one(Payment, refund.payment_id)
    now = refund.settled_at or refund.created_at
    post_orphan_returned(session, payment, refund, paid_from=_money_of(payment.provider), now=now)


def book_settlement(session: Session, event: DebtSettled) -> None:
    debt = session.get_one(Payment, event.payment_id)
    now = debt.succeeded_at or debt.created_at
    post_settlement(session, debt.order_id, debt.id, debt.received_fen or 0, now=now)


def book_write_off(session: Session, event: DebtWrittenOff) -> None:
    given_up = session.get_one(WriteOff, event.write_off_id)
    now = given_up.agreed_at or given_up.proposed_at
    post_write_off(session, given_up.order_id, given_up.id, given_up.amount_fen, now=now)


def book_undone(session: Session, event: SaleUndone) -> None:
    """Nothing more goes back: everybody gives their part of the sale to the shop, which had paid the buyer."""
    now, reference = open_moment(session, event.at), f"undone:order:{event.order_id}"
    taken_back = post_reversal(session, event.order_id, reference, 0, paid_from=Place(Account.BANK), now=now)
    change_earned(session, taken_back, now, sign=-1)


def book_resent(session: Session, event: RefundResent) -> None:
    """What the provider got back stays with it; our bank paid in its place."""
    refund = session.get_one(Refund, event.refund_id)
    payment = session.get_one(Payment, refund.payment_id)
    if not payment.is_in_fen:
        return
    amounts = gather(
        [(_money_of(payment.provider), refund.amount_fen), (Place(Account.BANK), -refund.amount_fen)]
    )
    reference = f"refund:{refund.id}:resent"
    post(session, EntryKind.REFUND, reference, amounts, now=event.at, order_id=refund.order_id)


def book_dispute(session: Session, event: DisputeChanged) -> None:
    """Of what no order could use nobody bears what is still here: it was the buyer's anyway."""
    dispute = session.get_one(Dispute, event.dispute_id)
    payment = session.get_one(Payment, dispute.payment_id)
    if not payment.is_in_fen:
        return
    is_lost = dispute.status is DisputeStatus.LOST
    post_dispute(
        session,
        dispute,
        taken_from=_money_of(payment.provider),
        held_fen=suspense_of(session, payment) if is_lost else 0,
        now=dispute.closed_at or dispute.opened_at,
    )


def _parts(session: Session, refund: Refund) -> list[Part]:
    """What somebody has to bear: of units that are back in stock nothing but that the refund is about their line."""
    fen = sa.case((is_restocked(), 0), else_=RefundLine.amount_fen)
    lines = session.execute(
        sa.select(fen, RefundLine.order_line_id, RefundLine.units, RefundLine.bearing_lot_id)
        .where(RefundLine.refund_id == refund.id)
        .order_by(RefundLine.id)
    )
    return [*(Part(*line) for line in lines), Part(refund.freight_fen), Part(refund.free_fen)]


def book_closed_units(session: Session, event: UnitsClosed) -> None:
    """Units left an order for which nothing goes back, because the buyer has it all already: the shop is made whole."""
    if _of_closed_units(session, RefundLine.allocation_id.in_(event.allocation_ids)):
        return  # booked when the refund has succeeded
    newest = session.get_one(Allocation, max(event.allocation_ids))
    reference, now = f"closed:allocation:{newest.id}", open_moment(session, newest.changed_at)
    taken_back = post_part_reversal(
        session, event.order_id, reference, 0, paid_from=Place(Account.BANK), now=now
    )
    change_earned(session, taken_back, now, sign=-1)


def _of_closed_units(session: Session, which: sa.ColumnElement[bool]) -> bool:
    found = sa.select(RefundLine.id).where(RefundLine.allocation_id.is_not(None), which)
    return session.scalar(found.limit(1)) is not None


def _money_of(provider: str) -> Place:
    return Place(Account.BANK) if provider in BY_BANK else held_by(provider)
