"""What a payout run brings a village, as its coordinator reads it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Village
from shop.ledger.impact import FEWEST_HOUSEHOLDS
from shop.ledger.models import Payout, PayoutRun, PayoutStatus
from shop.storage.paging import Page, read_page


@dataclass(frozen=True, slots=True)
class VillagePayout:
    """`shown_fen` is None where so few households share the sum that it would say what one of them earned."""

    run_number: str
    until: date
    village_zh: str
    village_en: str
    households: int
    paid: int
    fen: int

    @property
    def shown_fen(self) -> int | None:
        return self.fen if self.households >= FEWEST_HOUSEHOLDS else None


def village_payouts(session: Session, village_ids: Collection[int], *, page: int = 1) -> Page[VillagePayout]:
    """Approved runs, the latest first, by village; only of these villages."""
    paid = sa.case((Payout.status == PayoutStatus.PAID, 1))
    statement = (
        sa.select(
            PayoutRun.number,
            PayoutRun.until,
            Village.name_zh,
            Village.name_en,
            sa.func.count(),
            sa.func.count(paid),
            sa.cast(sa.func.sum(Payout.amount_fen), sa.BigInteger),
        )
        .join(Payout, Payout.run_id == PayoutRun.id)
        .join(Household, Household.id == Payout.household_id)
        .join(Village, Village.id == Household.village_id)
        .where(Household.village_id.in_(village_ids), Payout.status != PayoutStatus.DRAFT)
        .group_by(
            PayoutRun.id, PayoutRun.number, PayoutRun.until, Village.id, Village.name_zh, Village.name_en
        )
        .order_by(PayoutRun.id.desc(), Village.id)
    )
    return read_page(session, statement, number=page).map(lambda row: VillagePayout(*row))
