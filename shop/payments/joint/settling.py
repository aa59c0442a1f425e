"""The worker confirms the orders of a gift's transfer that came: each in a transaction of its own, each once.

Killed anywhere, the next turn goes on with what is not confirmed. Late money counts as any late money: an order lives
again if its goods are there, else its part goes back in full.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import Conflict, Unavailable
from shop.payments.events import JointSettled
from shop.payments.joint.models import JointState, JointTransfer
from shop.payments.models import Payment
from shop.payments.outcome import apply_state
from shop.payments.providers.base import AttemptStatus, ProviderState
from shop.payments.providers.config import BANK_TRANSFER
from shop.payments.statements.matches import confirm_matches, lock_with_lines
from shop.payments.statements.models import BankMatch
from shop.payments.transitions import PAID
from shop.payments.withdrawal import finish_cancellation
from shop.storage.event_log import record
from shop.storage.locks import LockRank, lock_row
from shop.storage.unit_of_work import UnitOfWork

BATCH = 500

log = logging.getLogger("shop.payments.joint")


def settle_joint_transfers(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Returns how many payments were confirmed."""
    settled = 0
    for joint_id in unit_of_work.run(_settling):
        settled += settle_joint(unit_of_work, joint_id, now=now)
    return settled


def settle_joint(unit_of_work: UnitOfWork, joint_id: int, *, now: datetime) -> int:
    settled = 0
    while payments := unit_of_work.run(partial(_left, joint_id=joint_id)):
        for payment_id in payments:
            try:
                settled += unit_of_work.run(partial(_settle_one, payment_id=payment_id, now=now))
                unit_of_work.run(partial(finish_cancellation, payment_id=payment_id, now=now))
            except (Conflict, Unavailable) as error:
                log.warning("payment %s of joint transfer %s waits: %s", payment_id, joint_id, error.code)
                return settled  # the next turn goes on
    unit_of_work.run(partial(_close, joint_id=joint_id, now=now))
    return settled


def _settling(session: Session) -> Sequence[int]:
    statement = sa.select(JointTransfer.id).where(JointTransfer.state == JointState.SETTLING)
    return session.scalars(statement.order_by(JointTransfer.id).limit(50)).all()


def _left(session: Session, joint_id: int) -> Sequence[int]:
    statement = (
        sa.select(Payment.id)
        .join(BankMatch, BankMatch.payment_id == Payment.id)
        .where(Payment.joint_id == joint_id, BankMatch.confirmed_at.is_(None))
        .distinct()
        .order_by(Payment.id)
        .limit(BATCH)
    )
    return session.scalars(statement).all()


def _settle_one(session: Session, payment_id: int, now: datetime) -> bool:
    """Locks its receipts, then the order."""
    payment = lock_with_lines(session, payment_id)
    joint = session.get_one(JointTransfer, payment.joint_id, populate_existing=True)
    if joint.state is not JointState.SETTLING:
        return False
    if payment.status in PAID:  # somebody confirmed it by itself
        confirm_matches(session, payment_id, now=now)
        return False
    state = ProviderState(AttemptStatus.SUCCEEDED, received_fen=payment.due_fen, method=BANK_TRANSFER)
    status = apply_state(session, payment_id, state, now=now)
    payment.confirmed_by_id = joint.agreed_by_id or joint.said_by_id
    confirm_matches(session, payment_id, now=now)
    facts = {"received_fen": payment.due_fen, "status": status}
    audit(session, payment.confirmed_by_id, "transfer.confirmed", "payment", payment_id, facts, now=now)
    return True


def _close(session: Session, joint_id: int, now: datetime) -> None:
    joint = lock_row(
        session, LockRank.JOINT_TRANSFER, sa.select(JointTransfer).where(JointTransfer.id == joint_id)
    )
    if joint is None or joint.state is not JointState.SETTLING or _left(session, joint_id):
        return
    joint.state, joint.settled_at = JointState.SETTLED, now
    record(session, JointSettled(joint_id, joint.gift_id, now))
