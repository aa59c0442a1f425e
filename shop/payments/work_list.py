"""Money that needs a person: one list of refunds and payments that do not settle by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.ordering.models import Order, OrderStatus
from shop.ordering.reasons import Reason
from shop.payments.by_hand import paid_by_hand
from shop.payments.disputes import is_lost
from shop.payments.models import (
    ON_ACCOUNT,
    Dispute,
    DisputeStatus,
    Payment,
    PaymentStatus,
    Refund,
    RefundStatus,
)
from shop.payments.refund_settling import CAME_BACK, OPEN
from shop.payments.refunds import RETRY_TOKEN
from shop.storage.paging import First, Page, read_first, read_page

# Most refunds are settled within minutes. One that is not stands here with its age, whoever sends it.
REFUND_PATIENCE = timedelta(hours=1)
ANSWER_PATIENCE = timedelta(hours=2)


class WorkKind(StrEnum):
    """Why money needs a person."""

    WRONG_AMOUNT = "wrong_amount"  # a provider reported another amount or currency; it goes back by itself
    REFUND_FAILED = "refund_failed"
    REFUNDED_ELSEWHERE = (
        "refunded_elsewhere"  # in full, in the provider's pages, and the order still goes its way
    )
    REFUND_UNSENT = "refund_unsent"  # the provider has not taken it: it is sent again every minute
    REFUND_SLOW = "refund_slow"  # the provider has taken it, and does not say that it arrived
    REFUND_CAME_BACK = (
        "refund_came_back"  # the buyer's bank would not have it: to be sent another way, then said so
    )
    TRANSFER_BACK = "transfer_back"  # to be sent from our bank, then said so
    DISPUTED = "disputed"  # the buyer's bank asks for the money back: to be answered in the provider's pages
    NO_ANSWER = "no_answer"  # an attempt is long over, and its provider does not say how it ended


@dataclass(frozen=True)
class WorkItem:
    kind: WorkKind
    order_id: int
    order_number: str
    payment_id: int
    refund_id: int | None
    amount_fen: int
    since: datetime
    detail: str
    recipient: str
    invoice_title: str  # mostly whose account it came from, where no receipt says more
    reference: str
    paid_at: datetime | None  # when the money that goes back had come
    provider: str


def payment_work(session: Session, *, now: datetime, page: int = 1) -> Page[WorkItem]:
    """Everything about money that needs a person, the oldest first. Two statements."""
    work = _work(now)
    statement = sa.select(work).order_by(work.c.since, work.c.payment_id, work.c.refund_id)
    found = read_page(session, statement, number=page)
    return found.map(lambda row: WorkItem(WorkKind(row[0]), *row[1:]))


def first_payment_work(session: Session, *, now: datetime, most: int) -> First[WorkItem]:
    """The oldest of it, how much there is, and how many fen are in it. One statement."""
    work = _work(now)
    statement = sa.select(work).order_by(work.c.since, work.c.payment_id, work.c.refund_id)
    found = read_first(session, statement, most=most, adding=work.c.amount_fen)
    return found.map(lambda row: WorkItem(WorkKind(row[0]), *row[1:]))


_WHOSE: Final = (
    *(Order.recipient, Order.invoice_title, Payment.reference, Payment.succeeded_at),
    Payment.provider,
)


def _work(now: datetime) -> sa.Subquery:
    return sa.union_all(_refunds(now), _payments(now), _disputes()).subquery()


def _refunds(now: datetime) -> sa.Select[Any]:
    again = aliased(Refund)
    retried = sa.literal(RETRY_TOKEN) + sa.cast(Refund.id, sa.String)
    tried_again = (
        sa.select(again.id)
        .where(again.payment_id == Refund.payment_id, again.request_token == retried)
        .exists()
    )
    came_back = sa.and_(
        Refund.status == RefundStatus.SUCCEEDED, Refund.failure.startswith(CAME_BACK, autoescape=True)
    )
    failed = Refund.status == RefundStatus.FAILED
    by_transfer = paid_by_hand()
    # What went back some other way leaves nothing to ask for again.
    has_left = Payment.refunding_fen < sa.func.coalesce(Payment.received_fen, 0)
    is_open = sa.and_(has_left, ~is_lost(Refund.payment_id))
    elsewhere = sa.and_(
        Refund.reason == Reason.REFUNDED_ELSEWHERE.value,
        Refund.status == RefundStatus.SUCCEEDED,
        Order.status == OrderStatus.CONFIRMED,
        Order.refunded_fen >= Order.total_fen,
    )
    # Open with a reason: it hangs at the provider until somebody helps it on there.
    hangs = sa.or_(Refund.created_at <= now - REFUND_PATIENCE, Refund.failure != "")
    slow = sa.and_(Refund.status.in_(OPEN), hangs)
    # A person sends it, so nothing is waited for.
    by_hand = sa.and_(Refund.status.in_(OPEN), by_transfer)
    kind = sa.case(
        (failed, WorkKind.REFUND_FAILED.value),
        (came_back, WorkKind.REFUND_CAME_BACK.value),
        (elsewhere, WorkKind.REFUNDED_ELSEWHERE.value),
        (by_transfer, WorkKind.TRANSFER_BACK.value),
        (Refund.status == RefundStatus.REQUESTED, WorkKind.REFUND_UNSENT.value),
        else_=WorkKind.REFUND_SLOW.value,
    )
    return (
        sa.select(
            *(
                kind.label("kind"),
                Refund.order_id,
                Order.number,
                Refund.payment_id,
                Refund.id.label("refund_id"),
            ),
            *(Refund.amount_fen, Refund.created_at.label("since"), Refund.failure),
            *_WHOSE,
        )
        .join(Payment, Payment.id == Refund.payment_id)
        .join(Order, Order.id == Refund.order_id)
        .where(sa.or_(sa.and_(failed, ~tried_again, is_open), came_back, elsewhere, slow, by_hand))
    )


def _payments(now: datetime) -> sa.Select[Any]:
    returned = (
        sa.select(Refund.id)
        .where(Refund.payment_id == Payment.id, Refund.status == RefundStatus.SUCCEEDED)
        .exists()
    )
    orphaned = Payment.status == PaymentStatus.ORPHANED
    wrong = sa.and_(orphaned, Payment.failure == Reason.WRONG_AMOUNT.value, ~returned, ~is_lost(Payment.id))
    unanswered = sa.and_(
        Payment.status == PaymentStatus.PENDING,
        Payment.provider != ON_ACCOUNT,
        Payment.expires_at <= now - ANSWER_PATIENCE,
    )
    kind = sa.case((orphaned, WorkKind.WRONG_AMOUNT.value), else_=WorkKind.NO_ANSWER.value)
    came = sa.func.nullif(Payment.received_fen, 0)
    return (
        sa.select(
            *(kind, Payment.order_id, Order.number, Payment.id, sa.literal(None, Refund.id.type)),
            *(
                sa.func.coalesce(came, Payment.amount_fen),
                sa.func.coalesce(Payment.succeeded_at, Payment.created_at),
            ),
            Payment.failure,
            *_WHOSE,
        )
        .join(Order, Order.id == Payment.order_id)
        .where(sa.or_(wrong, unanswered))
    )


def _disputes() -> sa.Select[Any]:
    columns: tuple[Any, ...] = (
        *(sa.literal(WorkKind.DISPUTED.value), Dispute.order_id, Order.number, Dispute.payment_id),
        *(sa.literal(None, Refund.id.type), Dispute.amount_fen, Dispute.opened_at, Dispute.reason),
    )
    return (
        sa.select(*columns, *_WHOSE)
        .join(Payment, Payment.id == Dispute.payment_id)
        .join(Order, Order.id == Dispute.order_id)
        .where(Dispute.status == DisputeStatus.OPEN)
    )
