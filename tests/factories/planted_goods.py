"""Goods that one side alone supplies, beside those of the seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import (
    BundleItem,
    Category,
    Certificate,
    ComplianceClass,
    ComplianceRequirement,
    Producer,
    ProducerKind,
    Product,
    ProductStatus,
    Seller,
    Variant,
    Village,
)
from shop.inventory.models import WHOLE_BP, Lot, LotShare

BOX = "SAFE-BOX"


@dataclass
class Plots:
    """Goods that one side alone supplies: SKU, variant and lot by side; a box with goods of both."""

    skus: dict[str, str] = field(default_factory=dict)
    variants: dict[str, int] = field(default_factory=dict)
    lots: dict[str, int] = field(default_factory=dict)
    lone_producer: int = 0  # brings nothing to anybody


def plant_goods(session: Session, producers: dict[str, int], now: datetime) -> Plots:
    """One good that only `mg-01` keeps, one that only `rh-03` keeps, and a box of the two."""
    plots = Plots()
    for side, producer in (("a", "mg-01"), ("b", "rh-03")):
        sku = f"SAFE-{side.upper()}"
        plots.skus[side] = sku
        plots.variants[sku] = _product(session, sku, now).id
        plots.lots[side] = _lot(session, plots.variants[sku], producers[producer], now)
        plots.lots[f"{side}, in the village"] = _lot(
            session, plots.variants[sku], producers[producer], now, days=200
        )
    plots.lone_producer = _lone_producer(session)
    box = _product(session, BOX, now)
    plots.variants[BOX] = box.id
    for sku in plots.skus.values():
        session.add(BundleItem(bundle_id=box.id, component_id=plots.variants[sku], units=1))
    return plots


def _product(session: Session, sku: str, now: datetime) -> Variant:
    first = [
        session.scalars(sa.select(model.id).limit(1)).one() for model in (Seller, Category, ComplianceClass)
    ]
    variant = Variant(
        sku=sku, name_zh="一份", name_en="One", price_fen=5000, net_weight_g=250, gross_weight_g=300
    )
    session.add(
        Product(
            slug=sku.lower(), seller_id=first[0], category_id=first[1], compliance_class_id=first[2], family="tea",
            name_zh=f"试货{sku[-1]}", name_en=f"Trial goods {sku[-1]}", shelf_life_days=365, published_at=now,
            status=ProductStatus.PUBLISHED, variants=[variant],
        )
    )  # fmt: skip
    session.flush()
    demanded = sa.select(ComplianceRequirement.certificate_kind).where(
        ComplianceRequirement.compliance_class_id == first[2]
    )
    session.add_all(
        Certificate(kind=kind, number=f"{sku} {kind}", product_id=variant.product_id)
        for kind in session.scalars(demanded)
    )
    session.flush()
    return variant


def _lone_producer(session: Session) -> int:
    """Of a village that nobody of the demo answers for."""
    place_id = session.scalars(sa.select(Village.packing_place_id).where(Village.slug == "longtou")).one()
    village = Village(slug="far-away", name_zh="远处村", name_en="Faraway", packing_place_id=place_id)
    session.add(village)
    session.flush()
    names = {"slug": "far-away", "name_zh": "远处作坊", "name_en": "Faraway"}
    producer = Producer(kind=ProducerKind.WORKSHOP, village_id=village.id, phone="0915000999", **names)
    session.add(producer)
    session.flush()
    return producer.id


def _lot(session: Session, variant_id: int, producer_id: int, now: datetime, *, days: int = 100) -> int:
    household_id = session.get_one(Producer, producer_id).household_id
    lot = Lot(
        code=f"SAFE{variant_id}-{days}", variant_id=variant_id, producer_id=producer_id, declared=900, available=900,
        harvested_on=now.date(), best_before=now.date() + timedelta(days=days), created_at=now,
        shares=[LotShare(household_id=household_id, share_bp=WHOLE_BP)],
    )  # fmt: skip
    session.add(lot)
    session.flush()
    return lot.id
