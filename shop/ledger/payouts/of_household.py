"""Payouts to a household, as its farmer reads them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.clock import shanghai_date
from shop.ledger.models import Payout, PayoutRun, PayoutStatus

MOST_SHOWN = 120  # ten years of months


@dataclass(frozen=True, slots=True)
class HouseholdPayout:
    """`until` is the last Shanghai day whose completed orders are in it; `paid_at` is there once it is paid."""

    id: int
    until: date
    closed_at: datetime
    amount_fen: int
    status: PayoutStatus
    paid_at: datetime | None

    @property
    def closed_on(self) -> date:
        return shanghai_date(self.closed_at)


def household_payouts(session: Session, household_ids: Collection[int]) -> list[HouseholdPayout]:
    """The latest payouts of these households that somebody has approved, what was paid or closed last first.

    One statement.
    """
    at = sa.func.coalesce(Payout.paid_at, PayoutRun.created_at)
    statement = (
        sa.select(
            *(Payout.id, PayoutRun.until, PayoutRun.created_at),
            *(Payout.amount_fen, Payout.status, Payout.paid_at),
        )
        .join(PayoutRun, PayoutRun.id == Payout.run_id)
        .where(Payout.household_id.in_(household_ids), Payout.status != PayoutStatus.DRAFT)
        .order_by(at.desc(), Payout.id.desc())
        .limit(MOST_SHOWN)
    )
    return [HouseholdPayout(*row) for row in session.execute(statement)]
