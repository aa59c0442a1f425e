"""An order costs less because its goods weigh less than the most that was ordered: everybody's part follows the weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from shop.ordering.reasons import Reason
from shop.payments.models import Payment, RefundBearer
from shop.payments.refunds import write_refund

__all__: Final = ("RefundedWeight", "refund_weight")


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
