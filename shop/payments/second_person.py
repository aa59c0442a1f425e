"""Two persons above an amount: what one says of a transfer counts when another says it too.

The first word is a proposal and changes nothing else. Whoever calls has locked the order, so of two who speak at once
the first is the one who proposes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.audit import audit
from shop.accounts.models import User
from shop.accounts.shop_settings import read_shop_settings
from shop.kit.errors import Conflict, NotFound
from shop.ordering.models import Order
from shop.payments.attempts import lock_with_order
from shop.payments.by_hand import paid_by_hand
from shop.payments.errors import ProposalAgreed
from shop.payments.models import Payment, Refund
from shop.payments.statements.matches import free_lines_of, lines_of_payment, lock_lines
from shop.payments.statements.models import Proposal
from shop.storage.paging import First, read_first

MOST_WAITING: Final = 500


@dataclass(frozen=True)
class About:
    """What a proposal is about: a payment that came, or a refund of it that was sent back."""

    payment_id: int
    refund_id: int | None
    amount_fen: int

    @property
    def subject(self) -> tuple[str, int]:
        return ("payment", self.payment_id) if self.refund_id is None else ("refund", self.refund_id)


@dataclass(frozen=True)
class WaitingProposal:
    """As the second person reads it."""

    id: int
    is_refund: bool
    payment_id: int
    refund_id: int | None
    amount_fen: int
    order_number: str
    reference: str
    recipient: str
    invoice_title: str
    proposed_by_id: int | None
    proposed_by: str
    proposed_at: datetime
    sent_as: str  # of a refund: what the bank calls the transfer
    instead: bool  # of a refund: our bank sent what its provider did not


def counts_now(
    session: Session, about: About, *, actor_id: int, now: datetime, weight_fen: int | None = None
) -> bool:
    """True when this word counts: no second is needed, or it is the second. Else it has been written down.

    `weight_fen`: what is compared with the limit where it is more than the amount, as when one line pays many orders.
    Saying it twice oneself changes nothing.
    """
    proposal = _open(session, about)
    if proposal is None:
        if not needs_second(session, max(about.amount_fen, weight_fen or 0)):
            return True
        _propose(session, about, actor_id, now)
        return False
    if proposal.proposed_by_id == actor_id:
        return False
    proposal.decided_by_id, proposal.decided_at, proposal.agreed = actor_id, now, True
    return True


def needs_second(session: Session, amount_fen: int) -> bool:
    return amount_fen > read_shop_settings(session).second_person_above_yuan * 100


def withdraw(session: Session, proposal_id: int, *, actor_id: int, now: datetime) -> None:
    """Either of them takes it back: nothing was booked, and its lines are free again. Twice is once.

    Raises NotFound, ProposalAgreed when the second person was faster.
    """
    about = read_proposal(session, proposal_id)
    lines = lines_of_payment(session, about.payment_id) if about.refund_id is None else set()
    if lines:
        lock_lines(session, lines)
    lock_with_order(session, about.payment_id)
    found = session.get_one(Proposal, proposal_id, populate_existing=True)
    if found.agreed:
        raise ProposalAgreed()
    if found.decided_at is not None:
        return
    if about.refund_id is None and lines_of_payment(session, about.payment_id) != lines:
        raise Conflict()
    found.decided_by_id, found.decided_at = actor_id, now
    if about.refund_id is not None:
        session.get_one(Refund, about.refund_id).sent_as = ""
    free_lines_of(session, about.payment_id, sorted(lines), now=now)
    facts = {"amount_fen": found.amount_fen}
    audit(session, actor_id, "transfer.proposal_withdrawn", *about.subject, facts, now=now)


def waiting_proposals(
    session: Session, *, payment_id: int | None = None, most: int = MOST_WAITING
) -> First[WaitingProposal]:
    """The oldest, and how many wait in all; `payment_id`: the one about this payment. One statement."""
    by = aliased(User)
    columns: tuple[Any, ...] = (
        *(Proposal.id, Proposal.refund_id.is_not(None), Payment.id, Proposal.refund_id),
        *(Proposal.amount_fen, Order.number, Payment.reference, Order.recipient, Order.invoice_title),
        *(Proposal.proposed_by_id, sa.func.coalesce(sa.func.nullif(by.name, ""), by.email, "")),
        *(Proposal.proposed_at, sa.func.coalesce(Refund.sent_as, "")),
        sa.and_(Proposal.refund_id.is_not(None), ~paid_by_hand()),
    )
    statement = (
        sa.select(*columns)
        .outerjoin(Refund, Refund.id == Proposal.refund_id)
        .join(Payment, Payment.id == sa.func.coalesce(Proposal.payment_id, Refund.payment_id))
        .join(Order, Order.id == Payment.order_id)
        .outerjoin(by, by.id == Proposal.proposed_by_id)
        .where(Proposal.decided_at.is_(None))
        .order_by(Proposal.id)
    )
    if payment_id is not None:
        statement = statement.where(Proposal.payment_id == payment_id)
    return read_first(session, statement, most=most).map(lambda row: WaitingProposal(*row))


def read_proposal(session: Session, proposal_id: int) -> About:
    """What one is about that waits, or that was decided. Raises NotFound."""
    row = session.execute(
        sa.select(
            sa.func.coalesce(Proposal.payment_id, Refund.payment_id), Proposal.refund_id, Proposal.amount_fen
        )
        .outerjoin(Refund, Refund.id == Proposal.refund_id)
        .where(Proposal.id == proposal_id)
    ).one_or_none()
    if row is None:
        raise NotFound()
    return About(*row)


def is_proposed(session: Session, refund_id: int) -> bool:
    """Whether somebody says that this refund was sent from our bank, and nobody has agreed yet."""
    waits = sa.select(Proposal.id).where(Proposal.refund_id == refund_id, Proposal.decided_at.is_(None))
    return session.scalar(waits) is not None


def _open(session: Session, about: About) -> Proposal | None:
    if about.refund_id is None:
        asked = Proposal.payment_id == about.payment_id
    else:
        asked = Proposal.refund_id == about.refund_id
    statement = sa.select(Proposal).where(asked, Proposal.decided_at.is_(None))
    return session.scalar(statement.execution_options(populate_existing=True))


def _propose(session: Session, about: About, actor_id: int, now: datetime) -> None:
    session.add(
        Proposal(
            payment_id=about.payment_id if about.refund_id is None else None,
            refund_id=about.refund_id,
            amount_fen=about.amount_fen,
            proposed_by_id=actor_id,
            proposed_at=now,
        )
    )
    session.flush()
    facts = {"amount_fen": about.amount_fen}
    audit(session, actor_id, "transfer.proposed", *about.subject, facts, now=now)
