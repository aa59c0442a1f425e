"""The demo's departments stand by households, from before its year begins."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Pair
from shop.demo.world import World
from shop.kit.clock import shanghai_date

UNITS: Final = 3
HOUSEHOLDS_OF_A_UNIT: Final = 3
AGREED_BY: Final = "工会与村委会（示例）"


def add_pairs(session: Session, world: World, *, now: datetime) -> None:
    """The first departments, each with households of its own; nothing where somebody has paired already."""
    if session.scalar(sa.select(Pair.id).limit(1)) is not None:
        return
    wanted = sa.select(Household.id).where(Household.active).order_by(Household.id)
    households = iter(session.scalars(wanted.limit(UNITS * HOUSEHOLDS_OF_A_UNIT)).all())
    session.add_all(
        Pair(unit_id=unit_id, household_id=household_id, first_day=shanghai_date(now), agreed_by=AGREED_BY)
        for unit_id in world.unit_ids[:UNITS]
        for _, household_id in zip(range(HOUSEHOLDS_OF_A_UNIT), households, strict=False)
    )
    session.flush()
