"""Repaying who lent money for payouts: said by one person of finance, posted when another agrees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.clock import shanghai_date
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.money import plain_yuan
from shop.kit.text import msg, tidy
from shop.kit.typed_amounts import NO_AMOUNT
from shop.ledger.advance.listing import AdvanceFigures, advance_figures
from shop.ledger.advance.models import AdvanceRepayment, RepaymentStatus
from shop.ledger.advance.transitions import REPAYMENT
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ledger.months import bank_moment
from shop.ledger.payouts.approval import said_why
from shop.ledger.payouts.paying import LONGEST_REFERENCE
from shop.ledger.posting import Place, post
from shop.payments.errors import NotByOnePerson, ProposalAgreed, ProposalTakenBack
from shop.storage.locks import LockRank, lock_row
from shop.storage.named_locks import lock_name

_LOCK: Final = "ledger.advance"


class MoreThanLent(InvalidInput):
    code = "more_than_lent"
    default_message = msg("Only ¥%(open)s is lent and not repaid.")


class NotComeInYet(InvalidInput):
    code = "advance_not_come_in"
    default_message = msg(
        "Only ¥%(repayable)s can be repaid: the rest of the buyers' money has not come, or somebody has said already that it was repaid."
    )


class ReferenceTaken(Conflict):
    code = "repayment_reference_taken"
    default_message = msg("A repayment with this bank reference is written down already.")


@dataclass(frozen=True)
class Repaid:
    """What the bank's statement says of a transfer to the lender."""

    amount_fen: int
    bank_reference: str
    paid_on: date


def propose_repayment(session: Session, said: Repaid, *, actor_id: int, now: datetime) -> int:
    """Write down that money went back to the lender, for a second person; returns its id. Saying it twice is once.

    Raises InvalidInput with every field that is wrong, MoreThanLent, NotComeInYet, ReferenceTaken.
    """
    lock_name(session, _LOCK)
    said = _read(session, said, now)
    known = _standing(session, said.bank_reference)
    if known is not None:
        if (known.amount_fen, known.paid_on) != (said.amount_fen, said.paid_on):
            raise ReferenceTaken()
        return known.id
    figures = advance_figures(session)
    _refuse_too_much(figures, said.amount_fen, proposed_fen=figures.proposed_fen)
    row = AdvanceRepayment(
        amount_fen=said.amount_fen,
        bank_reference=said.bank_reference,
        paid_on=said.paid_on,
        proposed_at=now,
        proposed_by_id=actor_id,
    )
    session.add(row)
    session.flush()
    _note(session, "advance.proposed", row, actor_id, now)
    return row.id


def agree_to_repayment(session: Session, repayment_id: int, *, actor_id: int, now: datetime) -> bool:
    """A second person sees it, too: one entry is posted. False when that was done before.

    Raises NotByOnePerson, ProposalTakenBack when it was withdrawn, MoreThanLent, NotComeInYet, NotFound.
    """
    row = _lock(session, repayment_id)
    if row.status in {RepaymentStatus.REPAID, RepaymentStatus.TAKEN_BACK}:
        return False
    if row.status is RepaymentStatus.WITHDRAWN:
        raise ProposalTakenBack()
    if row.proposed_by_id == actor_id:
        raise NotByOnePerson()
    figures = advance_figures(session)
    _refuse_too_much(figures, row.amount_fen, proposed_fen=figures.proposed_fen - row.amount_fen)
    row.status = REPAYMENT.step(row.status, RepaymentStatus.REPAID)
    row.decided_at, row.decided_by_id = now, actor_id
    amounts = {Place(Account.ADVANCE): row.amount_fen, Place(Account.BANK): -row.amount_fen}
    moment = bank_moment(row.paid_on, now)
    post(session, EntryKind.ADVANCE_REPAID, entry_reference(row.id), amounts, now=moment)
    _note(session, "advance.repaid", row, actor_id, now)
    return True


def withdraw_repayment(session: Session, repayment_id: int, *, actor_id: int, now: datetime) -> bool:
    """Nothing was booked. False when it was withdrawn before. Raises ProposalAgreed, NotFound."""
    row = _lock(session, repayment_id)
    if row.status is RepaymentStatus.WITHDRAWN:
        return False
    if row.status is not RepaymentStatus.PROPOSED:
        raise ProposalAgreed()
    row.status = REPAYMENT.step(row.status, RepaymentStatus.WITHDRAWN)
    row.decided_at, row.decided_by_id = now, actor_id
    _note(session, "advance.withdrawn", row, actor_id, now)
    return True


def take_repayment_back(
    session: Session, repayment_id: int, reason: str, *, actor_id: int, now: datetime
) -> bool:
    """The money is with us again, or never went: its entry is taken back by another. False when that was done before.

    Raises IllegalStep for what was never posted, InvalidInput without a reason, NotFound.
    """
    row, why = _lock(session, repayment_id), said_why(reason)
    if row.status is RepaymentStatus.TAKEN_BACK:
        return False
    row.status = REPAYMENT.step(row.status, RepaymentStatus.TAKEN_BACK)
    row.reversed_at, row.reversed_by_id, row.reversal_reason = now, actor_id, why
    reference = entry_reference(row.id)
    entry_id = session.scalars(sa.select(JournalEntry.id).where(JournalEntry.reference == reference)).one()
    amounts = {Place(Account.ADVANCE): -row.amount_fen, Place(Account.BANK): row.amount_fen}
    kind = EntryKind.ADVANCE_REPAID
    post(session, kind, f"{reference}:reversed", amounts, now=now, reverses_id=entry_id)
    _note(session, "advance.taken_back", row, actor_id, now, reason=why)
    return True


def entry_reference(repayment_id: int) -> str:
    return f"advance:{repayment_id}"


def _read(session: Session, said: Repaid, now: datetime) -> Repaid:
    errors: dict[str, str] = {}
    reference = tidy(said.bank_reference)
    if said.amount_fen <= 0:
        errors["amount"] = NO_AMOUNT
    if not reference or len(reference) > LONGEST_REFERENCE:
        errors["bank_reference"] = msg("Please enter what the bank calls the transfer.")
    first = _first_lent_on(session)
    if said.paid_on > shanghai_date(now):
        errors["paid_on"] = msg("This day has not come yet.")
    elif first is not None and said.paid_on < first:
        errors["paid_on"] = msg("Nothing was lent yet on this day.")
    if errors:
        raise InvalidInput(errors=errors)
    return Repaid(said.amount_fen, reference, said.paid_on)


def _first_lent_on(session: Session) -> date | None:
    lent = sa.select(sa.func.min(JournalEntry.posted_at)).join(Posting, Posting.entry_id == JournalEntry.id)
    moment = session.scalar(lent.where(Posting.account == Account.ADVANCE))
    return shanghai_date(moment) if moment is not None else None


def _standing(session: Session, reference: str) -> AdvanceRepayment | None:
    stands = AdvanceRepayment.status.in_((RepaymentStatus.PROPOSED, RepaymentStatus.REPAID))
    wanted = sa.select(AdvanceRepayment).where(AdvanceRepayment.bank_reference == reference, stands)
    return session.scalar(wanted)


def _refuse_too_much(figures: AdvanceFigures, amount_fen: int, *, proposed_fen: int) -> None:
    """`proposed_fen`: what others wait for beside this."""
    if amount_fen > figures.open_fen:
        raise MoreThanLent(field="amount", open=plain_yuan(max(0, figures.open_fen)))
    repayable_fen = figures.repayable_beside(proposed_fen)
    if amount_fen > repayable_fen:
        raise NotComeInYet(field="amount", repayable=plain_yuan(repayable_fen))


def _lock(session: Session, repayment_id: int) -> AdvanceRepayment:
    """All of the advance account takes turns: what one repayment leaves is what the next may take."""
    lock_name(session, _LOCK)
    wanted = sa.select(AdvanceRepayment).where(AdvanceRepayment.id == repayment_id)
    row = lock_row(session, LockRank.PAYOUT, wanted)
    if row is None:
        raise NotFound()
    return row


def _note(
    session: Session, action: str, row: AdvanceRepayment, actor_id: int, now: datetime, **more: str
) -> None:
    facts = {
        "amount_fen": row.amount_fen,
        "reference": row.bank_reference,
        "paid_on": row.paid_on.isoformat(),
    }
    audit(session, actor_id, action, "advance_repayment", row.id, {**facts, **more}, now=now)
