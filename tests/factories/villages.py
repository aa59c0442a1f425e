"""A small county for tests: villages with households, a hub, goods in lots, people who work there."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from shop.accounts.models import User
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
    Variant,
    Village,
)
from shop.delivery.models import PickupPoint, Run, RunStop
from shop.inventory.models import WHOLE_BP, Lot, LotShare

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in Shanghai
_numbers = itertools.count(1)


def number() -> int:
    return next(_numbers)


@dataclass
class County:
    """What the tests talk about, by id. Villages are 0 and 1; each has two households."""

    villages: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    hub: int = 0
    producers: list[list[int]] = field(default_factory=list)  # by village
    households: list[list[int]] = field(default_factory=list)
    tea: int = 0  # variant, both villages have lots of it
    honey: int = 0  # variant, only the first household of village 0 has it
    box: int = 0  # two teas and one honey, put together at the hub
    points: list[int] = field(default_factory=list)
    run: str = ""
    run_id: int = 0
    user: int = 0
    other_user: int = 0
    lots: dict[tuple[int, int], int] = field(default_factory=dict)  # (variant, producer) → lot


def build_county(session: Session, *, units: int = 20) -> County:
    county = County()
    _grounds(session)
    county.hub = _place(session, PackingPlaceKind.HUB)
    for _ in range(2):
        _village(session, county)
    county.tea, county.honey = (
        add_variant(session, "tea", 8000, 250),
        add_variant(session, "honey", 5000, 500),
    )
    county.box = add_variant(session, "tea", 22000, 1000)
    session.add_all(
        [
            BundleItem(bundle_id=county.box, component_id=county.tea, units=2),
            BundleItem(bundle_id=county.box, component_id=county.honey, units=1),
        ]
    )
    for producers in county.producers:
        for producer_id in producers:
            add_lot(session, county, county.tea, producer_id, units)
    add_lot(session, county, county.honey, county.producers[0][0], units)
    _delivery(session, county)
    county.user, county.other_user = user(session), user(session)
    session.flush()
    return county


def user(session: Session, name: str = "") -> int:
    person = User(
        email=f"user{number()}@example.org",
        name=name or "somebody",
        created_at=NOW,
    )
    session.add(person)
    session.flush()
    return person.id


def add_lot(
    session: Session, county: County, variant_id: int, producer_id: int, units: int, *, days: int = 200
) -> int:
    household_id = session.get_one(Producer, producer_id).household_id
    lot = Lot(
        code=f"LOT{number()}",
        variant_id=variant_id,
        producer_id=producer_id,
        harvested_on=NOW.date() - timedelta(days=3),
        best_before=NOW.date() + timedelta(days=days),
        declared=units,
        available=units,
        created_at=NOW,
        shares=[LotShare(household_id=household_id, share_bp=WHOLE_BP)],
    )
    session.add(lot)
    session.flush()
    county.lots[variant_id, producer_id] = lot.id
    return lot.id


def _grounds(session: Session) -> None:
    session.add_all(
        [
            SplitRule(
                version=1,
                valid_from=NOW - timedelta(days=900),
                household_bp=7000,
                packing_bp=600,
                freight_bp=900,
                payment_fee_bp=100,
                village_fund_bp=400,
                shop_bp=1000,
            ),
            Seller(
                slug="coop",
                name_zh="合作社",
                name_en="Cooperative",
                legal_name="平利县合作社",
                tax_number="91610926MA70XXXX0X",
                tax_regime="cooperative",
            ),
            Category(slug="tea", name_zh="茶", name_en="Tea", family="tea"),
            ComplianceClass(slug="packed", name_zh="预包装", name_en="Packed"),
        ]
    )
    session.flush()


def _place(session: Session, kind: PackingPlaceKind) -> int:
    count = number()
    place = PackingPlace(
        slug=f"place{count}",
        kind=kind,
        name_zh=f"集货点{count}",
        name_en=f"Place {count}",
        phone="0915000000",
    )
    session.add(place)
    session.flush()
    return place.id


def _village(session: Session, county: County) -> None:
    count = number()
    place_id = _place(session, PackingPlaceKind.VILLAGE)
    village = Village(
        slug=f"village{count}", name_zh=f"村{count}", name_en=f"Village {count}", packing_place_id=place_id
    )
    session.add(village)
    session.flush()
    households, producers = [], []
    for _ in range(2):
        alias = number()
        household = Household(
            slug=f"h{alias}",
            village_id=village.id,
            alias_zh=f"户{alias}",
            alias_en=f"Family {alias}",
            people=4,
        )
        session.add(household)
        session.flush()
        producer = Producer(
            slug=f"p{alias}",
            kind=ProducerKind.HOUSEHOLD,
            village_id=village.id,
            household_id=household.id,
            name_zh=f"户{alias}家",
            name_en=f"Family {alias}",
            phone="13800000001",
        )
        session.add(producer)
        session.flush()
        households.append(household.id)
        producers.append(producer.id)
    county.villages.append(village.id)
    county.places.append(place_id)
    county.households.append(households)
    county.producers.append(producers)


def add_variant(session: Session, family: str, price_fen: int, weight_g: int) -> int:
    count = number()
    product = Product(
        slug=f"product{count}",
        seller_id=1,
        category_id=1,
        compliance_class_id=1,
        family=family,
        name_zh=f"货{count}",
        name_en=f"Goods {count}",
        shelf_life_days=365,
        ready_hours=48,
        status=ProductStatus.PUBLISHED,
        published_at=NOW,
        variants=[
            Variant(
                sku=f"SKU{count}",
                name_zh="一份",
                name_en="One",
                price_fen=price_fen,
                net_weight_g=weight_g,
                gross_weight_g=weight_g + 50,
            )
        ],
    )
    session.add(product)
    session.flush()
    return product.variants[0].id


def _delivery(session: Session, county: County) -> None:
    for _ in range(2):
        count = number()
        point = PickupPoint(slug=f"point{count}", name_zh=f"自提点{count}", name_en=f"Point {count}")
        session.add(point)
        session.flush()
        county.points.append(point.id)
    run = Run(
        code=f"R{number()}",
        cutoff_at=NOW + timedelta(days=2),
        departs_at=NOW + timedelta(days=4),
        arrives_at=NOW + timedelta(days=4, hours=8),
        capacity_g=2_500_000,
        stops=[RunStop(pickup_point_id=point_id) for point_id in county.points],
    )
    session.add(run)
    session.flush()
    county.run, county.run_id = run.code, run.id
