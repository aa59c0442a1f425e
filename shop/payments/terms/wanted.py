"""What other rooms order on an organisation's terms: judged as a whole before it, then accepted order by order."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.accounts.terms import grants_of_buyer, lock_organisation
from shop.kit.money import plain_yuan
from shop.ordering.approvals.spending import limits_beyond
from shop.ordering.events import OrderOnTermsWanted, OrdersOnTermsWanted
from shop.payments.errors import NothingToPay
from shop.payments.terms.accepting import Waits, accept_on_terms, refuse_over_limit
from shop.payments.terms.debts import owed_by
from shop.payments.terms.errors import NeedsApproval, NoTerms


def refuse_beyond_terms(session: Session, event: OrdersOnTermsWanted) -> None:
    """Raises NoTerms, OverLimit or NeedsApproval, before anything is placed. Locks the organisation.

    Many orders are one decision: nobody approves them one by one.
    """
    grants = [
        one
        for one in grants_of_buyer(session, event.user_id)
        if one.limit_fen and one.organisation_id == event.organisation_id
    ]
    if not grants:
        raise NoTerms(field="payment_method")
    lock_organisation(session, event.organisation_id)
    owed_fen = owed_by(session, {event.organisation_id}).get(event.organisation_id, 0)
    refuse_over_limit(grants[0], owed_fen, event.total_fen)
    if event.is_approved:
        return
    if limits_beyond(session, event.organisation_id, event.user_id, event.total_fen, now=event.at):
        raise NeedsApproval(field="payment_method", wanted=plain_yuan(event.total_fen))


def accept_wanted(session: Session, event: OrderOnTermsWanted) -> None:
    """Raises what `accept_on_terms` raises; an order that somebody pays in another way meanwhile is NothingToPay."""
    accepted = accept_on_terms(
        session,
        event.order_id,
        organisation_id=event.organisation_id,
        now=event.at,
        with_others=event.is_approved,
    )
    if isinstance(accepted, Waits):
        raise NeedsApproval(field="payment_method", wanted=plain_yuan(accepted.amount_fen))
    if not isinstance(accepted, int):
        raise NothingToPay()
