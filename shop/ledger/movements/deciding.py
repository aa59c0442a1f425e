"""Money that moved at our bank outside orders: said by one person of finance, posted when another agrees."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import NotFound
from shop.ledger.models import EntryKind
from shop.ledger.months import bank_moment
from shop.ledger.movements.errors import MovementKnown
from shop.ledger.movements.kinds import amounts_of
from shop.ledger.movements.models import BankMovement, MovementStatus
from shop.ledger.movements.reading import Moved, read_moved, refuse_more_than_held
from shop.ledger.movements.transitions import MOVEMENT
from shop.ledger.posting import post
from shop.payments.errors import NotByOnePerson, ProposalAgreed, ProposalTakenBack
from shop.payments.statements.matches import lock_lines
from shop.storage.locks import LockRank, lock_row
from shop.storage.named_locks import lock_name

_LOCK: Final = "ledger.movements"
STANDING: Final = (MovementStatus.PROPOSED, MovementStatus.BOOKED)


def propose_movement(session: Session, said: Moved, *, actor_id: int, now: datetime) -> int:
    """Write down what the bank says, for a second person; returns its id. Saying it twice is once.

    Raises InvalidInput with every field that is wrong, NotHeld, MovementKnown.
    """
    lock_movements(session)
    said = read_moved(session, said, now=now)
    known = standing_movement(session, said.bank_reference)
    if known is not None:
        if known.line_id is not None or _said(known) != said:
            raise MovementKnown()
        return known.id
    refuse_more_than_held(session, said)
    row = add_movement(session, said, actor_id=actor_id, now=now)
    note(session, "movement.proposed", row, actor_id, now)
    return row.id


def agree_to_movement(session: Session, movement_id: int, *, actor_id: int, now: datetime) -> bool:
    """A second person sees it, too: one entry is posted, on the day of the bank. False when that was done before.

    Raises NotByOnePerson, ProposalTakenBack when it was withdrawn, NotHeld, NotFound.
    """
    row = lock_movement(session, movement_id)
    if row.status in {MovementStatus.BOOKED, MovementStatus.TAKEN_BACK}:
        return False
    if row.status is MovementStatus.WITHDRAWN:
        raise ProposalTakenBack()
    if row.proposed_by_id == actor_id:
        raise NotByOnePerson()
    refuse_more_than_held(session, _said(row), own_fen=row.amount_fen)
    row.decided_by_id = actor_id
    book_movement(session, row, now=now)
    note(session, "movement.booked", row, actor_id, now)
    return True


def withdraw_movement(session: Session, movement_id: int, *, actor_id: int, now: datetime) -> bool:
    """Nothing was booked. False when it was withdrawn before. Raises ProposalAgreed, NotFound."""
    row = lock_movement(session, movement_id)
    if row.status is MovementStatus.WITHDRAWN:
        return False
    if row.status is not MovementStatus.PROPOSED:
        raise ProposalAgreed()
    row.status = MOVEMENT.step(row.status, MovementStatus.WITHDRAWN)
    row.decided_at, row.decided_by_id = now, actor_id
    note(session, "movement.withdrawn", row, actor_id, now)
    return True


def entry_reference(movement_id: int) -> str:
    return f"movement:{movement_id}"


def lock_movements(session: Session) -> None:
    """All movements take turns: what one leaves of an account is what the next may take."""
    lock_name(session, _LOCK)


def standing_movement(session: Session, reference: str) -> BankMovement | None:
    stands = BankMovement.status.in_(STANDING)
    return session.scalar(sa.select(BankMovement).where(BankMovement.bank_reference == reference, stands))


def add_movement(
    session: Session, said: Moved, *, actor_id: int, now: datetime, line_id: int | None = None
) -> BankMovement:
    row = BankMovement(
        kind=said.kind,
        status=MovementStatus.PROPOSED,
        amount_fen=said.amount_fen,
        bank_reference=said.bank_reference,
        moved_on=said.moved_on,
        purpose=said.purpose,
        village_id=said.village_id,
        provider=said.provider,
        line_id=line_id,
        proposed_at=now,
        proposed_by_id=actor_id,
    )
    session.add(row)
    session.flush()
    return row


def book_movement(session: Session, row: BankMovement, *, now: datetime) -> None:
    """One entry, on the day on which the money came to our bank or left it."""
    row.status, row.decided_at = MOVEMENT.step(row.status, MovementStatus.BOOKED), now
    amounts = amounts_of(row.kind, row.amount_fen, row.village_id, row.provider)
    post(session, EntryKind.MOVEMENT, entry_reference(row.id), amounts, now=bank_moment(row.moved_on, now))


def note(session: Session, action: str, row: BankMovement, actor_id: int, now: datetime, **more: str) -> None:
    facts = {
        "kind": row.kind.value,
        "amount_fen": row.amount_fen,
        "reference": row.bank_reference,
        "moved_on": row.moved_on.isoformat(),
        "village_id": row.village_id,
        "provider": row.provider,
        "purpose": row.purpose,
        "bank_line": row.line_id,
    }
    said = {name: value for name, value in facts.items() if value not in (None, "")}
    audit(session, actor_id, action, "bank_movement", row.id, {**said, **more}, now=now)


def _said(row: BankMovement) -> Moved:
    return Moved(
        *(row.kind, row.amount_fen, row.bank_reference, row.moved_on),
        *(row.purpose, row.village_id, row.provider),
    )


def lock_movement(session: Session, movement_id: int) -> BankMovement:
    """The name of all movements, then the line that said it, if one did, then the movement."""
    lock_movements(session)
    line_id = session.scalar(sa.select(BankMovement.line_id).where(BankMovement.id == movement_id))
    if line_id is not None:
        lock_lines(session, [line_id])
    wanted = sa.select(BankMovement).where(BankMovement.id == movement_id)
    row = lock_row(session, LockRank.PAYOUT, wanted)
    if row is None:
        raise NotFound()
    return row
