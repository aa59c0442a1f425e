"""What is left of a receipt when its orders are paid: sent back to the payer, or kept for the payer's next order.

Until then it stands in suspense, as does what is kept: what is sent back never was the shop's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import InvalidInput
from shop.ordering.reasons import Reason
from shop.payments.events import ReceiptsChanged
from shop.payments.statements.errors import LineUsed
from shop.payments.statements.matches import lock_lines
from shop.payments.statements.models import LineStatus, StatementLine
from shop.payments.statements.sending_back import put_sent_back
from shop.storage.event_log import record

SENT_BACK: Final = Reason.REST_SENT_BACK
KEPT: Final = Reason.REST_KEPT
RESTS: Final = (SENT_BACK, KEPT)
MOST_KEPT: Final = 20


@dataclass(frozen=True, slots=True)
class KeptRest:
    line_id: int
    booked_on: date
    left_fen: int


def put_rest(
    session: Session, line_id: int, rest: str, *, actor_id: int, now: datetime, sent_as: str = ""
) -> str:
    """What became of what is left of an open receipt; returns the reason with which it is set aside now.

    `sent_as`: what the bank calls the transfer back. Saying it twice is once. Locks the line.
    Raises InvalidInput for what is none of RESTS, LineUsed, NotFound, and what `put_sent_back` does.
    """
    if rest not in RESTS:
        raise InvalidInput()
    if rest == SENT_BACK:
        return put_sent_back(session, line_id, sent_as, actor_id=actor_id, now=now)
    (line,) = lock_lines(session, [line_id])
    if line.status is LineStatus.SET_ASIDE and line.reason == rest:
        return line.reason
    if line.status is not LineStatus.OPEN:
        raise LineUsed()
    line.status, line.reason = LineStatus.SET_ASIDE, str(rest)
    line.set_aside_by_id, line.set_aside_at = actor_id, now
    record(session, ReceiptsChanged((line_id,), now))
    facts = {"reason": line.reason, "amount_fen": line.amount_fen - line.matched_fen}
    audit(session, actor_id, "statement.line_set_aside", "bank_line", line_id, facts, now=now)
    return line.reason


def kept_of(session: Session, payer_key: str) -> Sequence[KeptRest]:
    """What is kept of this payer's earlier receipts, the oldest first."""
    if not payer_key:
        return []
    left = StatementLine.amount_fen - StatementLine.matched_fen
    rows = session.execute(
        sa.select(StatementLine.id, StatementLine.booked_on, left)
        .where(
            StatementLine.payer_key == payer_key,
            StatementLine.status == LineStatus.SET_ASIDE,
            StatementLine.reason == KEPT.value,
        )
        .order_by(StatementLine.id)
        .limit(MOST_KEPT)
    )
    return [KeptRest(line_id, booked_on, left_fen) for line_id, booked_on, left_fen in rows]
