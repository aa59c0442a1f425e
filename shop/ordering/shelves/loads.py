"""Loads on their way to shelves, as the village that sent them and the keeper who awaits them see them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.models import User
from shop.catalogue.models import Producer, Product, ProductStatus, Variant
from shop.delivery.models import PickupPoint, Run
from shop.inventory.models import Lot, LotStatus
from shop.ordering.outside.models import OutsideSource
from shop.ordering.shelves.load_models import ShelfLoad, ShelfLoadLine
from shop.ordering.shelves.loading import sent_from_villages
from shop.ordering.shelves.models import Shelf, ShelfStock

MOST_LOADS: Final = 40


@dataclass(frozen=True)
class LoadLine:
    lot_id: int
    lot_code: str
    units: int
    arrived: int | None


@dataclass(frozen=True)
class Load:
    row: ShelfLoad
    shelf_zh: str
    shelf_en: str
    point_zh: str
    point_en: str
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    run_code: str | None
    sent_by: str | None
    received_by: str | None
    lines: Sequence[LoadLine]

    @property
    def units(self) -> int:
        return sum(one.units for one in self.lines)

    @property
    def arrived(self) -> int:
        return sum(one.arrived or 0 for one in self.lines)

    @property
    def is_on_its_way(self) -> bool:
        return self.row.received_at is None and self.row.called_back_at is None


@dataclass(frozen=True)
class Sendable:
    """A pack of which own villages have units for sale."""

    variant_id: int
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    units: int


@dataclass(frozen=True)
class OnShelf:
    shelf_zh: str
    shelf_en: str
    units: int


def loads_from(session: Session, village_ids: Collection[int]) -> Sequence[Load]:
    """With goods of these villages; those on their way first, the newest before the rest. Two statements."""
    waits = sa.case((ShelfLoad.is_on_its_way(), 0), else_=1)
    return _read(
        session, _loads().where(sent_from_villages(village_ids)).order_by(waits, ShelfLoad.id.desc())
    )


def loads_to(session: Session, shelf_id: int) -> Sequence[Load]:
    """On their way to a shelf, the first that was sent before the rest. Two statements."""
    awaited = _loads().where(ShelfLoad.shelf_id == shelf_id, ShelfLoad.is_on_its_way())
    return _read(session, awaited.order_by(ShelfLoad.id))


def sendable(session: Session, village_ids: Collection[int], *, today: Any) -> Sequence[Sendable]:
    """What these villages have for sale, harvested. One statement."""
    rows = session.execute(
        sa.select(
            *(Variant.id, Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en),
            sa.cast(sa.func.sum(Lot.available), sa.BigInteger),
        )
        .select_from(Lot)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .where(
            *(Producer.village_id.in_(village_ids), Lot.status == LotStatus.OPEN, Lot.available > 0),
            *(Lot.expected_on.is_(None), Lot.best_before >= today, Lot.in_question.is_(False)),
            *(Variant.active, Product.status == ProductStatus.PUBLISHED),
        )
        .group_by(Variant.id, Product.id)
        .order_by(Product.id, Variant.id)
    )
    return [Sendable(*row) for row in rows]


def lies_on(session: Session, lot_id: int) -> Sequence[OnShelf]:
    """Where units of a lot lie for sale on campus, and those that are on their way there. One statement."""
    there = sa.select(ShelfStock.shelf_id, ShelfStock.units).where(ShelfStock.lot_id == lot_id)
    coming = (
        sa.select(ShelfLoad.shelf_id, ShelfLoadLine.units)
        .join(ShelfLoadLine, ShelfLoadLine.load_id == ShelfLoad.id)
        .where(ShelfLoadLine.lot_id == lot_id, ShelfLoad.is_on_its_way())
    )
    all_of_it = sa.union_all(there, coming).subquery()
    units = sa.cast(sa.func.sum(all_of_it.c.units), sa.BigInteger)
    rows = session.execute(
        sa.select(OutsideSource.name_zh, OutsideSource.name_en, units)
        .select_from(all_of_it)
        .join(Shelf, Shelf.id == all_of_it.c.shelf_id)
        .join(OutsideSource, OutsideSource.id == Shelf.source_id)
        .group_by(Shelf.id, OutsideSource.name_zh, OutsideSource.name_en)
        .having(sa.func.sum(all_of_it.c.units) > 0)
        .order_by(Shelf.id)
    )
    return [OnShelf(*row) for row in rows]


def shelved_units(session: Session, lot_ids: Collection[int]) -> dict[int, int]:
    """As `lies_on`, of many lots at once and over all shelves; those of which nothing lies there are left out. One statement."""
    units = units_on_shelves()
    rows = session.execute(sa.select(Lot.id, units).where(Lot.id.in_(lot_ids), units > 0))
    return dict(rows.all())


def units_on_shelves() -> sa.ColumnElement[int]:
    """SQL, of Lot: units that lie on shelves or are on their way there; they left the village and are not sold."""
    there = sa.select(sa.func.coalesce(sa.func.sum(ShelfStock.units), 0)).where(ShelfStock.lot_id == Lot.id)
    coming = (
        sa.select(sa.func.coalesce(sa.func.sum(ShelfLoadLine.units), 0))
        .join(ShelfLoad, ShelfLoad.id == ShelfLoadLine.load_id)
        .where(ShelfLoadLine.lot_id == Lot.id, ShelfLoad.is_on_its_way())
    )
    both = there.correlate(Lot).scalar_subquery() + coming.correlate(Lot).scalar_subquery()
    return sa.cast(both, sa.BigInteger)


def _loads() -> sa.Select[*tuple[Any, ...]]:
    sent, received = aliased(User), aliased(User)

    def name(user: Any) -> sa.ColumnElement[str]:
        return sa.func.coalesce(sa.func.nullif(user.name, ""), user.email)

    return (
        sa.select(
            *(ShelfLoad, OutsideSource.name_zh, OutsideSource.name_en),
            *(PickupPoint.name_zh, PickupPoint.name_en),
            *(Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en),
            *(Run.code, name(sent), name(received)),
        )
        .select_from(ShelfLoad)
        .join(Shelf, Shelf.id == ShelfLoad.shelf_id)
        .join(OutsideSource, OutsideSource.id == Shelf.source_id)
        .join(PickupPoint, PickupPoint.id == Shelf.pickup_point_id)
        .join(Variant, Variant.id == ShelfLoad.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(Run, Run.id == ShelfLoad.run_id)
        .outerjoin(sent, sent.id == ShelfLoad.sent_by_id)
        .outerjoin(received, received.id == ShelfLoad.received_by_id)
        .limit(MOST_LOADS)
    )


def _read(session: Session, statement: sa.Select[*tuple[Any, ...]]) -> Sequence[Load]:
    rows = session.execute(statement).all()
    lines: dict[int, list[LoadLine]] = {}
    found = session.execute(
        sa.select(ShelfLoadLine.load_id, Lot.id, Lot.code, ShelfLoadLine.units, ShelfLoadLine.arrived)
        .join(Lot, Lot.id == ShelfLoadLine.lot_id)
        .where(ShelfLoadLine.load_id.in_([row[0].id for row in rows]))
        .order_by(Lot.id)
    )
    for load_id, lot_id, code, units, arrived in found:
        lines.setdefault(load_id, []).append(LoadLine(lot_id, code, units, arrived))
    whole: list[list[Any]] = [[*row, lines.get(row[0].id, [])] for row in rows]
    return [Load(*one) for one in whole]
