"""A debt's transfer has come: the order was confirmed long ago, and only the receivable is settled."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.ordering.history import note
from shop.payments.events import DebtSettled
from shop.payments.models import Payment, PaymentStatus
from shop.payments.transitions import PAYMENTS
from shop.storage.event_log import record


def settle_debt(session: Session, debt: Payment, received_fen: int, *, now: datetime) -> None:
    """`received_fen` is all that is due, as `confirm_transfer` has seen to. The order is locked."""
    debt.status = PAYMENTS.step(debt.status, PaymentStatus.SUCCEEDED)
    debt.received_fen = received_fen
    debt.succeeded_at = debt.ended_at = now
    note(session, debt.order_id, "debt_settled", now, amount_fen=received_fen)
    record(session, DebtSettled(debt.id))
