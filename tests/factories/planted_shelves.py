"""A shelf at each side's pickup point, with goods on it, one sale, a cash count that waits for its second person, and a load."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import BundleItem, Product, ProductStatus, Variant
from shop.inventory.models import Lot, LotStatus
from shop.inventory.movements import move_units
from shop.ledger.cash_box.handing_over import Counted, count_cash
from shop.ledger.cash_box.reading import cash_expected
from shop.ordering.direct.wish import Item
from shop.ordering.lines import asked_lines
from shop.ordering.outside.models import OutsideSource, PaidHow, SourceKind
from shop.ordering.shelves.bringing import Brought, bring
from shop.ordering.shelves.load_models import ShelfLoad, ShelfLoadLine
from shop.ordering.shelves.models import Shelf
from shop.payments.counter.selling import Sale, sell
from shop.storage.unit_of_work import UnitOfWork


def plant_shelves(
    unit_of_work: UnitOfWork, keepers: Mapping[str, tuple[int, int, int]], team_id: int, now: datetime
) -> dict[str, dict[str, object]]:
    """By keeper, whose account, point and side's lot are given: the ids of shelf, count and load, and a sale's number."""
    return {
        name: _plant(unit_of_work, name, user_id, point_id, lot_id, team_id, now)
        for name, (user_id, point_id, lot_id) in keepers.items()
    }


def _plant(
    unit_of_work: UnitOfWork, name: str, user_id: int, point_id: int, lot_id: int, team_id: int, now: datetime
) -> dict[str, object]:
    def set_up(session: Session) -> tuple[int, int]:
        source = OutsideSource(
            slug=f"shelf-{name}",
            kind=SourceKind.SHELF,
            name_zh="东门边的货架",
            name_en="Shelf by the gate",
            collector="值班同学",
        )
        session.add(source)
        session.flush()
        shelf = Shelf(source_id=source.id, pickup_point_id=point_id, opened_at=now)
        session.add(shelf)
        session.flush()
        return shelf.id, session.scalars(_plentiful().limit(1)).one()

    shelf_id, variant_id = unit_of_work.run(set_up)
    brought = Brought(variant_id, 3, f"planted {name}")
    unit_of_work.run(lambda session: bring(session, shelf_id, brought, actor_id=team_id, now=now))

    def sold(session: Session) -> str:
        (line,) = asked_lines(session, {variant_id: 1}, now=now)
        sale = Sale(shelf_id, (Item(variant_id, 1),), PaidHow.CASH, line.line_fen, f"planted {name}")
        return sell(session, sale, point_ids={point_id}, actor_id=user_id, now=now).order_number

    def counted(session: Session) -> int:
        fen = cash_expected(session, shelf_id)
        return count_cash(
            session, shelf_id, Counted(fen, fen, "", f"planted {name}"), actor_id=team_id, now=now
        )

    def loaded(session: Session) -> int:
        """One unit of the side's lot, on its way."""
        move_units(session, {lot_id: 1}, origin="available", target="shipped")
        variant = session.get_one(Lot, lot_id).variant_id
        load = ShelfLoad(
            shelf_id=shelf_id, variant_id=variant, token=f"load {name}", sent_at=now, sent_by_id=team_id
        )
        session.add(load)
        session.flush()
        session.add(ShelfLoadLine(load_id=load.id, lot_id=lot_id, units=1))
        return load.id

    return {
        "shelf_id": shelf_id,
        "number": unit_of_work.run(sold),
        "count_id": unit_of_work.run(counted),
        "load_id": unit_of_work.run(loaded),
    }


def _plentiful() -> sa.Select[int]:
    """Packs of which there is much more than anything else here takes."""
    return (
        sa.select(Variant.id)
        .join(Product, Product.id == Variant.product_id)
        .join(Lot, Lot.variant_id == Variant.id)
        .where(Product.status == ProductStatus.PUBLISHED, Variant.active)
        .where(Lot.status == LotStatus.OPEN, Lot.expected_on.is_(None), Lot.in_question.is_(False))
        .where(Lot.needs_pledge.is_(False), Variant.id.not_in(sa.select(BundleItem.bundle_id)))
        .where(Variant.id.not_in(sa.select(BundleItem.component_id)))
        .order_by(Lot.available.desc(), Lot.id)
    )
