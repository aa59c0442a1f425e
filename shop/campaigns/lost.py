"""What a member lost after the close, and why, for their page and their letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.after_models import CallOff, Loss, Why


@dataclass(frozen=True, slots=True)
class Lost:
    """`fen`: what is not charged of it. `reason`: what the organiser said, where they called the order off. `instead` units of
    another variant come for it.
    """

    id: int
    variant_id: int
    quantity: int
    fen: int
    why: Why
    reason: str
    instead_id: int | None
    instead: int


def losses_of(session: Session, member_id: int) -> Sequence[Lost]:
    """One statement; empty while nothing was lost."""
    rows = session.execute(
        sa.select(
            Loss.id,
            Loss.variant_id,
            Loss.quantity,
            Loss.quantity * Loss.price_fen - Loss.instead * Loss.instead_fen,
            Loss.why,
            sa.func.coalesce(CallOff.reason, ""),
            Loss.instead_id,
            Loss.instead,
        )
        .outerjoin(CallOff, CallOff.order_id == Loss.order_id)
        .where(Loss.member_id == member_id)
        .order_by(Loss.id)
    )
    return [Lost(*row) for row in rows]
