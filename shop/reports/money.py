"""Money in and out: payments, fees, refunds, and what is owed to whom."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.catalogue.models import Household, Village
from shop.kit.text import msg
from shop.ledger.models import (
    Account,
    EntryKind,
    JournalEntry,
    Payout,
    PayoutItem,
    PayoutRun,
    PayoutStatus,
    Posting,
)
from shop.ordering.models import Order
from shop.payments.models import Payment, PaymentStatus, Refund, RefundStatus
from shop.reports.definition import Column, Group, Report, Span, Unit, localised


def _fen(expression: Any) -> Any:
    """A sum in fen, 0 for nothing; PostgreSQL adds up to a decimal."""
    return sa.cast(sa.func.coalesce(sa.func.sum(expression), 0), sa.BigInteger)


def _gone_back() -> sa.ColumnElement[int]:
    """Of a payment, in fen: refunds that have succeeded, which are those in the books."""
    arrived = sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_fen), 0)).where(
        Refund.payment_id == Payment.id, Refund.status == RefundStatus.SUCCEEDED
    )
    return arrived.correlate(Payment).scalar_subquery()


def _by_method(span: Span, _language: str) -> sa.Select[Any]:
    """Payments that count, by the day on which they came; what was sent back stands beside them."""
    start, end = span.moments
    each = (
        sa.select(
            Payment.provider,
            sa.func.coalesce(Payment.received_fen, 0).label("received"),
            _gone_back().label("back"),
            sa.func.coalesce(Payment.fee_fen, 0).label("fee"),
        )
        .where(
            Payment.status == PaymentStatus.SUCCEEDED,
            Payment.succeeded_at >= start,
            Payment.succeeded_at < end,
        )
        .subquery()
    )
    received, back, fee = each.c.received, each.c.back, each.c.fee
    return (
        sa.select(
            each.c.provider,
            sa.func.count(),
            _fen(received),
            _fen(back),
            _fen(fee),
            _fen(received - back - fee),
        )
        .group_by(each.c.provider)
        .order_by(_fen(received).desc(), each.c.provider)
    )


PAYMENTS_BY_METHOD = Report(
    "payments-by-method",
    msg("Payments by method"),
    (
        Column("method", msg("Payment method"), Unit.PAYMENT_METHOD),
        Column("payments", msg("Payments"), Unit.COUNT, total=True),
        Column("received_fen", msg("Money received"), Unit.FEN, total=True),
        Column("refunded_fen", msg("Sent back"), Unit.FEN, total=True),
        Column("fee_fen", msg("Fees"), Unit.FEN, total=True),
        Column("left_fen", msg("Left of it"), Unit.FEN, total=True),
    ),
    _by_method,
    Group.MONEY,
    chart=("method", "received_fen"),
    finance=True,
)


def _payments(span: Span, _language: str) -> sa.Select[Any]:
    start, end = span.moments
    columns: tuple[Any, ...] = (
        Order.number,
        Payment.created_at,
        Payment.succeeded_at,
        Payment.provider,
        Payment.status,
        Payment.amount_fen,
        Payment.received_fen,
        _gone_back(),
        Payment.fee_fen,
        Payment.reference,
        sa.func.coalesce(Payment.charge_ref, Payment.provider_ref, ""),
    )
    return (
        sa.select(*columns)
        .join(Order, Order.id == Payment.order_id)
        .where(Payment.created_at >= start, Payment.created_at < end)
        .order_by(Payment.created_at, Payment.id)
    )


PAYMENTS = Report(
    "payments",
    msg("Payments one by one"),
    (
        Column("order", msg("Order number"), Unit.ORDER),
        Column("created_at", msg("Begun"), Unit.MOMENT),
        Column("succeeded_at", msg("Came"), Unit.MOMENT),
        Column("method", msg("Payment method"), Unit.PAYMENT_METHOD),
        Column("status", msg("State"), Unit.PAYMENT_STATUS),
        Column("amount_fen", msg("Asked for"), Unit.FEN),
        Column("received_fen", msg("Money received"), Unit.FEN, total=True),
        Column("refunded_fen", msg("Sent back"), Unit.FEN, total=True),
        Column("fee_fen", msg("Fees"), Unit.FEN, total=True),
        Column("reference", msg("Our reference")),
        Column("provider_ref", msg("The provider's reference")),
    ),
    _payments,
    Group.MONEY,
    finance=True,
)


_ON_THE_WAY = (RefundStatus.REQUESTED, RefundStatus.PENDING)


def _refunds(span: Span, _language: str) -> sa.Select[Any]:
    start, end = span.moments
    columns: tuple[Any, ...] = (
        Order.number,
        Refund.created_at,
        Refund.settled_at,
        Refund.status,
        Refund.bearer,
        Refund.reason,
        Payment.provider,
        Refund.amount_fen,
        sa.case((Refund.status == RefundStatus.SUCCEEDED, Refund.amount_fen), else_=0),
        sa.case((Refund.status.in_(_ON_THE_WAY), Refund.amount_fen), else_=0),
    )
    return (
        sa.select(*columns)
        .join(Order, Order.id == Refund.order_id)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.created_at >= start, Refund.created_at < end)
        .order_by(Refund.created_at, Refund.id)
    )


REFUNDS = Report(
    "refunds",
    msg("Refunds and their reasons"),
    (
        Column("order", msg("Order number"), Unit.ORDER),
        Column("created_at", msg("Asked for on"), Unit.MOMENT),
        Column("settled_at", msg("Settled on"), Unit.MOMENT),
        Column("status", msg("State"), Unit.REFUND_STATUS),
        Column("bearer", msg("Who bears it"), Unit.BEARER),
        Column("reason", msg("Reason")),
        Column("method", msg("Payment method"), Unit.PAYMENT_METHOD),
        Column("amount_fen", msg("Amount"), Unit.FEN),
        Column("sent_fen", msg("Sent back"), Unit.FEN, total=True),
        Column("open_fen", msg("On its way"), Unit.FEN, total=True),
    ),
    _refunds,
    Group.MONEY,
    finance=True,
    note=msg(
        "Refunds by the day on which they were asked for. The sales reports have them on the day of the sale, the books on the day on which the money went."
    ),
)


def _household_payable(_span: Span, language: str) -> sa.Select[Any]:
    """What stands on the books for each household now: in no payout, in one that is not paid yet, and in all.

    A posting is in a payout at most once, so the join doubles nothing. Entries of payments take away from what
    payouts have claimed.
    """
    alias = localised(language, Household.alias_zh, Household.alias_en)
    village = localised(language, Village.name_zh, Village.name_en)
    owed = -Posting.amount_fen
    is_claimed = sa.or_(PayoutItem.posting_id.is_not(None), JournalEntry.kind == EntryKind.PAYOUT)
    in_payout = sa.case((is_claimed, owed), else_=0)
    return (
        sa.select(village, alias, _fen(owed - in_payout), _fen(in_payout), _fen(owed))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Household, Household.id == Posting.household_id)
        .join(Village, Village.id == Household.village_id)
        .outerjoin(PayoutItem, PayoutItem.posting_id == Posting.id)
        .where(Posting.account == Account.HOUSEHOLD_PAYABLE)
        .group_by(Household.id, alias, village, Village.id)
        .having(sa.func.sum(owed) != 0)
        .order_by(Village.id, Household.id)
    )


HOUSEHOLD_PAYABLE = Report(
    "household-payable",
    msg("Owed to households"),
    (
        Column("village", msg("Village")),
        Column("household", msg("Household")),
        Column("waiting_fen", msg("In no payout yet"), Unit.FEN, total=True),
        Column("claimed_fen", msg("In a payout, not paid yet"), Unit.FEN, total=True),
        Column("owed_fen", msg("In all"), Unit.FEN, total=True),
    ),
    _household_payable,
    Group.MONEY,
    ranged=False,
    finance=True,
)


def _payouts(span: Span, language: str) -> sa.Select[Any]:
    start, end = span.moments
    state = {
        status: sa.case((Payout.status == status, Payout.amount_fen), else_=0) for status in PayoutStatus
    }
    village = localised(language, Village.name_zh, Village.name_en)
    return (
        sa.select(
            PayoutRun.number,
            PayoutRun.until,
            village,
            sa.func.count(),
            *(_fen(state[status]) for status in PayoutStatus),
            _fen(Payout.amount_fen),
        )
        .join(Payout, Payout.run_id == PayoutRun.id)
        .join(Household, Household.id == Payout.household_id)
        .join(Village, Village.id == Household.village_id)
        .where(PayoutRun.created_at >= start, PayoutRun.created_at < end)
        .group_by(PayoutRun.id, PayoutRun.number, PayoutRun.until, Village.id, village)
        .order_by(PayoutRun.id, Village.id)
    )


PAYOUTS = Report(
    "payouts",
    msg("Payouts by village"),
    (
        Column("run", msg("Payout run")),
        Column("until", msg("Until and with"), Unit.DAY),
        Column("village", msg("Village")),
        Column("households", msg("Households"), Unit.COUNT, total=True),
        Column("draft_fen", msg("Drafts"), Unit.FEN, total=True),
        Column("approved_fen", msg("Approved"), Unit.FEN, total=True),
        Column("paid_fen", msg("Paid out"), Unit.FEN, total=True),
        Column("total_fen", msg("In all"), Unit.FEN, total=True),
    ),
    _payouts,
    Group.MONEY,
    finance=True,
)


def _receivables(_span: Span, _language: str) -> sa.Select[Any]:
    """Orders whose buyers still owe: accepted on terms and not paid yet."""
    return (
        sa.select(Order.number, Order.confirmed_at, Order.invoice_title, _fen(Posting.amount_fen))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Order, Order.id == JournalEntry.order_id)
        .where(Posting.account == Account.RECEIVABLES)
        .group_by(Order.id, Order.number, Order.confirmed_at, Order.invoice_title)
        .having(sa.func.sum(Posting.amount_fen) != 0)
        .order_by(Order.confirmed_at, Order.id)
    )


RECEIVABLES = Report(
    "receivables",
    msg("Owed by buyers"),
    (
        Column("order", msg("Order number"), Unit.ORDER),
        Column("confirmed_at", msg("Owed since"), Unit.MOMENT),
        Column("title", msg("Invoice title")),
        Column("owed_fen", msg("Amount"), Unit.FEN, total=True),
    ),
    _receivables,
    Group.MONEY,
    ranged=False,
    finance=True,
)
