"""What an organisation will not pay is given up: the shop bears it, and nobody asks for it any more.

Above the shop's limit for transfers one person proposes it and another agrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.audit import audit
from shop.accounts.models import Organisation, User
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.money import plain_yuan
from shop.kit.references import form_digest
from shop.kit.text import msg, tidy
from shop.ordering.history import note
from shop.ordering.models import Order
from shop.payments.attempts import lock_with_order
from shop.payments.events import DebtWrittenOff
from shop.payments.models import Payment
from shop.payments.second_person import needs_second
from shop.payments.terms.crediting import credit_debt
from shop.payments.terms.errors import DebtAlreadyProposed, DebtClosed, MoreThanOwed, OwnWriteOff
from shop.payments.terms.models import WriteOff
from shop.storage.event_log import record
from shop.storage.paging import First, read_first

LONGEST_REASON: Final = 300


def write_off(
    session: Session,
    payment_id: int,
    amount_fen: int,
    reason: str,
    *,
    token: str,
    actor_id: int,
    now: datetime,
) -> bool:
    """Give up so much of an open debt; True when it counts already, False when a second person has to agree.

    The same token asks once. Locks the order. Raises NotFound, DebtClosed, DebtAlreadyProposed, MoreThanOwed,
    InvalidInput without a reason.
    """
    _, debt = lock_with_order(session, payment_id)
    sent = form_digest(f"payment {payment_id}", token)
    known = session.scalar(sa.select(WriteOff).where(WriteOff.token == sent))
    if known is not None:
        return known.agreed_at is not None
    _refuse(session, debt, amount_fen, reason)
    found = WriteOff(
        payment_id=debt.id,
        order_id=debt.order_id,
        amount_fen=amount_fen,
        reason=tidy(reason)[:LONGEST_REASON],
        token=sent,
        proposed_at=now,
        proposed_by_id=actor_id,
    )
    session.add(found)
    session.flush()
    if needs_second(session, amount_fen):
        _audit(session, actor_id, "debt.write_off_proposed", found, now)
        return False
    _give_up(session, debt, found, actor_id, now)
    return True


def agree_to_write_off(session: Session, write_off_id: int, *, actor_id: int, now: datetime) -> bool:
    """The second person. False when it counted, or was taken back, before.

    Raises NotFound, OwnWriteOff, MoreThanOwed when less is owed by now, DebtClosed.
    """
    found, debt = _lock(session, write_off_id)
    if found.agreed_at is not None or found.withdrawn_at is not None:
        return False
    if found.proposed_by_id == actor_id:
        raise OwnWriteOff()
    _refuse_more(debt, found.amount_fen)
    _give_up(session, debt, found, actor_id, now)
    return True


def withdraw_write_off(session: Session, write_off_id: int, *, actor_id: int, now: datetime) -> bool:
    """Either person takes a proposal back. False when it counted, or was taken back, before. Raises NotFound."""
    found, _ = _lock(session, write_off_id)
    if found.agreed_at is not None or found.withdrawn_at is not None:
        return False
    found.withdrawn_at, found.withdrawn_by_id = now, actor_id
    _audit(session, actor_id, "debt.write_off_withdrawn", found, now)
    return True


@dataclass(frozen=True)
class WaitingWriteOff:
    id: int
    organisation_id: int
    organisation: str
    order_number: str
    amount_fen: int
    reason: str
    proposed_by_id: int | None
    proposed_by: str
    proposed_at: datetime


def waiting_write_offs(
    session: Session, *, most: int, organisation_id: int | None = None
) -> First[WaitingWriteOff]:
    """Proposals that wait for the second person, the oldest first. One statement."""
    by = aliased(User)
    columns: tuple[Any, ...] = (
        *(WriteOff.id, Organisation.id, Organisation.name, Order.number, WriteOff.amount_fen),
        *(WriteOff.reason, WriteOff.proposed_by_id),
        *(sa.func.coalesce(sa.func.nullif(by.name, ""), by.email, ""), WriteOff.proposed_at),
    )
    statement = (
        sa.select(*columns)
        .join(Order, Order.id == WriteOff.order_id)
        .join(Organisation, Organisation.id == Order.organisation_id)
        .outerjoin(by, by.id == WriteOff.proposed_by_id)
        .where(WriteOff.agreed_at.is_(None), WriteOff.withdrawn_at.is_(None))
        .order_by(WriteOff.id)
    )
    if organisation_id is not None:
        statement = statement.where(Organisation.id == organisation_id)
    return read_first(session, statement, most=most).map(lambda row: WaitingWriteOff(*row))


def _give_up(session: Session, debt: Payment, found: WriteOff, actor_id: int, now: datetime) -> None:
    credit_debt(session, debt, found.amount_fen, now=now)
    found.agreed_at, found.agreed_by_id = now, actor_id
    session.flush()
    note(session, debt.order_id, "debt_written_off", now, actor_id=actor_id, amount_fen=found.amount_fen)
    _audit(session, actor_id, "debt.written_off", found, now)
    record(session, DebtWrittenOff(found.id))


def _refuse(session: Session, debt: Payment, amount_fen: int, reason: str) -> None:
    if not tidy(reason):
        raise InvalidInput(msg("Please say why."), field="reason")
    _refuse_more(debt, amount_fen)
    waits = sa.select(WriteOff.id).where(
        WriteOff.payment_id == debt.id, WriteOff.agreed_at.is_(None), WriteOff.withdrawn_at.is_(None)
    )
    if session.scalar(waits) is not None:
        raise DebtAlreadyProposed()


def _refuse_more(debt: Payment, amount_fen: int) -> None:
    if not debt.is_open_debt:
        raise DebtClosed()
    if not 0 < amount_fen <= debt.due_fen:
        raise MoreThanOwed(field="amount", owed=plain_yuan(debt.due_fen))


def _lock(session: Session, write_off_id: int) -> tuple[WriteOff, Payment]:
    """Behind the order's lock. Raises NotFound."""
    payment_id = session.scalar(sa.select(WriteOff.payment_id).where(WriteOff.id == write_off_id))
    if payment_id is None:
        raise NotFound()
    _, debt = lock_with_order(session, payment_id)
    return session.get_one(WriteOff, write_off_id, populate_existing=True), debt


def _audit(session: Session, actor_id: int, action: str, found: WriteOff, now: datetime) -> None:
    facts = {"amount_fen": found.amount_fen, "reason": found.reason}
    audit(session, actor_id, action, "payment", found.payment_id, facts, now=now)
