"""Bank transfers that an admin may confirm: found by what the bank's statement shows."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.money import typed_yuan
from shop.kit.references import normalise_code
from shop.kit.text import tidy
from shop.ordering.models import Order
from shop.payments.models import Payment, PaymentStatus
from shop.payments.providers import bank_transfer
from shop.payments.statements.models import LineStatus, Proposal, StatementLine
from shop.storage.paging import PAGE_SIZE, Page, read_page

LONGEST_ASKED: Final = 60
_IS_OPEN = sa.and_(Payment.provider == bank_transfer.NAME, Payment.status == PaymentStatus.PENDING)


def is_only_awaited() -> sa.ColumnElement[bool]:
    """SQL: a transfer that nothing speaks of yet. One that an open receipt names, or on which a second person has to
    speak, waits among the receipts, and stands in one pile only.
    """
    remark = sa.func.upper(sa.func.replace(sa.func.replace(StatementLine.remark, " ", ""), "-", ""))
    named = sa.exists().where(
        StatementLine.status == LineStatus.OPEN, remark.contains(Payment.reference, autoescape=False)
    )
    proposed = sa.exists().where(Proposal.payment_id == Payment.id, Proposal.decided_at.is_(None))
    return sa.and_(_IS_OPEN, ~named, ~proposed)


@dataclass(frozen=True)
class AwaitedTransfer:
    """Over its time it may still arrive."""

    payment_id: int
    order_number: str
    reference: str
    amount_fen: int
    status: PaymentStatus
    created_at: datetime
    expires_at: datetime | None


def open_transfers(session: Session, *, size: int = PAGE_SIZE) -> Page[AwaitedTransfer]:
    """The first few that nothing speaks of yet, whose time ends first, and how many there are."""
    return _read(session, is_only_awaited(), page=1, size=size)


def open_transfers_fen(session: Session) -> int:
    return int(session.scalar(sa.select(sa.func.sum(Payment.amount_fen)).where(is_only_awaited())) or 0)


def find_transfers(
    session: Session, asked: str = "", *, expired_since: datetime, awaited_only: bool = False, page: int = 1
) -> Page[AwaitedTransfer]:
    """Open transfers, whose time ends first before the others; then those expired since that moment, newest first.

    `awaited_only`: those of the dashboard's pile. `asked`: a part of the reference or of the order's number, or the exact amount in yuan. Two statements.
    """
    expired = sa.and_(
        Payment.provider == bank_transfer.NAME,
        Payment.status == PaymentStatus.EXPIRED,
        Payment.ended_at >= expired_since,
    )
    conditions = is_only_awaited() if awaited_only else sa.or_(_IS_OPEN, expired)
    wanted = tidy(asked)[:LONGEST_ASKED]
    return _read(session, sa.and_(conditions, fits(wanted)) if wanted else conditions, page=page)


def _read(
    session: Session, conditions: sa.ColumnElement[bool], *, page: int, size: int = PAGE_SIZE
) -> Page[AwaitedTransfer]:
    statement = (
        sa.select(
            *(Payment.id, Order.number, Payment.reference, Payment.amount_fen, Payment.status),
            *(Payment.created_at, Payment.expires_at),
        )
        .join(Order, Order.id == Payment.order_id)
        .where(conditions)
        .order_by(Payment.ended_at.desc().nulls_first(), Payment.expires_at, Payment.id)
    )
    return read_page(session, statement, number=page, size=size).map(lambda row: AwaitedTransfer(*row))


def fits(wanted: str) -> sa.ColumnElement[bool]:
    """A part of the reference or of the order's number, or the exact amount in yuan."""
    ways = [Order.number.contains(wanted.upper(), autoescape=True)]
    if code := normalise_code(wanted):
        ways.append(Payment.reference.contains(code, autoescape=True))
    with suppress(ValueError):
        ways.append(Payment.amount_fen == typed_yuan(wanted))
    return sa.or_(*ways)
