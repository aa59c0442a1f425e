"""Where the bank's statement and our payments differ: a row for each thing that a person has to explain."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from shop.kit.text import msg
from shop.ordering.models import Order
from shop.payments.models import Payment
from shop.payments.providers.config import BANK_TRANSFER
from shop.payments.statements.models import BankMatch, LineStatus, StatementLine
from shop.payments.transitions import PAID
from shop.reports.definition import Column, Group, Report, Span, Unit
from shop.storage.expressions import shanghai_day

NOT_MATCHED: Final = "not_matched"  # it came, and pays nothing yet
SET_ASIDE: Final = "set_aside"  # it came, and a person said why it is not booked
NO_RECEIPT: Final = "no_receipt"  # confirmed by hand, and on no statement that was imported
SUMS_DIFFER: Final = "sums_differ"  # what its receipts say is not what was confirmed

_KEPT = (
    sa.select(BankMatch.payment_id, sa.func.sum(BankMatch.amount_fen).label("fen"))
    .where(BankMatch.confirmed_at.is_not(None))
    .group_by(BankMatch.payment_id)
    .subquery()
)


def _differences(span: Span, _language: str) -> sa.Select[Any]:
    both = sa.union_all(_lines(span), _payments(span)).subquery()
    return (
        sa.select(both)
        .order_by(both.c.on_day, both.c.kind, both.c.reference, both.c.row_id)
        .with_only_columns(*(one for one in both.c if one.name != "row_id"))
    )


def _lines(span: Span) -> sa.Select[Any]:
    """By the day on which the bank booked them."""
    left = StatementLine.amount_fen - StatementLine.matched_fen
    kind = sa.case((StatementLine.status == LineStatus.SET_ASIDE, SET_ASIDE), else_=NOT_MATCHED)
    return sa.select(
        StatementLine.booked_on.label("on_day"),
        kind.label("kind"),
        sa.literal("").label("order_number"),
        sa.func.coalesce(sa.func.nullif(StatementLine.serial, ""), StatementLine.remark).label("reference"),
        StatementLine.payer.label("who"),
        left.label("bank_fen"),
        sa.literal(0, sa.BigInteger).label("shop_fen"),
        left.label("difference_fen"),
        StatementLine.reason.label("reason"),
        StatementLine.id.label("row_id"),
    ).where(
        left > 0,
        StatementLine.booked_on >= span.first,
        StatementLine.booked_on <= span.last,
    )


def _payments(span: Span) -> sa.Select[Any]:
    """By the day on which they were confirmed."""
    start, end = span.moments
    received = sa.func.coalesce(Payment.received_fen, 0)
    kept = sa.func.coalesce(_KEPT.c.fen, 0)
    kind = sa.case((_KEPT.c.fen.is_(None), NO_RECEIPT), else_=SUMS_DIFFER)
    return (
        sa.select(
            shanghai_day(Payment.succeeded_at),
            kind,
            Order.number,
            Payment.reference,
            sa.func.coalesce(sa.func.nullif(Order.invoice_title, ""), Order.recipient),
            sa.cast(kept, sa.BigInteger),
            received,
            sa.cast(kept - received, sa.BigInteger),
            sa.literal(""),
            Payment.id,
        )
        .join(Order, Order.id == Payment.order_id)
        .outerjoin(_KEPT, _KEPT.c.payment_id == Payment.id)
        .where(
            Payment.provider == BANK_TRANSFER,
            Payment.status.in_(PAID),
            kept != received,
            Payment.succeeded_at >= start,
            Payment.succeeded_at < end,
        )
    )


RECONCILIATION_DIFFERENCES = Report(
    "reconciliation-differences",
    msg("Bank statement and payments: differences"),
    (
        Column("day", msg("Day"), Unit.DAY),
        Column("kind", msg("What differs"), Unit.DIFFERENCE),
        Column("order", msg("Order number")),
        Column("reference", msg("Reference")),
        Column("who", msg("Who paid")),
        Column("bank_fen", msg("On the statement"), Unit.FEN, total=True),
        Column("shop_fen", msg("Confirmed here"), Unit.FEN, total=True),
        Column("difference_fen", msg("Difference"), Unit.FEN, total=True),
        Column("reason", msg("Reason"), Unit.REASON),
    ),
    _differences,
    Group.MONEY,
    finance=True,
)
