"""An order costs less because its goods weigh less than the most that was ordered: everybody's part follows the weight.

Where a weight turns out too low, what it took off an open debt is owed again, as a whole, and the new weight takes off its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.ordering.history import note
from shop.ordering.models import Order
from shop.ordering.reasons import Reason
from shop.payments.events import RefundUndone
from shop.payments.models import NOTHING_BACK, Payment, Refund, RefundBearer, RefundStatus
from shop.payments.refunds import write_refund
from shop.payments.terms.crediting import owe_again
from shop.payments.transitions import REFUNDS
from shop.payments.whole_price import note_whole_price
from shop.storage.event_log import record

__all__: Final = ("RefundedWeight", "refund_weight", "undo_weights", "weight_refunds")


@dataclass(frozen=True, slots=True)
class RefundedWeight:
    """By so much the price of a line is lower, in fen."""

    order_line_id: int
    amount_fen: int


def refund_weight(
    session: Session,
    payment: Payment,
    weights: Sequence[RefundedWeight],
    *,
    token: str,
    actor_id: int | None,
    now: datetime,
) -> int:
    """Ask it back, or owe it no more; returns the refund's id. The order is locked. Raises as `write_refund`."""
    return write_refund(
        session,
        payment,
        amount_fen=sum(one.amount_fen for one in weights),
        bearer=RefundBearer.WEIGHT,
        reason=Reason.WEIGHED,
        token=token,
        actor_id=actor_id,
        now=now,
        weights={one.order_line_id: one.amount_fen for one in weights},
    )


def weight_refunds(session: Session, order_id: int) -> Sequence[Refund]:
    """What weights took off an order, as it stands. One statement."""
    wanted = sa.select(Refund).where(
        Refund.order_id == order_id,
        Refund.bearer == RefundBearer.WEIGHT,
        Refund.status.not_in(NOTHING_BACK),
    )
    return session.scalars(wanted.order_by(Refund.id)).all()


def undo_weights(
    session: Session, payment: Payment, refunds: Sequence[Refund], *, actor_id: int | None, now: datetime
) -> None:
    """The debt is what it was before them. The order is locked. Raises DebtClosed where it is not open any more."""
    order = session.get_one(Order, payment.order_id)
    for refund in refunds:
        owe_again(session, payment, refund.amount_fen)
        refund.status = REFUNDS.step(refund.status, RefundStatus.UNDONE)
        order.refunded_fen -= refund.amount_fen
        note(session, order.id, "refund_undone", now, actor_id=actor_id, amount_fen=refund.amount_fen)
        facts = {"amount_fen": refund.amount_fen, "reason": refund.reason}
        audit(session, actor_id, "refund.undone", "refund", refund.id, facts, now=now)
        record(session, RefundUndone(refund.id, order.id, now))
    note_whole_price(session, payment, now=now)
