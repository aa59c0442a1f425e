"""Refunds that their provider does not bring to the buyer: a person sends them from our bank, and says so here.

One came back from the buyer's bank after it had succeeded; another failed, and would fail however often it is tried.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import NotFound
from shop.ordering.history import note
from shop.payments.attempts import lock_with_order
from shop.payments.errors import RefundUnderWay
from shop.payments.events import RefundResent
from shop.payments.models import Refund, RefundStatus
from shop.payments.providers.base import RefundState
from shop.payments.providers.config import BANK_TRANSFER
from shop.payments.refund_settling import CAME_BACK, apply_refund_state, bank_reference
from shop.payments.refunds import refund_tried_again, retry_refund
from shop.storage.event_log import record

RESENT = "resent: "


def confirm_resent(
    session: Session, refund_id: int, *, actor_id: int, now: datetime, sent_as: str = ""
) -> bool:
    """`sent_as` is what the bank calls it. It left our bank; False when somebody had said so before. Locks the order. Raises NotFound."""
    refund = _locked(session, refund_id)
    if not refund.failure.startswith(CAME_BACK):
        return False
    refund.sent_as = bank_reference(sent_as)
    _write_down(session, refund, refund.failure.removeprefix(CAME_BACK), actor_id, now)
    return True


def confirm_sent_instead(
    session: Session, failed_id: int, *, actor_id: int, now: datetime, sent_as: str = ""
) -> int:
    """A refund that failed left our bank instead: another try, settled at once. Returns that refund's id.

    Saying it twice is once. Locks the order. Raises NotFound; NothingToRefund when it did not fail; RefundUnderWay
    when somebody has asked the provider again meanwhile, since the buyer would have the money twice.
    """
    failed = _locked(session, failed_id)
    known = refund_tried_again(session, failed)
    if known is not None:
        if not known.failure.startswith(RESENT):
            raise RefundUnderWay()
        return known.id
    again_id = retry_refund(session, failed_id, actor_id=actor_id, now=now)
    apply_refund_state(session, again_id, RefundState(RefundStatus.SUCCEEDED), now=now)
    again = session.get_one(Refund, again_id)
    again.sent_as = bank_reference(sent_as)
    _write_down(session, again, failed.failure, actor_id, now)
    return again_id


def _locked(session: Session, refund_id: int) -> Refund:
    """What went back by transfer in the first place is none of these."""
    payment_id = session.scalar(sa.select(Refund.payment_id).where(Refund.id == refund_id))
    if payment_id is None:
        raise NotFound()
    _, payment = lock_with_order(session, payment_id)
    if payment.provider == BANK_TRANSFER:
        raise NotFound()
    return session.get_one(Refund, refund_id, populate_existing=True)


def _write_down(session: Session, refund: Refund, why: str, actor_id: int, now: datetime) -> None:
    """Kept with why the provider did not do it, and booked from our bank."""
    refund.failure = f"{RESENT}{why}"[:200]
    facts = {"amount_fen": refund.amount_fen}
    note(session, refund.order_id, "refund_resent", now, actor_id=actor_id, **facts)
    said = {**facts, "reference": refund.sent_as}
    audit(session, actor_id, "refund.resent", "refund", refund.id, said, now=now)
    record(session, RefundResent(refund.id, now))
