"""Money in and out through providers, against orders and refunds."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import or_nothing, rule, total
from shop.ledger.models import Account, JournalEntry, Posting
from shop.ordering.models import Order, OrderLine
from shop.payments.models import NOTHING_BACK, Payment, PaymentStatus, Refund, RefundLine

CURRENCY = "CNY"

_succeeded = (
    sa.select(Payment.order_id, total(Payment.received_fen, "fen"))
    .where(Payment.status == PaymentStatus.SUCCEEDED, Payment.currency == CURRENCY)
    .group_by(Payment.order_id)
    .subquery()
)
_on_terms = (
    sa.select(JournalEntry.order_id, total(Posting.amount_fen, "fen"))
    .join(Posting, Posting.entry_id == JournalEntry.id)
    .where(Posting.account == Account.RECEIVABLES)
    .group_by(JournalEntry.order_id)
    .subquery()
)
_credits = (
    sa.select(Payment.order_id, total(Payment.credited_fen, "fen")).group_by(Payment.order_id).subquery()
)
_paid, _owed = or_nothing(_succeeded.c.fen), or_nothing(_on_terms.c.fen)
_credited = or_nothing(_credits.c.fen)

_asked_back = (
    sa.select(Refund.payment_id, total(Refund.amount_fen, "fen"))
    .where(Refund.status.not_in(NOTHING_BACK), Refund.is_credit.is_(False))
    .group_by(Refund.payment_id)
    .subquery()
)
_asked = or_nothing(_asked_back.c.fen)
_lines = total(RefundLine.amount_fen, "lines_fen")
_units = total(RefundLine.units, "units")
_with_refunds = sa.outerjoin(Payment, _asked_back, _asked_back.c.payment_id == Payment.id)

RULES = (
    rule(
        "payment: a confirmed order is paid in full, or owed on terms",
        sa.select(
            *(Order.number, Order.total_fen, _paid.label("paid"), _owed.label("owed")),
            _credited.label("credited"),
        )
        .outerjoin(_succeeded, _succeeded.c.order_id == Order.id)
        .outerjoin(_on_terms, _on_terms.c.order_id == Order.id)
        .outerjoin(_credits, _credits.c.order_id == Order.id)
        .where(Order.confirmed_at.is_not(None), _paid + _owed + _credited != Order.total_fen),
        "order {number}",
        "costs {total_fen} fen, payments say {paid} fen in CNY, on terms {owed} fen, credited {credited} fen",
    ),
    rule(
        "payment: paid means confirmed",
        sa.select(Order.number, Order.status, Payment.reference)
        .join(Order, Order.id == Payment.order_id)
        .where(Payment.status == PaymentStatus.SUCCEEDED, Order.confirmed_at.is_(None)),
        "order {number}",
        "payment {reference} succeeded, the order is {status}",
    ),
    rule(
        "payment: an order is paid once",
        sa.select(Order.number, sa.func.count(Payment.id).label("count"))
        .join(Payment, Payment.order_id == Order.id)
        .where(Payment.status == PaymentStatus.SUCCEEDED)
        .group_by(Order.id, Order.number)
        .having(sa.func.count(Payment.id) > 1),
        "order {number}",
        "{count} payments succeeded",
    ),
    rule(
        "payment: an order has one open attempt at most",
        sa.select(Order.number, sa.func.count(Payment.id).label("count"))
        .join(Payment, Payment.order_id == Order.id)
        .where(Payment.status == PaymentStatus.PENDING)
        .group_by(Order.id, Order.number)
        .having(sa.func.count(Payment.id) > 1),
        "order {number}",
        "{count} attempts are open",
    ),
    rule(
        "refund: never more back than came in",
        sa.select(Payment.reference, Payment.received_fen, _asked.label("asked"))
        .select_from(_with_refunds)
        .where(_asked > or_nothing(Payment.received_fen)),
        "payment {reference}",
        "received {received_fen} fen, refunds {asked} fen",
    ),
    rule(
        "refund: what a payment says is asked back are its refunds",
        sa.select(Payment.reference, Payment.refunding_fen, _asked.label("asked"))
        .select_from(_with_refunds)
        .where(_asked != Payment.refunding_fen),
        "payment {reference}",
        "says {refunding_fen} fen, refunds say {asked} fen",
    ),
    rule(
        "refund: of its own order's payment",
        sa.select(Refund.reference, Payment.reference.label("payment"))
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.order_id != Payment.order_id),
        "refund {reference}",
        "payment {payment} is of another order",
    ),
    rule(
        "refund: its parts add up to it",
        sa.select(Refund.reference, Refund.amount_fen, Refund.freight_fen, Refund.free_fen, _lines)
        .outerjoin(RefundLine, RefundLine.refund_id == Refund.id)
        .group_by(Refund.id, Refund.reference, Refund.amount_fen, Refund.freight_fen, Refund.free_fen)
        .having(
            or_nothing(sa.func.sum(RefundLine.amount_fen)) + Refund.freight_fen + Refund.free_fen
            != Refund.amount_fen
        ),
        "refund {reference}",
        "{amount_fen} fen, its lines {lines_fen} fen, freight {freight_fen} fen, free {free_fen} fen",
    ),
    rule(
        "refund: no more freight back than was paid",
        sa.select(Order.number, Order.freight_fen, total(Refund.freight_fen, "back"))
        .join(Refund, Refund.order_id == Order.id)
        .where(Refund.status.not_in(NOTHING_BACK))
        .group_by(Order.id, Order.number, Order.freight_fen)
        .having(sa.func.sum(Refund.freight_fen) > Order.freight_fen),
        "order {number}",
        "freight {freight_fen} fen, refunds of it {back} fen",
    ),
    rule(
        "refund: its lines are of its order",
        sa.select(Refund.reference, OrderLine.sku)
        .join(RefundLine, RefundLine.refund_id == Refund.id)
        .join(OrderLine, OrderLine.id == RefundLine.order_line_id)
        .where(OrderLine.order_id != Refund.order_id),
        "refund {reference}",
        "{sku} is of another order",
    ),
    rule(
        "refund: no more units of a line than were bought",
        sa.select(Order.number, OrderLine.sku, OrderLine.quantity, _units)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(RefundLine, RefundLine.order_line_id == OrderLine.id)
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(Refund.status.not_in(NOTHING_BACK), OrderLine.is_bundle.is_(False))
        .group_by(Order.number, OrderLine.id, OrderLine.sku, OrderLine.quantity)
        .having(sa.func.sum(RefundLine.units) > OrderLine.quantity),
        "order {number}",
        "{sku}: bought {quantity}, refunded {units}",
    ),
)
