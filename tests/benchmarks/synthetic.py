"""A catalogue of any size: plausible names over nine villages and ten categories, several lots a variant."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import (
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
from shop.catalogue.refreshing import rebuild
from shop.catalogue.search_index import reindex
from shop.delivery.models import FreightZone, PickupPoint, Run, RunStop
from shop.inventory.models import Lot, LotShare
from shop.inventory.stock_state import refresh_stock_state
from shop.kit.clock import utc_now

GOODS = (
    ("绿茶", "green tea", "tea"), ("绞股蓝", "jiaogulan", "jiaogulan"), ("香菇", "shiitake", "shiitake"),
    ("黑木耳", "wood-ear", "woodear"), ("平菇", "oyster mushroom", "oyster"), ("土蜂蜜", "honey", "honey"),
    ("乌鸡蛋", "eggs", "eggs"), ("核桃", "walnuts", "walnut"), ("腊肉", "cured meat", "meat"),
    ("糙米", "brown rice", "grain"),
)  # fmt: skip
PLACES = ("磨沟", "汝河", "蒋家坪", "龙头", "三阳", "广佛", "八仙", "正阳", "长安")
KINDS = ("高山", "明前", "椴木", "手工", "林下", "冬藏", "秋收", "云雾", "石磨", "散养")
SHAPES = ("小罐", "礼袋", "家庭装", "尝鲜装", "大朵", "小朵", "头茬", "二茬")
TEXT_ZH = "海拔九百米的坡地上长成，当天采收，当天加工，装袋前再挑一遍。开封后请密封，放在阴凉干燥的地方。"
TEXT_EN = "Grown at nine hundred metres, picked and processed on the same day, sorted by hand before packing."
CHUNK = 5_000
SOLD_OUT_EVERY = 20  # each 20th variant has no stock


def build(session: Session, products: int, *, seed: int = 7) -> None:
    """Write `products` published products with variants, lots, lists and search documents."""
    dice = random.Random(seed)
    now = utc_now()
    _places(session, now)
    _ways(session, now)
    for rows in _chunks(_products(products, dice, now)):
        session.execute(sa.insert(Product), rows)
    for rows in _chunks(_variants(products, dice)):
        session.execute(sa.insert(Variant), rows)
    for rows in _chunks(_lots(products, dice, now)):
        session.execute(sa.insert(Lot), rows)
    for rows in _chunks({"lot_id": n, "household_id": (n - 1) % 90 + 1, "share_bp": 10_000}
                        for n in range(1, 3 * products + 1)):  # fmt: skip
        session.execute(sa.insert(LotShare), rows)
    rebuild(session)
    refresh_stock_state(session, now=now)
    reindex(session)


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _places(session: Session, now: datetime) -> None:
    session.execute(sa.insert(SplitRule), {
        "version": 1, "valid_from": now - timedelta(days=1), "household_bp": 7600, "packing_bp": 800,
        "freight_bp": 1000, "payment_fee_bp": 100, "village_fund_bp": 500, "shop_bp": 0,
    })  # fmt: skip
    session.execute(sa.insert(Seller), {
        "id": 1, "slug": "coop", "name_zh": "合作社", "name_en": "Cooperative", "legal_name": "合作社",
        "tax_number": "91610926MA70000000", "tax_regime": "cooperative",
    })  # fmt: skip
    session.execute(
        sa.insert(ComplianceClass), {"id": 1, "slug": "produce", "name_zh": "农产品", "name_en": "Produce"}
    )
    for number, (zh, en, family) in enumerate(GOODS, 1):
        session.execute(sa.insert(Category), {
            "id": number, "slug": family, "name_zh": zh, "name_en": en, "family": family, "position": number,
        })  # fmt: skip
    for number, zh in enumerate(PLACES, 1):
        session.execute(sa.insert(PackingPlace), {
            "id": number, "slug": f"p{number}", "kind": PackingPlaceKind.VILLAGE, "name_zh": zh, "name_en": zh,
        })  # fmt: skip
        session.execute(sa.insert(Village), {
            "id": number, "slug": f"v{number}", "name_zh": f"{zh}村", "name_en": f"Village {number}",
            "packing_place_id": number,
        })  # fmt: skip
    people = range(1, 91)
    session.execute(sa.insert(Household), [
        {"id": n, "slug": f"h{n}", "village_id": (n - 1) % 9 + 1, "alias_zh": f"{n} 号家", "alias_en": f"House {n}",
         "people": 3, "consented_at": now} for n in people
    ])  # fmt: skip
    session.execute(sa.insert(Producer), [
        {"id": n, "slug": f"h{n}", "kind": ProducerKind.HOUSEHOLD, "village_id": (n - 1) % 9 + 1,
         "household_id": n, "name_zh": f"{n} 号家", "name_en": f"House {n}"} for n in people
    ])  # fmt: skip


def _ways(session: Session, now: datetime) -> None:
    """A truck with room for everything, and a courier."""
    session.execute(
        sa.insert(PickupPoint), {"id": 1, "slug": "gate", "name_zh": "北门", "name_en": "North gate"}
    )
    session.execute(sa.insert(Run), {
        "id": 1, "code": "R1", "cutoff_at": now + timedelta(days=30), "departs_at": now + timedelta(days=31),
        "arrives_at": now + timedelta(days=32), "capacity_g": 10**12,
    })  # fmt: skip
    session.execute(sa.insert(RunStop), {"run_id": 1, "pickup_point_id": 1})
    session.execute(sa.insert(FreightZone), {
        "slug": "near", "name_zh": "省内", "name_en": "Near", "provinces": ["陕西省"], "first_g": 1000,
        "first_fen": 800, "step_g": 1000, "step_fen": 200,
    })  # fmt: skip


def _products(count: int, dice: random.Random, now: datetime) -> Iterator[dict[str, Any]]:
    for n in range(1, count + 1):
        zh, en, family = GOODS[n % len(GOODS)]
        yield {
            "id": n, "slug": f"product-{n}", "seller_id": 1, "category_id": n % len(GOODS) + 1,
            "village_id": n % len(PLACES) + 1, "compliance_class_id": 1, "family": family,
            "name_zh": f"{dice.choice(KINDS)}{zh} {dice.choice(SHAPES)} {n} 号",
            "name_en": f"{en} no. {n}", "summary_zh": TEXT_ZH[: dice.randrange(20, 50)], "summary_en": TEXT_EN,
            "description_zh": TEXT_ZH, "description_en": TEXT_EN, "synonyms": "", "shelf_life_days": 365,
            "season_mask": dice.choice((4095, 0b111000, 0b111000000000)), "status": ProductStatus.PUBLISHED,
            "published_at": now - timedelta(minutes=n), "recommended": dice.randrange(100),
            "sold_units": dice.randrange(1000),
        }  # fmt: skip


def _variants(count: int, dice: random.Random) -> Iterator[dict[str, Any]]:
    for n in range(1, 2 * count + 1):
        weight = dice.choice((100, 125, 250, 500, 1000))
        yield {
            "id": n, "product_id": (n + 1) // 2, "sku": f"SKU-{n}", "name_zh": f"{weight} 克 袋装",
            "name_en": f"{weight} g bag", "price_fen": dice.randrange(900, 30_000), "net_weight_g": weight,
            "gross_weight_g": weight + 50, "position": n % 2,
        }  # fmt: skip


def _lots(count: int, dice: random.Random, now: datetime) -> Iterator[dict[str, Any]]:
    for n in range(1, 3 * count + 1):
        variant_id = n % (2 * count) + 1
        units = 0 if variant_id % SOLD_OUT_EVERY == 0 else dice.choice((400, 4_000, 40_000))
        yield {
            "code": f"L{n}", "variant_id": variant_id, "producer_id": (n - 1) % 90 + 1,
            "best_before": date(2099, 1, 1), "declared": units, "available": units, "created_at": now,
        }  # fmt: skip
