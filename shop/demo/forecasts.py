"""Harvests that are still to come in the demo: of what is sold out in its season, and of what is fresh."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import Producer, Product, ProductStatus, StockState, Variant
from shop.inventory.forecasts import Forecast, declare_forecast
from shop.inventory.lot_writing import Author
from shop.inventory.models import Lot
from shop.inventory.producer_lots import last_shares
from shop.kit.clock import shanghai_date

HOW_MANY = 4
FRESH_DAYS = 14
DAYS_AHEAD, UNITS, SURE_PCT = 6, 40, 80


def expect_harvests(session: Session, *, now: datetime) -> None:
    """A few forecasts, each by who brought such goods last; playing again on the same day adds none."""
    today = shanghai_date(now)
    for variant_id, producer_id in _goods(session, today.month):
        forecast = Forecast(
            variant_id,
            producer_id,
            UNITS,
            today + timedelta(days=DAYS_AHEAD),
            SURE_PCT,
            last_shares(session, producer_id),
            token=f"demo {variant_id} {producer_id} {today}",
        )
        declare_forecast(session, forecast, author=Author(None), now=now)


def _goods(session: Session, month: int) -> Sequence[tuple[int, int]]:
    """Variants and producers."""
    other = aliased(Lot)
    newest: Any = sa.select(sa.func.max(other.id)).where(other.variant_id == Variant.id).scalar_subquery()
    in_season = Product.season_mask.bitwise_and(1 << (month - 1)) != 0
    rows = session.execute(
        sa.select(Variant.id, Lot.producer_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Lot, Lot.id == newest)
        .join(Producer, Producer.id == Lot.producer_id)
        .where(
            Product.status == ProductStatus.PUBLISHED,
            Variant.active,
            Producer.active,
            sa.or_(
                sa.and_(Variant.stock_state == StockState.SOLD_OUT, in_season),
                Product.shelf_life_days <= FRESH_DAYS,
            ),
        )
        .order_by(sa.case((Variant.stock_state == StockState.SOLD_OUT, 0), else_=1), Variant.id)
        .limit(HOW_MANY)
    )
    return [(row[0], row[1]) for row in rows]
