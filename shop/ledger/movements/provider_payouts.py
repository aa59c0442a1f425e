"""A line of a bank statement is a provider's payout: it is said once, and stands in the books at once.

The statement is the proof, so no second person is asked. The payer's name is remembered: its next line offers this first.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.ledger.movements.deciding import (
    add_movement,
    book_movement,
    lock_movements,
    note,
    standing_movement,
)
from shop.ledger.movements.errors import MovementKnown
from shop.ledger.movements.models import BankMovement, MovementKind, MovementStatus
from shop.ledger.movements.passing_on import passes_on
from shop.ledger.movements.payout_payers import learn_payer
from shop.ledger.movements.reading import Moved, read_moved, refuse_more_than_held
from shop.payments.statements.matches import lock_lines
from shop.payments.statements.models import StatementLine
from shop.payments.statements.passed_on import is_passed_on, set_aside_as_passed_on


def book_provider_payout(
    session: Session, line_id: int, provider: str, *, actor_id: int, now: datetime
) -> bool:
    """False when this line was said to be this provider's payout before.

    Raises InvalidInput for a provider that is none, NotHeld, LineUsed, MovementKnown when somebody wrote it down by
    hand, NotFound.
    """
    if not passes_on(session, provider):
        raise InvalidInput(msg("Please choose the provider that paid."), field="provider")
    lock_movements(session)
    (line,) = lock_lines(session, [line_id])
    if is_passed_on(line) and _is_booked(session, line_id, provider):
        return False
    set_aside_as_passed_on(session, line, actor_id=actor_id, now=now)
    kind = MovementKind.PROVIDER_PAYOUT
    said = Moved(kind, line.amount_fen, _reference(session, line), line.booked_on, provider=provider)
    said = read_moved(session, said, now=now)
    refuse_more_than_held(session, said)
    row = add_movement(session, said, actor_id=actor_id, now=now, line_id=line_id)
    book_movement(session, row, now=now)
    note(session, "movement.booked", row, actor_id, now)
    learn_payer(session, line.payer_key, provider, now=now)
    return True


def _is_booked(session: Session, line_id: int, provider: str) -> bool:
    of_line = sa.and_(BankMovement.line_id == line_id, BankMovement.status == MovementStatus.BOOKED)
    return session.scalar(sa.select(BankMovement.provider).where(of_line)) == provider


def _reference(session: Session, line: StatementLine) -> str:
    """What the bank calls it; else, or where another of our accounts has the same number, which line it is.

    Raises MovementKnown when a person wrote the same transfer down.
    """
    own = f"{line.booked_on:%Y%m%d}-{line.id}"
    if not line.serial:
        return own
    known = standing_movement(session, line.serial)
    if known is None:
        return line.serial
    if known.line_id is None:
        raise MovementKnown()
    return own
