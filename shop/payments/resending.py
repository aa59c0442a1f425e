"""Refunds that their provider does not bring to the buyer: a person sends them from our bank, and says so here.

One came back from the buyer's bank after it had succeeded; another failed, and would fail however often it is tried.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import NotFound
from shop.ordering.history import note
from shop.payments.attempts import lock_with_order
from shop.payments.bank_names import read_bank_name
from shop.payments.by_hand import goes_by_hand
from shop.payments.disputes import is_disputed
from shop.payments.errors import NothingToRefund, PaymentDisputed, RefundUnderWay
from shop.payments.events import RefundResent
from shop.payments.models import Refund, RefundStatus
from shop.payments.providers.base import RefundState
from shop.payments.refund_settling import CAME_BACK, apply_refund_state
from shop.payments.refunds import refund_tried_again, retry_refund
from shop.payments.second_person import About, counts_now
from shop.storage.event_log import record

RESENT = "resent: "


class Said(StrEnum):
    """What became of somebody's word that our bank sent a refund."""

    BOOKED = "booked"
    WAITS = "waits"  # for a second person
    BEFORE = "before"  # somebody had said so, and it is booked


def confirm_resent(
    session: Session, refund_id: int, *, actor_id: int, now: datetime, sent_as: str = ""
) -> Said:
    """A refund that had come back left our bank; `sent_as` is what the bank calls it.

    Above the shop's limit a second person says so too. Locks the order. Raises NotFound, SentAsReceipt.
    """
    named = read_bank_name(session, sent_as)
    refund = _locked(session, refund_id)
    if not refund.failure.startswith(CAME_BACK):
        return Said.BEFORE
    if not _counts(session, refund, named, actor_id, now):
        return Said.WAITS
    _write_down(session, refund, refund.failure.removeprefix(CAME_BACK), actor_id, now)
    return Said.BOOKED


def confirm_sent_instead(
    session: Session, failed_id: int, *, actor_id: int, now: datetime, sent_as: str = ""
) -> Said:
    """A refund that failed left our bank instead: another try, settled at once.

    Above the shop's limit a second person says so too. Locks the order. Raises NotFound; NothingToRefund when it did
    not fail; PaymentDisputed; RefundUnderWay when somebody has asked the provider again meanwhile, since the buyer
    would have the money twice.
    """
    named = read_bank_name(session, sent_as)
    failed = _locked(session, failed_id)
    known = refund_tried_again(session, failed)
    if known is not None:
        if not known.failure.startswith(RESENT):
            raise RefundUnderWay()
        return Said.BEFORE
    if failed.status is not RefundStatus.FAILED:
        raise NothingToRefund()
    if is_disputed(session, failed.payment_id):
        raise PaymentDisputed()
    if not _counts(session, failed, named, actor_id, now):
        return Said.WAITS
    again_id = retry_refund(session, failed_id, actor_id=actor_id, now=now)
    apply_refund_state(session, again_id, RefundState(RefundStatus.SUCCEEDED), now=now)
    again = session.get_one(Refund, again_id)
    again.sent_as, failed.sent_as = failed.sent_as, ""
    _write_down(session, again, failed.failure, actor_id, now)
    return Said.BOOKED


def agree_to_sent(session: Session, refund_id: int, *, actor_id: int, now: datetime) -> None:
    """The second person says the same of a refund that its provider did not bring. Raises as the two above."""
    refund = _locked(session, refund_id)
    say = confirm_resent if refund.failure.startswith(CAME_BACK) else confirm_sent_instead
    say(session, refund_id, actor_id=actor_id, now=now)


def sent_instead(session: Session, failed_id: int) -> int:
    """The refund that stands for what our bank sent in a failed one's place; the failed one while there is none."""
    failed = session.get(Refund, failed_id)
    again = refund_tried_again(session, failed) if failed is not None else None
    return failed_id if again is None else again.id


def _counts(session: Session, refund: Refund, named: str, actor_id: int, now: datetime) -> bool:
    """Whoever says so first writes down what the bank calls it."""
    refund.sent_as = refund.sent_as or named
    about = About(refund.payment_id, refund.id, refund.amount_fen)
    return counts_now(session, about, actor_id=actor_id, now=now)


def _locked(session: Session, refund_id: int) -> Refund:
    """What went back by transfer in the first place is none of these."""
    payment_id = session.scalar(sa.select(Refund.payment_id).where(Refund.id == refund_id))
    if payment_id is None:
        raise NotFound()
    _, payment = lock_with_order(session, payment_id)
    if goes_by_hand(payment.provider):
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
