"""Money in and out: payments, fees and refunds."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.inventory.models import ReturnedUnits, ReturnStatus
from shop.kit.text import msg
from shop.ledger.borne_refunds import is_of_refund
from shop.ledger.models import Account, JournalEntry, Posting
from shop.ordering.models import Order
from shop.payments.models import Payment, Refund, RefundBearer, RefundLine, RefundStatus
from shop.payments.transitions import PAID
from shop.reports.definition import Behind, Column, Group, Report, Span, Unit, sum_fen


def _gone_back() -> sa.ColumnElement[int]:
    """Of a payment, in fen: refunds that have succeeded, which are those in the books."""
    arrived = sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_fen), 0)).where(
        Refund.payment_id == Payment.id, Refund.status == RefundStatus.SUCCEEDED
    )
    return arrived.correlate(Payment).scalar_subquery()


def _came_in(span: Span) -> sa.ColumnElement[bool]:
    """What the books have: also money that no order could use, which goes back, but none in another currency."""
    start, end = span.moments
    when = sa.and_(Payment.succeeded_at >= start, Payment.succeeded_at < end)
    return sa.and_(Payment.status.in_(PAID), Payment.is_in_fen, when)


def _by_method(span: Span, _language: str) -> sa.Select[Any]:
    """All that came, by the day on which it did; what was sent back stands beside it."""
    each = (
        sa.select(
            Payment.provider,
            sa.func.coalesce(Payment.received_fen, 0).label("received"),
            _gone_back().label("back"),
            sa.func.coalesce(Payment.fee_fen, 0).label("fee"),
        )
        .where(_came_in(span))
        .subquery()
    )
    received, back, fee = each.c.received, each.c.back, each.c.fee
    return (
        sa.select(
            each.c.provider,
            sa.func.count(),
            sum_fen(received),
            sum_fen(back),
            sum_fen(fee),
            sum_fen(received - back - fee),
        )
        .group_by(each.c.provider)
        .order_by(sum_fen(received).desc(), each.c.provider)
    )


PAYMENTS_BY_METHOD = Report(
    "payments-by-method",
    msg("Payments by method"),
    (
        Column("method", msg("Payment method"), Unit.PAYMENT_METHOD),
        Column("payments", msg("Payments"), Unit.COUNT, total=True),
        Column("received_fen", msg("Money received"), Unit.FEN, total=True),
        Column("refunded_fen", msg("Sent back of these payments"), Unit.FEN, total=True),
        Column("fee_fen", msg("Fees"), Unit.FEN, total=True),
        Column("left_fen", msg("Left of it"), Unit.FEN, total=True),
    ),
    _by_method,
    Group.MONEY,
    chart=("method", "received_fen"),
    finance=True,
    behind=(
        Behind(
            "payments-received",
            ("method", "payments", "received_fen", "refunded_fen", "fee_fen", "left_fen"),
            by=("method",),
        ),
    ),
    note=msg(
        "Payments by the day on which the money came, with those that no order could use; what was sent back stands beside its payment, whenever it went. The report of refunds has it by the day on which it was asked for. Payments one by one go by the day on which they were begun, so the two differ at the ends of a range."
    ),
)


def _received(span: Span, _language: str) -> sa.Select[Any]:
    """What the report by method adds up."""
    received, fee = sa.func.coalesce(Payment.received_fen, 0), sa.func.coalesce(Payment.fee_fen, 0)
    columns: tuple[Any, ...] = (
        *(Order.number, Payment.succeeded_at, Payment.provider),
        *(received, _gone_back(), fee, received - _gone_back() - fee, Payment.reference, Payment.status),
    )
    return (
        sa.select(*columns)
        .join(Order, Order.id == Payment.order_id)
        .where(_came_in(span))
        .order_by(Payment.succeeded_at, Payment.id)
    )


PAYMENTS_RECEIVED = Report(
    "payments-received",
    msg("Payments that came, one by one"),
    (
        Column("order", msg("Order number"), Unit.ORDER),
        Column("succeeded_at", msg("Came"), Unit.MOMENT),
        Column("method", msg("Payment method"), Unit.PAYMENT_METHOD),
        Column("received_fen", msg("Money received"), Unit.FEN, total=True),
        Column("refunded_fen", msg("Sent back"), Unit.FEN, total=True),
        Column("fee_fen", msg("Fees"), Unit.FEN, total=True),
        Column("left_fen", msg("Left of it"), Unit.FEN, total=True),
        Column("reference", msg("Our reference")),
        Column("status", msg("State"), Unit.PAYMENT_STATUS),
    ),
    _received,
    Group.MONEY,
    finance=True,
    note=msg("By the day on which the money came: what payments by method add up."),
    narrows=(("method", "method"),),
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
    note=msg(
        "Payments by the day on which they were begun, also those that never came. Payments by method go by the day on which the money came."
    ),
)


RESTOCKED = "restocked"  # everything of it is back in stock: nobody bears anything
_ON_THE_WAY = (RefundStatus.REQUESTED, RefundStatus.PENDING)


_OTHERS = (Account.HOUSEHOLD_PAYABLE, Account.VILLAGE_FUND, Account.FREIGHT_PAYABLE)


def _borne(*accounts: Account) -> sa.ColumnElement[int]:
    """Of a refund, in fen: what these accounts gave of it, as the books have it."""
    given = (
        sa.select(sum_fen(Posting.amount_fen))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(is_of_refund(), Posting.account.in_(accounts))
    )
    return given.correlate(Refund).scalar_subquery()


def _bearer() -> sa.ColumnElement[str]:
    """Whom somebody chose; of a refund that is booked, who gave something: the shop, or nobody for goods back in stock."""
    is_of_lines = RefundLine.refund_id == Refund.id
    restocked = sa.exists().where(
        is_of_lines,
        ReturnedUnits.refund_line_id == RefundLine.id,
        ReturnedUnits.status == ReturnStatus.RESTOCKED,
    )
    as_chosen = sa.or_(Refund.status != RefundStatus.SUCCEEDED, Refund.bearer == RefundBearer.REVERSAL)
    return sa.case(
        (sa.or_(as_chosen, _borne(*_OTHERS) > 0), sa.cast(Refund.bearer, sa.String)),
        (_borne(Account.REFUNDS_BORNE) > 0, RefundBearer.SHOP.value),
        (restocked, RESTOCKED),
        else_=sa.cast(Refund.bearer, sa.String),
    )


def _refunds(span: Span, _language: str) -> sa.Select[Any]:
    start, end = span.moments
    columns: tuple[Any, ...] = (
        Order.number,
        Refund.created_at,
        Refund.settled_at,
        Refund.status,
        _bearer(),
        Refund.reason,
        Payment.provider,
        Refund.amount_fen,
        sa.case((Refund.status == RefundStatus.SUCCEEDED, Refund.amount_fen), else_=0),
        sa.case((Refund.status.in_(_ON_THE_WAY), Refund.amount_fen), else_=0),
        _borne(*_OTHERS),
        _borne(Account.REFUNDS_BORNE),
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
        Column("reason", msg("Reason"), Unit.REASON),
        Column("method", msg("Payment method"), Unit.PAYMENT_METHOD),
        Column("amount_fen", msg("Amount"), Unit.FEN),
        Column("sent_fen", msg("Sent back"), Unit.FEN, total=True),
        Column("open_fen", msg("On its way"), Unit.FEN, total=True),
        Column("borne_fen", msg("Borne by households, village fund or courier"), Unit.FEN, total=True),
        Column("shop_fen", msg("Borne by the shop"), Unit.FEN, total=True),
    ),
    _refunds,
    Group.MONEY,
    finance=True,
    note=msg(
        "Refunds by the day on which they were asked for. Payments by method have them on the day of the payment, the sales reports on the day of the sale, the books on the day on which the money went."
    ),
)
