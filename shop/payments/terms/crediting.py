"""A debt gets smaller before it is paid: for a refund, or because a part of it is given up."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ordering.reasons import Reason
from shop.payments.errors import RefundTooLarge
from shop.payments.models import ON_ACCOUNT, Payment, PaymentStatus
from shop.payments.terms.errors import DebtClosed
from shop.payments.transitions import PAYMENTS


def carries_an_order() -> sa.ColumnElement[bool]:
    """SQL, of Payment: an order rests on it, since its money came, or since it is an open debt. One an order at most."""
    is_debt = sa.and_(Payment.provider == ON_ACCOUNT, Payment.status == PaymentStatus.PENDING)
    return sa.or_(Payment.status == PaymentStatus.SUCCEEDED, is_debt)


def left_to_give_back() -> sa.ColumnElement[int]:
    """SQL, of a Payment that carries an order: as `Payment.left_fen`."""
    came = sa.func.coalesce(Payment.received_fen, 0) - Payment.refunding_fen
    return sa.case((Payment.status == PaymentStatus.SUCCEEDED, came), else_=Payment.due_fen)


def was_debt(session: Session, order_id: int) -> bool:
    """Whether the order was accepted on terms, whatever became of the debt."""
    found = sa.select(Payment.id).where(Payment.order_id == order_id, Payment.provider == ON_ACCOUNT)
    return session.scalar(found.limit(1)) is not None


def credit_debt(session: Session, debt: Payment, amount_fen: int, *, now: datetime) -> None:
    """So much of it is not asked for any more; with nothing left it ends. The order is locked.

    Kept by a conditional update with a CHECK behind it. Raises RefundTooLarge for more than is open.
    """
    session.flush()
    credited = Payment.credited_fen + amount_fen
    taken = session.execute(
        sa.update(Payment)
        .where(Payment.id == debt.id, Payment.status == PaymentStatus.PENDING, credited <= Payment.amount_fen)
        .values(credited_fen=credited)
        .returning(Payment.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not taken:
        raise RefundTooLarge()
    session.refresh(debt)
    if debt.due_fen == 0:
        debt.status = PAYMENTS.step(debt.status, PaymentStatus.EXPIRED)
        debt.ended_at, debt.failure = now, Reason.NOTHING_OWED
        session.flush()


def owe_again(session: Session, debt: Payment, amount_fen: int) -> None:
    """What was credited is asked for after all. The order is locked. Raises DebtClosed where the debt is not open any more."""
    session.flush()
    credited = Payment.credited_fen - amount_fen
    taken = session.execute(
        sa.update(Payment)
        .where(
            Payment.id == debt.id,
            Payment.provider == ON_ACCOUNT,
            Payment.status == PaymentStatus.PENDING,
            credited >= 0,
        )
        .values(credited_fen=credited)
        .returning(Payment.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not taken:
        raise DebtClosed()
    session.refresh(debt)
