"""What villages asked the hub to pack anew, for the hub and for who asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import PackingPlace, Producer, Product, Variant, Village
from shop.fulfilment.hub.models import RepackRequest
from shop.fulfilment.reach import Reach
from shop.inventory.models import Lot
from shop.storage.paging import Page, read_page

ROWS_A_PAGE = 25


@dataclass(frozen=True, slots=True)
class LotTaken:
    code: str
    pack_zh: str
    pack_en: str
    units: int
    free: int


@dataclass(frozen=True, slots=True)
class ToRepack:
    """`state` is waiting, done or withdrawn."""

    id: int
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    units: int
    producer_zh: str
    producer_en: str
    village_zh: str
    village_en: str
    hub_zh: str
    hub_en: str
    asked_at: datetime
    done_at: datetime | None
    withdrawn_at: datetime | None
    lot_id: int | None
    lot_code: str | None
    lots: tuple[LotTaken, ...] = ()

    @property
    def state(self) -> str:
        return "done" if self.lot_id else "withdrawn" if self.withdrawn_at else "waiting"

    @property
    def is_possible(self) -> bool:
        return all(one.units <= one.free for one in self.lots)


def to_repack(session: Session, hub: Reach, *, page: int) -> Page[ToRepack]:
    """The oldest request first. Three statements."""
    return _with_lots(session, _requests().where(waits_at(hub)).order_by(RepackRequest.id), page)


def own_requests(session: Session, by: Reach, *, page: int) -> Page[ToRepack]:
    """What own villages asked of a hub, the newest first. Three statements."""
    own = Producer.village_id.in_(by.village_ids)
    return _with_lots(session, _requests().where(own).order_by(RepackRequest.id.desc()), page)


def waits_at(hub: Reach) -> sa.ColumnElement[bool]:
    """SQL: it is neither packed nor taken back."""
    return sa.and_(
        RepackRequest.packing_place_id.in_(hub.packing_place_ids),
        RepackRequest.done_at.is_(None),
        RepackRequest.withdrawn_at.is_(None),
    )


def _requests() -> sa.Select[*tuple[Any, ...]]:
    place = aliased(PackingPlace)
    columns: tuple[Any, ...] = (
        *(RepackRequest.id, Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en),
        *(RepackRequest.units, Producer.name_zh, Producer.name_en, Village.name_zh, Village.name_en),
        *(place.name_zh, place.name_en, RepackRequest.asked_at, RepackRequest.done_at),
        *(RepackRequest.withdrawn_at, RepackRequest.lot_id, Lot.code, RepackRequest.taken),
    )
    return (
        sa.select(*columns)
        .select_from(RepackRequest)
        .join(Variant, Variant.id == RepackRequest.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Producer, Producer.id == RepackRequest.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .join(place, place.id == RepackRequest.packing_place_id)
        .outerjoin(Lot, Lot.id == RepackRequest.lot_id)
    )


def _with_lots(session: Session, statement: sa.Select[*tuple[Any, ...]], page: int) -> Page[ToRepack]:
    found = read_page(session, statement, number=page, size=ROWS_A_PAGE)
    ids = {int(lot_id) for row in found.items for lot_id in row[-1]}
    rows = session.execute(
        sa.select(Lot.id, Lot.code, Variant.name_zh, Variant.name_en, Lot.available)
        .join(Variant, Variant.id == Lot.variant_id)
        .where(Lot.id.in_(ids))
    )
    known = {row[0]: row[1:] for row in rows}

    def lots(taken: dict[str, int]) -> tuple[LotTaken, ...]:
        return tuple(
            LotTaken(code, zh, en, units, free)
            for lot_id, units in taken.items()
            for code, zh, en, free in [known[int(lot_id)]]
        )

    return found.map(lambda row: replace(ToRepack(*row[:-1]), lots=lots(row[-1])))
