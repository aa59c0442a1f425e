"""The work list: receipts that pay nothing yet, each with what it seems to be for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ordering.models import Order
from shop.payments.models import Payment, PaymentStatus
from shop.payments.providers.config import BANK_TRANSFER
from shop.payments.statements.finding import Candidate, Judgement, OpenLine, judge
from shop.payments.statements.models import (
    BankMatch,
    BankStatement,
    KnownPayer,
    LineStatus,
    StatementLine,
)
from shop.payments.statements.names import codes_in
from shop.payments.transfer_list import fits
from shop.payments.transitions import DEAD, PAID
from shop.storage.paging import First, read_first

MOST_LINES: Final = 400  # looked at together; the oldest
LATE: Final = timedelta(days=60)  # a transfer that expired may still arrive for so long

_LEFT: Final = StatementLine.amount_fen - StatementLine.matched_fen
_IS_OPEN: Final = StatementLine.status == LineStatus.OPEN
_LINE_COLUMNS: Final[tuple[Any, ...]] = (
    *(StatementLine.id, StatementLine.booked_on, StatementLine.amount_fen, _LEFT.label("left_fen")),
    *(StatementLine.payer, StatementLine.payer_key, StatementLine.payer_account, StatementLine.remark),
    *(StatementLine.serial, BankStatement.imported_at, StatementLine.booked_at),
)


def open_receipts(session: Session, *, now: datetime) -> list[Judgement]:
    """The oldest that are open, the oldest first. Three statements, however many."""
    lines = first_open_receipts(session, most=MOST_LINES).items
    if not lines:
        return []
    keys = sorted({line.payer_key for line in lines if line.payer_key})
    known = {
        (row.payer_key, row.user_id)
        for row in session.execute(
            sa.select(KnownPayer.payer_key, KnownPayer.user_id).where(KnownPayer.payer_key.in_(keys))
        )
    }
    return judge(lines, _candidates(session, lines, {user for _, user in known}, now), known)


def first_open_receipts(session: Session, *, most: int) -> First[OpenLine]:
    """The oldest, with how many there are and how much of them pays nothing yet. One statement."""
    statement = (
        sa.select(*_LINE_COLUMNS)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .where(_IS_OPEN)
        .order_by(StatementLine.booked_on, StatementLine.id)
    )
    return read_first(session, statement, most=most, adding=_LEFT).map(lambda row: OpenLine(*row))


def find_payments(session: Session, asked: str, *, most: int = 20) -> list[Candidate]:
    """Payments by transfer that no line pays yet, for a person to choose from, the newest first."""
    statement = _select().where(fits(asked), ~_is_taken()).order_by(Payment.id.desc()).limit(most)
    return [Candidate(*row) for row in session.execute(statement)]


def _candidates(
    session: Session, lines: Sequence[OpenLine], users: set[int], now: datetime
) -> list[Candidate]:
    """What the remarks name, what has the amount, and what buyers await whose payers are known. One statement."""
    codes = [codes_in(line.remark) for line in lines]
    references = sorted(set().union(*(found for found, _ in codes)))
    numbers = sorted(set().union(*(found for _, found in codes)))
    titles = sorted({line.payer for line in lines if line.payer})
    payers = sa.or_(Order.user_id.in_(sorted(users)), Order.invoice_title.in_(titles))
    wanted = sa.or_(
        Payment.reference.in_(references),
        Order.number.in_(numbers),
        sa.and_(Payment.amount_fen.in_(sorted({line.left_fen for line in lines})), _may_still_come(now)),
        sa.and_(Payment.status == PaymentStatus.PENDING, payers),
    )
    return [Candidate(*row) for row in session.execute(_select().where(wanted).order_by(Payment.id))]


def _may_still_come(now: datetime) -> sa.ColumnElement[bool]:
    """Awaited, given up lately, or confirmed by hand lately and not put to a line."""
    lately = Payment.ended_at >= now - LATE
    return sa.or_(
        Payment.status == PaymentStatus.PENDING,
        sa.and_(Payment.status.in_([*DEAD, *PAID]), lately),
    )


def _is_taken() -> sa.ColumnElement[bool]:
    return sa.exists().where(BankMatch.payment_id == Payment.id)


def _select() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            *(Payment.id, Order.number, Payment.reference, Payment.amount_fen, Payment.status),
            *(Order.user_id, Order.recipient, Order.invoice_title, Payment.created_at, _is_taken()),
        )
        .join(Order, Order.id == Payment.order_id)
        .where(Payment.provider == BANK_TRANSFER)
    )
