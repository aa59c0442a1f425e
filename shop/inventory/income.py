"""What households earned through the shop, for the fairness rule."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from shop.inventory.models import HouseholdMonth
from shop.kit.clock import month_of, months_before

MONTHS = 12  # the running month and the eleven before it


def income_since(now: datetime) -> date:
    """The first of the months that count."""
    return months_before(month_of(now), MONTHS - 1)


def recent_income(
    household_id: sa.ColumnElement[int], since: date | sa.BindParameter[date]
) -> sa.ColumnElement[int]:
    """SQL for what one household earned, and has held for it, in the last twelve months, in fen."""
    total = sa.func.coalesce(sa.func.sum(HouseholdMonth.earned_fen + HouseholdMonth.held_fen), 0)
    return (
        sa.select(total)
        .where(
            HouseholdMonth.household_id == household_id,
            HouseholdMonth.month >= since,
        )
        .correlate(household_id.table)
        .scalar_subquery()
    )
