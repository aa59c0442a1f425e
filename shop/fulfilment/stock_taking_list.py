"""What there is to count, lot by lot, and what was counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import Producer, Product, Variant, Village
from shop.fulfilment.stock_taking import handed_in
from shop.inventory.count_models import CountReason, StockCount
from shop.inventory.models import Lot, LotStatus
from shop.inventory.producer_lots import Keepers
from shop.inventory.stock_counts import Shelf
from shop.kit.errors import NotFound
from shop.storage.paging import Page, read_page

ON_ONE_SHEET: Final = 500  # lots: more of them are printed village by village
SHOWN_OF_A_LOT: Final = 20


@dataclass(frozen=True, slots=True)
class CountFilter:
    village_id: int | None = None
    producer_id: int | None = None


@dataclass(frozen=True, slots=True)
class LotToCount:
    """`counted_at`: when it was counted last."""

    id: int
    code: str
    producer_id: int
    producer_zh: str
    producer_en: str
    village_zh: str
    village_en: str
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    family: str
    best_before: date
    available: int
    promised: int
    handed_in: int
    there: int | None
    shipped: int
    is_open: bool
    counted_at: datetime | None

    @property
    def shelf(self) -> Shelf:
        there = None if self.there is None else max(self.there - self.shipped, 0)
        return Shelf(self.available, self.promised, int(self.handed_in), there)


@dataclass(frozen=True, slots=True)
class CountRow:
    id: int
    lot_id: int
    code: str
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    village_zh: str
    village_en: str
    producer_zh: str
    producer_en: str
    at: datetime
    actor: str | None
    for_producer: bool
    expected: int
    counted: int
    shorter: int
    reason: CountReason | None
    words: str

    @property
    def difference(self) -> int:
        return self.counted - self.expected


def lots_to_count(
    session: Session, keepers: Keepers, wanted: CountFilter, *, page: int, size: int
) -> Page[LotToCount]:
    """By village, producer and goods, as one walks from shelf to shelf. Two statements."""
    statement = _lots(keepers, wanted)
    return read_page(session, statement, number=page, size=size).map(lambda row: LotToCount(*row))


def sheet_of_lots(session: Session, keepers: Keepers, wanted: CountFilter) -> Sequence[LotToCount]:
    """The same, all on one sheet. One statement."""
    rows = session.execute(_lots(keepers, wanted).limit(ON_ONE_SHEET))
    return [LotToCount(*row) for row in rows]


def lot_to_count(session: Session, lot_id: int, keepers: Keepers) -> LotToCount:
    """Any harvested lot, also one of which nothing should be there. Raises NotFound. One statement."""
    statement = _columns(keepers).where(Lot.id == lot_id, Lot.expected_on.is_(None))
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound()
    return LotToCount(*row)


def find_counts(
    session: Session, keepers: Keepers, wanted: CountFilter, *, page: int, size: int
) -> Page[CountRow]:
    """The newest first. Two statements."""
    statement = _counts(keepers).where(*_narrowed(wanted)).order_by(StockCount.id.desc())
    return read_page(session, statement, number=page, size=size).map(lambda row: CountRow(*row))


def counts_of_lot(session: Session, lot_id: int, keepers: Keepers) -> Sequence[CountRow]:
    """The newest first. One statement."""
    statement = _counts(keepers).where(StockCount.lot_id == lot_id).order_by(StockCount.id.desc())
    return [CountRow(*row) for row in session.execute(statement.limit(SHOWN_OF_A_LOT))]


def _lots(keepers: Keepers, wanted: CountFilter) -> sa.Select[*tuple[Any, ...]]:
    on_shelf = Lot.available + Lot.held + Lot.committed > 0
    return (
        _columns(keepers)
        .where(Lot.expected_on.is_(None), on_shelf, *_narrowed(wanted))
        .order_by(Village.id, Producer.name_zh, Producer.id, Product.name_zh, Lot.best_before, Lot.id)
    )


def _columns(keepers: Keepers) -> sa.Select[*tuple[Any, ...]]:
    counted_at = (
        sa.select(sa.func.max(StockCount.at))
        .where(StockCount.lot_id == Lot.id)
        .correlate(Lot)
        .scalar_subquery()
    )
    return (
        sa.select(
            *(Lot.id, Lot.code, Lot.producer_id, Producer.name_zh, Producer.name_en),
            *(Village.name_zh, Village.name_en, Product.name_zh, Product.name_en),
            *(Variant.name_zh, Variant.name_en, Product.family, Lot.best_before),
            *(Lot.available, Lot.held + Lot.committed, handed_in(), Lot.short_harvest, Lot.shipped),
            sa.cast(sa.case((Lot.status == LotStatus.OPEN, 1), else_=0), sa.Boolean),
            counted_at,
        )
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(keepers.condition())
    )


def _counts(keepers: Keepers) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            *(StockCount.id, StockCount.lot_id, Lot.code, Product.name_zh, Product.name_en),
            *(Variant.name_zh, Variant.name_en, Village.name_zh, Village.name_en),
            *(Producer.name_zh, Producer.name_en, StockCount.at),
            *(sa.func.coalesce(sa.func.nullif(User.name, ""), User.email), StockCount.for_producer),
            *(StockCount.expected, StockCount.counted, StockCount.shorter),
            *(StockCount.reason, StockCount.words),
        )
        .join(Lot, Lot.id == StockCount.lot_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(User, User.id == StockCount.actor_id)
        .where(keepers.condition())
    )


def _narrowed(wanted: CountFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.village_id is not None:
        found.append(Producer.village_id == wanted.village_id)
    if wanted.producer_id is not None:
        found.append(Producer.id == wanted.producer_id)
    return found
