"""What others took off sale of a household's goods: it is to know how many, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer, Product, Variant
from shop.inventory.models import Lot, LotChange
from shop.inventory.producer_lots import Keepers

TOLD_FOR: Final = timedelta(days=14)
MOST_TOLD: Final = 5
_UNITS: Final = LotChange.withdrawn_change + LotChange.missing_change


class TakenOff(NamedTuple):
    name_zh: str
    pack_zh: str
    units: int
    reason: str
    at: datetime
    by_person: bool  # else the shop itself, since the best-before had passed


def taken_off_by_others(
    session: Session, keepers: Keepers, user_id: int, *, now: datetime
) -> Sequence[TakenOff]:
    """Of the last two weeks, the newest first. One statement."""
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            *(Product.name_zh, Variant.name_zh, _UNITS, LotChange.reason, LotChange.at),
            sa.cast(sa.case((LotChange.actor_id.is_(None), 0), else_=1), sa.Boolean),
        )
        .join(Lot, Lot.id == LotChange.lot_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(
            keepers.condition(),
            _UNITS > 0,
            LotChange.at >= now - TOLD_FOR,
            sa.or_(LotChange.actor_id.is_(None), LotChange.actor_id != user_id),
        )
        .order_by(LotChange.id.desc())
        .limit(MOST_TOLD)
    )
    return [TakenOff(*row) for row in session.execute(statement)]
