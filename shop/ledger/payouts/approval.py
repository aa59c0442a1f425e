"""A second person approves a payout run, or somebody discards it before."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ledger.models import Payee, Payout, PayoutRun, PayoutStatus
from shop.ledger.payouts.transitions import PAYOUT
from shop.storage.locks import LockRank, lock_row, lock_rows

LONGEST_REASON: Final = 300


class OwnRun(Conflict):
    code = "own_run"
    default_message = msg("You closed this run yourself. Somebody else must approve it.")


class OwnApproval(Conflict):
    code = "own_approval"
    default_message = msg(
        "You approved this run, which closed by itself, so no second person has looked at it yet. Somebody else of finance must make its bank file and say that it is paid."
    )


class RunDiscarded(Conflict):
    code = "run_discarded"
    default_message = msg("This run was discarded.")


class RunApproved(Conflict):
    code = "run_approved"
    default_message = msg("This run is approved already and cannot be discarded any more.")


class NobodyPayable(Conflict):
    code = "nobody_payable"
    default_message = msg(
        "Nobody in this run can be paid: no household has somebody who takes its money. Name them first, or say why it is approved all the same."
    )


def approve_run(session: Session, number: str, *, word: str = "", actor_id: int, now: datetime) -> bool:
    """Let the money of a run go; False when it was approved before. Locks the run and its payouts.

    Where nobody in it has a payee it needs a `word` why. Raises OwnRun for who closed it, RunDiscarded,
    NobodyPayable, NotFound.
    """
    run = lock_run(session, number)
    if run.discarded_at is not None:
        raise RunDiscarded()
    if run.approved_at is not None:
        return False
    if run.created_by_id == actor_id:
        raise OwnRun()
    payouts = lock_rows(session, LockRank.PAYOUT, sa.select(Payout).where(Payout.run_id == run.id))
    said = tidy(word)[:LONGEST_REASON]
    if not said and not _anybody_payable(session, run.id):
        raise NobodyPayable()
    for payout in payouts:
        payout.status = PAYOUT.step(payout.status, PayoutStatus.APPROVED)
    run.approved_at, run.approved_by_id = now, actor_id
    facts = {"households": len(payouts), "total_fen": sum(payout.amount_fen for payout in payouts)}
    audit(session, actor_id, "payout.approved", "payout_run", number, {**facts, "reason": said}, now=now)
    return True


def is_own_approval(run: PayoutRun, actor_id: int | None) -> bool:
    """Whether this person would be the only one between the draft and the money.

    Who closed a run does not approve it; of one that the shop closed by itself, who approved it does not pay it.
    """
    return run.created_by_id is None and run.approved_by_id is not None and run.approved_by_id == actor_id


def refuse_own_approval(run: PayoutRun, actor_id: int) -> None:
    """Raises OwnApproval."""
    if is_own_approval(run, actor_id):
        raise OwnApproval()


def _anybody_payable(session: Session, run_id: int) -> bool:
    """Whether somebody takes the money of at least one household of the run, if only tomorrow."""
    named = sa.select(Payee.id).join(Payout, Payout.household_id == Payee.household_id)
    return session.scalar(named.where(Payout.run_id == run_id).limit(1)) is not None


def discard_run(session: Session, number: str, reason: str, *, actor_id: int, now: datetime) -> bool:
    """Take a draft run back; its postings stand in the next one. False when that was done before.

    Raises RunApproved, NotFound, and InvalidInput without a reason.
    """
    run = lock_run(session, number)
    said = said_why(reason)
    if run.discarded_at is not None:
        return False
    if run.approved_at is not None:
        raise RunApproved()
    fen = session.scalar(sa.select(sa.func.sum(Payout.amount_fen)).where(Payout.run_id == run.id))
    session.execute(sa.delete(Payout).where(Payout.run_id == run.id))
    run.discarded_at, run.discarded_by_id, run.discard_reason = now, actor_id, said
    facts = {"reason": said, "total_fen": int(fen or 0)}
    audit(session, actor_id, "payout.discarded", "payout_run", number, facts, now=now)
    return True


def lock_run(session: Session, number: str) -> PayoutRun:
    """Raises NotFound."""
    run = lock_row(session, LockRank.PAYOUT, sa.select(PayoutRun).where(PayoutRun.number == number))
    if run is None:
        raise NotFound()
    return run


def said_why(reason: str) -> str:
    """Raises InvalidInput for nothing."""
    said = tidy(reason)[:LONGEST_REASON]
    if not said:
        raise InvalidInput(msg("Please say why."), field="reason")
    return said
