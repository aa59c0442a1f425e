"""Opening stock. A lot that exists is left alone: what was sold from it is in the books."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Certificate, Household, Producer, Product, ProductVillage, Variant
from shop.delivery.runs import open_runs
from shop.inventory.models import Lot, LotChange, LotShare
from shop.kit.clock import shanghai_date
from shop.kit.seasons import KEEPS_LONG, SELLS_FOR, harvest_day
from shop.seeding.keyed import Keyed, ids_by
from shop.seeding.read import Record, Seed

_REASON = "opening stock"


def write_lots(session: Session, seed: Seed, *, now: datetime) -> None:
    """Add the lots that are not there yet."""
    known = set(session.scalars(sa.select(Lot.code)))
    new = [record for record in seed.records("lots") if record["code"] not in known]
    ids = {
        "variant": ids_by(session, Variant, "sku"),
        "producer": ids_by(session, Producer, "slug"),
        "household": ids_by(session, Household, "slug"),
        "certificate": ids_by(session, Certificate, "number"),
    }
    truck, seasons = _next_truck(session, now), _seasons(session)
    lots = [_lot(record, ids, now, truck, seasons[record["sku"]]) for record in new]
    session.add_all(lots)
    session.flush()
    session.add_all(
        LotChange(lot_id=lot.id, at=now, declared_change=lot.declared, reason=_REASON) for lot in lots
    )
    _list_in_villages(session, lots)
    session.flush()


def _next_truck(session: Session, now: datetime) -> date | None:
    """The day on which goods arrive that are ordered now."""
    runs = open_runs(session, now=now, limit=1)
    return shanghai_date(runs[0].arrives_at) if runs else None


def _seasons(session: Session) -> dict[str, int]:
    """The months of harvest by SKU, as a mask."""
    rows = session.execute(
        sa.select(Variant.sku, Product.season_mask).join(Product, Product.id == Variant.product_id)
    )
    return dict(rows.all())


def _lot(
    record: Record, ids: dict[str, dict[str, int]], now: datetime, truck: date | None, season_mask: int
) -> Lot:
    """Goods too fresh to keep until the next truck are not picked yet: they will be, on the day before it comes."""
    today, number = shanghai_date(now), record["certificate"]
    lies = timedelta(days=record["harvested_days_ago"] - record["packed_days_ago"])
    packed = today - timedelta(days=record["packed_days_ago"])
    best_before = today + timedelta(days=record["best_before_days"])
    if best_before - packed >= KEEPS_LONG:
        in_season = harvest_day(packed - lies, season_mask, latest=today - lies)
        moved = in_season + lies - packed
        if best_before + moved > today + SELLS_FOR:
            packed, best_before = packed + moved, best_before + moved
    is_picked = True
    if truck is not None and best_before <= truck:
        is_picked, best_before = False, best_before + (truck - timedelta(days=1) - packed)
    return Lot(
        code=record["code"],
        variant_id=ids["variant"][record["sku"]],
        producer_id=ids["producer"][record["producer"]],
        certificate_id=ids["certificate"][number] if number is not None else None,
        harvested_on=packed - lies if is_picked else None,
        packed_on=packed if is_picked else None,
        best_before=best_before,
        declared=record["units"],
        available=record["units"],
        created_at=now,
        shares=[
            LotShare(household_id=ids["household"][share["household"]], share_bp=share["share_bp"])
            for share in record["shares"]
        ],
    )


def _list_in_villages(session: Session, lots: list[Lot]) -> None:
    """A product is listed in each village whose producers have a lot of it."""
    listed = Keyed(session, ProductVillage, "product_id", "village_id")
    products = session.execute(sa.select(Variant.id, Variant.product_id))
    villages = session.execute(sa.select(Producer.id, Producer.village_id))
    product_of = {row.id: row.product_id for row in products}
    village_of = {row.id: row.village_id for row in villages}
    for lot in lots:
        listed.put(product_id=product_of[lot.variant_id], village_id=village_of[lot.producer_id])
