"""Receipts pay orders: one or many by one or many, always to the fen, each confirmed as any transfer is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import Conflict, NotFound
from shop.kit.money import format_yuan
from shop.kit.text import tidy
from shop.ordering.reasons import Reason
from shop.payments.attempts import lock_with_order
from shop.payments.bank import confirm_locked
from shop.payments.events import ReceiptsChanged
from shop.payments.models import Payment, PaymentStatus
from shop.payments.providers.config import BY_BANK
from shop.payments.second_person import needs_second
from shop.payments.statements.errors import (
    AlreadyMatched,
    BookedAsPayout,
    LineUsed,
    NothingChosen,
    NotTheWholeAmount,
    OwnStatement,
    ReasonNeeded,
)
from shop.payments.statements.matches import confirm_matches, is_matched, lock_lines, put_to
from shop.payments.statements.models import BankStatement, LineStatus, StatementLine
from shop.payments.statements.passed_on import is_passed_on
from shop.payments.statements.sending_back import GOING, take_sent_back_up
from shop.payments.transitions import PAID
from shop.storage.event_log import record

LONGEST_REASON = 200
# Each has a way of its own: an entry in the books, or a second person.
_NOT_TYPED = {Reason.PROVIDER_PAYOUT, Reason.REST_SENT_BACK, Reason.REST_GOING_BACK}
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
        sa.select(Payment.id, Payment.due_fen)
        .where(Payment.id.in_(payment_ids), Payment.provider.in_(BY_BANK))
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
        raise NotTheWholeAmount(received=format_yuan(received), expected=format_yuan(wanted))
    return spread(lines, payments)


def pay_with_lines(
    session: Session, payment_id: int, parts: Parts, *, actor_id: int, now: datetime
) -> PaymentStatus:
    """These parts of these lines are the payment's whole amount: it is confirmed, or waits for the second person.

    One that was confirmed by hand only gets its lines. Locks the lines, then the order.
    Raises NotFound, LineUsed, AlreadyMatched, NotTheWholeAmount.
    """
    lines = lock_lines(session, parts)
    _, payment = lock_with_order(session, payment_id)
    if payment.provider not in BY_BANK:
        raise NotFound()
    if is_matched(session, payment_id):
        raise AlreadyMatched()
    received = sum(parts.values())
    if received != payment.due_fen or min(parts.values(), default=0) <= 0:
        raise NotTheWholeAmount(received=format_yuan(received), expected=format_yuan(payment.due_fen))
    for line in lines:
        put_to(session, line.id, payment_id, parts[line.id], actor_id=actor_id, now=now)
    if payment.status in PAID:
        return _link(session, payment, actor_id, now)
    heaviest = max(line.amount_fen for line in lines)
    return confirm_locked(session, payment, received, actor_id=actor_id, now=now, weight_fen=heaviest)


def set_aside(session: Session, line_id: int, reason: str, *, actor_id: int, now: datetime) -> None:
    """What is left of a line is not for us to book: not ours, a deposit.

    Above the shop's limit somebody else says so than who imported the statement: the money leaves the books' bank.
    Raises ReasonNeeded, LineUsed, OwnStatement.
    """
    why = tidy(reason)[:LONGEST_REASON]
    if not why or why in _NOT_TYPED:
        raise ReasonNeeded(field="reason")
    (line,) = lock_lines(session, [line_id])
    if line.status is LineStatus.SET_ASIDE and line.reason == why:
        return
    if line.status is not LineStatus.OPEN:
        raise LineUsed()
    imported_by = session.get_one(BankStatement, line.statement_id).imported_by_id
    if imported_by == actor_id and needs_second(session, line.amount_fen - line.matched_fen):
        raise OwnStatement()
    line.status, line.reason = LineStatus.SET_ASIDE, why
    line.set_aside_by_id, line.set_aside_at = actor_id, now
    record(session, ReceiptsChanged((line_id,), now))
    facts = {"reason": why, "amount_fen": line.amount_fen - line.matched_fen}
    audit(session, actor_id, "statement.line_set_aside", "bank_line", line_id, facts, now=now)


def take_up_again(
    session: Session, line_id: int, *, actor_id: int, now: datetime, reason: str = ""
) -> LineStatus:
    """A line that was set aside is to be matched after all; returns how it stands now. Twice is once.

    What was sent back needs a reason and, above the shop's limit, a second person.
    Raises LineUsed, BookedAsPayout, ReasonNeeded, RestIsGoingBack.
    """
    (line,) = lock_lines(session, [line_id])
    if line.status is LineStatus.MATCHED:
        raise LineUsed()
    if line.status is LineStatus.OPEN:
        return line.status
    if is_passed_on(line):
        raise BookedAsPayout()
    if line.reason in GOING:
        take_sent_back_up(session, line, reason, actor_id=actor_id, now=now)
        return line.status
    line.status, line.reason, line.sent_as = LineStatus.OPEN, "", ""
    line.set_aside_by_id = line.set_aside_at = None
    record(session, ReceiptsChanged((line_id,), now))
    facts = {"amount_fen": line.amount_fen - line.matched_fen}
    audit(session, actor_id, "statement.line_taken_up", "bank_line", line_id, facts, now=now)
    return line.status


def _link(session: Session, payment: Payment, actor_id: int, now: datetime) -> PaymentStatus:
    """It was confirmed before the statement came: nothing moves, and now the two say the same."""
    if payment.received_fen != payment.due_fen:
        raise Conflict()
    confirm_matches(session, payment.id, now=now)
    facts = {"received_fen": payment.received_fen}
    audit(session, actor_id, "transfer.found_on_statement", "payment", payment.id, facts, now=now)
    return payment.status


def _amounts(session: Session, statement: sa.Select[int, int]) -> dict[int, int]:
    return {row_id: fen for row_id, fen in session.execute(statement)}  # noqa: C416  rows are no pairs to mypy


def spread(lines: dict[int, int], payments: dict[int, int]) -> list[Step]:
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
