"""What payment providers charge, beside what the prices had set aside for it."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from shop.kit.text import msg
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ordering.models import Order
from shop.payments.models import ON_ACCOUNT, Payment, PaymentStatus
from shop.reports.definition import Behind, Column, Group, Report, Span, Unit, sum_fen
from shop.storage.expressions import shanghai_month

NO_PAYMENT: Final = "no_payment"
_NOTHING = sa.literal(0)


def _charged() -> sa.Select[*tuple[Any, ...]]:
    """Each payment whose fee is known: one entry of the books names it."""
    named = sa.literal("fee:payment:") + sa.cast(Payment.id, sa.String)
    return (
        sa.select(
            JournalEntry.id,
            JournalEntry.posted_at,
            JournalEntry.order_id,
            Payment.provider,
            sa.literal(1).label("payments"),
            sa.func.coalesce(Payment.received_fen, 0).label("received"),
            _NOTHING.label("reserved"),
            Posting.amount_fen.label("charged"),
        )
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .join(Payment, JournalEntry.reference == named)
        .where(JournalEntry.kind == EntryKind.PAYMENT_FEE, Posting.account == Account.FEE_RESERVE)
    )


def _reserved() -> sa.Select[*tuple[Any, ...]]:
    """The part of each sale that is kept for fees, and what went back of it with a sale that was taken back."""
    # What is sold on account is not paid before its debt is; an order has one of both, or none.
    pays = sa.or_(Payment.status == PaymentStatus.SUCCEEDED, Payment.provider == ON_ACCOUNT)
    paid = sa.and_(Payment.order_id == JournalEntry.order_id, pays)
    return (
        sa.select(
            JournalEntry.id,
            JournalEntry.posted_at,
            JournalEntry.order_id,
            sa.func.coalesce(Payment.provider, NO_PAYMENT).label("provider"),
            _NOTHING.label("payments"),
            _NOTHING.label("received"),
            (-Posting.amount_fen).label("reserved"),
            _NOTHING.label("charged"),
        )
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .outerjoin(Payment, paid)
        .where(JournalEntry.kind != EntryKind.PAYMENT_FEE, Posting.account == Account.FEE_RESERVE)
    )


def _each(span: Span) -> sa.Subquery:
    start, end = span.moments
    return sa.union_all(
        *(
            part.where(JournalEntry.posted_at >= start, JournalEntry.posted_at < end)
            for part in (_charged(), _reserved())
        )
    ).subquery()


def _fees(span: Span, _language: str) -> sa.Select[Any]:
    each = _each(span)
    month = shanghai_month(each.c.posted_at)
    reserved, charged = each.c.reserved, each.c.charged
    return (
        sa.select(
            month,
            each.c.provider,
            sa.cast(sa.func.sum(each.c.payments), sa.Integer),
            sum_fen(each.c.received),
            sum_fen(reserved),
            sum_fen(charged),
            sum_fen(reserved - charged),
        )
        .group_by(month, each.c.provider)
        .order_by(month, each.c.provider)
    )


PROVIDER_FEES = Report(
    "provider-fees",
    msg("Fees of payment providers"),
    (
        Column("month", msg("Month"), Unit.MONTH),
        Column("method", msg("Payment method"), Unit.PAYMENT_METHOD),
        Column("payments", msg("Payments with a fee"), Unit.COUNT, total=True),
        Column("received_fen", msg("Money received"), Unit.FEN, total=True),
        Column("reserved_fen", msg("Set aside in prices"), Unit.FEN, total=True),
        Column("charged_fen", msg("Charged"), Unit.FEN, total=True),
        Column("left_fen", msg("Left of it"), Unit.FEN, total=True),
    ),
    _fees,
    Group.MONEY,
    finance=True,
    note=msg(
        "By the day on which it stands in the books. The last column is what the account for payment fees gained or lost."
    ),
    behind=(
        Behind(
            "provider-fees-by-order",
            ("method", "payments", "received_fen", "reserved_fen", "charged_fen", "left_fen"),
            by=("method",),
            within="month",
        ),
    ),
)


def _fees_by_order(span: Span, _language: str) -> sa.Select[Any]:
    """What the report by month and method adds up."""
    each = _each(span)
    columns: tuple[Any, ...] = (each.c.id, each.c.posted_at, Order.number, each.c.provider)
    sums = (each.c.received, each.c.reserved, each.c.charged, each.c.reserved - each.c.charged)
    return (
        sa.select(*columns, *(sum_fen(one) for one in sums))
        .outerjoin(Order, Order.id == each.c.order_id)
        .group_by(*columns)
        .order_by(each.c.posted_at, each.c.id, each.c.provider)
    )


PROVIDER_FEES_BY_ORDER = Report(
    "provider-fees-by-order",
    msg("Fees of payment providers by order"),
    (
        Column("entry", msg("Entry number"), Unit.ENTRY),
        Column("posted_at", msg("Posted"), Unit.MOMENT),
        Column("order", msg("Order number"), Unit.ORDER),
        Column("method", msg("Payment method"), Unit.PAYMENT_METHOD),
        Column("received_fen", msg("Money received"), Unit.FEN, total=True),
        Column("reserved_fen", msg("Set aside in prices"), Unit.FEN, total=True),
        Column("charged_fen", msg("Charged"), Unit.FEN, total=True),
        Column("left_fen", msg("Left of it"), Unit.FEN, total=True),
    ),
    _fees_by_order,
    Group.MONEY,
    finance=True,
    note=msg("By the day on which it stands in the books: what fees by month and method add up."),
    narrows=(("method", "method"),),
)
