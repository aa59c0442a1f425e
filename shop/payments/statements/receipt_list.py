"""All receipts, whatever became of them, and one with what it pays."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.models import User
from shop.kit.errors import NotFound
from shop.kit.money import typed_yuan
from shop.ordering.models import Order
from shop.ordering.reasons import Reason
from shop.payments.joint.awaited import AwaitedJoint, joints_of_lines
from shop.payments.joint.models import JointTransfer
from shop.payments.models import Payment, PaymentStatus
from shop.payments.statements.finding import OpenLine
from shop.payments.statements.models import (
    BankMatch,
    BankStatement,
    LineStatus,
    RestDeed,
    RestNote,
    RestNoteStatus,
    StatementLine,
)
from shop.storage.paging import Page, read_page

LONGEST_ASKED: Final = 60


# How a receipt looks whose rest was sent back, or is said to be; its status is that it is set aside.
_LOOKS: Final = {Reason.REST_SENT_BACK.value: "sent_back", Reason.REST_GOING_BACK.value: "going_back"}


def look_of(status: LineStatus, reason: str) -> str:
    return _LOOKS.get(reason, status.value) if status is LineStatus.SET_ASIDE else status.value


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

    @property
    def look(self) -> str:
        return look_of(self.status, self.reason)


@dataclass(frozen=True)
class Paid:
    """What a line pays; `confirmed_at` is None while it waits for the second person."""

    payment_id: int
    order_number: str
    amount_fen: int
    status: PaymentStatus
    confirmed_at: datetime | None


@dataclass(frozen=True)
class Note:
    """What was said of money that was sent back: by whom, and who agreed or took it back."""

    id: int
    deed: RestDeed
    status: RestNoteStatus
    amount_fen: int
    sent_as: str
    reason: str
    said_by_id: int | None
    said_by: str
    said_at: datetime
    decided_by: str
    decided_at: datetime | None


@dataclass(frozen=True)
class ReceiptFacts:
    line: OpenLine
    status: LineStatus
    reason: str
    sent_as: str
    file_name: str
    row: int
    pays: Sequence[Paid]
    suspense_fen: int  # what of it stands in suspense in the books
    notes: Sequence[Note] = ()
    joints: Sequence[AwaitedJoint] = ()  # what it pays for many orders at once

    @property
    def look(self) -> str:
        return look_of(self.status, self.reason)

    @property
    def waiting(self) -> Note | None:
        """What a second person has to say something about."""
        return next((one for one in self.notes if one.status is RestNoteStatus.PROPOSED), None)


def find_receipts(session: Session, status: str, asked: str, *, page: int) -> Page[ReceiptRow]:
    """The newest first. Three statements."""
    line = StatementLine
    columns: tuple[Any, ...] = (
        *(line.id, line.booked_on, line.payer, line.amount_fen, line.remark, line.status, line.reason),
    )
    statement = sa.select(*columns).order_by(line.booked_on.desc(), line.id.desc())
    if status in set(LineStatus) | set(_LOOKS.values()):
        statement = statement.where(_looks(status))
    if asked:
        statement = statement.where(_fits(asked[:LONGEST_ASKED]))
    found = read_page(session, statement, number=page)
    orders = _orders_of(session, [row[0] for row in found.items])
    return found.map(lambda row: ReceiptRow(*(*row, orders.get(row[0], []))))


def read_receipt(session: Session, line_id: int) -> ReceiptFacts:
    """Raises NotFound. Four statements, one more where it pays many orders at once."""
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
        .where(BankMatch.line_id == line_id, Payment.joint_id.is_(None))
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
    about = (file_name, line.row, paid, line.suspense_fen, _notes_of(session, line_id))
    joints = [one for _, one in joints_of_lines(session, [line_id])]
    return ReceiptFacts(facts, line.status, line.reason, line.sent_as, *about, joints)


def _notes_of(session: Session, line_id: int) -> list[Note]:
    """The oldest first."""
    by, other = aliased(User), aliased(User)
    rows = session.execute(
        sa.select(
            *(RestNote.id, RestNote.deed, RestNote.status, RestNote.amount_fen, RestNote.sent_as),
            *(RestNote.reason, RestNote.said_by_id, _name(by), RestNote.said_at),
            *(_name(other), RestNote.decided_at),
        )
        .outerjoin(by, by.id == RestNote.said_by_id)
        .outerjoin(other, other.id == RestNote.decided_by_id)
        .where(RestNote.line_id == line_id)
        .order_by(RestNote.id)
    )
    return [Note(*row) for row in rows]


def _name(user: type[User]) -> sa.ColumnElement[str]:
    return sa.func.coalesce(sa.func.nullif(user.name, ""), user.email, "")


def _looks(status: str) -> sa.ColumnElement[bool]:
    if status in set(LineStatus):
        plain = StatementLine.status == LineStatus(status)
        return plain if status != LineStatus.SET_ASIDE else plain & StatementLine.reason.not_in(list(_LOOKS))
    reasons = [reason for reason, look in _LOOKS.items() if look == status]
    return (StatementLine.status == LineStatus.SET_ASIDE) & StatementLine.reason.in_(reasons)


@dataclass(frozen=True, slots=True)
class LeftReceipt:
    """`waits`: something of it is put to a payment and waits for the second person."""

    payer: str
    amount_fen: int
    status: LineStatus
    reason: str
    waits: bool


def left_receipts(session: Session, line_ids: Sequence[int]) -> dict[int, LeftReceipt]:
    """How they stand now. One statement."""
    line = StatementLine
    waits = sa.exists().where(BankMatch.line_id == line.id, BankMatch.confirmed_at.is_(None))
    rows = session.execute(
        sa.select(line.id, line.payer, line.amount_fen, line.status, line.reason, waits).where(
            line.id.in_(line_ids)
        )
    )
    return {
        line_id: LeftReceipt(payer, amount_fen, status, reason, bool(is_half))
        for line_id, payer, amount_fen, status, reason, is_half in rows
    }


def numbers_of(session: Session, payment_ids: Sequence[int]) -> dict[int, str]:
    """The numbers of their orders; below zero stands a transfer for many. One statement, or two."""
    rows = session.execute(
        sa.select(Payment.id, Order.number)
        .join(Order, Order.id == Payment.order_id)
        .where(Payment.id.in_(payment_ids))
    )
    numbers = {payment_id: number for payment_id, number in rows}  # noqa: C416  rows are no pairs to mypy
    if many := [-one for one in payment_ids if one < 0]:
        titles = sa.select(JointTransfer.id, JointTransfer.title).where(JointTransfer.id.in_(many))
        numbers |= {-joint_id: title for joint_id, title in session.execute(titles)}
    return numbers


def _orders_of(session: Session, line_ids: Sequence[int]) -> dict[int, list[str]]:
    rows = session.execute(
        sa.select(BankMatch.line_id, sa.func.coalesce(JointTransfer.title, Order.number))
        .join(Payment, Payment.id == BankMatch.payment_id)
        .join(Order, Order.id == Payment.order_id)
        .outerjoin(JointTransfer, JointTransfer.id == Payment.joint_id)
        .where(BankMatch.line_id.in_(line_ids))
        .group_by(BankMatch.line_id, sa.func.coalesce(JointTransfer.title, Order.number))
        .order_by(sa.func.min(BankMatch.id))
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
