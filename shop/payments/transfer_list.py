"""Bank transfers that an admin may confirm: found by what the bank's statement shows."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.money import typed_yuan
from shop.kit.references import normalise_code
from shop.kit.text import tidy
from shop.ordering.models import Order
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
    named = sa.exists().where(
        StatementLine.status == LineStatus.OPEN, remark.contains(Payment.reference, autoescape=False)
    )
    proposed = sa.exists().where(Proposal.payment_id == Payment.id, Proposal.decided_at.is_(None))
    return sa.and_(_IS_OPEN, Payment.provider == BANK_TRANSFER, ~named, ~proposed)


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


def first_transfers(session: Session, *, most: int) -> First[AwaitedTransfer]:
    """Those that nothing speaks of yet, whose time ends first before the others, how many, and their fen. One statement."""
    found = read_first(session, _listed(is_only_awaited()), most=most, adding=Payment.due_fen)
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
    return (
        sa.select(
            *(Payment.id, Order.number, Payment.reference, Payment.due_fen, Payment.status),
            *(Payment.created_at, Payment.expires_at),
        )
        .join(Order, Order.id == Payment.order_id)
        .where(conditions)
        .order_by(Payment.ended_at.desc().nulls_first(), Payment.expires_at, Payment.id)
    )


def fits(wanted: str) -> sa.ColumnElement[bool]:
    """A part of the reference or of the order's number, or the exact amount in yuan."""
    ways = [Order.number.contains(wanted.upper(), autoescape=True)]
    if code := normalise_code(wanted):
        ways.append(Payment.reference.contains(code, autoescape=True))
    with suppress(ValueError):
        ways.append(Payment.due_fen == typed_yuan(wanted))
    return sa.or_(*ways)
