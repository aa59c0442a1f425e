"""What the page behind a trace code shows: one lot, where it is from, and who stands for it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import (
    Certificate,
    Household,
    Producer,
    ProducerKind,
    Product,
    ProductStatus,
    Seller,
    Variant,
    Village,
)
from shop.inventory.models import Lot, LotShare
from shop.inventory.trace_codes import UnknownTraceCode


@dataclass(frozen=True, slots=True)
class VillageName:
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Grower:
    """A household that agreed to be named, and where it lives: a workshop takes goods from several villages."""

    alias_zh: str
    alias_en: str
    village: VillageName


@dataclass(frozen=True)
class TracedLot:
    """`village` is the producer's; `growers` agreed to be named, `grower_count` counts all whose goods are in it.

    `grown_in` are the villages of all of them, that with the largest share first.
    """

    lot: Lot
    variant: Variant
    product: Product
    producer: Producer
    village: Village
    seller: Seller
    certificate: Certificate | None
    growers: tuple[Grower, ...]
    grower_count: int
    grown_in: tuple[VillageName, ...]

    @property
    def is_of_workshop(self) -> bool:
        return self.producer.kind is ProducerKind.WORKSHOP

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
        sa.select(
            *(Household.alias_zh, Household.alias_en, Household.consented_at),
            *(Village.name_zh, Village.name_en),
        )
        .join(LotShare, LotShare.household_id == Household.id)
        .join(Village, Village.id == Household.village_id)
        .where(LotShare.lot_id == lot_id)
        .order_by(LotShare.share_bp.desc(), Household.id)
    ).all()
    villages = [VillageName(one.name_zh, one.name_en) for one in households]
    growers = tuple(
        Grower(one.alias_zh, one.alias_en, village)
        for one, village in zip(households, villages, strict=True)
        if one.consented_at is not None
    )
    return TracedLot(
        *row, growers=growers, grower_count=len(households), grown_in=tuple(dict.fromkeys(villages))
    )
