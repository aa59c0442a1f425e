"""Orders from elsewhere: which, from where, what they are called there, and how they were paid."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from shop.kit.text import msg
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ordering.models import Order
from shop.ordering.outside.models import OUTSIDE, OutsideOrder, OutsideSource
from shop.payments.models import Payment, PaymentStatus
from shop.reports.definition import Column, Group, Report, Span, Unit, key_column, localised, sum_fen
from shop.reports.refund_days import BY_SALE_DAY
from shop.reports.sales import confirmed_in

# Whoever collects there has its money; else its buyer paid in the shop after all, and nothing of it is handed in.
_THERE = Payment.provider.startswith(f"{OUTSIDE}:", autoescape=True)


def _orders(span: Span, language: str) -> sa.Select[Any]:
    """Every order that was confirmed in the span, whatever became of it since, as the other reports of orders do."""
    return (
        sa.select(
            localised(language, OutsideSource.name_zh, OutsideSource.name_en),
            OutsideOrder.number,
            Order.number,
            OutsideOrder.ordered_on,
            Order.confirmed_at,
            Order.status,
            sa.case((_THERE, sa.cast(OutsideOrder.paid_how, sa.String)), else_="in_shop"),
            OutsideOrder.paid_on,
            Order.total_fen,
            sa.case((_THERE, sa.func.coalesce(Payment.fee_fen, 0)), else_=0),
            Order.refunded_fen,
            sa.case(
                (_THERE, Order.total_fen - sa.func.coalesce(Payment.fee_fen, 0) - Order.refunded_fen), else_=0
            ),
            OutsideOrder.source_id,
        )
        .join(OutsideOrder, OutsideOrder.order_id == Order.id)
        .join(OutsideSource, OutsideSource.id == OutsideOrder.source_id)
        .outerjoin(Payment, sa.and_(Payment.order_id == Order.id, Payment.status == PaymentStatus.SUCCEEDED))
        .where(confirmed_in(span))
        .order_by(Order.confirmed_at, Order.id)
    )


OUTSIDE_ORDERS = Report(
    "orders-from-elsewhere",
    msg("Orders from elsewhere"),
    (
        Column("source", msg("Source")),
        Column("outside_number", msg("Number there")),
        Column("number", msg("Order number"), Unit.ORDER),
        Column("ordered_on", msg("Ordered on"), Unit.DAY),
        Column("confirmed_at", msg("Confirmed at"), Unit.MOMENT),
        Column("status", msg("Status"), Unit.ORDER_STATUS),
        Column("paid_how", msg("How it was paid"), Unit.PAID_ELSEWHERE),
        Column("paid_on", msg("Paid on"), Unit.DAY),
        Column("paid_fen", msg("Paid"), Unit.FEN, total=True),
        Column("fee_fen", msg("Kept by the source"), Unit.FEN, total=True),
        Column("refunded_fen", msg("Refunded"), Unit.FEN, total=True),
        Column("due_fen", msg("To be handed in"), Unit.FEN, total=True),
        key_column("source_id"),
    ),
    _orders,
    Group.ORDERS,
    note=BY_SALE_DAY,
    narrows=(("source_id", "source"),),
)

# What moves the money of a source and is no refund.
_NO_REFUNDS: Final = (EntryKind.SALE, EntryKind.PAYMENT_FEE, EntryKind.MOVEMENT, EntryKind.CASH_COUNT)


def _settled(_span: Span, language: str) -> sa.Select[Any]:
    """Nothing but what stands in the books, as they stand now."""
    own = sa.literal("outside:") + OutsideSource.slug
    of_kind = sa.case((JournalEntry.kind == EntryKind.SALE, Posting.amount_fen), else_=0)
    kept = sa.case((JournalEntry.kind == EntryKind.PAYMENT_FEE, -Posting.amount_fen), else_=0)
    missing = sa.case((JournalEntry.kind == EntryKind.CASH_COUNT, -Posting.amount_fen), else_=0)
    handed = sa.case((JournalEntry.kind == EntryKind.MOVEMENT, -Posting.amount_fen), else_=0)
    rest = sa.case(
        (JournalEntry.kind.in_(_NO_REFUNDS), 0),
        else_=-Posting.amount_fen,
    )
    books = (
        sa.select(
            Posting.provider,
            sum_fen(of_kind).label("collected"),
            sum_fen(kept).label("kept"),
            sum_fen(rest).label("back"),
            sum_fen(missing).label("missing"),
            sum_fen(handed).label("handed"),
            sum_fen(Posting.amount_fen).label("held"),
        )
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(Posting.account == Account.PROVIDER_CLEARING)
        .group_by(Posting.provider)
        .subquery()
    )
    columns = (books.c.collected, books.c.kept, books.c.back, books.c.missing, books.c.handed, books.c.held)
    return (
        sa.select(
            localised(language, OutsideSource.name_zh, OutsideSource.name_en),
            OutsideSource.collector,
            *(sa.func.coalesce(one, 0) for one in columns),
        )
        .outerjoin(books, books.c.provider == own)
        .order_by(OutsideSource.id)
    )


OUTSIDE_MONEY = Report(
    "money-of-sources",
    msg("Money of sources"),
    (
        Column("source", msg("Source")),
        Column("collector", msg("Who collects the money")),
        Column("collected_fen", msg("Taken for us"), Unit.FEN, total=True),
        Column("kept_fen", msg("Kept by the source"), Unit.FEN, total=True),
        Column("back_fen", msg("Refunded"), Unit.FEN, total=True),
        Column("missing_fen", msg("Missing of cash"), Unit.FEN, total=True),
        Column("handed_in_fen", msg("Handed in"), Unit.FEN, total=True),
        Column("held_fen", msg("Still there"), Unit.FEN, total=True),
    ),
    _settled,
    Group.MONEY,
    ranged=False,
    finance=True,
)
