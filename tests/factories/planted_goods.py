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
from shop.fulfilment.take_out_models import TakeOut
from shop.inventory.models import WHOLE_BP, Lot, LotShare, LotStatus
from shop.inventory.trace_models import BagPrint, LotPledge, LotRecall, RecallState
from shop.ordering.models import Order

BOX = "SAFE-BOX"
TO_RECALL = "SAFE-RECALL"


@dataclass
class Plots:
    """Goods that one side alone supplies: SKU, variant and lot by side; a box with goods of both."""

    skus: dict[str, str] = field(default_factory=dict)
    variants: dict[str, int] = field(default_factory=dict)
    lots: dict[str, int] = field(default_factory=dict)
    prints: dict[str, int] = field(default_factory=dict)  # labels of the lot "in the village", by side
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
        plots.prints[side] = _print(session, plots.lots[f"{side}, in the village"], now)
        for days, whose in ((300, "to come"), (310, "to come in the village")):
            plots.lots[f"{side}, {whose}"] = _lot(
                session, plots.variants[sku], producers[producer], now, days=days, expected=True
            )
    _lot_to_recall(session, plots.lots["b"], now)
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


def _print(session: Session, lot_id: int, now: datetime) -> int:
    session.get_one(Lot, lot_id).bags_printed = 2
    printed = BagPrint(lot_id=lot_id, first=1, last=2, token="planted", at=now)
    pledge = {
        "goods_zh": "试货",
        "goods_en": "Trial goods",
        "units": 900,
        "net_weight_g": 225_000,
        "place": "磨沟村",
    }
    signed = {
        "producer": "一户",
        "signed_by": "一户",
        "basis": "promise",
        "issued_on": now.date(),
        "created_at": now,
    }
    session.add_all([printed, LotPledge(lot_id=lot_id, number=f"SAFE-{lot_id}", **pledge, **signed)])
    session.flush()
    return printed.id


def _lot_to_recall(session: Session, like_id: int, now: datetime) -> None:
    """Of the same goods, and closed: no order ever has any of it."""
    like = session.get_one(Lot, like_id)
    household_id = session.get_one(Producer, like.producer_id).household_id
    session.add(
        Lot(
            code=TO_RECALL, variant_id=like.variant_id, producer_id=like.producer_id, best_before=like.best_before,
            status=LotStatus.CLOSED, declared=5, available=0, withdrawn=5, created_at=now,
            shares=[LotShare(household_id=household_id, share_bp=WHOLE_BP)],
        )
    )  # fmt: skip
    session.flush()


def plant_take_outs(session: Session, places: dict[str, int], now: datetime) -> dict[str, int]:
    """At each place a box with goods of a lot whose recall was lifted; nobody has opened it."""
    lot_id = session.scalars(sa.select(Lot.id).where(Lot.code == TO_RECALL)).one()
    order_id = session.scalars(sa.select(Order.id).order_by(Order.id).limit(1)).one()
    recall = LotRecall(
        lot_id=lot_id, state=RecallState.LIFTED, recalled_at=now, ended_at=now, reason_zh="误报"
    )
    session.add(recall)
    session.flush()
    boxes = {
        name: TakeOut(
            recall_id=recall.id, order_id=order_id, packing_place_id=place_id, parcel_code=f"SAFE{place_id}",
            units=1, task_ids=[], at=now,
        )
        for name, place_id in places.items()
    }  # fmt: skip
    session.add_all(boxes.values())
    session.flush()
    return {name: box.id for name, box in boxes.items()}


def _lot(
    session: Session,
    variant_id: int,
    producer_id: int,
    now: datetime,
    *,
    days: int = 100,
    expected: bool = False,
) -> int:
    household_id = session.get_one(Producer, producer_id).household_id
    lot = Lot(
        code=f"SAFE{variant_id}-{days}", variant_id=variant_id, producer_id=producer_id, declared=900, available=900,
        harvested_on=now.date(), best_before=now.date() + timedelta(days=days), created_at=now,
        shares=[LotShare(household_id=household_id, share_bp=WHOLE_BP)],
    )  # fmt: skip
    if expected:
        lot.harvested_on, lot.expected_on = None, now.date() + timedelta(days=9)
        lot.expected_units, lot.confidence_pct = lot.declared, 100
    session.add(lot)
    session.flush()
    return lot.id
