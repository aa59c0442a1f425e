"""A payout is paid, and sent back by the bank: each posts one entry, and the second takes back the first."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.models import Household
from shop.kit.clock import shanghai_date
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ledger.events import PayoutPaid
from shop.ledger.models import (
    Account,
    EntryKind,
    JournalEntry,
    Payee,
    PayeeKind,
    Payout,
    PayoutItem,
    PayoutRun,
    PayoutStatus,
    Posting,
)
from shop.ledger.payouts.approval import lock_run, refuse_own_approval, said_why
from shop.ledger.payouts.closing import owed_by_buyers
from shop.ledger.payouts.paid_days import paid_moment
from shop.ledger.payouts.payees import held_back
from shop.ledger.payouts.transitions import PAYOUT
from shop.ledger.posting import Place, post
from shop.storage.event_log import record
from shop.storage.locks import LockRank, lock_row, lock_rows

LONGEST_REFERENCE: Final = 80


class HeldBack(Conflict):
    code = "payout_held_back"


def pay_payout(
    session: Session,
    number: str,
    payout_id: int,
    reference: str,
    *,
    actor_id: int,
    now: datetime,
    paid_on: date | None = None,
) -> bool:
    """Note that an approved payout has left, under the bank's or the receipt's `reference`, and post it on `paid_on`.

    Without a day it left now; what is lent for it is what buyers owe now. False when it was noted before: nothing is
    posted then. Locks the payout. Raises InvalidInput without a reference or for a day that cannot be, IllegalStep for a
    draft, OwnApproval for the only person of its run, HeldBack while nobody may take the money, NotFound.
    """
    payout = _lock_payout(session, number, payout_id)
    known = _read_reference(reference)
    if payout.status is PayoutStatus.PAID:
        return False
    PAYOUT.step(payout.status, PayoutStatus.PAID)
    run = session.get_one(PayoutRun, payout.run_id)
    refuse_own_approval(run, actor_id)
    at = paid_moment(session, run, [payout], paid_on, now)
    payee = _refuse_held_back(session, payout, now)
    payout.in_cash = payee is not None and payee.kind is PayeeKind.CASH
    _pay(session, number, payout, known, at, actor_id=actor_id, now=now)
    return True


def pay_bank_file(
    session: Session,
    number: str,
    reference: str,
    *,
    actor_id: int,
    now: datetime,
    paid_on: date | None = None,
) -> int:
    """Note that the bank has paid everything of a run that stands in a bank file; returns how many are new.

    Locks the run and its payouts. Raises InvalidInput without a reference or for a day that cannot be, OwnApproval,
    NotFound.
    """
    run = lock_run(session, number)
    known = _read_reference(reference)
    refuse_own_approval(run, actor_id)
    sent = (Payout.status == PayoutStatus.APPROVED, Payout.exported_at.is_not(None))
    wanted = sa.select(Payout).where(Payout.run_id == run.id, *sent)
    payouts = lock_rows(session, LockRank.PAYOUT, wanted)
    at = paid_moment(session, run, payouts, paid_on, now)
    for payout in payouts:
        _pay(session, number, payout, known, at, actor_id=actor_id, now=now)
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
    payout.in_cash = False
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
    session: Session,
    number: str,
    payout: Payout,
    reference: str,
    at: datetime,
    *,
    actor_id: int,
    now: datetime,
) -> None:
    """`at`: when the money left; `now`: when somebody says so."""
    payout.status = PAYOUT.step(payout.status, PayoutStatus.PAID)
    payout.paid_at, payout.paid_by_id = at, actor_id
    payout.bank_reference, payout.failed_reason = reference, ""
    post(session, EntryKind.PAYOUT, entry_reference(payout), _amounts(session, payout), now=at)
    facts = {"amount_fen": payout.amount_fen, "reference": reference, "paid_on": f"{shanghai_date(at)}"}
    audit(session, actor_id, "payout.paid", "payout_run", number, facts | _whose(payout), now=now)
    record(session, PayoutPaid(payout.id))


def _lock_payout(session: Session, number: str, payout_id: int) -> Payout:
    of_run = sa.select(PayoutRun.id).where(PayoutRun.number == number).scalar_subquery()
    wanted = sa.select(Payout).where(Payout.id == payout_id, Payout.run_id == of_run)
    payout = lock_row(session, LockRank.PAYOUT, wanted)
    if payout is None:
        raise NotFound()
    return payout


def _refuse_held_back(session: Session, payout: Payout, now: datetime) -> Payee | None:
    """Who takes the money. What went to the bank in a file may be noted though that was changed since: then None."""
    if payout.exported_at is not None:
        return None
    wanted = sa.select(Payee).where(Payee.household_id == payout.household_id)
    payee = lock_row(session, LockRank.PAYOUT, wanted)
    why = held_back(payee, now)
    if why:
        raise HeldBack(why)
    return payee


def _amounts(session: Session, payout: Payout) -> dict[Place, int]:
    village_id = session.scalar(sa.select(Household.village_id).where(Household.id == payout.household_id))
    advanced = _advanced(_not_received(session, payout), payout.amount_fen)
    return {
        Place(Account.HOUSEHOLD_PAYABLE, payout.household_id, village_id): payout.amount_fen,
        Place(Account.ADVANCE): -advanced,
        Place(Account.BANK): advanced - payout.amount_fen,
    }


def lent_for(session: Session, run_id: int) -> int:
    """Fen of a run that paying it now would take from the advance account. One statement."""
    owed = sa.func.coalesce(
        sa.func.sum(sa.case((JournalEntry.order_id.in_(owed_by_buyers()), -Posting.amount_fen), else_=0)), 0
    )
    rows = session.execute(
        sa.select(Payout.amount_fen, owed)
        .join(PayoutItem, PayoutItem.payout_id == Payout.id)
        .join(Posting, Posting.id == PayoutItem.posting_id)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(Payout.run_id == run_id, Payout.status != PayoutStatus.PAID)
        .group_by(Payout.id, Payout.amount_fen)
    )
    return sum(_advanced(int(fen), amount_fen) for amount_fen, fen in rows)


def _advanced(owed_fen: int, amount_fen: int) -> int:
    """What of a payout is lent: what buyers still owe of it, and no more than all."""
    return min(max(owed_fen, 0), amount_fen)


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
