"""A small shop for tests: two villages, four households, a hub, one truck, two freight zones, a few goods."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from shop.catalogue.models import (
    BundleItem,
    Category,
    ComplianceClass,
    Household,
    PackingPlace,
    PackingPlaceKind,
    Producer,
    ProducerKind,
    Product,
    ProductStatus,
    Seller,
    SplitRule,
    StockState,
    Variant,
    Village,
)
from shop.catalogue.refreshing import rebuild
from shop.delivery.models import FreightZone, PickupPoint, Run, RunStop
from shop.inventory.models import Lot, LotShare
from shop.inventory.stock_state import refresh_stock_state

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@dataclass
class SmallShop:
    """Ids by name; everything is committed."""

    now: datetime = NOW
    seller_id: int = 0
    category_id: int = 0
    compliance_class_id: int = 0
    hub_id: int = 0
    point_id: int = 0
    run_id: int = 0
    villages: dict[str, int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    households: dict[str, int] = field(default_factory=dict)
    producers: dict[str, int] = field(default_factory=dict)
    products: dict[str, int] = field(default_factory=dict)
    variants: dict[str, int] = field(default_factory=dict)
    lots: dict[str, int] = field(default_factory=dict)


def open_small_shop(session: Session, *, now: datetime = NOW) -> SmallShop:
    shop = SmallShop(now=now)
    _add_people(session, shop)
    _add_ways(session, shop)
    session.add(
        SplitRule(
            version=1, valid_from=now - timedelta(days=400), household_bp=7600, packing_bp=800, freight_bp=700,
            payment_fee_bp=100, village_fund_bp=500, shop_bp=300,
        )
    )  # fmt: skip
    add_product(session, shop, "tea", price_fen=6800, gross_g=200)
    add_product(session, shop, "eggs", price_fen=5900, gross_g=2400, return_exempt=True)
    add_lot(session, shop, "tea-li", "tea", "li", units=20, days=200)
    add_lot(session, shop, "tea-wang", "tea", "wang", units=20, days=300)
    add_lot(session, shop, "eggs-yu", "eggs", "yu", units=10, days=20)
    fill_shelves(session, shop)
    session.commit()
    return shop


def fill_shelves(session: Session, shop: SmallShop) -> None:
    """Make what lists read of the goods that were added."""
    rebuild(session)
    refresh_stock_state(session, now=shop.now)


def add_product(
    session: Session,
    shop: SmallShop,
    sku: str,
    *,
    price_fen: int,
    gross_g: int = 300,
    limit: int | None = None,
    return_exempt: bool = False,
    parts: dict[str, int] | None = None,
) -> int:
    product = Product(
        slug=sku, seller_id=shop.seller_id, category_id=shop.category_id, village_id=shop.villages["mogou"],
        compliance_class_id=shop.compliance_class_id, family="tea", name_zh=f"好{sku}", name_en=f"Good {sku}",
        shelf_life_days=300, status=ProductStatus.PUBLISHED, published_at=shop.now, from_price_fen=price_fen,
        stock_state=StockState.AVAILABLE, return_exempt=return_exempt,
    )  # fmt: skip
    session.add(product)
    session.flush()
    variant = Variant(
        product_id=product.id, sku=sku, name_zh="一份", name_en="one", price_fen=price_fen, net_weight_g=gross_g - 50,
        gross_weight_g=gross_g, limit_per_buyer=limit, low_stock_at=3, stock_state=StockState.AVAILABLE,
    )  # fmt: skip
    session.add(variant)
    session.flush()
    for part, units in (parts or {}).items():
        session.add(BundleItem(bundle_id=variant.id, component_id=shop.variants[part], units=units))
    session.flush()
    shop.products[sku], shop.variants[sku] = product.id, variant.id
    return variant.id


def add_lot(
    session: Session,
    shop: SmallShop,
    name: str,
    sku: str,
    producer: str,
    *,
    units: int,
    days: int = 100,
    shares: dict[str, int] | None = None,
) -> int:
    lot = Lot(
        code=name, variant_id=shop.variants[sku], producer_id=shop.producers[producer],
        best_before=shop.now.date() + timedelta(days=days), declared=units, available=units, created_at=shop.now,
    )  # fmt: skip
    session.add(lot)
    session.flush()
    for household, bp in (shares or {producer: 10_000}).items():
        session.add(LotShare(lot_id=lot.id, household_id=shop.households[household], share_bp=bp))
    session.flush()
    shop.lots[name] = lot.id
    return lot.id


def _add_people(session: Session, shop: SmallShop) -> None:
    seller = Seller(
        slug="coop", name_zh="合作社", name_en="Coop", legal_name="平利合作社", tax_number="91610926MA70000000",
        tax_regime="cooperative", bank_name="平利农商行", bank_account="6101000000000000001",
    )  # fmt: skip
    category = Category(slug="tea", name_zh="茶", name_en="Tea", family="tea")
    law = ComplianceClass(slug="fresh", name_zh="食用农产品", name_en="Edible farm produce")
    hub = PackingPlace(slug="hub", kind=PackingPlaceKind.HUB, name_zh="县级集货仓", name_en="County hub")
    session.add_all([seller, category, law, hub])
    session.flush()
    shop.seller_id, shop.category_id, shop.compliance_class_id = seller.id, category.id, law.id
    shop.hub_id = hub.id
    for slug, zh, en, households in (
        ("mogou", "磨沟村", "Mogou", ("li", "chen")),
        ("ruhe", "汝河村", "Ruhe", ("wang", "yu")),
    ):
        place = PackingPlace(slug=slug, kind=PackingPlaceKind.VILLAGE, name_zh=f"{zh}集货点", name_en=en)
        session.add(place)
        session.flush()
        village = Village(slug=slug, name_zh=zh, name_en=en, packing_place_id=place.id)
        session.add(village)
        session.flush()
        shop.villages[slug], shop.places[slug] = village.id, place.id
        for name in households:
            _add_household(session, shop, village.id, name)


def _add_household(session: Session, shop: SmallShop, village_id: int, name: str) -> None:
    household = Household(
        slug=name,
        village_id=village_id,
        alias_zh=f"{name}家",
        alias_en=f"{name}'s",
        people=4,
        consented_at=shop.now,
    )
    session.add(household)
    session.flush()
    producer = Producer(
        slug=name, kind=ProducerKind.HOUSEHOLD, village_id=village_id, household_id=household.id,
        name_zh=f"{name}家", name_en=f"{name}'s",
    )  # fmt: skip
    session.add(producer)
    session.flush()
    shop.households[name], shop.producers[name] = household.id, producer.id


def _add_ways(session: Session, shop: SmallShop) -> None:
    point = PickupPoint(slug="library", name_zh="图书馆北门", name_en="Library north gate")
    run = Run(
        code="R1", cutoff_at=shop.now + timedelta(days=2), departs_at=shop.now + timedelta(days=3),
        arrives_at=shop.now + timedelta(days=4), capacity_g=500_000,
    )  # fmt: skip
    zone = {"first_g": 1000, "step_g": 1000, "step_fen": 200}
    session.add_all(
        [
            point,
            run,
            FreightZone(
                slug="near", name_zh="省内", name_en="Shaanxi", provinces=["陕西省"], first_fen=800, **zone
            ),
            FreightZone(
                slug="far", name_zh="外省", name_en="Other", provinces=["广东省"], first_fen=1200, **zone
            ),
        ]
    )
    session.flush()
    session.add(RunStop(run_id=run.id, pickup_point_id=point.id))
    session.flush()
    shop.point_id, shop.run_id = point.id, run.id
