"""The gift box of the demo's campaign: one that an allowance pays and of whose parts enough is there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from shop.campaigns.goods_to_be_had import units_by_the_day
from shop.catalogue.models import BundleItem, Product, ProductStatus, StockState, Variant
from shop.kit.clock import shanghai_date

ENOUGH: Final = 60  # boxes
_KEEPS: Final = timedelta(days=30)


def campaign_box(session: Session, most_fen: int, *, now: datetime) -> Variant | None:
    """The cheapest; None where there is none."""
    boxes = session.scalars(
        sa.select(Variant)
        .join(Product, Product.id == Variant.product_id)
        .where(
            *(Variant.id.in_(sa.select(BundleItem.bundle_id)), Variant.active, Variant.price_fen <= most_fen),
            *(Product.status == ProductStatus.PUBLISHED, Variant.stock_state == StockState.AVAILABLE),
        )
        .order_by(Variant.price_fen, Variant.id)
        .options(joinedload(Variant.product))
    ).all()
    units = units_by_the_day(session, [one.id for one in boxes], shanghai_date(now) + _KEEPS, now=now)
    return next((one for one in boxes if units[one.id] >= ENOUGH), None)
