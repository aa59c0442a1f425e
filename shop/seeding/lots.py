"""Opening stock. A lot that exists is left alone: what was sold from it is in the books."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Certificate, Household, Producer, ProductVillage, Variant
from shop.inventory.models import Lot, LotChange, LotShare
from shop.kit.clock import shanghai_date
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
    lots = [_lot(record, ids, now) for record in new]
    session.add_all(lots)
    session.flush()
    session.add_all(
        LotChange(lot_id=lot.id, at=now, declared_change=lot.declared, reason=_REASON) for lot in lots
    )
    _list_in_villages(session, lots)
    session.flush()


def _lot(record: Record, ids: dict[str, dict[str, int]], now: datetime) -> Lot:
    today, number = shanghai_date(now), record["certificate"]
    return Lot(
        code=record["code"],
        variant_id=ids["variant"][record["sku"]],
        producer_id=ids["producer"][record["producer"]],
        certificate_id=ids["certificate"][number] if number is not None else None,
        harvested_on=today - timedelta(days=record["harvested_days_ago"]),
        packed_on=today - timedelta(days=record["packed_days_ago"]),
        best_before=today + timedelta(days=record["best_before_days"]),
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
