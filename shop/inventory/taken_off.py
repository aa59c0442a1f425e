"""What others took off sale of a household's goods: it is to know how many, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import Producer, Product, Variant
from shop.inventory.lots import RECALLED
from shop.inventory.models import Lot, LotChange
from shop.inventory.producer_lots import Keepers

TOLD_FOR: Final = timedelta(days=14)
MOST_TOLD: Final = 5
_UNITS: Final = LotChange.withdrawn_change + LotChange.missing_change


class TakenOff(NamedTuple):
    """`into` is the workshop that packed them anew; without it they were taken off sale."""

    name_zh: str
    pack_zh: str
    units: int
    reason: str
    at: datetime
    by_person: bool  # else the shop itself, since the best-before had passed
    into: str | None


def taken_off_by_others(
    session: Session, keepers: Keepers, user_id: int, *, now: datetime
) -> Sequence[TakenOff]:
    """Of the last two weeks, the newest first; not what is for sale again, nor a recall, which is told by itself.

    One statement.
    """
    later, target, workshop = aliased(LotChange), aliased(Lot), aliased(Producer)
    came_back = (
        sa.select(later.id)
        .where(
            later.lot_id == LotChange.lot_id,
            later.id > LotChange.id,
            later.withdrawn_change + later.missing_change < 0,
        )
        .correlate(LotChange)
        .exists()
    )
    off_sale = sa.and_(_UNITS > 0, LotChange.reason != RECALLED, ~came_back)
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            *(Product.name_zh, Variant.name_zh, _UNITS + LotChange.repacked_change),
            *(LotChange.reason, LotChange.at),
            sa.cast(sa.case((LotChange.actor_id.is_(None), 0), else_=1), sa.Boolean),
            workshop.name_zh,
        )
        .join(Lot, Lot.id == LotChange.lot_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(target, sa.and_(LotChange.repacked_change > 0, target.code == LotChange.reason))
        .outerjoin(workshop, workshop.id == target.producer_id)
        .where(
            keepers.condition(),
            sa.or_(off_sale, LotChange.repacked_change > 0),
            LotChange.at >= now - TOLD_FOR,
            sa.or_(LotChange.actor_id.is_(None), LotChange.actor_id != user_id),
        )
        .order_by(LotChange.id.desc())
        .limit(MOST_TOLD)
    )
    return [TakenOff(*row) for row in session.execute(statement)]
