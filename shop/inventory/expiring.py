"""Goods whose best-before is near, with what a lower price might be.

The written rule of the suggestion, by how much of its shelf life a pack has left: in the last tenth half the price, in
the last fifth 30 % less, in the last third 20 % less; and never earlier than a week, two weeks or a month before. It is
a suggestion: a price is of a pack and not of a lot, so a person decides whether most of what is for sale is old.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PriceState, Producer, Product, TimedPrice, Variant, Village
from shop.inventory.models import Lot, LotStatus
from shop.kit.money import share

# So many days at most, in which last part of the shelf life, how many per cent less.
STEPS: Final = ((7, 10, 50), (14, 5, 30), (30, 3, 20))
MOST_DAYS: Final = max(days for days, _part, _pct in STEPS)
MOST_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class ExpiringLot:
    """`others` are units of the same pack that keep longer; prices are in fen."""

    id: int
    code: str
    variant_id: int
    product_id: int
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    producer_zh: str
    producer_en: str
    village_zh: str
    village_en: str
    best_before: date
    available: int
    shelf_life_days: int
    price_fen: int
    others: int
    former_fen: int | None = None  # before a price for a time, which ends at `price_until`
    price_until: datetime | None = None
    asked_fen: int | None = None  # a lower price that is proposed, or set and still to begin
    days_left: int = 0

    @property
    def cut_pct(self) -> int:
        return suggested_cut(self.days_left, self.shelf_life_days)

    @property
    def suggested_fen(self) -> int:
        return share(self.former_fen or self.price_fen, 100 - self.cut_pct, 100)


def suggested_cut(days_left: int, shelf_life_days: int) -> int:
    """By how many per cent the price may be lowered; 0 while there is time. Pure."""
    found = (
        pct
        for days, part, pct in STEPS
        if days_left <= days and days_left * part <= max(shelf_life_days, part)
    )
    return next(found, 0)


def find_expiring(session: Session, within: sa.ColumnElement[bool], *, today: date) -> Sequence[ExpiringLot]:
    """What is for sale and needs a decision, the most urgent first. One statement."""
    rows = session.execute(_statement(today).where(within)).all()
    found = [replace(ExpiringLot(*row), days_left=(row.best_before - today).days) for row in rows]
    return [lot for lot in found if lot.cut_pct]


def _statement(today: date) -> sa.Select[*tuple[Any, ...]]:
    other = sa.alias(Lot.__table__)
    keeps_longer = (
        sa.select(sa.func.coalesce(sa.func.sum(other.c.available), 0))
        .where(
            other.c.variant_id == Lot.variant_id,
            other.c.status == LotStatus.OPEN,
            other.c.best_before > Lot.best_before,
        )
        .correlate(Lot)
        .scalar_subquery()
    )
    asked = (
        sa.select(sa.func.min(TimedPrice.price_fen))
        .where(
            TimedPrice.variant_id == Lot.variant_id,
            TimedPrice.state.in_((PriceState.PROPOSED, PriceState.APPROVED)),
        )
        .correlate(Lot)
        .scalar_subquery()
    )
    return (
        sa.select(
            *(Lot.id, Lot.code, Lot.variant_id, Variant.product_id, Product.name_zh, Product.name_en),
            *(Variant.name_zh, Variant.name_en, Producer.name_zh, Producer.name_en),
            *(Village.name_zh, Village.name_en, Lot.best_before, Lot.available),
            *(Product.shelf_life_days, Variant.price_fen, sa.cast(keeps_longer, sa.Integer)),
            *(Variant.former_fen, Variant.price_until, asked),
        )
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .where(
            Lot.status == LotStatus.OPEN,
            Lot.available > 0,
            Lot.expected_on.is_(None),
            Lot.best_before.between(today, today + timedelta(days=MOST_DAYS)),
        )
        .order_by(Lot.best_before, Lot.id)
        .limit(MOST_SHOWN)
    )
