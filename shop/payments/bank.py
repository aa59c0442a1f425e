"""Bank transfers: a person reads the statement and says what arrived, or that money was sent back."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import NotFound
from shop.kit.money import plain_yuan
from shop.payments.attempts import lock_with_order
from shop.payments.errors import WrongTransferAmount
from shop.payments.models import PaymentStatus, Refund, RefundStatus
from shop.payments.outcome import apply_state
from shop.payments.providers.bank_transfer import NAME
from shop.payments.providers.base import AttemptStatus, ProviderState, RefundState
from shop.payments.refunds import apply_refund_state


def confirm_transfer(
    session: Session, payment_id: int, received_fen: int, *, actor_id: int, now: datetime
) -> PaymentStatus:
    """An admin saw the transfer on the statement. Confirming twice confirms once.

    Late money counts as any late money: the order is revived if its stock is there, else it goes back in full.
    Raises WrongTransferAmount when it is not exactly the amount; nothing is written then. Locks the order: of two
    people who confirm at once the first one is written down.
    """
    _, payment = lock_with_order(session, payment_id)
    if payment.provider != NAME:
        raise NotFound()
    if received_fen != payment.amount_fen:
        raise WrongTransferAmount(
            field="received",
            expected=plain_yuan(payment.amount_fen),
            received=plain_yuan(received_fen),
        )
    before = payment.status
    state = ProviderState(AttemptStatus.SUCCEEDED, received_fen=received_fen, method=NAME)
    status = apply_state(session, payment_id, state, now=now)
    if status is not before:
        payment.confirmed_by_id = actor_id
        facts = {"received_fen": received_fen, "status": status}
        audit(session, actor_id, "transfer.confirmed", "payment", payment_id, facts, now=now)
    return status


def confirm_transfer_back(session: Session, refund_id: int, *, actor_id: int, now: datetime) -> RefundStatus:
    """An admin sent the money back by transfer."""
    payment_id = session.scalar(sa.select(Refund.payment_id).where(Refund.id == refund_id))
    if payment_id is None:
        raise NotFound()
    _, payment = lock_with_order(session, payment_id)
    if payment.provider != NAME:
        raise NotFound()
    refund = session.get_one(Refund, refund_id, populate_existing=True)
    before = refund.status
    status = apply_refund_state(session, refund_id, RefundState(RefundStatus.SUCCEEDED), now=now)
    if status is not before:
        facts = {"amount_fen": refund.amount_fen}
        audit(session, actor_id, "transfer.sent_back", "refund", refund_id, facts, now=now)
    return status
