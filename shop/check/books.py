"""The books balance, and say the same as the orders and the payments."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.check.rule import Rule
from shop.ledger.models import Account, EntryKind, JournalEntry, Payout, PayoutItem, Posting
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.payments.models import Payment, PaymentStatus, Refund, RefundStatus

CONFIRMED = (OrderStatus.CONFIRMED, OrderStatus.SHIPPED, OrderStatus.COMPLETED)
RECEIVED_IN = (Account.PROVIDER_CLEARING, Account.BANK, Account.RECEIVABLES)


def _entries_balance(session: Session) -> Iterator[tuple[str, str]]:
    balance = sa.func.coalesce(sa.func.sum(Posting.amount_fen), 0)
    wrong = (
        sa.select(JournalEntry.reference, balance, sa.func.count(Posting.id))
        .outerjoin(Posting, Posting.entry_id == JournalEntry.id)
        .group_by(JournalEntry.id, JournalEntry.reference)
        .having(sa.or_(balance != 0, sa.func.count(Posting.id) == 0))
    )
    for reference, fen, postings in session.execute(wrong):
        yield f"entry {reference}", f"{postings} postings, balance {fen} fen"


def _lines_are_the_goods(session: Session) -> Iterator[tuple[str, str]]:
    lines = sa.func.coalesce(sa.func.sum(OrderLine.line_fen), 0)
    wrong = (
        sa.select(Order.number, Order.goods_fen, lines)
        .outerjoin(OrderLine, OrderLine.order_id == Order.id)
        .group_by(Order.id, Order.number, Order.goods_fen)
        .having(Order.goods_fen != lines)
    )
    for number, goods, found in session.execute(wrong):
        yield f"order {number}", f"goods {goods} fen, lines {found} fen"


def _confirmed_orders_are_paid(session: Session) -> Iterator[tuple[str, str]]:
    received = sa.func.coalesce(sa.func.sum(Payment.received_fen), 0)
    wrong = (
        sa.select(Order.number, Order.total_fen, received)
        .outerjoin(Payment, sa.and_(Payment.order_id == Order.id, Payment.status == PaymentStatus.SUCCEEDED))
        .where(Order.status.in_(CONFIRMED))
        .group_by(Order.id, Order.number, Order.total_fen)
        .having(received != Order.total_fen)
    )
    for number, total, paid in session.execute(wrong):
        yield f"order {number}", f"costs {total} fen, payments say {paid} fen"


def _the_ledger_has_every_sale(session: Session) -> Iterator[tuple[str, str]]:
    booked = _booked((EntryKind.SALE,))
    amount = sa.func.coalesce(booked.c.fen, 0)
    wrong = (
        sa.select(Order.number, Order.total_fen, amount)
        .outerjoin(booked, booked.c.order_id == Order.id)
        .where(Order.confirmed_at.is_not(None), amount != Order.total_fen)
    )
    for number, total, fen in session.execute(wrong):
        yield f"order {number}", f"costs {total} fen, the ledger received {fen} fen"


def _no_sale_without_a_confirmed_order(session: Session) -> Iterator[tuple[str, str]]:
    wrong = (
        sa.select(JournalEntry.reference, Order.status)
        .join(Order, Order.id == JournalEntry.order_id)
        .where(JournalEntry.kind == EntryKind.SALE, Order.confirmed_at.is_(None))
    )
    for reference, status in session.execute(wrong):
        yield f"entry {reference}", f"the order is {status}"


def _booked(kinds: tuple[EntryKind, ...]) -> sa.Subquery:
    return (
        sa.select(JournalEntry.order_id, sa.func.sum(Posting.amount_fen).label("fen"))
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(JournalEntry.kind.in_(kinds), Posting.account.in_(RECEIVED_IN))
        .group_by(JournalEntry.order_id)
        .subquery()
    )


def _refunds_agree(session: Session) -> Iterator[tuple[str, str]]:
    booked = _booked((EntryKind.REFUND, EntryKind.REVERSAL))
    succeeded = (
        sa.select(Refund.order_id, sa.func.sum(Refund.amount_fen).label("fen"))
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.status == RefundStatus.SUCCEEDED, Payment.status == PaymentStatus.SUCCEEDED)
        .group_by(Refund.order_id)
        .subquery()
    )
    refunded = sa.func.coalesce(succeeded.c.fen, 0)
    in_ledger = sa.func.coalesce(-booked.c.fen, 0)
    wrong = (
        sa.select(Order.number, Order.refunded_fen, refunded, in_ledger)
        .outerjoin(succeeded, succeeded.c.order_id == Order.id)
        .outerjoin(booked, booked.c.order_id == Order.id)
        .where(sa.or_(Order.refunded_fen != refunded, Order.refunded_fen != in_ledger))
    )
    for number, kept, refunds, fen in session.execute(wrong):
        yield f"order {number}", f"refunded {kept} fen, refunds say {refunds}, the ledger says {fen}"


def _never_more_back_than_came_in(session: Session) -> Iterator[tuple[str, str]]:
    asked = sa.func.sum(Refund.amount_fen)
    wrong = (
        sa.select(Payment.reference, Payment.received_fen, asked)
        .join(Refund, Refund.payment_id == Payment.id)
        .where(Refund.status != RefundStatus.FAILED)
        .group_by(Payment.id, Payment.reference, Payment.received_fen)
        .having(asked > sa.func.coalesce(Payment.received_fen, 0))
    )
    for reference, received, refunds in session.execute(wrong):
        yield f"payment {reference}", f"received {received} fen, refunds {refunds} fen"


def _payouts_are_their_postings(session: Session) -> Iterator[tuple[str, str]]:
    owed = sa.func.coalesce(-sa.func.sum(Posting.amount_fen), 0)
    wrong = (
        sa.select(Payout.id, Payout.amount_fen, owed)
        .outerjoin(PayoutItem, PayoutItem.payout_id == Payout.id)
        .outerjoin(Posting, Posting.id == PayoutItem.posting_id)
        .group_by(Payout.id, Payout.amount_fen)
        .having(owed != Payout.amount_fen)
    )
    for payout_id, amount, found in session.execute(wrong):
        yield f"payout {payout_id}", f"{amount} fen, its postings {found} fen"


RULES = (
    Rule("ledger: every entry sums to zero", _entries_balance),
    Rule("order: lines are the goods", _lines_are_the_goods),
    Rule("order: a confirmed order is paid in full", _confirmed_orders_are_paid),
    Rule("ledger: every confirmed order is booked once", _the_ledger_has_every_sale),
    Rule("ledger: no sale without a confirmed order", _no_sale_without_a_confirmed_order),
    Rule("refund: order, refunds and ledger agree", _refunds_agree),
    Rule("refund: never more back than came in", _never_more_back_than_came_in),
    Rule("payout: amount is its postings", _payouts_are_their_postings),
)
