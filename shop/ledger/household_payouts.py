"""Payouts to a household, as its farmer reads them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ledger.models import Payout, PayoutRun, PayoutStatus

MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class HouseholdPayout:
    """`until` is the last Shanghai day whose completed orders are in it; `paid_at` is there once it is paid."""

    id: int
    until: date
    amount_fen: int
    status: PayoutStatus
    paid_at: datetime | None


def household_payouts(session: Session, household_ids: Collection[int]) -> list[HouseholdPayout]:
    """The latest payouts of these households that somebody has approved, newest first. One statement."""
    statement = (
        sa.select(Payout.id, PayoutRun.until, Payout.amount_fen, Payout.status, Payout.paid_at)
        .join(PayoutRun, PayoutRun.id == Payout.run_id)
        .where(Payout.household_id.in_(household_ids), Payout.status != PayoutStatus.DRAFT)
        .order_by(PayoutRun.until.desc(), Payout.id.desc())
        .limit(MOST_SHOWN)
    )
    return [HouseholdPayout(*row) for row in session.execute(statement)]
