"""A refund that came back from the buyer's bank is sent another way by a person, who says so here."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import NotFound
from shop.ordering.history import note
from shop.payments.attempts import lock_with_order
from shop.payments.events import RefundResent
from shop.payments.models import Refund
from shop.payments.refund_settling import CAME_BACK
from shop.storage.event_log import record

RESENT = "resent: "


def confirm_resent(session: Session, refund_id: int, *, actor_id: int, now: datetime) -> bool:
    """It left our bank; False when somebody had said so before. Locks the order. Raises NotFound."""
    payment_id = session.scalar(sa.select(Refund.payment_id).where(Refund.id == refund_id))
    if payment_id is None:
        raise NotFound()
    order, _ = lock_with_order(session, payment_id)
    refund = session.get_one(Refund, refund_id, populate_existing=True)
    if not refund.failure.startswith(CAME_BACK):
        return False
    refund.failure = f"{RESENT}{refund.failure.removeprefix(CAME_BACK)}"
    facts = {"amount_fen": refund.amount_fen}
    note(session, order.id, "refund_resent", now, actor_id=actor_id, **facts)
    audit(session, actor_id, "refund.resent", "refund", refund.id, facts, now=now)
    record(session, RefundResent(refund.id, now))
    return True
