"""A buyer's bank asks for the money of a payment back: written down, booked, and shown to a person until it is decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ordering.history import note
from shop.payments.attempts import lock_with_order
from shop.payments.events import DisputeChanged
from shop.payments.models import Dispute, DisputeStatus, Payment
from shop.payments.providers.base import DisputeState
from shop.payments.transitions import DISPUTES, PAID
from shop.storage.event_log import record


def apply_dispute(session: Session, payment_id: int, state: DisputeState, *, now: datetime) -> None:
    """Bring a dispute to where `state` leads; a word that comes late, twice or out of turn changes nothing.

    Locks the order. Also of what no order could use: the provider does not send back what is disputed.
    """
    order, payment = lock_with_order(session, payment_id)
    if payment.status not in PAID:
        return
    dispute = _find(session, state.provider_ref) or _open(session, payment, state, now)
    before = (dispute.status, dispute.withdrawn_fen)
    if dispute.status is DisputeStatus.OPEN:
        dispute.answer_by = state.answer_by or dispute.answer_by
        if state.is_withdrawn:
            dispute.withdrawn_fen = dispute.amount_fen
        if state.status is not DisputeStatus.OPEN:
            dispute.status = DISPUTES.step(dispute.status, state.status)
            dispute.closed_at = now
            note(session, order.id, f"dispute_{dispute.status}", now, amount_fen=dispute.amount_fen)
    if before != (dispute.status, dispute.withdrawn_fen) or dispute.opened_at == now:
        session.flush()
        record(session, DisputeChanged(dispute.id))


def takes_the_money() -> sa.ColumnElement[bool]:
    """Of `Dispute`: the buyer has it, or may get it, so that it cannot go back a second way."""
    return Dispute.status != DisputeStatus.WON


def is_lost(payment_id: Any) -> sa.ColumnElement[bool]:
    """SQL: the buyer has this payment back from their bank for good."""
    return sa.exists().where(Dispute.payment_id == payment_id, Dispute.status == DisputeStatus.LOST)


def is_disputed(session: Session, payment_id: int) -> bool:
    found = sa.select(Dispute.id).where(Dispute.payment_id == payment_id, takes_the_money())
    return session.scalar(found.limit(1)) is not None


def _find(session: Session, provider_ref: str) -> Dispute | None:
    statement = sa.select(Dispute).where(Dispute.provider_ref == provider_ref)
    return session.scalar(statement.execution_options(populate_existing=True))


def _open(session: Session, payment: Payment, state: DisputeState, now: datetime) -> Dispute:
    dispute = Dispute(
        payment_id=payment.id,
        order_id=payment.order_id,
        provider_ref=state.provider_ref,
        status=DisputeStatus.OPEN,
        amount_fen=min(state.amount_fen, payment.received_fen or state.amount_fen),
        withdrawn_fen=0,
        reason=state.reason[:80],
        opened_at=now,
    )
    session.add(dispute)
    note(session, payment.order_id, "dispute_opened", now, amount_fen=dispute.amount_fen)
    return dispute
