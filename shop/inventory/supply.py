"""Who may supply a product, before anybody orders it: the lots that can be sold from now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Producer, ProducerKind, Variant, Village
from shop.inventory.models import Lot, LotShare, LotStatus
from shop.inventory.trace_models import LotPledge
from shop.kit.clock import shanghai_date

MOST_SUPPLIERS: Final = 60


# Tables and not entities: this is read for every product page.
_LOT: Final = Lot.__table__.c
_SHARE: Final = LotShare.__table__.c
_PRODUCER: Final = Producer.__table__.c
_HOUSEHOLD: Final = Household.__table__.c
_VILLAGE: Final = Village.__table__.c
_PLEDGE: Final = LotPledge.__table__.c


class Supplier(NamedTuple):
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
    pledge: str | None  # the number of the lot's 承诺达标合格证
    keeps_until: date  # of all its lots, the one that keeps longest
    expected_on: date | None  # not harvested yet: on which day it is expected


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
        if supplier.keeps_until > first.keeps_until:
            by_producer[producer_id] = first._replace(keeps_until=supplier.keeps_until)
        by_variant.setdefault(supplier.variant_id, supplier)
    return Supply(list(by_producer.values()), by_variant)


def _lots() -> sa.Select[*tuple[Any, ...]]:
    """The lots that spoil first, what is there before what is to be harvested, but one of each variant before any second one: a box of tea and honey names both."""
    spoils = sa.case((_LOT.best_before >= sa.bindparam("needed"), 0), else_=1)
    to_come = sa.case((_LOT.expected_on.is_(None), 0), else_=1)
    place = sa.func.row_number().over(
        partition_by=_LOT.variant_id, order_by=(to_come, spoils, _LOT.best_before, _LOT.id)
    )
    shares = sa.select(sa.func.count()).where(_SHARE.lot_id == _LOT.id).correlate(Lot.__table__)
    agreed = sa.or_(_PRODUCER.kind == ProducerKind.WORKSHOP, _HOUSEHOLD.consented_at.is_not(None))
    return (
        sa.select(
            *(_PRODUCER.id, _LOT.variant_id, _LOT.id, _LOT.code),
            *(_LOT.harvested_on, _LOT.packed_on, _LOT.best_before, _PRODUCER.kind),
            sa.case((agreed, sa.func.coalesce(_HOUSEHOLD.alias_zh, _PRODUCER.name_zh)), else_=""),
            sa.case((agreed, sa.func.coalesce(_HOUSEHOLD.alias_en, _PRODUCER.name_en)), else_=""),
            sa.case((agreed, sa.func.coalesce(_HOUSEHOLD.story_zh, "")), else_=""),
            sa.case((agreed, sa.func.coalesce(_HOUSEHOLD.story_en, "")), else_=""),
            shares.scalar_subquery(),
            *(_VILLAGE.slug, _VILLAGE.name_zh, _VILLAGE.name_en),
            *(_PLEDGE.number, _LOT.best_before.label("keeps_until")),
            _LOT.expected_on,
        )
        .select_from(Lot.__table__)
        .join(Producer.__table__, _PRODUCER.id == _LOT.producer_id)
        .join(Village.__table__, _VILLAGE.id == _PRODUCER.village_id)
        .outerjoin(Household.__table__, _HOUSEHOLD.id == _PRODUCER.household_id)
        .outerjoin(LotPledge.__table__, sa.and_(_PLEDGE.lot_id == _LOT.id, _PLEDGE.replaced_at.is_(None)))
        .where(
            _LOT.variant_id.in_(sa.bindparam("variant_ids", expanding=True)),
            *(_LOT.status == LotStatus.OPEN, _LOT.available > 0, _LOT.best_before >= sa.bindparam("today")),
            _LOT.in_question.is_(False),
            sa.or_(_LOT.needs_pledge.is_(False), _LOT.expected_on.is_not(None)),
            sa.or_(_LOT.expected_on.is_(None), _LOT.expected_on >= sa.bindparam("today")),
        )
        .order_by(sa.case((place == 1, 0), else_=1), to_come, spoils, _LOT.best_before, _LOT.id)
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
