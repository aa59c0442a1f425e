"""Writes a checked seed file, part by part, in one unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import ShopSetting
from shop.accounts.shop_settings import set_shop_settings
from shop.catalogue.models import Product, ProductStatus, Variant
from shop.catalogue.refreshing import refresh_products
from shop.catalogue.search_index import index_places, index_products
from shop.inventory.stock_state import refresh_stock_state
from shop.seeding.certificates import write_certificates
from shop.seeding.delivery import plan_runs, write_delivery
from shop.seeding.lots import write_lots
from shop.seeding.people import write_demo_people, write_units
from shop.seeding.places import write_places
from shop.seeding.producers import write_producers
from shop.seeding.products import write_products
from shop.seeding.read import Seed
from shop.seeding.sellers import write_sellers

LOADED: Final = "seed"  # the setting that remembers which file is loaded


def write_seed(session: Session, seed: Seed, *, now: datetime, demo: bool) -> None:
    """Make the shop as the file says. Rows that are there are found by their natural keys and changed where they
    differ; lots, planned runs, accounts and split rules that are there are left alone. Nothing is removed.
    """
    write_units(session, seed)
    write_sellers(session, seed)
    write_places(session, seed)
    write_producers(session, seed)
    write_products(session, seed)
    write_certificates(session, seed)
    write_delivery(session, seed, now=now)
    write_lots(session, seed, now=now)
    if demo:
        write_demo_people(session, seed, now=now)
        _write_demo_shop(session, seed, now=now)
    _remember(session, seed, demo=demo, now=now)
    _publish(session, seed, now=now)


def is_loaded(session: Session, digest: str, *, demo: bool) -> bool:
    """Whether this very file was the last one written, with its demo part if that is wanted."""
    loaded = session.get(ShopSetting, LOADED)
    return loaded is not None and loaded.value == _mark(digest, demo=demo)


def plan_coming_runs(session: Session, seed: Seed, *, now: datetime) -> None:
    """What a file that is loaded already still brings: the trucks of further weeks."""
    for weekly in seed.records("weekly_runs"):
        plan_runs(session, weekly, now=now)


def _write_demo_shop(session: Session, seed: Seed, *, now: datetime) -> None:
    """Sample names and numbers for the footer; what an admin has set stays."""
    known = set(session.scalars(sa.select(ShopSetting.name)))
    samples = {name: value for name, value in seed.demo.get("shop", {}).items() if name not in known}
    set_shop_settings(session, samples, actor_id=None, now=now)


def _publish(session: Session, seed: Seed, *, now: datetime) -> None:
    """Put the drafts on sale; `read` has checked what the law demands of them. Comes last: it locks the version."""
    records = seed.records("products")
    published = [record["slug"] for record in records if record["published"]]
    session.execute(
        sa.update(Product)
        .where(Product.slug.in_(published), Product.status == ProductStatus.DRAFT)
        .values(status=ProductStatus.PUBLISHED, published_at=now)
    )
    ids = _product_ids(session, [record["slug"] for record in records])
    refresh_products(session, ids)
    variant_ids = session.scalars(sa.select(Variant.id).where(Variant.product_id.in_(ids))).all()
    refresh_stock_state(session, variant_ids, now=now)
    index_places(session)
    index_products(session, ids)


def _product_ids(session: Session, slugs: list[str]) -> Sequence[int]:
    return session.scalars(sa.select(Product.id).where(Product.slug.in_(slugs))).all()


def _remember(session: Session, seed: Seed, *, demo: bool, now: datetime) -> None:
    mark = _mark(seed.digest, demo=demo)
    loaded = session.get(ShopSetting, LOADED)
    if loaded is None:
        session.add(ShopSetting(name=LOADED, value=mark, changed_at=now))
    elif loaded.value != mark:
        loaded.value, loaded.changed_at, loaded.version = mark, now, loaded.version + 1
    session.flush()


def _mark(digest: str, *, demo: bool) -> dict[str, object]:
    return {"digest": digest, "demo": demo}
