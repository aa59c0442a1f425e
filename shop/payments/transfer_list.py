"""Bank transfers that an admin may confirm: found by what the bank's statement shows."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.kit.money import typed_yuan
from shop.kit.references import normalise_code
from shop.kit.text import tidy
from shop.ordering.models import Order
from shop.payments.joint.models import JointState, JointTransfer
from shop.payments.models import Payment, PaymentStatus
from shop.payments.providers.config import BANK_TRANSFER, BY_BANK
from shop.payments.statements.models import LineStatus, Proposal, StatementLine
from shop.storage.paging import First, Page, read_first, read_page

LONGEST_ASKED: Final = 60
_IS_OPEN = sa.and_(Payment.provider.in_(BY_BANK), Payment.status == PaymentStatus.PENDING)


def is_only_awaited() -> sa.ColumnElement[bool]:
    """SQL: a transfer that nothing speaks of yet. One that an open receipt names, or on which a second person has to
    speak, waits among the receipts, and stands in one pile only. Debts have a list of their own.
    """
    remark = sa.func.upper(sa.func.replace(sa.func.replace(StatementLine.remark, " ", ""), "-", ""))
    references = (Payment.reference, JointTransfer.reference)
    named = sa.exists().where(
        StatementLine.status == LineStatus.OPEN,
        sa.or_(*(remark.contains(one, autoescape=False) for one in references)),
    )
    proposed = sa.exists().where(Proposal.payment_id == Payment.id, Proposal.decided_at.is_(None))
    said = sa.and_(Payment.joint_id.is_not(None), JointTransfer.state != JointState.OPEN)
    return sa.and_(_IS_OPEN, Payment.provider == BANK_TRANSFER, ~named, ~proposed, ~said)


@dataclass(frozen=True)
class AwaitedTransfer:
    """Over its time it may still arrive. With `joint_id` it is one transfer for many orders, of which one is named."""

    payment_id: int
    order_number: str
    reference: str
    amount_fen: int
    status: PaymentStatus
    created_at: datetime
    expires_at: datetime | None
    joint_id: int | None
    title: str | None


def first_transfers(session: Session, *, most: int) -> First[AwaitedTransfer]:
    """Those that nothing speaks of yet, whose time ends first before the others, how many, and their fen. One statement."""
    found = read_first(session, _listed(is_only_awaited()), most=most, adding=_sum_fen())
    return found.map(lambda row: AwaitedTransfer(*row))


def find_transfers(
    session: Session, asked: str = "", *, expired_since: datetime, awaited_only: bool = False, page: int = 1
) -> Page[AwaitedTransfer]:
    """Open transfers, whose time ends first before the others; then those expired since that moment, newest first.

    `awaited_only`: those of the dashboard's pile. `asked`: a part of the reference or of the order's number, or the exact amount in yuan. Two statements.
    """
    expired = sa.and_(
        Payment.provider == BANK_TRANSFER,
        Payment.status == PaymentStatus.EXPIRED,
        Payment.ended_at >= expired_since,
    )
    conditions = is_only_awaited() if awaited_only else sa.or_(_IS_OPEN, expired)
    wanted = tidy(asked)[:LONGEST_ASKED]
    listed = _listed(sa.and_(conditions, fits(wanted)) if wanted else conditions)
    return read_page(session, listed, number=page).map(lambda row: AwaitedTransfer(*row))


def _listed(conditions: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    """One row for each transfer: of those that come together, the first order's, with the sum of all that stand alike."""
    other = aliased(Payment)
    first = sa.select(sa.func.min(other.id)).where(*_together(other)).scalar_subquery()
    return (
        sa.select(
            *(Payment.id, Order.number, sa.func.coalesce(JointTransfer.reference, Payment.reference)),
            *(_sum_fen(), Payment.status, Payment.created_at, Payment.expires_at),
            *(Payment.joint_id, JointTransfer.title),
        )
        .join(Order, Order.id == Payment.order_id)
        .outerjoin(JointTransfer, JointTransfer.id == Payment.joint_id)
        .where(conditions, sa.or_(Payment.joint_id.is_(None), Payment.id == first))
        .order_by(Payment.ended_at.desc().nulls_first(), Payment.expires_at, Payment.id)
    )


def _sum_fen() -> sa.ColumnElement[int]:
    other = aliased(Payment)
    together = sa.select(sa.func.sum(other.due_fen)).where(*_together(other)).scalar_subquery()
    return sa.case((Payment.joint_id.is_(None), Payment.due_fen), else_=sa.cast(together, sa.BigInteger))


def _together(other: type[Payment]) -> tuple[sa.ColumnElement[bool], ...]:
    return other.joint_id == Payment.joint_id, other.status == Payment.status


def fits(wanted: str) -> sa.ColumnElement[bool]:
    """A part of the reference or of the order's number, or the exact amount in yuan."""
    ways = [Order.number.contains(wanted.upper(), autoescape=True)]
    if code := normalise_code(wanted):
        ways.append(Payment.reference.contains(code, autoescape=True))
        ways.append(
            Payment.joint_id.in_(
                sa.select(JointTransfer.id).where(JointTransfer.reference.contains(code, autoescape=True))
            )
        )
    with suppress(ValueError):
        ways.append(Payment.due_fen == typed_yuan(wanted))
    return sa.or_(*ways)
