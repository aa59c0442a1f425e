"""Payouts to a household, as its farmer reads them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ledger.models import Payout, PayoutRun, PayoutStatus

MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class HouseholdPayout:
    """`until` is the last Shanghai day whose completed orders are in it."""

    until: date
    amount_fen: int
    status: PayoutStatus


def household_payouts(session: Session, household_ids: Collection[int]) -> list[HouseholdPayout]:
    """The latest payouts of these households together, newest first. One statement."""
    statement = (
        sa.select(PayoutRun.until, sa.func.sum(Payout.amount_fen), Payout.status)
        .join(PayoutRun, PayoutRun.id == Payout.run_id)
        .where(Payout.household_id.in_(household_ids))
        .group_by(PayoutRun.id, PayoutRun.until, Payout.status)
        .order_by(PayoutRun.until.desc(), PayoutRun.id.desc())
        .limit(MOST_SHOWN)
    )
    return [HouseholdPayout(*row) for row in session.execute(statement)]
