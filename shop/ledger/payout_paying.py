"""A payout is paid, and sent back by the bank: each posts one entry, and the second takes back the first."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.models import Household
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ledger.events import PayoutPaid
from shop.ledger.models import (
    Account,
    EntryKind,
    JournalEntry,
    Payee,
    Payout,
    PayoutItem,
    PayoutRun,
    PayoutStatus,
    Posting,
)
from shop.ledger.payees import held_back
from shop.ledger.payout_approval import lock_run, refuse_own_approval, said_why
from shop.ledger.payout_transitions import PAYOUT
from shop.ledger.payouts import owed_by_buyers
from shop.ledger.posting import Place, post
from shop.storage.event_log import record
from shop.storage.locks import LockRank, lock_row, lock_rows

LONGEST_REFERENCE: Final = 80


class HeldBack(Conflict):
    code = "payout_held_back"


def pay_payout(
    session: Session, number: str, payout_id: int, reference: str, *, actor_id: int, now: datetime
) -> bool:
    """Note that an approved payout has left, under the bank's or the receipt's `reference`, and post it.

    False when it was noted before: nothing is posted then. Locks the payout. Raises InvalidInput without a
    reference, IllegalStep for a draft, OwnApproval for the only person of its run, HeldBack while nobody may take the
    money, NotFound.
    """
    payout = _lock_payout(session, number, payout_id)
    known = _read_reference(reference)
    if payout.status is PayoutStatus.PAID:
        return False
    PAYOUT.step(payout.status, PayoutStatus.PAID)
    refuse_own_approval(session.get_one(PayoutRun, payout.run_id), actor_id)
    _refuse_held_back(session, payout, now)
    _pay(session, number, payout, known, actor_id=actor_id, now=now)
    return True


def pay_bank_file(session: Session, number: str, reference: str, *, actor_id: int, now: datetime) -> int:
    """Note that the bank has paid everything of a run that stands in a bank file; returns how many are new.

    Locks the run and its payouts. Raises InvalidInput without a reference, OwnApproval, NotFound.
    """
    run = lock_run(session, number)
    known = _read_reference(reference)
    refuse_own_approval(run, actor_id)
    sent = (Payout.status == PayoutStatus.APPROVED, Payout.exported_at.is_not(None))
    wanted = sa.select(Payout).where(Payout.run_id == run.id, *sent)
    payouts = lock_rows(session, LockRank.PAYOUT, wanted)
    for payout in payouts:
        _pay(session, number, payout, known, actor_id=actor_id, now=now)
    return len(payouts)


def return_payout(
    session: Session, number: str, payout_id: int, reason: str, *, actor_id: int, now: datetime
) -> bool:
    """The bank sent the money back: the entry is taken back, and the payout waits to be paid again.

    False when nothing is paid. Locks the payout. Raises InvalidInput without a reason, NotFound.
    """
    payout = _lock_payout(session, number, payout_id)
    said = said_why(reason)
    if payout.status is not PayoutStatus.PAID:
        return False
    _take_back(session, payout, now)
    payout.status = PAYOUT.step(payout.status, PayoutStatus.APPROVED)
    facts = {"amount_fen": payout.amount_fen, "reference": payout.bank_reference, "reason": said}
    payout.paid_at = payout.paid_by_id = payout.exported_at = None
    payout.bank_reference, payout.failed_reason, payout.attempt = "", said, payout.attempt + 1
    audit(session, actor_id, "payout.returned", "payout_run", number, facts | _whose(payout), now=now)
    return True


def entry_reference(payout: Payout) -> str:
    return f"payout:{payout.id}:{payout.attempt}"


def _read_reference(reference: str) -> str:
    known = tidy(reference)
    if not known or len(known) > LONGEST_REFERENCE:
        raise InvalidInput(
            msg("Please enter the bank's reference or the number of the receipt."), field="reference"
        )
    return known


def _pay(
    session: Session, number: str, payout: Payout, reference: str, *, actor_id: int, now: datetime
) -> None:
    payout.status = PAYOUT.step(payout.status, PayoutStatus.PAID)
    payout.paid_at, payout.paid_by_id = now, actor_id
    payout.bank_reference, payout.failed_reason = reference, ""
    post(session, EntryKind.PAYOUT, entry_reference(payout), _amounts(session, payout), now=now)
    facts = {"amount_fen": payout.amount_fen, "reference": reference}
    audit(session, actor_id, "payout.paid", "payout_run", number, facts | _whose(payout), now=now)
    record(session, PayoutPaid(payout.id))


def _lock_payout(session: Session, number: str, payout_id: int) -> Payout:
    of_run = sa.select(PayoutRun.id).where(PayoutRun.number == number).scalar_subquery()
    wanted = sa.select(Payout).where(Payout.id == payout_id, Payout.run_id == of_run)
    payout = lock_row(session, LockRank.PAYOUT, wanted)
    if payout is None:
        raise NotFound()
    return payout


def _refuse_held_back(session: Session, payout: Payout, now: datetime) -> None:
    """What went to the bank in a file may be noted though the account was changed since."""
    if payout.exported_at is not None:
        return
    wanted = sa.select(Payee).where(Payee.household_id == payout.household_id)
    why = held_back(lock_row(session, LockRank.PAYOUT, wanted), now)
    if why:
        raise HeldBack(why)


def _amounts(session: Session, payout: Payout) -> dict[Place, int]:
    village_id = session.scalar(sa.select(Household.village_id).where(Household.id == payout.household_id))
    advanced = min(max(_not_received(session, payout), 0), payout.amount_fen)
    return {
        Place(Account.HOUSEHOLD_PAYABLE, payout.household_id, village_id): payout.amount_fen,
        Place(Account.ADVANCE): -advanced,
        Place(Account.BANK): advanced - payout.amount_fen,
    }


def _not_received(session: Session, payout: Payout) -> int:
    """Fen of it that buyers still owe."""
    fen = session.scalar(
        sa.select(-sa.func.sum(Posting.amount_fen))
        .join(PayoutItem, PayoutItem.posting_id == Posting.id)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(PayoutItem.payout_id == payout.id, JournalEntry.order_id.in_(owed_by_buyers()))
    )
    return int(fen or 0)


def _take_back(session: Session, payout: Payout, now: datetime) -> None:
    reference = entry_reference(payout)
    entry_id = session.scalars(sa.select(JournalEntry.id).where(JournalEntry.reference == reference)).one()
    rows = session.scalars(sa.select(Posting).where(Posting.entry_id == entry_id))
    amounts = {Place(row.account, row.household_id, row.village_id): -row.amount_fen for row in rows}
    post(session, EntryKind.PAYOUT, f"{reference}:returned", amounts, now=now, reverses_id=entry_id)


def _whose(payout: Payout) -> dict[str, int]:
    return {"household_id": payout.household_id}
