"""Shelves as their keepers and the team see them: what lies there, and what of it can be sold."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer, Product, Variant, Village
from shop.delivery.models import PickupPoint
from shop.inventory.allocation import Candidate, Share
from shop.inventory.models import Lot, LotShare, LotStatus
from shop.inventory.recall_state import recalled
from shop.kit.clock import shanghai_date
from shop.kit.errors import NotFound
from shop.ordering.outside.models import OutsideSource
from shop.ordering.shelves.models import Shelf, ShelfStock

MOST_LOTS: Final = 500


@dataclass(frozen=True)
class ShelfRow:
    """`units` lie there in all."""

    id: int
    source: OutsideSource
    point_id: int
    point_zh: str
    point_en: str
    units: int

    @property
    def is_open(self) -> bool:
        return self.source.active


@dataclass(frozen=True)
class LotThere:
    """Units of one lot on a shelf. What is not `sellable` stays until it is taken back or thrown away."""

    lot_id: int
    lot_code: str
    variant_id: int
    sku: str
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    village_zh: str
    village_en: str
    best_before: date
    units: int
    is_recalled: bool
    sellable: bool


@dataclass(frozen=True)
class Goods:
    """What can be sold of one pack, at the price of now."""

    variant_id: int
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    family: str
    units: int


def shelves(session: Session, *, point_ids: Collection[int] | None = None) -> Sequence[ShelfRow]:
    """All of them, or those of these points; those that sell first. One statement."""
    statement = _shelves().order_by(OutsideSource.active.desc(), Shelf.id)
    if point_ids is not None:
        statement = statement.where(Shelf.pickup_point_id.in_(point_ids))
    return [ShelfRow(*row) for row in session.execute(statement)]


def find_shelf(session: Session, shelf_id: int, *, point_ids: Collection[int] | None = None) -> ShelfRow:
    """Raises NotFound, also for a shelf of other points."""
    statement = _shelves().where(Shelf.id == shelf_id)
    if point_ids is not None:
        statement = statement.where(Shelf.pickup_point_id.in_(point_ids))
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound()
    return ShelfRow(*row)


def lots_there(session: Session, shelf_id: int, *, now: datetime) -> Sequence[LotThere]:
    """Pack by pack, what spoils first before the rest. One statement."""
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            *(Lot.id, Lot.code, Variant.id, Variant.sku, Product.name_zh, Product.name_en),
            *(Variant.name_zh, Variant.name_en, Village.name_zh, Village.name_en),
            *(Lot.best_before, ShelfStock.units, recalled()),
            sa.cast(sa.case((sellable(shanghai_date(now)), 1), else_=0), sa.Boolean),
        )
        .select_from(ShelfStock)
        .join(Lot, Lot.id == ShelfStock.lot_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .where(ShelfStock.shelf_id == shelf_id, ShelfStock.units > 0)
        .order_by(Product.id, Variant.id, Lot.best_before, Lot.id)
        .limit(MOST_LOTS)
    )
    return [LotThere(*row) for row in session.execute(statement)]


def goods_there(session: Session, shelf_id: int, *, now: datetime) -> Sequence[Goods]:
    """What can be sold of each pack. One statement."""
    rows = session.execute(
        sa.select(
            *(Variant.id, Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en, Product.family),
            sa.cast(sa.func.sum(ShelfStock.units), sa.BigInteger),
        )
        .select_from(ShelfStock)
        .join(Lot, Lot.id == ShelfStock.lot_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(ShelfStock.shelf_id == shelf_id, ShelfStock.units > 0, sellable(shanghai_date(now)))
        .group_by(Variant.id, Product.id)
        .order_by(Product.id, Variant.id)
    )
    return [Goods(*row) for row in rows]


def sellable(today: date) -> sa.ColumnElement[bool]:
    """SQL, over lots: goods that lie on a shelf may go home with a buyer."""
    return sa.and_(
        Lot.status == LotStatus.OPEN,
        Lot.in_question.is_(False),
        Lot.best_before >= today,
        Lot.short_harvest.is_(None),
        ~recalled(),
    )


def candidates_there(
    session: Session, shelf_id: int, variant_ids: Collection[int], *, now: datetime
) -> list[Candidate]:
    """The lots of these packs on a shelf, what spoils first before the rest. Two statements; the lots are locked."""
    rows = session.execute(
        sa.select(
            Lot.id,
            Lot.variant_id,
            Lot.producer_id,
            Village.packing_place_id,
            ShelfStock.units,
            Lot.best_before,
        )
        .select_from(ShelfStock)
        .join(Lot, Lot.id == ShelfStock.lot_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .where(
            ShelfStock.shelf_id == shelf_id,
            ShelfStock.units > 0,
            Lot.variant_id.in_(variant_ids),
            sellable(shanghai_date(now)),
        )
        .order_by(Lot.best_before, Lot.id)
    ).all()
    shares: dict[int, list[Share]] = {}
    of_lots = sa.select(LotShare.lot_id, LotShare.household_id, LotShare.share_bp).where(
        LotShare.lot_id.in_([row.id for row in rows])
    )
    for lot_id, household_id, share_bp in session.execute(of_lots):
        shares.setdefault(lot_id, []).append(Share(household_id, share_bp))
    return [Candidate(*row, shares=tuple(shares[row.id])) for row in rows]


def lots_of_variants(session: Session, shelf_id: int, variant_ids: Collection[int]) -> Sequence[int]:
    wanted = (
        sa.select(ShelfStock.lot_id)
        .join(Lot, Lot.id == ShelfStock.lot_id)
        .where(ShelfStock.shelf_id == shelf_id, ShelfStock.units > 0, Lot.variant_id.in_(variant_ids))
    )
    return session.scalars(wanted).all()


def _shelves() -> sa.Select[*tuple[Any, ...]]:
    units = sa.select(sa.func.coalesce(sa.func.sum(ShelfStock.units), 0)).where(
        ShelfStock.shelf_id == Shelf.id
    )
    return (
        sa.select(
            *(Shelf.id, OutsideSource, PickupPoint.id, PickupPoint.name_zh, PickupPoint.name_en),
            sa.cast(units.correlate(Shelf).scalar_subquery(), sa.BigInteger),
        )
        .join(OutsideSource, OutsideSource.id == Shelf.source_id)
        .join(PickupPoint, PickupPoint.id == Shelf.pickup_point_id)
    )
