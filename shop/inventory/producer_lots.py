"""Lots as those see them who answer for them: a producer's own people, and the coordinators of its village."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer, ProducerKind, Product, Variant, Village
from shop.inventory.models import Lot, LotShare, LotStatus
from shop.inventory.recall_state import recalled
from shop.kit.errors import NotFound


@dataclass(frozen=True, slots=True)
class Keepers:
    """Whose lots: of these producers, or of all producers of these villages."""

    producer_ids: frozenset[int] = frozenset()
    village_ids: frozenset[int] = frozenset()

    def condition(self) -> sa.ColumnElement[bool]:
        return sa.or_(Producer.id.in_(self.producer_ids), Producer.village_id.in_(self.village_ids))


@dataclass(frozen=True, slots=True)
class OwnLot:
    id: int
    code: str
    status: LotStatus
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
    declared: int
    available: int
    promised: int
    shipped: int
    withdrawn: int
    harvested_on: date | None
    best_before: date
    needs_pledge: bool
    expected_on: date | None
    expected_units: int | None
    confidence_pct: int | None
    bags_printed: int
    is_recalled: bool

    @property
    def spare_labels(self) -> tuple[int, int] | None:
        """The numbers, from and to, that were printed beyond the units that the lot has; None where there are none."""
        return (self.declared + 1, self.bags_printed) if self.bags_printed > self.declared else None

    @property
    def least(self) -> int:
        """So few units it cannot have: these are promised, sent or taken off already."""
        return self.declared - self.available

    @property
    def is_open(self) -> bool:
        return self.status is LotStatus.OPEN


@dataclass(frozen=True, slots=True)
class Keeper:
    id: int
    name_zh: str
    name_en: str
    village_zh: str
    village_en: str
    kind: ProducerKind


def own_lot(session: Session, lot_id: int, keepers: Keepers) -> OwnLot:
    """Raises NotFound, the same for an absent lot and somebody else's. One statement."""
    row = session.execute(columns_of(keepers).where(Lot.id == lot_id)).one_or_none()
    if row is None:
        raise NotFound()
    return OwnLot(*row)


def producers_of(session: Session, keepers: Keepers) -> list[Keeper]:
    """Producers that can declare something, by village and name. One statement."""
    statement = (
        sa.select(
            Producer.id, Producer.name_zh, Producer.name_en, Village.name_zh, Village.name_en, Producer.kind
        )
        .join(Village, Village.id == Producer.village_id)
        .where(keepers.condition(), Producer.active.is_(True))
        .order_by(Village.id, Producer.kind.desc(), Producer.name_zh)
    )
    return [Keeper(*row) for row in session.execute(statement)]


def last_shares(session: Session, producer_id: int) -> dict[int, int]:
    """Whose goods were in a workshop's newest lot, in basis points by household: the next one's, until changed."""
    newest = sa.select(sa.func.max(Lot.id)).where(Lot.producer_id == producer_id).scalar_subquery()
    statement = sa.select(LotShare.household_id, LotShare.share_bp).where(LotShare.lot_id == newest)
    return {row.household_id: row.share_bp for row in session.execute(statement)}


def last_variant(session: Session, producer_id: int) -> int | None:
    """What a producer declared last: the next one's, until another is chosen."""
    newest = sa.select(Lot.variant_id).where(Lot.producer_id == producer_id)
    return session.scalar(newest.order_by(Lot.id.desc()).limit(1))


def columns_of(keepers: Keepers) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            Lot.id,
            Lot.code,
            Lot.status,
            Lot.producer_id,
            Producer.name_zh,
            Producer.name_en,
            Village.name_zh,
            Village.name_en,
            Product.name_zh,
            Product.name_en,
            Variant.name_zh,
            Variant.name_en,
            Product.family,
            Lot.declared,
            Lot.available,
            Lot.held + Lot.committed,
            Lot.shipped,
            Lot.withdrawn,
            Lot.harvested_on,
            Lot.best_before,
            Lot.needs_pledge,
            *(Lot.expected_on, Lot.expected_units, Lot.confidence_pct),
            *(Lot.bags_printed, recalled()),
        )
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(keepers.condition())
    )
