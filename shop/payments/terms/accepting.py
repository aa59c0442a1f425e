"""An order is accepted on terms: confirmed at once, as a debt of the buyer's organisation."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.terms import Grant, grants_of_buyer, lock_organisation
from shop.kit.clock import shanghai_date, shanghai_moment
from shop.kit.money import plain_yuan
from shop.kit.references import random_code
from shop.ordering.approvals.asking import ask_approval, is_approved
from shop.ordering.approvals.ending import end_waiting
from shop.ordering.approvals.events import OrderApproved
from shop.ordering.approvals.spending import limits_beyond
from shop.ordering.confirmation import ConfirmOutcome, confirm_locked
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.ordering.reasons import Reason
from shop.ordering.receiving import receiving_account
from shop.payments.attempts import attempt_of, last_payment, pending_payment
from shop.payments.errors import NothingToPay, ProviderUnavailable, UnknownMethod
from shop.payments.models import ON_ACCOUNT, Payment
from shop.payments.providers.base import Attempt, Providers
from shop.payments.starting import REFERENCE_LENGTH
from shop.payments.syncing import close_attempt
from shop.payments.terms.debts import owed_by
from shop.payments.terms.errors import NoTerms, OverLimit
from shop.storage.unit_of_work import UnitOfWork

_END_OF_DAY: Final = time(23, 59, 59)
MOST_ROUNDS: Final = 3  # an attempt out of the way, accepted, one to spare


@dataclass(frozen=True, slots=True)
class Waits:
    """The order is above a limit of its organisation: somebody there has to approve it first."""

    approval_id: int
    amount_fen: int


def buy_on_terms(
    unit_of_work: UnitOfWork,
    providers: Providers,
    order_id: int,
    *,
    organisation_id: int | None,
    now: datetime,
) -> int | Waits:
    """Accept an order on the terms of an organisation; returns the id of the debt, or the request for approval that it
    waits for. Accepting twice is once.

    An attempt to pay it in another way is ended first. Raises NoTerms, OverLimit, NobodyApproves, UnknownMethod without
    an account to transfer to, NothingToPay, or ProviderUnavailable while that attempt does not end.
    """
    accept = partial(accept_on_terms, order_id=order_id, organisation_id=organisation_id, now=now)
    for _ in range(MOST_ROUNDS):
        outcome = unit_of_work.run(accept)
        if isinstance(outcome, int | Waits):
            return outcome
        close_attempt(unit_of_work, providers, outcome.id, now=now, reason=Reason.REPLACED)
    raise ProviderUnavailable()


def accept_on_terms(
    session: Session,
    order_id: int,
    *,
    organisation_id: int | None,
    now: datetime,
    with_others: bool = False,
) -> int | Waits | Attempt:
    """The id of the debt, or the open attempt that has to end before. Without an organisation: the buyer's only one.

    Above a spending limit of the member or the organisation nothing is accepted until somebody there approved it: then
    the order waits, with its goods held, and the request is returned. Who calls this from a reaction need do nothing
    more: the approval accepts it. `with_others`: it was approved as one of many. Locks the order, the organisation, so that its orders take turns at the limit, then lots and household figures.
    """
    order = lock_order(session, order_id)
    known = _debt_of(session, order)
    if known is not None:
        return known
    if order.status is not OrderStatus.AWAITING_PAYMENT or order.cancel_requested_at is not None:
        raise NothingToPay()
    grant = _grant(session, order, organisation_id)
    attempt = pending_payment(session, order.id)
    if attempt is not None:
        return attempt_of(attempt)
    lock_organisation(session, grant.organisation_id)
    owed_fen = owed_by(session, {grant.organisation_id}).get(grant.organisation_id, 0)
    refuse_over_limit(grant, owed_fen, order.total_fen)
    if not with_others and not is_approved(session, order, grant.organisation_id):
        over = limits_beyond(session, grant.organisation_id, order.user_id, order.total_fen, now=now)
        if over:
            approval = ask_approval(session, order, grant.organisation_id, over, now=now)
            return Waits(approval.id, approval.amount_fen)
        end_waiting(session, order.id, now=now)  # a limit was raised meanwhile
    debt = _write_debt(session, order, grant, now)
    outcome = confirm_locked(session, order, now=now)
    if outcome is not ConfirmOutcome.CONFIRMED:
        raise NothingToPay()
    return debt.id


def accept_approved(session: Session, event: OrderApproved) -> None:
    """A reaction: what was approved is accepted at once. Raises as `accept_on_terms`; then it is not approved either."""
    accept_on_terms(session, event.order_id, organisation_id=event.organisation_id, now=event.at)


def due_at(accepted_at: datetime, days: int) -> datetime:
    """The last second, in Shanghai, of the day on which money is in time."""
    return shanghai_moment(shanghai_date(accepted_at) + timedelta(days=days), _END_OF_DAY)


def _debt_of(session: Session, order: Order) -> int | None:
    if order.confirmed_at is None:
        return None
    return session.scalar(
        sa.select(Payment.id).where(Payment.order_id == order.id, Payment.provider == ON_ACCOUNT)
    )


def _grant(session: Session, order: Order, organisation_id: int | None) -> Grant:
    """The terms that the buyer chose, or the only ones. Raises NoTerms."""
    grants = [grant for grant in grants_of_buyer(session, order.user_id) if grant.limit_fen]
    if organisation_id is not None:
        grants = [grant for grant in grants if grant.organisation_id == organisation_id]
    if len(grants) != 1:
        raise NoTerms(field="payment_method")
    return grants[0]


def refuse_over_limit(grant: Grant, owed_fen: int, wanted_fen: int) -> None:
    """Pure. Raises OverLimit when an order of `wanted_fen` beside what is owed already is too much."""
    if owed_fen + wanted_fen > grant.limit_fen:
        raise OverLimit(
            field="payment_method",
            organisation=grant.organisation,
            limit=plain_yuan(grant.limit_fen),
            owed=plain_yuan(owed_fen),
            wanted=plain_yuan(wanted_fen),
        )


def _write_debt(session: Session, order: Order, grant: Grant, now: datetime) -> Payment:
    """Raises UnknownMethod when there is no one account to which all of it can be transferred."""
    sellers = sa.select(OrderLine.seller_id).where(OrderLine.order_id == order.id)
    account = receiving_account(session, set(session.scalars(sellers)))
    if account is None:
        raise UnknownMethod(field="payment_method")
    earlier = last_payment(session, order.id)
    debt = Payment(
        order_id=order.id,
        attempt=earlier.attempt + 1 if earlier else 1,
        provider=ON_ACCOUNT,
        amount_fen=order.total_fen,
        currency="CNY",
        reference=random_code(REFERENCE_LENGTH),
        request=asdict(account),
        created_at=now,
        expires_at=due_at(now, grant.days),
    )
    session.add(debt)
    order.organisation_id, order.payment_method = grant.organisation_id, ON_ACCOUNT
    session.flush()
    note(session, order.id, "accepted_on_terms", now, days=grant.days, amount_fen=debt.amount_fen)
    return debt
