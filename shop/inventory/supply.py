"""Who may supply a product, before anybody orders it: the lots that can be sold from now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Producer, ProducerKind, Variant, Village
from shop.inventory.models import Lot, LotShare, LotStatus
from shop.kit.clock import shanghai_date

MOST_SUPPLIERS: Final = 60


@dataclass(frozen=True, slots=True)
class Supplier:
    """A producer with its lot that spoils first. A household that has not agreed has no name here."""

    variant_id: int
    lot_id: int
    lot_code: str
    harvested_on: date | None
    packed_on: date | None
    best_before: date
    kind: ProducerKind
    name_zh: str
    name_en: str
    story_zh: str
    story_en: str
    households: int
    village_slug: str
    village_name_zh: str
    village_name_en: str
    keeps_until: date  # of all its lots, the one that keeps longest


@dataclass(frozen=True, slots=True)
class Supply:
    """One supplier for each producer; the lot that goes first of each variant, by its id."""

    suppliers: Sequence[Supplier]
    first_lots: Mapping[int, Supplier]


def supply_of(
    session: Session, variant_ids: Collection[int], *, now: datetime, needed: date | None = None
) -> Supply:
    """Who has units of these variants; one query. A gift box has the variants it contains.

    Lots that do not keep until the day `needed` stand behind those that do: nobody would get them now.
    """
    today = shanghai_date(now)
    asked = {"variant_ids": list(variant_ids), "today": today, "needed": needed or today}
    by_producer: dict[int, Supplier] = {}
    by_variant: dict[int, Supplier] = {}
    for producer_id, *columns in session.execute(_LOTS, asked):
        supplier = Supplier(*columns)
        first = by_producer.setdefault(producer_id, supplier)
        longest = max(first.keeps_until, supplier.keeps_until)
        by_producer[producer_id] = replace(first, keeps_until=longest)
        by_variant.setdefault(supplier.variant_id, supplier)
    return Supply(list(by_producer.values()), by_variant)


def _lots() -> sa.Select[*tuple[Any, ...]]:
    """The lots that spoil first, but one of each variant before any second one: a box of tea and honey names both."""
    spoils = sa.case((Lot.best_before >= sa.bindparam("needed"), 0), else_=1)
    place = sa.func.row_number().over(partition_by=Lot.variant_id, order_by=(spoils, Lot.best_before, Lot.id))
    shares = sa.select(sa.func.count()).where(LotShare.lot_id == Lot.id).scalar_subquery()
    agreed = sa.or_(Producer.kind == ProducerKind.WORKSHOP, Household.consented_at.is_not(None))
    return (
        sa.select(
            *(
                Producer.id,
                Lot.variant_id,
                Lot.id,
                Lot.code,
                Lot.harvested_on,
                Lot.packed_on,
                Lot.best_before,
            ),
            Producer.kind,
            sa.case((agreed, sa.func.coalesce(Household.alias_zh, Producer.name_zh)), else_=""),
            sa.case((agreed, sa.func.coalesce(Household.alias_en, Producer.name_en)), else_=""),
            sa.case((agreed, sa.func.coalesce(Household.story_zh, "")), else_=""),
            sa.case((agreed, sa.func.coalesce(Household.story_en, "")), else_=""),
            *(shares, Village.slug, Village.name_zh, Village.name_en, Lot.best_before.label("keeps_until")),
        )
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .outerjoin(Household, Household.id == Producer.household_id)
        .where(
            Lot.variant_id.in_(sa.bindparam("variant_ids", expanding=True)),
            *(Lot.status == LotStatus.OPEN, Lot.available > 0, Lot.best_before >= sa.bindparam("today")),
        )
        .order_by(sa.case((place == 1, 0), else_=1), spoils, Lot.best_before, Lot.id)
        .limit(MOST_SUPPLIERS)
    )


_LOTS: Final = _lots()


def keepers_of(session: Session, product_id: int) -> set[int]:
    """The producers that keep lots of a product, whose certificates count when it is published."""
    return set(
        session.scalars(
            sa.select(Lot.producer_id)
            .join(Variant, Variant.id == Lot.variant_id)
            .where(Variant.product_id == product_id)
            .distinct()
        )
    )
