"""Where the bank's statement and our payments differ: a row for each thing that a person has to explain."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from shop.kit.text import msg
from shop.ledger.suspense_list import is_orphan, left_of_orphan
from shop.ordering.models import Order
from shop.ordering.reasons import Reason
from shop.payments.models import Payment
from shop.payments.providers.config import BY_BANK
from shop.payments.statements.models import BankMatch, LineStatus, StatementLine
from shop.payments.statements.standing import kept_fen, proposed_fen
from shop.payments.transitions import PAID
from shop.reports.definition import Column, Group, Place, Report, Span, Unit, key_column
from shop.storage.expressions import shanghai_day

NOT_MATCHED: Final = "not_matched"  # it came, and pays nothing yet
SET_ASIDE: Final = "set_aside"  # it came, and a person said why it is not booked
NO_RECEIPT: Final = "no_receipt"  # confirmed by hand, and on no statement that was imported
SUMS_DIFFER: Final = "sums_differ"  # what its receipts say is not what was confirmed
PROPOSED: Final = "proposed"  # it came, and a second person has not said yet what it pays
NO_ORDER: Final = "no_order"  # paid by any method, and on its way back

_NO_RECEIPT: Final[Any] = sa.cast(sa.null(), sa.BigInteger)
_KEPT = (
    sa.select(BankMatch.payment_id, sa.func.sum(BankMatch.amount_fen).label("fen"))
    .where(BankMatch.confirmed_at.is_not(None))
    .group_by(BankMatch.payment_id)
    .subquery()
)


def _differences(span: Span, _language: str) -> sa.Select[Any]:
    parts = (_lines(span), _proposed(span), _payments(span), _orphans(span))
    every = sa.union_all(*parts).subquery()
    return (
        sa.select(every)
        .order_by(every.c.on_day, every.c.kind, every.c.reference, every.c.row_id)
        .with_only_columns(*(one for one in every.c if one.name != "row_id"))
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
        kept_fen().label("suspense_fen"),
        StatementLine.reason.label("reason"),
        StatementLine.id.label("row_id"),
        StatementLine.id.label("receipt_id"),
    ).where(
        left > 0,
        StatementLine.reason != Reason.PROVIDER_PAYOUT.value,  # which stands in the books
        *_booked_within(span),
    )


def _proposed(span: Span) -> sa.Select[Any]:
    """What of a line is put to payments that nobody else has agreed to yet."""
    fen = sa.cast(proposed_fen(), sa.BigInteger)
    named = sa.func.coalesce(sa.func.nullif(StatementLine.serial, ""), StatementLine.remark)
    columns: tuple[Any, ...] = (
        *(StatementLine.booked_on, sa.literal(PROPOSED), sa.literal(""), named, StatementLine.payer),
        *(fen, sa.literal(0, sa.BigInteger), fen, fen, sa.literal(""), StatementLine.id, StatementLine.id),
    )
    return sa.select(*columns).where(proposed_fen() > 0, *_booked_within(span))


def _booked_within(span: Span) -> tuple[sa.ColumnElement[bool], ...]:
    return StatementLine.booked_on >= span.first, StatementLine.booked_on <= span.last


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
            sa.literal(0, sa.BigInteger),
            sa.literal(""),
            Payment.id,
            _NO_RECEIPT,
        )
        .join(Order, Order.id == Payment.order_id)
        .outerjoin(_KEPT, _KEPT.c.payment_id == Payment.id)
        .where(
            Payment.provider.in_(BY_BANK),
            Payment.status.in_(PAID),
            kept != received,
            Payment.succeeded_at >= start,
            Payment.succeeded_at < end,
        )
    )


def _orphans(span: Span) -> sa.Select[Any]:
    """What came and has not gone back, by the day on which it came: no difference of the bank's, but money in suspense."""
    start, end = span.moments
    nothing = sa.literal(0, sa.BigInteger)
    who = sa.func.coalesce(sa.func.nullif(Order.invoice_title, ""), Order.recipient)
    columns: tuple[Any, ...] = (
        *(shanghai_day(Payment.succeeded_at), sa.literal(NO_ORDER), Order.number, Payment.reference, who),
        *(nothing, nothing, nothing, sa.cast(left_of_orphan(), sa.BigInteger)),
        *(Payment.failure, Payment.id, _NO_RECEIPT),
    )
    return (
        sa.select(*columns)
        .join(Order, Order.id == Payment.order_id)
        .where(is_orphan(), left_of_orphan() > 0, Payment.succeeded_at >= start, Payment.succeeded_at < end)
    )


RECONCILIATION_DIFFERENCES = Report(
    "reconciliation-differences",
    msg("Bank statement and payments: differences"),
    (
        Column("day", msg("Day"), Unit.DAY),
        Column("kind", msg("What differs"), Unit.DIFFERENCE),
        Column("order", msg("Order number"), Unit.ORDER),
        Column("reference", msg("Reference"), leads=((Place.RECEIPT, "receipt_id"),)),
        Column("who", msg("Who paid")),
        Column("bank_fen", msg("On the statement"), Unit.FEN, total=True),
        Column("shop_fen", msg("Confirmed here"), Unit.FEN, total=True),
        Column("difference_fen", msg("Difference"), Unit.FEN, total=True),
        Column("suspense_fen", msg("In suspense"), Unit.FEN, total=True),
        Column("reason", msg("Reason"), Unit.REASON),
        key_column("receipt_id"),
    ),
    _differences,
    Group.MONEY,
    finance=True,
)
