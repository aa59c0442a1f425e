"""What the households of some lots have from the shop, as the fairness rule compares it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household
from shop.inventory.income import income_since, recent_income
from shop.inventory.models import LotShare


def lot_incomes(session: Session, lot_ids: Collection[int], *, now: datetime) -> dict[int, int]:
    """By lot: income per head in the last twelve months, by the shares of the lot. For comparing only. One statement."""
    rows = session.execute(
        sa.select(
            LotShare.lot_id,
            LotShare.share_bp,
            Household.people,
            recent_income(Household.__table__.c.id, sa.literal(income_since(now))),
        )
        .join(Household, Household.id == LotShare.household_id)
        .where(LotShare.lot_id.in_(lot_ids))
    )
    incomes: dict[int, int] = {}
    for lot_id, share_bp, people, income_fen in rows:
        incomes[lot_id] = incomes.get(lot_id, 0) + share_bp * (int(income_fen or 0) // people)
    return incomes
