"""A receipt that pays no order because a payment provider passes on what buyers paid it: the books have it as such."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.ordering.reasons import Reason
from shop.payments.events import ReceiptsChanged
from shop.payments.statements.errors import LineUsed
from shop.payments.statements.models import LineStatus, StatementLine
from shop.storage.event_log import record


def is_passed_on(line: StatementLine) -> bool:
    return line.status is LineStatus.SET_ASIDE and line.reason == Reason.PROVIDER_PAYOUT


def set_aside_as_passed_on(session: Session, line: StatementLine, *, actor_id: int, now: datetime) -> None:
    """The line is locked. Raises LineUsed where it is not open as a whole: a payout pays no order beside."""
    if line.status is not LineStatus.OPEN or line.matched_fen:
        raise LineUsed()
    line.status, line.reason = LineStatus.SET_ASIDE, Reason.PROVIDER_PAYOUT.value
    line.set_aside_by_id, line.set_aside_at = actor_id, now
    record(session, ReceiptsChanged((line.id,), now))
    facts = {"reason": line.reason, "amount_fen": line.amount_fen}
    audit(session, actor_id, "statement.line_set_aside", "bank_line", line.id, facts, now=now)


def open_passed_on(session: Session, line_id: int, *, actor_id: int, now: datetime) -> StatementLine:
    """It was no payout: the line is to be matched again. It is locked already."""
    line = session.get_one(StatementLine, line_id)
    line.status, line.reason = LineStatus.OPEN, ""
    line.set_aside_by_id = line.set_aside_at = None
    record(session, ReceiptsChanged((line_id,), now))
    facts = {"amount_fen": line.amount_fen}
    audit(session, actor_id, "statement.line_taken_up", "bank_line", line_id, facts, now=now)
    return line
