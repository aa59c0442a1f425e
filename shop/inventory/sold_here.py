"""Which packs a village has for sale: of those its coordinators may say what they should cost."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer
from shop.inventory.models import Lot, LotStatus
from shop.inventory.producer_lots import Keepers
from shop.kit.errors import NotFound


def demand_sold_here(session: Session, variant_id: int, keepers: Keepers) -> None:
    """Raises NotFound for a pack of which these keepers have nothing for sale. One statement."""
    for_sale = (
        sa.select(Lot.id)
        .join(Producer, Producer.id == Lot.producer_id)
        .where(
            Lot.variant_id == variant_id,
            Lot.status == LotStatus.OPEN,
            Lot.available > 0,
            Lot.expected_on.is_(None),
            keepers.condition(),
        )
    )
    if session.scalar(for_sale.limit(1)) is None:
        raise NotFound()
