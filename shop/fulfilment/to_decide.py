"""How much waits for a coordinator's decision, as every screen of the desk says beside its navigation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.household_tasks import work_counted
from shop.fulfilment.late_parcels import late_counted
from shop.fulfilment.later_trucks import missed_counted
from shop.fulfilment.reach import Reach
from shop.inventory.intake.packaging_list import PackagingKeepers, running_out_counted
from shop.inventory.producer_lots import Keepers
from shop.inventory.putting_aside import to_put_aside_counted


@dataclass(frozen=True, slots=True)
class ToDecide:
    """Tasks on the work list with goods to give back, orders without a truck, late parcels, packaging to order, and
    recalled lots that nobody has put aside.
    """

    work: int
    missed: int
    late: int
    packaging: int
    recalled: int

    @property
    def total(self) -> int:
        return self.work + self.missed + self.late + self.packaging + self.recalled


def count_to_decide(session: Session, by: Reach, *, now: datetime) -> ToDecide:
    """One statement."""
    kept = PackagingKeepers(by.village_ids, by.packing_place_ids)
    parts = (
        work_counted(by, now=now, give_back=True),
        missed_counted(by),
        late_counted(by, now=now),
        running_out_counted(kept),
        to_put_aside_counted(Keepers(village_ids=by.village_ids)),
    )
    return ToDecide(*session.execute(sa.select(*(part.scalar_subquery() for part in parts))).one())
