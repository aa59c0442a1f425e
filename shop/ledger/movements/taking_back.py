"""A movement that came back, or was another thing: another entry takes back what it posted.

What two persons booked, two persons take back: one says why, and it stands in the books until another agrees. What a
bank statement said, one person takes back at once.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ledger.models import EntryKind, JournalEntry
from shop.ledger.movements.deciding import entry_reference, lock_movement, note
from shop.ledger.movements.errors import NobodyAsked
from shop.ledger.movements.kinds import amounts_of
from shop.ledger.movements.models import BankMovement, MovementStatus
from shop.ledger.movements.payout_payers import forget_payer
from shop.ledger.movements.transitions import MOVEMENT
from shop.ledger.payouts.approval import said_why
from shop.ledger.posting import post
from shop.payments.errors import NotByOnePerson
from shop.payments.statements.passed_on import open_passed_on


def take_movement_back(
    session: Session, movement_id: int, reason: str, *, actor_id: int, now: datetime
) -> bool:
    """Ask a second person to; what a statement said is taken back at once, and its line is open again.

    False when that was done before. Raises IllegalStep for what was never posted, InvalidInput without a reason,
    NotFound.
    """
    row, why = lock_movement(session, movement_id), said_why(reason)
    if row.status is MovementStatus.TAKEN_BACK or row.back_asked_at is not None:
        return False
    MOVEMENT.step(row.status, MovementStatus.TAKEN_BACK)
    row.reversal_reason = why
    if row.line_id is None:
        row.back_asked_at, row.back_asked_by_id = now, actor_id
        note(session, "movement.back_asked", row, actor_id, now, reason=why)
    else:
        _take_back(session, row, actor_id=actor_id, now=now)
        line = open_passed_on(session, row.line_id, actor_id=actor_id, now=now)
        forget_payer(session, line.payer_key)
    return True


def agree_to_take_back(session: Session, movement_id: int, *, actor_id: int, now: datetime) -> bool:
    """A second person says so, too: its entry is taken back by another. False when that was done before.

    Raises NotByOnePerson, NobodyAsked when it was asked for by nobody or is to stay, NotFound.
    """
    row = lock_movement(session, movement_id)
    if row.status is MovementStatus.TAKEN_BACK:
        return False
    if row.back_asked_at is None:
        raise NobodyAsked()
    if row.back_asked_by_id == actor_id:
        raise NotByOnePerson()
    _take_back(session, row, actor_id=actor_id, now=now)
    return True


def let_movement_stand(session: Session, movement_id: int, *, actor_id: int, now: datetime) -> bool:
    """It stays as it is booked. False when nobody wants it taken back any more. Raises IllegalStep, NotFound."""
    row = lock_movement(session, movement_id)
    if row.status is MovementStatus.TAKEN_BACK:
        MOVEMENT.step(row.status, MovementStatus.BOOKED)
    if row.back_asked_at is None:
        return False
    note(session, "movement.kept", row, actor_id, now, reason=row.reversal_reason)
    row.back_asked_at, row.back_asked_by_id, row.reversal_reason = None, None, ""
    return True


def _take_back(session: Session, row: BankMovement, *, actor_id: int, now: datetime) -> None:
    row.status = MOVEMENT.step(row.status, MovementStatus.TAKEN_BACK)
    row.reversed_at, row.reversed_by_id = now, actor_id
    reference = entry_reference(row.id)
    entry_id = session.scalars(sa.select(JournalEntry.id).where(JournalEntry.reference == reference)).one()
    amounts = amounts_of(row.kind, -row.amount_fen, row.village_id, row.provider)
    post(session, EntryKind.MOVEMENT, f"{reference}:reversed", amounts, now=now, reverses_id=entry_id)
    note(session, "movement.taken_back", row, actor_id, now, reason=row.reversal_reason)
