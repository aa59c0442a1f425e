"""All receipts, whatever became of them, and one with what it pays."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.errors import NotFound
from shop.kit.money import typed_yuan
from shop.ordering.models import Order
from shop.payments.models import Payment, PaymentStatus
from shop.payments.statements.finding import OpenLine
from shop.payments.statements.models import BankMatch, BankStatement, LineStatus, StatementLine
from shop.storage.paging import Page, read_page

LONGEST_ASKED: Final = 60


@dataclass(frozen=True)
class ReceiptRow:
    id: int
    booked_on: date
    payer: str
    amount_fen: int
    remark: str
    status: LineStatus
    reason: str
    orders: Sequence[str]  # numbers


@dataclass(frozen=True)
class Paid:
    """What a line pays; `confirmed_at` is None while it waits for the second person."""

    payment_id: int
    order_number: str
    amount_fen: int
    status: PaymentStatus
    confirmed_at: datetime | None


@dataclass(frozen=True)
class ReceiptFacts:
    line: OpenLine
    status: LineStatus
    reason: str
    sent_as: str
    file_name: str
    row: int
    pays: Sequence[Paid]


def find_receipts(session: Session, status: str, asked: str, *, page: int) -> Page[ReceiptRow]:
    """The newest first. Three statements."""
    line = StatementLine
    columns: tuple[Any, ...] = (
        *(line.id, line.booked_on, line.payer, line.amount_fen, line.remark, line.status, line.reason),
    )
    statement = sa.select(*columns).order_by(line.booked_on.desc(), line.id.desc())
    if status in set(LineStatus):
        statement = statement.where(line.status == LineStatus(status))
    if asked:
        statement = statement.where(_fits(asked[:LONGEST_ASKED]))
    found = read_page(session, statement, number=page)
    orders = _orders_of(session, [row[0] for row in found.items])
    return found.map(lambda row: ReceiptRow(*(*row, orders.get(row[0], []))))


def read_receipt(session: Session, line_id: int) -> ReceiptFacts:
    """Raises NotFound. Two statements."""
    row = session.execute(
        sa.select(StatementLine, BankStatement.file_name, BankStatement.imported_at)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .where(StatementLine.id == line_id)
    ).one_or_none()
    if row is None:
        raise NotFound()
    line, file_name, imported_at = row
    pays = session.execute(
        sa.select(Payment.id, Order.number, BankMatch.amount_fen, Payment.status, BankMatch.confirmed_at)
        .join(Payment, Payment.id == BankMatch.payment_id)
        .join(Order, Order.id == Payment.order_id)
        .where(BankMatch.line_id == line_id)
        .order_by(BankMatch.id)
    )
    facts = OpenLine(
        id=line.id,
        booked_on=line.booked_on,
        amount_fen=line.amount_fen,
        left_fen=line.amount_fen - line.matched_fen,
        payer=line.payer,
        payer_key=line.payer_key,
        payer_account=line.payer_account,
        remark=line.remark,
        serial=line.serial,
        imported_at=imported_at,
        booked_at=line.booked_at,
    )
    paid = [Paid(*one) for one in pays]
    return ReceiptFacts(facts, line.status, line.reason, line.sent_as, file_name, line.row, paid)


def _orders_of(session: Session, line_ids: Sequence[int]) -> dict[int, list[str]]:
    rows = session.execute(
        sa.select(BankMatch.line_id, Order.number)
        .join(Payment, Payment.id == BankMatch.payment_id)
        .join(Order, Order.id == Payment.order_id)
        .where(BankMatch.line_id.in_(line_ids))
        .order_by(BankMatch.id)
    )
    orders: dict[int, list[str]] = {}
    for line_id, number in rows:
        orders.setdefault(line_id, []).append(number)
    return orders


def _fits(asked: str) -> sa.ColumnElement[bool]:
    columns = (StatementLine.payer, StatementLine.remark, StatementLine.serial)
    ways: list[sa.ColumnElement[bool]] = [one.contains(asked, autoescape=True) for one in columns]
    with suppress(ValueError):
        ways.append(StatementLine.amount_fen == typed_yuan(asked))
    return sa.or_(*ways)
