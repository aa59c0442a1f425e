"""How much waits for a coordinator's decision, as every screen of the desk says beside its navigation."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.household_tasks import work_counted
from shop.fulfilment.later_trucks import missed_counted
from shop.fulfilment.reach import Reach


def count_to_decide(session: Session, by: Reach, *, now: datetime) -> int:
    """Tasks on the work list, goods to give back, and orders without a truck. One statement."""
    parts = (work_counted(by, now=now, give_back=True), missed_counted(by))
    return sum(session.execute(sa.select(*(part.scalar_subquery() for part in parts))).one())
