"""What payment providers charge, beside what the prices had set aside for it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.kit.text import msg
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.payments.models import Payment, PaymentStatus
from shop.reports.definition import Column, Group, Report, Span, Unit, sum_fen
from shop.storage.expressions import shanghai_month

_NOTHING = sa.literal(0)


def _charged() -> sa.Select[*tuple[Any, ...]]:
    """Each payment whose fee is known: one entry of the books names it."""
    named = sa.literal("fee:payment:") + sa.cast(Payment.id, sa.String)
    return (
        sa.select(
            JournalEntry.posted_at,
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
    paid = sa.and_(Payment.order_id == JournalEntry.order_id, Payment.status == PaymentStatus.SUCCEEDED)
    return (
        sa.select(
            JournalEntry.posted_at,
            sa.func.coalesce(Payment.provider, "").label("provider"),
            _NOTHING.label("payments"),
            _NOTHING.label("received"),
            (-Posting.amount_fen).label("reserved"),
            _NOTHING.label("charged"),
        )
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .outerjoin(Payment, paid)
        .where(JournalEntry.kind != EntryKind.PAYMENT_FEE, Posting.account == Account.FEE_RESERVE)
    )


def _fees(span: Span, _language: str) -> sa.Select[Any]:
    start, end = span.moments
    each = sa.union_all(
        *(
            part.where(JournalEntry.posted_at >= start, JournalEntry.posted_at < end)
            for part in (_charged(), _reserved())
        )
    ).subquery()
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
)
