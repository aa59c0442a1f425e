"""Bank transfers: a person reads the statement and says what arrived, or that money was sent back."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import NotFound
from shop.kit.money import format_yuan
from shop.payments.attempts import lock_with_order
from shop.payments.bank_names import read_bank_name
from shop.payments.by_hand import goes_by_hand
from shop.payments.errors import NotByOnePerson, ProposalTakenBack, WrongTransferAmount
from shop.payments.models import Payment, PaymentStatus, Refund, RefundStatus
from shop.payments.outcome import apply_state
from shop.payments.providers.base import AttemptStatus, ProviderState, RefundState
from shop.payments.providers.config import BANK_TRANSFER, BY_BANK
from shop.payments.refund_settling import OPEN, apply_refund_state
from shop.payments.resending import agree_to_sent
from shop.payments.second_person import About, counts_now, read_proposal
from shop.payments.statements.matches import confirm_matches, lock_with_lines
from shop.payments.statements.models import Proposal
from shop.payments.transitions import PAID


def confirm_transfer(
    session: Session,
    payment_id: int,
    received_fen: int,
    *,
    actor_id: int,
    now: datetime,
) -> PaymentStatus:
    """An admin saw the transfer on the statement. Confirming twice confirms once.

    Above the shop's limit the first person's word is a proposal: the status stays until a second says the same.
    Of a debt it is what is due of it. Late money counts as any late money: the order is revived if its stock is there,
    else it goes back in full.
    Raises WrongTransferAmount when it is not exactly the amount; nothing is written then. Locks its receipts and the
    order: of two people who confirm at once the first one is written down.
    """
    payment = lock_with_lines(session, payment_id)
    return confirm_locked(session, payment, received_fen, actor_id=actor_id, now=now)


def confirm_locked(
    session: Session,
    payment: Payment,
    received_fen: int,
    *,
    actor_id: int,
    now: datetime,
    weight_fen: int | None = None,
) -> PaymentStatus:
    """As `confirm_transfer`, whose receipts and order are locked.

    `weight_fen` is compared with the limit where it is more than the amount.
    """
    if payment.provider not in BY_BANK:
        raise NotFound()
    payment_id = payment.id
    if received_fen != payment.due_fen:
        raise WrongTransferAmount(
            field="received",
            expected=format_yuan(payment.due_fen),
            received=format_yuan(received_fen),
        )
    about = About(payment_id, None, payment.due_fen)
    is_new = payment.status not in PAID
    if not is_new or not counts_now(session, about, actor_id=actor_id, now=now, weight_fen=weight_fen):
        return payment.status
    state = ProviderState(AttemptStatus.SUCCEEDED, received_fen=received_fen, method=BANK_TRANSFER)
    status = apply_state(session, payment_id, state, now=now)
    payment.confirmed_by_id = actor_id
    confirm_matches(session, payment_id, now=now)
    facts = {"received_fen": received_fen, "status": status}
    audit(session, actor_id, "transfer.confirmed", "payment", payment_id, facts, now=now)
    return status


def confirm_transfer_back(
    session: Session, refund_id: int, *, actor_id: int, now: datetime, sent_as: str = ""
) -> RefundStatus:
    """An admin sent the money back by transfer, or who collected it elsewhere gave it back; above the shop's limit a
    second person says so too.

    `sent_as`: what the bank calls it; whoever says so first writes it down. Raises NotFound, and SentAsReceipt where it
    stands at a receipt that was sent back.
    """
    named = read_bank_name(session, sent_as)
    payment_id = session.scalar(sa.select(Refund.payment_id).where(Refund.id == refund_id))
    if payment_id is None:
        raise NotFound()
    _, payment = lock_with_order(session, payment_id)
    if not goes_by_hand(payment.provider):
        raise NotFound()
    refund = session.get_one(Refund, refund_id, populate_existing=True)
    about = About(payment_id, refund_id, refund.amount_fen)
    if refund.status not in OPEN:
        return refund.status
    refund.sent_as = refund.sent_as or named
    if not counts_now(session, about, actor_id=actor_id, now=now):
        return refund.status
    status = apply_refund_state(session, refund_id, RefundState(RefundStatus.SUCCEEDED), now=now)
    facts = {"amount_fen": refund.amount_fen, "reference": refund.sent_as}
    audit(session, actor_id, "transfer.sent_back", "refund", refund_id, facts, now=now)
    return status


def agree_to(
    session: Session, proposal_id: int, *, actor_id: int, now: datetime
) -> PaymentStatus | RefundStatus:
    """The second person says the same. Agreeing twice is once.

    Raises NotFound, NotByOnePerson for the person who proposed it, ProposalTakenBack when it was taken back.
    """
    about = read_proposal(session, proposal_id)
    payment = lock_with_lines(session, about.payment_id)
    proposal = session.get_one(Proposal, proposal_id, populate_existing=True)
    if proposal.decided_at is not None and not proposal.agreed:
        raise ProposalTakenBack()
    if proposal.decided_at is None and proposal.proposed_by_id == actor_id:
        raise NotByOnePerson()
    if about.refund_id is None:
        return confirm_locked(session, payment, about.amount_fen, actor_id=actor_id, now=now)
    if goes_by_hand(payment.provider):
        return confirm_transfer_back(session, about.refund_id, actor_id=actor_id, now=now)
    if not proposal.agreed:
        agree_to_sent(session, about.refund_id, actor_id=actor_id, now=now)
    return RefundStatus.SUCCEEDED
