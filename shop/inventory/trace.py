"""What the page behind a trace code shows: one lot, where it is from, and who stands for it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import (
    Certificate,
    Household,
    Producer,
    Product,
    ProductStatus,
    Seller,
    Variant,
    Village,
)
from shop.inventory.models import Lot, LotShare
from shop.inventory.trace_codes import UnknownTraceCode


@dataclass(frozen=True, slots=True)
class Alias:
    alias_zh: str
    alias_en: str


@dataclass(frozen=True)
class TracedLot:
    """`households` are those that agreed to be named; `household_count` counts all whose goods are in it."""

    lot: Lot
    variant: Variant
    product: Product
    producer: Producer
    village: Village
    seller: Seller
    certificate: Certificate | None
    households: tuple[Alias, ...]
    household_count: int

    @property
    def is_on_sale(self) -> bool:
        return self.product.status is ProductStatus.PUBLISHED and self.variant.active


def read_traced_lot(session: Session, lot_id: int) -> TracedLot:
    """Two queries. Raises UnknownTraceCode."""
    row = session.execute(
        sa.select(Lot, Variant, Product, Producer, Village, Seller, Certificate)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Seller, Seller.id == Product.seller_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .outerjoin(Certificate, Certificate.id == Lot.certificate_id)
        .where(Lot.id == lot_id)
    ).first()
    if row is None:
        raise UnknownTraceCode()
    households = session.execute(
        sa.select(Household.alias_zh, Household.alias_en, Household.consented_at)
        .join(LotShare, LotShare.household_id == Household.id)
        .where(LotShare.lot_id == lot_id)
        .order_by(LotShare.share_bp.desc(), Household.id)
    ).all()
    agreed = tuple(Alias(row.alias_zh, row.alias_en) for row in households if row.consented_at is not None)
    return TracedLot(*row, households=agreed, household_count=len(households))
