"""Bringing every order to its right state by asking, as if no webhook had ever arrived."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from shop.kit.errors import Conflict, ShopError
from shop.ordering.models import Order, OrderStatus
from shop.payments.cancelling import CancelOutcome, cancel_order
from shop.payments.errors import ProviderUnavailable
from shop.payments.models import ON_ACCOUNT, Payment, PaymentStatus, Refund, RefundStatus
from shop.payments.notices import take_news
from shop.payments.providers.base import Provider, Providers
from shop.payments.providers.config import BANK_TRANSFER
from shop.payments.refund_settling import OPEN, send_refund
from shop.payments.releasing import release_dead_orders
from shop.payments.syncing import sync
from shop.payments.transitions import DEAD, PAID
from shop.payments.withdrawal import finish_cancellation
from shop.storage.unit_of_work import UnitOfWork

BATCH = 500  # of each provider, so that none fills the others' places
ASK_AGAIN = timedelta(minutes=2)  # after an answer an open attempt is left in peace for so long
SECOND_LOOK = timedelta(minutes=10)  # an attempt that died is asked once more after this
LOOK_BACK = timedelta(days=2)
FEE_LOOK_BACK = timedelta(days=30)
GIVE_UP_AFTER = 3  # failures in a row mean that a provider is down: the rest waits for the next run

log = logging.getLogger(__name__)


@dataclass
class Report:
    """What one run did; `unanswered` will be asked again."""

    asked: int = 0
    confirmed: int = 0
    ended: int = 0
    refunds: int = 0
    released: int = 0
    unanswered: int = 0
    _failures: dict[str, int] = field(default_factory=dict)

    def is_down(self, provider: str) -> bool:
        return self._failures.get(provider, 0) >= GIVE_UP_AFTER

    def just_failed(self, provider: str) -> bool:
        return self._failures.get(provider, 0) > 0

    def answered(self, provider: str) -> None:
        self._failures[provider] = 0

    def failed(self, provider: str) -> None:
        self.unanswered += 1
        self._failures[provider] = self._failures.get(provider, 0) + 1


def reconcile(
    unit_of_work: UnitOfWork, providers: Providers, *, now: datetime, everything: bool = False
) -> Report:
    """Ask after whatever is not settled, finish cancellations, take news, send refunds that wait, free dead stock.

    News come before refunds are sent: what somebody made in a provider's own pages is not sent once more.

    With `everything`, attempts that were asked a moment ago are asked again. Each piece is its own transaction.
    """
    report = Report()
    for payment_id, provider, before in unit_of_work.run(partial(_unsettled, now=now, everything=everything)):
        _ask(report, provider, partial(_sync_one, unit_of_work, providers, payment_id, before, report, now))
    _finish_cancellations(unit_of_work, providers, report, now)
    _take_news(unit_of_work, providers, report, now)
    send_refunds(unit_of_work, providers, now=now, report=report)
    report.released = release_dead_orders(unit_of_work, now=now)
    return report


def _take_news(unit_of_work: UnitOfWork, providers: Providers, report: Report, now: datetime) -> None:
    """Refunds made in a provider's own pages, those that came back, and disputes, in case no webhook told of them."""
    for name, provider in providers.items():
        if not report.just_failed(name):
            _ask(report, name, partial(_take_news_of, unit_of_work, provider, now))


def _take_news_of(unit_of_work: UnitOfWork, provider: Provider, now: datetime) -> None:
    for notice in provider.news(now=now):
        unit_of_work.run(partial(take_news, provider_name=provider.name, notice=notice, now=now))


def _finish_cancellations(
    unit_of_work: UnitOfWork, providers: Providers, report: Report, now: datetime
) -> None:
    waiting = Counter[str]()
    for order_id, payment_id, provider, is_confirmed in unit_of_work.run(_half_cancelled):
        try:
            if is_confirmed:
                unit_of_work.run(partial(finish_cancellation, payment_id=payment_id, now=now))
            elif waiting[provider] < GIVE_UP_AFTER:
                outcome = cancel_order(unit_of_work, providers, order_id, actor_id=None, now=now)
                waiting[provider] += outcome is CancelOutcome.WAITING
        except Conflict as error:
            # It went on meanwhile: a person sees that its buyer wished otherwise; the others do not wait for it.
            log.warning("reconcile: order %s cannot be cancelled: %s", order_id, error.code)
    report.unanswered += waiting.total()


def send_refunds(
    unit_of_work: UnitOfWork, providers: Providers, *, now: datetime, report: Report | None = None
) -> Report:
    """Send refunds that wait, and ask after those under way."""
    report = report or Report()
    for refund_id, provider in unit_of_work.run(_open_refunds):
        _ask(report, provider, partial(send_refund, unit_of_work, providers, refund_id, now=now))
        report.refunds += 1
    return report


def _ask(report: Report, provider: str, call: Callable[[], object]) -> None:
    """One question; a provider that is down costs no more than a few of them."""
    if report.is_down(provider):
        report.unanswered += 1
        return
    try:
        call()
    except ProviderUnavailable:
        log.warning("reconcile: %s does not answer", provider)
        report.failed(provider)
    except ShopError as error:
        # It cannot move, and stays on the work list; neither the others nor the rest of the run wait for it.
        log.warning("reconcile: one at %s cannot move: %s", provider, error.code)
        report.unanswered += 1
    else:
        report.answered(provider)


def _sync_one(
    unit_of_work: UnitOfWork,
    providers: Providers,
    payment_id: int,
    before: PaymentStatus,
    report: Report,
    now: datetime,
) -> None:
    status = sync(unit_of_work, providers, payment_id, now=now)
    report.asked += 1
    report.confirmed += status is not before and status is PaymentStatus.SUCCEEDED
    report.ended += status is not before and status in DEAD


def _unsettled(session: Session, now: datetime, everything: bool) -> list[tuple[int, str, PaymentStatus]]:
    """Open attempts; dead ones once more and when their time is over, in case money came late; paid ones whose fee is not known."""
    asked_long_ago = sa.or_(Payment.asked_at.is_(None), Payment.asked_at <= now - ASK_AGAIN)
    # Of a transfer there is nothing to hear before its time is over: a person says that it came.
    # A debt ends when it is paid, credited or written off.
    awaited = sa.and_(Payment.provider == BANK_TRANSFER, Payment.expires_at > now)
    silent = sa.or_(awaited, Payment.provider == ON_ACCOUNT)
    is_open = sa.and_(Payment.status == PaymentStatus.PENDING, ~silent)
    died = sa.and_(
        Payment.status.in_(DEAD),
        Payment.provider_ref.is_not(None),
        Payment.ended_at.between(now - LOOK_BACK, now - SECOND_LOOK),
        Payment.asked_at <= Payment.ended_at,
    )
    # A page that was open elsewhere when its attempt was ended may still take money until its own time is over.
    outlived = sa.and_(
        Payment.status.in_(DEAD),
        Payment.provider_ref.is_not(None),
        Payment.expires_at.between(now - LOOK_BACK, now - SECOND_LOOK),
        Payment.asked_at <= Payment.expires_at,
    )
    fee_missing = sa.and_(
        Payment.status.in_(PAID),
        Payment.is_in_fen,
        Payment.provider_ref.is_not(None),
        Payment.fee_fen.is_(None),
        Payment.succeeded_at >= now - FEE_LOOK_BACK,
        asked_long_ago,
    )
    due = is_open if everything else sa.and_(is_open, asked_long_ago)
    statement = sa.select(Payment.id, Payment.provider, Payment.status).where(
        sa.or_(due, died, outlived, fee_missing)
    )
    rows = session.execute(_first_of_each_provider(statement, Payment.asked_at, Payment.id))
    return [(payment_id, provider, status) for payment_id, provider, status in rows]


def _first_of_each_provider(
    statement: sa.Select[*tuple[Any, ...]],
    asked_at: InstrumentedAttribute[datetime | None],
    key: InstrumentedAttribute[int],
) -> sa.Select[*tuple[Any, ...]]:
    """Of the rows of each provider a batch, those first that were asked after longest ago."""
    order = (asked_at.asc().nulls_first(), key)
    place = sa.func.row_number().over(partition_by=Payment.provider, order_by=order)
    ranked = statement.add_columns(place.label("place")).subquery()
    columns = [column for column in ranked.c if column.name != "place"]
    return sa.select(*columns).where(ranked.c.place <= BATCH).order_by(ranked.c.place, columns[0])


def _half_cancelled(session: Session) -> list[tuple[int, int, str, bool]]:
    """Orders whose cancelling began and did not end: killed in between, or the provider did not let go."""
    unfinished = (
        (OrderStatus.AWAITING_PAYMENT, PaymentStatus.PENDING),
        (OrderStatus.CONFIRMED, PaymentStatus.SUCCEEDED),
    )
    statement = (
        sa.select(Order.id, Payment.id, Payment.provider, Order.status)
        .join(Payment, Payment.order_id == Order.id)
        .where(
            Order.cancel_requested_at.is_not(None),
            sa.or_(
                *[sa.and_(Order.status == order, Payment.status == payment) for order, payment in unfinished]
            ),
        )
        .order_by(Order.id)
        .limit(BATCH)
    )
    return [
        (order_id, payment_id, provider, status is OrderStatus.CONFIRMED)
        for order_id, payment_id, provider, status in session.execute(statement)
    ]


def _open_refunds(session: Session) -> list[tuple[int, str]]:
    """Transfers back are sent by a person, so only those that nobody was told of yet are among them."""
    statement = (
        sa.select(Refund.id, Payment.provider)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(
            Refund.status.in_(OPEN),
            sa.or_(Refund.provider_ref.is_not(None), Refund.status == RefundStatus.REQUESTED),
        )
    )
    rows = session.execute(_first_of_each_provider(statement, Refund.asked_at, Refund.id))
    return [(refund_id, provider) for refund_id, provider in rows]
