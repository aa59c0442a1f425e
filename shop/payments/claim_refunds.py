"""Claims that were granted and whose money has not gone back yet: they wait for finance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.claim_models import Claim, ClaimStatus
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.ordering.models import Order, OrderEvent
from shop.payments.models import NOTHING_BACK, ClaimRefund, Refund
from shop.storage.paging import First, read_first

GRANTED: Final = (ClaimStatus.ACCEPTED, ClaimStatus.PARTLY)
SETTLED: Final = "claim_settled"  # in the order's history: it was made good without money
LONGEST_REASON: Final = 200


class NothingDue(Conflict):
    code = "nothing_due"
    default_message = msg("No refund waits for this claim any more.")


@dataclass(frozen=True)
class DueRefund:
    """A granted claim whose buyer waits for the money since `decided_at`."""

    claim_id: int
    number: str
    decided_at: datetime | None
    answer: str


def refund_is_due() -> sa.ColumnElement[bool]:
    """SQL: a claim was granted, nothing was refunded for it, the order is not refunded whole, and nobody said
    that it needs no refund. One that failed has not come: it stands among the refunds that failed as well.
    """
    alive = Refund.status.not_in(NOTHING_BACK)
    for_it = (
        sa.select(Refund.id)
        .join(ClaimRefund, ClaimRefund.refund_id == Refund.id)
        .where(ClaimRefund.claim_id == Claim.id, alive)
        .correlate(Claim)
    )
    back = (
        sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_fen), 0))
        .where(Refund.order_id == Claim.order_id, alive)
        .correlate(Claim)
    )
    total = sa.select(Order.total_fen).where(Order.id == Claim.order_id).correlate(Claim)
    settled = (
        sa.select(OrderEvent.id)
        .where(
            OrderEvent.order_id == Claim.order_id,
            OrderEvent.kind == SETTLED,
            OrderEvent.facts["claim_id"].as_integer() == Claim.id,
        )
        .correlate(Claim)
    )
    return sa.and_(
        Claim.status.in_(GRANTED),
        ~for_it.exists(),
        back.scalar_subquery() < total.scalar_subquery(),
        ~settled.exists(),
    )


def due_refunds(session: Session, *, most: int) -> First[DueRefund]:
    """The longest waiting first, and how many there are in all. One statement."""
    statement = (
        sa.select(Claim.id, Order.number, Claim.decided_at, Claim.answer)
        .join(Order, Order.id == Claim.order_id)
        .where(refund_is_due())
        .order_by(Claim.decided_at, Claim.id)
    )
    return read_first(session, statement, most=most).map(lambda row: DueRefund(*row))


def is_refund_due(session: Session, claim_id: int) -> bool:
    return session.scalar(sa.select(Claim.id).where(Claim.id == claim_id, refund_is_due())) is not None


def settle_without_refund(
    session: Session, claim_id: int, reason: str, *, actor_id: int, now: datetime
) -> None:
    """Note that a granted claim was made good without money, as by goods sent again. Locks the order.

    Raises NotFound, NothingDue, and InvalidInput without a reason.
    """
    order_id = session.scalar(sa.select(Claim.order_id).where(Claim.id == claim_id))
    if order_id is None:
        raise NotFound()
    order, said = lock_order(session, order_id), tidy(reason)[:LONGEST_REASON]
    if not is_refund_due(session, claim_id):
        raise NothingDue()
    if not said:
        raise InvalidInput(msg("Please say why."), field="reason")
    note(session, order_id, SETTLED, now, actor_id, claim_id=claim_id)
    facts = {"order": order.number, "reason": said}
    audit(session, actor_id, "claim.settled", "claim", claim_id, facts, now=now)
