"""Receipts pay orders: one or many by one or many, always to the fen, each confirmed as any transfer is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import Conflict, NotFound
from shop.kit.money import plain_yuan
from shop.kit.text import tidy
from shop.payments.attempts import lock_with_order
from shop.payments.bank import confirm_transfer
from shop.payments.models import Payment, PaymentStatus
from shop.payments.providers.config import BANK_TRANSFER
from shop.payments.statements.errors import (
    AlreadyMatched,
    LineUsed,
    NothingChosen,
    NotTheWholeAmount,
    ReasonNeeded,
)
from shop.payments.statements.matches import confirm_matches, is_matched, lock_lines, put_to
from shop.payments.statements.models import LineStatus, StatementLine
from shop.payments.transitions import PAID

LONGEST_REASON = 200
Parts = Mapping[int, int]  # line id → fen of it


@dataclass(frozen=True, slots=True)
class Step:
    """One payment and what pays it; each is a transaction of its own."""

    payment_id: int
    parts: Parts


def plan_settlement(
    session: Session, line_ids: Collection[int], payment_ids: Collection[int]
) -> Sequence[Step]:
    """How these lines pay these payments, in the order of their ids. Nothing is written.

    Several lines must be exactly the sum; of a single line something may be left over.
    Raises NotFound, NothingChosen, LineUsed, NotTheWholeAmount.
    """
    lines = _amounts(
        session,
        sa.select(StatementLine.id, StatementLine.amount_fen - StatementLine.matched_fen)
        .where(StatementLine.id.in_(line_ids), StatementLine.status == LineStatus.OPEN)
        .order_by(StatementLine.id),
    )
    payments = _amounts(
        session,
        sa.select(Payment.id, Payment.amount_fen)
        .where(Payment.id.in_(payment_ids), Payment.provider == BANK_TRANSFER)
        .order_by(Payment.id),
    )
    if not line_ids or not payment_ids:
        raise NothingChosen()
    if len(payments) != len(set(payment_ids)):
        raise NotFound()
    if len(lines) != len(set(line_ids)):
        raise LineUsed()
    received, wanted = sum(lines.values()), sum(payments.values())
    if received < wanted or (len(lines) > 1 and received != wanted):
        raise NotTheWholeAmount(received=plain_yuan(received), expected=plain_yuan(wanted))
    return _spread(lines, payments)


def pay_with_lines(
    session: Session, payment_id: int, parts: Parts, *, actor_id: int, now: datetime
) -> PaymentStatus:
    """These parts of these lines are the payment's whole amount: it is confirmed, or waits for the second person.

    One that was confirmed by hand only gets its lines. Locks the lines, then the order.
    Raises NotFound, LineUsed, AlreadyMatched, NotTheWholeAmount.
    """
    lines = lock_lines(session, parts)
    _, payment = lock_with_order(session, payment_id)
    if payment.provider != BANK_TRANSFER:
        raise NotFound()
    if is_matched(session, payment_id):
        raise AlreadyMatched()
    received = sum(parts.values())
    if received != payment.amount_fen or min(parts.values(), default=0) <= 0:
        raise NotTheWholeAmount(received=plain_yuan(received), expected=plain_yuan(payment.amount_fen))
    for line in lines:
        put_to(session, line.id, payment_id, parts[line.id], actor_id=actor_id, now=now)
    if payment.status in PAID:
        return _link(session, payment, actor_id, now)
    heaviest = max(line.amount_fen for line in lines)
    return confirm_transfer(session, payment_id, received, actor_id=actor_id, now=now, weight_fen=heaviest)


def set_aside(session: Session, line_id: int, reason: str, *, actor_id: int, now: datetime) -> None:
    """What is left of a line is not for us to book: not ours, sent back. Raises ReasonNeeded, LineUsed."""
    why = tidy(reason)[:LONGEST_REASON]
    if not why:
        raise ReasonNeeded(field="reason")
    (line,) = lock_lines(session, [line_id])
    if line.status is LineStatus.SET_ASIDE and line.reason == why:
        return
    if line.status is not LineStatus.OPEN:
        raise LineUsed()
    line.status, line.reason = LineStatus.SET_ASIDE, why
    line.set_aside_by_id, line.set_aside_at = actor_id, now
    facts = {"reason": why, "amount_fen": line.amount_fen - line.matched_fen}
    audit(session, actor_id, "statement.line_set_aside", "bank_line", line_id, facts, now=now)


def take_up_again(session: Session, line_id: int, *, actor_id: int, now: datetime) -> None:
    """A line that was set aside is to be matched after all. Twice is once."""
    (line,) = lock_lines(session, [line_id])
    if line.status is LineStatus.MATCHED:
        raise LineUsed()
    if line.status is LineStatus.OPEN:
        return
    line.status, line.reason, line.sent_as = LineStatus.OPEN, "", ""
    line.set_aside_by_id = line.set_aside_at = None
    facts = {"amount_fen": line.amount_fen - line.matched_fen}
    audit(session, actor_id, "statement.line_taken_up", "bank_line", line_id, facts, now=now)


def _link(session: Session, payment: Payment, actor_id: int, now: datetime) -> PaymentStatus:
    """It was confirmed before the statement came: nothing moves, and now the two say the same."""
    if payment.received_fen != payment.amount_fen:
        raise Conflict()
    confirm_matches(session, payment.id, now=now)
    facts = {"received_fen": payment.received_fen}
    audit(session, actor_id, "transfer.found_on_statement", "payment", payment.id, facts, now=now)
    return payment.status


def _amounts(session: Session, statement: sa.Select[int, int]) -> dict[int, int]:
    return {row_id: fen for row_id, fen in session.execute(statement)}  # noqa: C416  rows are no pairs to mypy


def _spread(lines: dict[int, int], payments: dict[int, int]) -> list[Step]:
    """Each payment is filled from the lines in turn."""
    steps = []
    for payment_id, wanted in payments.items():
        parts: dict[int, int] = {}
        for line_id, left in lines.items():
            if part := min(left, wanted - sum(parts.values())):
                parts[line_id] = part
                lines[line_id] -= part
        steps.append(Step(payment_id, parts))
    return steps
