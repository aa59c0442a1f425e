"""The list of own lots, page by page, and what it can be narrowed to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer, Product, Variant, Village
from shop.inventory.models import Lot, LotStatus
from shop.inventory.producer_lots import Keepers, OwnLot, columns_of
from shop.storage.paging import PAGE_SIZE, Page, read_page

SOON = timedelta(days=7)


class LotLook(StrEnum):
    OPEN = "open"
    FOR_SALE = "for_sale"  # some units are left
    SOLD_OUT = "sold_out"
    TO_COME = "to_come"  # not harvested yet
    SPOILING = "spoiling"  # open, and its best-before is near
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class OwnLotFilter:
    """Empty fields filter nothing."""

    look: LotLook = LotLook.OPEN
    village_id: int | None = None
    producer_id: int | None = None
    product_id: int | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Choice:
    id: int
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class LotChoices:
    """What the lots are of; `producers` are those of the chosen village."""

    villages: tuple[Choice, ...]
    producers: tuple[Choice, ...]
    products: tuple[Choice, ...]


def find_own_lots(
    session: Session, keepers: Keepers, wanted: OwnLotFilter, *, today: date, size: int = PAGE_SIZE
) -> Page[OwnLot]:
    """Those that spoil or are harvested first on top; closed ones, the newest first. Two statements."""
    statement = columns_of(keepers).where(*_conditions(wanted, today))
    of_interest = sa.func.coalesce(Lot.expected_on, Lot.best_before)
    order = (Lot.id.desc(),) if wanted.look is LotLook.CLOSED else (of_interest, Lot.id)
    found = read_page(session, statement.order_by(*order), number=wanted.page, size=size)
    return found.map(lambda row: OwnLot(*row))


def lot_choices(session: Session, keepers: Keepers, *, village_id: int | None = None) -> LotChoices:
    """One statement."""
    statement = (
        sa.select(
            *(Village.id, Village.name_zh, Village.name_en),
            *(Producer.id, Producer.name_zh, Producer.name_en),
            *(Product.id, Product.name_zh, Product.name_en),
        )
        .select_from(Lot)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(keepers.condition())
        .distinct()
        .order_by(Village.id, Producer.name_zh, Producer.id, Product.name_zh, Product.id)
    )
    rows = [(Choice(*row[:3]), Choice(*row[3:6]), Choice(*row[6:])) for row in session.execute(statement)]
    return LotChoices(
        villages=tuple(dict.fromkeys(village for village, _, _ in rows)),
        producers=tuple(
            dict.fromkeys(producer for village, producer, _ in rows if village_id in (None, village.id))
        ),
        products=tuple(sorted(dict.fromkeys(product for _, _, product in rows), key=lambda one: one.id)),
    )


def _conditions(wanted: OwnLotFilter, today: date) -> list[sa.ColumnElement[bool]]:
    found = [_look(wanted.look, today)]
    if wanted.village_id is not None:
        found.append(Producer.village_id == wanted.village_id)
    if wanted.producer_id is not None:
        found.append(Lot.producer_id == wanted.producer_id)
    if wanted.product_id is not None:
        found.append(Variant.product_id == wanted.product_id)
    return found


def _look(look: LotLook, today: date) -> sa.ColumnElement[bool]:
    if look is LotLook.CLOSED:
        return sa.and_(Lot.status == LotStatus.CLOSED, Lot.expected_on.is_(None))
    still_open = Lot.status == LotStatus.OPEN
    if look is LotLook.FOR_SALE:
        return sa.and_(still_open, Lot.available > 0)
    if look is LotLook.SOLD_OUT:
        return sa.and_(still_open, Lot.available == 0)
    if look is LotLook.TO_COME:
        return Lot.expected_on.is_not(None)
    if look is LotLook.SPOILING:
        return sa.and_(still_open, Lot.best_before <= today + SOON, Lot.expected_on.is_(None))
    return still_open
