"""Which goods can go in place of units that nobody has.

Of the same seller and taxed alike, so that the invoice stays right; one for one; never dearer than what was bought:
nobody could be asked for the rest. Nor is it cheaper by more than the shop has decided to bear: the buyer gets the
difference, and the household that helps out earns what the first one would have. Fresh goods that cannot be returned go
only in place of such.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.shop_settings import read_shop_settings
from shop.catalogue.models import BundleItem, Product, ProductStatus, Variant, VariantTax
from shop.inventory.candidates import read_offer
from shop.inventory.models import Allocation
from shop.inventory.reallocation import failures
from shop.ordering.confirmation import order_line_ids
from shop.ordering.coupons.judging import paid_of
from shop.ordering.keeping import keeps_until
from shop.ordering.models import Order, OrderLine


@dataclass(frozen=True, slots=True)
class Substitute:
    """`back_fen` goes back to the buyer, for all units together."""

    variant_id: int
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    price_fen: int
    available: int
    back_fen: int


def substitutes(session: Session, order_id: int, allocation_id: int, *, now: datetime) -> list[Substitute]:
    """What there are enough units of now, the dearest first; nothing for a part of a gift box. Few statements."""
    found = session.execute(
        sa.select(Allocation.units, Allocation.off_fen, OrderLine)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .where(Allocation.id == allocation_id, OrderLine.order_id == order_id)
    ).one_or_none()
    if found is None or found[2].is_bundle:
        return []
    units, off_fen, line = found
    borne = read_shop_settings(session).substitute_borne_percent
    rows = session.execute(_alike(line, 100 - borne)).all()
    there = _units_there(session, order_id, [row.id for row in rows], now) if rows else Counter[int]()
    return [
        Substitute(*row, there[row.id], back_fen)
        for row in rows
        if there[row.id] >= units
        # Less what went back already, where this is in place of a substitute that is missing too.
        and (back_fen := _back_fen(line, (line.unit_price_fen - row.price_fen) * units) - off_fen) >= 0
    ]


def _back_fen(line: OrderLine, cheaper_fen: int) -> int:
    """What goes back of so much list price: the part of it that a coupon did not pay."""
    return paid_of(line.line_fen, line.discount_fen, cheaper_fen)


def _units_there(session: Session, order_id: int, variant_ids: list[int], now: datetime) -> Counter[int]:
    """Units that keep long enough, of producers that did not fail the order."""
    order = session.get_one(Order, order_id)
    failed = failures(session, order_line_ids(session, order_id))
    offer = read_offer(session, variant_ids, now).keeping_until(keeps_until(session, order, now=now))
    there = Counter[int]()
    for lot in offer.lots:
        if failed.allow(lot):
            there[lot.variant_id] += lot.available
    return there


def _alike(line: OrderLine, least_percent: int) -> sa.Select[int, str, str, str, str, int]:
    asked = aliased(Product)
    category = sa.select(asked.category_id).where(asked.id == line.product_id).scalar_subquery()
    least_fen = -(-line.unit_price_fen * least_percent // 100)
    taxed = sa.and_(VariantTax.variant_id == Variant.id, VariantTax.seller_id == Product.seller_id)
    return (
        sa.select(
            Variant.id, Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en, Variant.price_fen
        )
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(VariantTax, taxed)
        .where(
            Variant.id != line.variant_id,
            Variant.active.is_(True),
            Product.status == ProductStatus.PUBLISHED,
            Product.seller_id == line.seller_id,
            sa.func.coalesce(VariantTax.tax_rate_bp, Variant.tax_rate_bp) == line.tax_rate_bp,
            sa.func.coalesce(VariantTax.tax_exempt, sa.false()) == sa.literal(line.tax_exempt),
            Variant.price_fen.between(least_fen, line.unit_price_fen),
            sa.or_(Product.id == line.product_id, Product.category_id == category),
            sa.true() if line.return_exempt else Product.return_exempt.is_(False),
            ~sa.exists().where(BundleItem.bundle_id == Variant.id),
        )
        .order_by(Variant.price_fen.desc(), Variant.id)
        .limit(30)
    )
