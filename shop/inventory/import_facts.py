"""What the rows of an import name, looked up for all rows at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import BundleItem, Certificate, Household, Producer, Product, Variant
from shop.inventory.lot_table import Cell


@dataclass(frozen=True)
class KnownVariant:
    id: int
    sku: str
    name_zh: str
    name_en: str
    shelf_life_days: int
    is_box: bool


@dataclass(frozen=True)
class KnownProducer:
    id: int
    slug: str
    name_zh: str
    name_en: str
    household_id: int | None
    active: bool


@dataclass(frozen=True)
class Known:
    """By what people write: SKU, short name or name, short name of a household, number of a certificate."""

    variants: Mapping[str, KnownVariant]
    producers: Mapping[str, Sequence[KnownProducer]]
    households: Mapping[str, int]
    certificates: Mapping[str, int]

    @property
    def variants_by_id(self) -> dict[int, KnownVariant]:
        return {variant.id: variant for variant in self.variants.values()}

    @property
    def producers_by_id(self) -> dict[int, KnownProducer]:
        return {producer.id: producer for found in self.producers.values() for producer in found}


def known_things(session: Session, rows: Sequence[Sequence[Cell]], places: Mapping[str, int]) -> Known:
    """Four statements, however many rows there are."""

    def said(name: str) -> set[str]:
        place = places.get(name)
        if place is None:
            return set()
        return {str(cells[place]).strip() for cells in rows if place < len(cells) and cells[place]}

    skus = {sku.upper() for sku in said("sku")}
    names = said("producer")
    return Known(
        variants=_variants(session, skus),
        producers=_producers(session, names | {name.lower() for name in names}),
        households={slug: household_id for household_id, slug in _households(session)}
        if said("shares")
        else {},
        certificates=_certificates(session, said("certificate")),
    )


def _variants(session: Session, skus: Collection[str]) -> dict[str, KnownVariant]:
    is_box = sa.exists().where(BundleItem.bundle_id == Variant.id)
    rows = session.execute(
        sa.select(
            Variant.id,
            Variant.sku,
            Product.name_zh,
            Product.name_en,
            Product.shelf_life_days,
            sa.cast(sa.case((is_box, 1), else_=0), sa.Boolean),
        )
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.sku.in_(skus))
    )
    return {row[1]: KnownVariant(*row) for row in rows}


def _producers(session: Session, names: Collection[str]) -> dict[str, list[KnownProducer]]:
    rows = session.execute(
        sa.select(
            Producer.id,
            Producer.slug,
            Producer.name_zh,
            Producer.name_en,
            Producer.household_id,
            Producer.active,
        ).where(sa.or_(Producer.slug.in_(names), Producer.name_zh.in_(names), Producer.name_en.in_(names)))
    )
    found: dict[str, list[KnownProducer]] = {}
    for row in rows:
        producer = KnownProducer(*row)
        for name in {producer.slug, producer.name_zh, producer.name_en}:
            found.setdefault(name, []).append(producer)
    return found


def household_names(session: Session, household_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Aliases in Chinese and English. One statement."""
    rows = session.execute(
        sa.select(Household.id, Household.alias_zh, Household.alias_en).where(Household.id.in_(household_ids))
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _households(session: Session) -> Sequence[Any]:
    return session.execute(sa.select(Household.id, Household.slug)).all()


def _certificates(session: Session, numbers: Collection[str]) -> dict[str, int]:
    rows = session.execute(
        sa.select(Certificate.number, Certificate.id).where(Certificate.number.in_(numbers))
    )
    return {row[0]: row[1] for row in rows}
