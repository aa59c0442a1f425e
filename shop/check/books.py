"""The books balance, and say the same as the orders, the payments and the refunds."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import or_nothing, rule, total
from shop.fulfilment.models import TaskItem
from shop.inventory.models import Allocation, AllocationStatus, ReturnedUnits, ReturnStatus
from shop.ledger.models import OF_A_SALE, Account, EntryKind, JournalEntry, Posting
from shop.ledger.sales import EARNING, OF_THE_SALE
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.payments.closed_units import is_settled
from shop.payments.models import Payment, PaymentStatus, Refund, RefundStatus
from shop.payments.transitions import PAID

RECEIVED_IN = (Account.PROVIDER_CLEARING, Account.BANK, Account.RECEIVABLES)


def _booked(kinds: tuple[EntryKind, ...], accounts: tuple[Account, ...]) -> sa.Subquery:
    """By order, in fen: what entries of these kinds moved on these accounts."""
    return (
        sa.select(JournalEntry.order_id, total(Posting.amount_fen, "fen"))
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(JournalEntry.kind.in_(kinds), Posting.account.in_(accounts))
        .group_by(JournalEntry.order_id)
        .subquery()
    )


_sales = _booked((EntryKind.SALE,), RECEIVED_IN)
_sold = or_nothing(_sales.c.fen)
_back = _booked((EntryKind.REFUND, EntryKind.REVERSAL), RECEIVED_IN)
_sent_back = or_nothing(-_back.c.fen)
_households = _booked(OF_THE_SALE, (Account.HOUSEHOLD_PAYABLE,))
_earned = or_nothing(-_households.c.fen)
_fees = (
    sa.select(JournalEntry.reference, total(Posting.amount_fen, "fen"))
    .join(Posting, Posting.entry_id == JournalEntry.id)
    .where(JournalEntry.kind == EntryKind.PAYMENT_FEE, Posting.account == Account.FEE_RESERVE)
    .group_by(JournalEntry.reference)
    .subquery()
)
_fee = or_nothing(_fees.c.fen)
_fee_reference = sa.literal("fee:payment:") + sa.cast(Payment.id, sa.String)

_refunds = (
    sa.select(Refund.order_id, total(Refund.amount_fen, "fen"))
    .join(Payment, Payment.id == Refund.payment_id)
    .where(
        Refund.status == RefundStatus.SUCCEEDED,
        sa.or_(Payment.status == PaymentStatus.SUCCEEDED, Refund.is_credit),
    )
    .group_by(Refund.order_id)
    .subquery()
)
_refunded = or_nothing(_refunds.c.fen)

_allocations = (
    sa.select(OrderLine.order_id, total(Allocation.household_fen, "fen"))
    .join(Allocation, Allocation.order_line_id == OrderLine.id)
    .outerjoin(TaskItem, TaskItem.allocation_id == Allocation.id)
    .where(sa.or_(Allocation.status.in_(EARNING), TaskItem.waits.is_(True)))
    .group_by(OrderLine.order_id)
    .subquery()
)
_allocated = or_nothing(_allocations.c.fen)

_taken_back = (
    sa.select(JournalEntry.order_id, total(Posting.amount_fen, "fen"))
    .join(Posting, Posting.entry_id == JournalEntry.id)
    .where(
        JournalEntry.kind == EntryKind.REVERSAL,
        JournalEntry.reverses_id.is_(None),
        Posting.account == Account.HOUSEHOLD_PAYABLE,
    )
    .group_by(JournalEntry.order_id)
    .subquery()
)
_given_back = or_nothing(_taken_back.c.fen)
_closed = (
    sa.select(OrderLine.order_id, total(Allocation.household_fen, "fen"))
    .join(Allocation, Allocation.order_line_id == OrderLine.id)
    .where(Allocation.status == AllocationStatus.CLOSED, is_settled())
    .group_by(OrderLine.order_id)
    .subquery()
)
_restocked = (
    sa.select(OrderLine.order_id, total(ReturnedUnits.household_fen, "fen"))
    .join(Allocation, Allocation.order_line_id == OrderLine.id)
    .join(ReturnedUnits, ReturnedUnits.allocation_id == Allocation.id)
    .where(ReturnedUnits.status == ReturnStatus.RESTOCKED)
    .group_by(OrderLine.order_id)
    .subquery()
)
_gone_fen = or_nothing(_closed.c.fen) + or_nothing(_restocked.c.fen)

_reversed = sa.select(JournalEntry.order_id).where(
    JournalEntry.kind == EntryKind.REVERSAL, JournalEntry.reverses_id.is_not(None)
)
_left_over = (
    sa.select(JournalEntry.order_id, Posting.account, Posting.household_id, total(Posting.amount_fen, "fen"))
    .join(Posting, Posting.entry_id == JournalEntry.id)
    .where(
        JournalEntry.order_id.in_(_reversed),
        JournalEntry.kind.in_((*OF_THE_SALE, EntryKind.REFUND, EntryKind.REVERSAL)),
        Posting.account.in_(OF_A_SALE),
    )
    .group_by(JournalEntry.order_id, Posting.account, Posting.household_id)
    .having(sa.func.sum(Posting.amount_fen) != 0)
    .subquery()
)
_postings = sa.func.count(Posting.id)

RULES = (
    rule(
        "ledger: every entry sums to zero",
        sa.select(JournalEntry.reference, _postings.label("postings"), total(Posting.amount_fen, "balance"))
        .outerjoin(Posting, Posting.entry_id == JournalEntry.id)
        .group_by(JournalEntry.id, JournalEntry.reference)
        .having(sa.or_(or_nothing(sa.func.sum(Posting.amount_fen)) != 0, _postings == 0)),
        "entry {reference}",
        "{postings} postings, balance {balance} fen",
    ),
    rule(
        "ledger: every confirmed order is booked once",
        sa.select(Order.number, Order.total_fen, _sold.label("booked"))
        .outerjoin(_sales, _sales.c.order_id == Order.id)
        .where(Order.confirmed_at.is_not(None), _sold != Order.total_fen),
        "order {number}",
        "costs {total_fen} fen, the ledger received {booked} fen",
    ),
    rule(
        "ledger: no sale without a confirmed order",
        sa.select(JournalEntry.reference, Order.status)
        .join(Order, Order.id == JournalEntry.order_id)
        .where(JournalEntry.kind == EntryKind.SALE, Order.confirmed_at.is_(None)),
        "entry {reference}",
        "the order is {status}",
    ),
    rule(
        "ledger: households are owed what their units earn",
        sa.select(Order.number, _earned.label("booked"), _allocated.label("allocated"))
        .outerjoin(_households, _households.c.order_id == Order.id)
        .outerjoin(_allocations, _allocations.c.order_id == Order.id)
        .where(Order.confirmed_at.is_not(None), Order.status != OrderStatus.CANCELLED, _earned != _allocated),
        "order {number}",
        "the ledger says {booked} fen, the allocations {allocated} fen",
    ),
    rule(
        "ledger: households give back what units earned that left their order, or are back in stock",
        sa.select(Order.number, _given_back.label("booked"), _gone_fen.label("gone"))
        .outerjoin(_taken_back, _taken_back.c.order_id == Order.id)
        .outerjoin(_closed, _closed.c.order_id == Order.id)
        .outerjoin(_restocked, _restocked.c.order_id == Order.id)
        .where(_given_back != _gone_fen),
        "order {number}",
        "the ledger took {booked} fen back, the units earned {gone} fen",
    ),
    rule(
        "ledger: what a provider kept is booked",
        sa.select(Payment.reference, Payment.fee_fen, _fee.label("booked"))
        .outerjoin(_fees, _fees.c.reference == _fee_reference)
        .where(Payment.status.in_(PAID), or_nothing(Payment.fee_fen) != _fee),
        "payment {reference}",
        "fee {fee_fen} fen, the ledger says {booked} fen",
    ),
    rule(
        "ledger: a reversal leaves nobody anything",
        sa.select(Order.number, _left_over.c.account, _left_over.c.fen).join(
            _left_over, _left_over.c.order_id == Order.id
        ),
        "order {number}",
        "{fen} fen stayed on {account}",
    ),
    rule(
        "refund: order, refunds and ledger agree",
        sa.select(Order.number, Order.refunded_fen, _refunded.label("refunds"), _sent_back.label("booked"))
        .outerjoin(_refunds, _refunds.c.order_id == Order.id)
        .outerjoin(_back, _back.c.order_id == Order.id)
        .where(sa.or_(Order.refunded_fen != _refunded, Order.refunded_fen != _sent_back)),
        "order {number}",
        "refunded {refunded_fen} fen, refunds say {refunds}, the ledger says {booked}",
    ),
)
