"""What a producer may bring: published goods whose papers it has, or somebody has for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.errors import NotForThisProducer
from shop.catalogue.models import BundleItem, ComplianceClass, Product, ProductStatus, Variant
from shop.catalogue.publishing import is_covered, reasons_against_keeper
from shop.inventory.forecasts import Forecast, declare_forecast
from shop.inventory.lot_writing import Author
from shop.inventory.lots import Declaration, declare_lot
from shop.inventory.models import Lot
from shop.inventory.pledge_state import demanded_on
from shop.kit.clock import shanghai_date
from shop.kit.errors import NotFound

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Declarable:
    """Something that a producer may bring; ``known`` says that lots of it were declared before."""

    variant_id: int
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    family: str
    price_fen: int
    shelf_life_days: int
    known: bool
    needs_pledge: bool  # who declares it gives its word for it: 承诺达标合格证


def declarable(session: Session, producer_ids: Collection[int], *, today: date) -> list[Declarable]:
    """What one of these producers may bring: what they declared before comes first. One statement."""
    known = sa.exists().where(Lot.variant_id == Variant.id, Lot.producer_id.in_(producer_ids))
    rank = sa.case((known, 1), else_=0)
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            Variant.id,
            Product.name_zh,
            Product.name_en,
            Variant.name_zh,
            Variant.name_en,
            Product.family,
            Variant.price_fen,
            Product.shelf_life_days,
            sa.cast(rank, sa.Boolean),
            demanded_on(today),
        )
        .join(Product, Product.id == Variant.product_id)
        .join(ComplianceClass, ComplianceClass.id == Product.compliance_class_id)
        .where(_is_brought(), is_covered(producer_ids, today))
        .order_by(rank.desc(), Product.category_id, Product.id, Variant.position)
        .limit(MOST_SHOWN)
    )
    return [Declarable(*row) for row in session.execute(statement)]


def declare_own(session: Session, declaration: Declaration, *, author: Author, now: datetime) -> Lot:
    """A new lot, declared by its producer or for it.

    Raises NotFound for goods that nobody brings now, NotForThisProducer with every paper that is missing or
    expired, and InvalidInput as `declare_lot` does.
    """
    _demand_papers(session, declaration.variant_id, declaration.producer_id, now)
    return declare_lot(session, declaration, author=author, now=now)


def declare_own_forecast(session: Session, forecast: Forecast, *, author: Author, now: datetime) -> Lot:
    """A lot that is to be harvested; raises as `declare_own` does."""
    _demand_papers(session, forecast.variant_id, forecast.producer_id, now)
    return declare_forecast(session, forecast, author=author, now=now)


def _demand_papers(session: Session, variant_id: int, producer_id: int, now: datetime) -> None:
    product = session.scalar(
        sa.select(Product)
        .join(Variant, Variant.product_id == Product.id)
        .where(Variant.id == variant_id, _is_brought())
    )
    if product is None:
        raise NotFound()
    reasons = reasons_against_keeper(session, product, producer_id, today=shanghai_date(now))
    if reasons:
        raise NotForThisProducer(reasons)


def _is_brought() -> sa.ColumnElement[bool]:
    """In the shop, and with lots of its own: a gift box has none."""
    is_box = sa.exists().where(BundleItem.bundle_id == Variant.id)
    return sa.and_(Product.status == ProductStatus.PUBLISHED, Variant.active.is_(True), ~is_box)
