"""Packaging as those see it who keep it: what is there, what runs out, and every change."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import PackingPlace, Producer
from shop.inventory.intake.packaging_models import (
    PackagingChange,
    PackagingDeed,
    PackagingKind,
    PackagingStock,
)
from shop.inventory.intake.processing_models import Processing
from shop.inventory.intake.workshops import is_workshop
from shop.inventory.models import Lot
from shop.kit.errors import NotFound

MOST_CHANGES: Final = 50


@dataclass(frozen=True, slots=True)
class PackagingKeepers:
    """Whose packaging: of the workshops of these villages, and of these packing places."""

    village_ids: frozenset[int] = frozenset()
    packing_place_ids: frozenset[int] = frozenset()

    def condition(self) -> sa.ColumnElement[bool]:
        own = sa.select(Producer.id).where(is_workshop(self.village_ids))
        return sa.or_(
            PackagingStock.producer_id.in_(own), PackagingStock.packing_place_id.in_(self.packing_place_ids)
        )

    def may_keep(self, session: Session, producer_id: int | None, packing_place_id: int | None) -> bool:
        """Whether one of them, and no other, is theirs."""
        if producer_id is None:
            return packing_place_id in self.packing_place_ids
        own = sa.select(Producer.id).where(Producer.id == producer_id, is_workshop(self.village_ids))
        return packing_place_id is None and session.scalar(own) is not None


@dataclass(frozen=True, slots=True)
class KeptPackaging:
    id: int
    kind: PackagingKind
    name_zh: str
    name_en: str
    keeper_zh: str
    keeper_en: str
    units: int
    alarm_at: int
    active: bool

    @property
    def runs_out(self) -> bool:
        return self.active and self.units <= self.alarm_at


@dataclass(frozen=True, slots=True)
class ListedChange:
    at: datetime
    deed: PackagingDeed
    change: int
    reason: str
    actor: str | None
    lot_code: str | None


@dataclass(frozen=True, slots=True)
class PlaceToKeep:
    """A workshop or a packing place, by the key that forms send."""

    key: str
    name_zh: str
    name_en: str


def packaging_of(session: Session, keepers: PackagingKeepers) -> list[KeptPackaging]:
    """What runs out first, then by keeper and name; what is no longer used last. One statement."""
    late = sa.case((PackagingStock.active.is_(False), 2), (runs_out(), 0), else_=1)
    order = (late, PackagingStock.producer_id, PackagingStock.packing_place_id, PackagingStock.name_zh)
    statement = _columns().where(keepers.condition()).order_by(*order, PackagingStock.id)
    return [KeptPackaging(*row) for row in session.execute(statement)]


def packaging_running_out(session: Session, keepers: PackagingKeepers) -> list[KeptPackaging]:
    """What somebody has to order. One statement."""
    statement = _columns().where(keepers.condition(), runs_out()).order_by(PackagingStock.id)
    return [KeptPackaging(*row) for row in session.execute(statement)]


def running_out_counted(keepers: PackagingKeepers) -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(PackagingStock).where(keepers.condition(), runs_out())


def runs_out() -> sa.ColumnElement[bool]:
    return sa.and_(PackagingStock.active.is_(True), PackagingStock.units <= PackagingStock.alarm_at)


def workshop_packaging(session: Session, producer_id: int) -> list[KeptPackaging]:
    """What a workshop can use now. One statement."""
    own = (PackagingStock.producer_id == producer_id, PackagingStock.active.is_(True))
    statement = _columns().where(*own).order_by(PackagingStock.name_zh, PackagingStock.id)
    return [KeptPackaging(*row) for row in session.execute(statement)]


def one_packaging(session: Session, stock_id: int, keepers: PackagingKeepers) -> KeptPackaging:
    """Raises NotFound. One statement."""
    row = session.execute(_columns().where(PackagingStock.id == stock_id, keepers.condition())).one_or_none()
    if row is None:
        raise NotFound()
    return KeptPackaging(*row)


def changes_of_packaging(session: Session, stock_id: int) -> list[ListedChange]:
    """The newest first. One statement."""
    statement = (
        sa.select(
            *(PackagingChange.at, PackagingChange.deed, PackagingChange.change, PackagingChange.reason),
            *(sa.func.coalesce(sa.func.nullif(User.name, ""), User.email), Lot.code),
        )
        .outerjoin(User, User.id == PackagingChange.actor_id)
        .outerjoin(Processing, Processing.id == PackagingChange.processing_id)
        .outerjoin(Lot, Lot.id == Processing.lot_id)
        .where(PackagingChange.stock_id == stock_id)
        .order_by(PackagingChange.id.desc())
        .limit(MOST_CHANGES)
    )
    return [ListedChange(*row) for row in session.execute(statement)]


def places_to_keep(
    session: Session, village_ids: Collection[int], packing_place_ids: Collection[int]
) -> list[PlaceToKeep]:
    """Workshops first, then packing places. Two statements."""
    own = (
        sa.select(Producer.id, Producer.name_zh, Producer.name_en)
        .where(is_workshop(village_ids), Producer.active.is_(True))
        .order_by(Producer.id)
    )
    places = (
        sa.select(PackingPlace.id, PackingPlace.name_zh, PackingPlace.name_en)
        .where(PackingPlace.id.in_(packing_place_ids))
        .order_by(PackingPlace.id)
    )
    found = [PlaceToKeep(f"w{one}", zh, en) for one, zh, en in session.execute(own)]
    return found + [PlaceToKeep(f"p{one}", zh, en) for one, zh, en in session.execute(places)]


def _columns() -> sa.Select[*tuple[Any, ...]]:
    name_zh = sa.func.coalesce(Producer.name_zh, PackingPlace.name_zh)
    name_en = sa.func.coalesce(Producer.name_en, PackingPlace.name_en)
    return (
        sa.select(
            *(PackagingStock.id, PackagingStock.kind, PackagingStock.name_zh, PackagingStock.name_en),
            *(name_zh, name_en, PackagingStock.units, PackagingStock.alarm_at, PackagingStock.active),
        )
        .outerjoin(Producer, Producer.id == PackagingStock.producer_id)
        .outerjoin(PackingPlace, PackingPlace.id == PackagingStock.packing_place_id)
    )
