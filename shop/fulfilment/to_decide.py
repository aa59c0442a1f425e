"""How much waits for a coordinator's decision, as every screen of the desk says beside its navigation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.household_tasks import work_counted
from shop.fulfilment.late_parcels import late_counted
from shop.fulfilment.later_trucks import missed_counted
from shop.fulfilment.reach import Reach
from shop.fulfilment.take_outs import take_outs_counted
from shop.inventory.after_lifting import lying_apart_counted
from shop.inventory.intake.packaging_list import PackagingKeepers, running_out_counted
from shop.inventory.producer_lots import Keepers
from shop.inventory.putting_aside import to_put_aside_counted


@dataclass(frozen=True, slots=True)
class ToDecide:
    """Tasks on the work list with goods to give back, orders without a truck, late parcels, packaging to order,
    recalled lots that nobody has put aside, boxes with recalled goods that nobody has opened, and lots that
    lie apart although their recall was lifted.
    """

    work: int
    missed: int
    late: int
    packaging: int
    recalled: int
    boxes: int
    apart: int
    letters: int = 0  # besides: questions of the team and thanks of buyers

    @property
    def total(self) -> int:
        return self.work + self.missed + self.late + self.packaging + self.recalled + self.boxes + self.apart


def count_to_decide(
    session: Session, by: Reach, *, now: datetime, letters: tuple[sa.Select[Any], ...] = ()
) -> ToDecide:
    """One statement; `letters` are counted along."""
    kept = PackagingKeepers(by.village_ids, by.packing_place_ids)
    parts = (
        work_counted(by, now=now, give_back=True),
        missed_counted(by),
        late_counted(by, now=now),
        running_out_counted(kept),
        to_put_aside_counted(Keepers(village_ids=by.village_ids)),
        take_outs_counted(by),
        lying_apart_counted(Keepers(village_ids=by.village_ids)),
    )
    counted = (part.scalar_subquery() for part in (*parts, *letters))
    found = [int(one) for one in session.execute(sa.select(*counted)).one()]
    work, missed, late, packaging, recalled, boxes, apart = found[: len(parts)]
    return ToDecide(work, missed, late, packaging, recalled, boxes, apart, letters=sum(found[len(parts) :]))
