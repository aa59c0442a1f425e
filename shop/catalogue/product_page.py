"""Everything that a product's page shows of the catalogue, in three queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from shop.catalogue.errors import NoSuchProduct
from shop.catalogue.models import (
    BundleItem,
    Category,
    Certificate,
    ComplianceClass,
    ComplianceRequirement,
    PictureState,
    Product,
    ProductPicture,
    ProductStatus,
    Seller,
    SplitRule,
    StockState,
    Variant,
    Village,
)
from shop.catalogue.picture_names import Picture
from shop.catalogue.split import WEIGHTS, Parts, split_by
from shop.kit.clock import shanghai_date
from shop.kit.text import tidy

# Tables and not entities, and made once: with entities, half of what a page costs would be building them.
_GOOD: Final = Product.__table__.c
_SELLER: Final = Seller.__table__.c
_CATEGORY: Final = Category.__table__.c
_VILLAGE: Final = Village.__table__.c
_CLASS: Final = ComplianceClass.__table__.c
_RULE: Final = SplitRule.__table__.c
_PICTURE: Final = ProductPicture.__table__.c
_VARIANT: Final = Variant.__table__.c
_IN_BOX: Final = BundleItem.__table__.c
_PART: Final = Variant.__table__.alias("part").c
_PART_GOOD: Final = Product.__table__.alias("part_product").c
_CERTIFICATE: Final = Certificate.__table__.c
_DEMANDED: Final = ComplianceRequirement.__table__.c


Kind = TypeVar("Kind", bound=NamedTuple)


class Good(NamedTuple):
    """What a page says of the product itself."""

    id: int
    family: str
    name_zh: str
    name_en: str
    summary_zh: str
    summary_en: str
    description_zh: str
    description_en: str
    storage_zh: str
    storage_en: str
    shelf_life_days: int
    ready_hours: int
    season_mask: int
    return_exempt: bool
    sold_units: int


class GoodSeller(NamedTuple):
    id: int
    legal_name: str
    food_licence: str


class Named(NamedTuple):
    """A category, a village or a compliance class."""

    slug: str
    name_zh: str
    name_en: str


class PackVariant(NamedTuple):
    """Price in fen, weight in grams."""

    id: int
    sku: str
    name_zh: str
    name_en: str
    price_fen: int
    net_weight_g: int
    limit_per_buyer: int | None
    stock_state: StockState


@dataclass(frozen=True, slots=True)
class BoxPart:
    """So many units of another product's pack in a gift box."""

    units: int
    variant_id: int
    slug: str
    name_zh: str
    name_en: str
    variant_name_zh: str
    variant_name_en: str


@dataclass(frozen=True, slots=True)
class Pack:
    """One variant, and where the money for one unit goes."""

    variant: PackVariant
    parts: Parts | None
    contents: tuple[BoxPart, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """A valid certificate of the product or of its seller."""

    name_zh: str
    name_en: str
    number: str
    issued_by: str
    expires_on: date | None


@dataclass(frozen=True)
class ProductPage:
    product: Good
    seller: GoodSeller
    category: Named
    village: Named | None
    compliance_class: Named
    packs: tuple[Pack, ...]
    papers: tuple[Paper, ...]
    pictures: tuple[Picture, ...]

    @property
    def kept_variant_ids(self) -> set[int]:
        """The variants that lots are kept of: a gift box has those of its parts."""
        parts = {part.variant_id for pack in self.packs for part in pack.contents}
        return parts | {pack.variant.id for pack in self.packs if not pack.contents}

    @property
    def contents(self) -> tuple[BoxPart, ...]:
        """What gift boxes of this product hold, each good once."""
        return tuple({part.variant_id: part for pack in self.packs for part in pack.contents}.values())

    def next_season(self, month: int) -> int | None:
        """The month in which the season begins again; None while it lasts."""
        ahead = [(month - 1 + step) % 12 + 1 for step in range(12)]
        first = next((one for one in ahead if self.product.season_mask >> (one - 1) & 1), month)
        return first if first != month else None

    def packs_left(self, without: Pack) -> list[Pack]:
        """The other packs that can be bought."""
        return [pack for pack in self.packs if pack is not without and pack.variant.stock_state != "sold_out"]

    def pack(self, sku: str | None) -> Pack:
        """The pack that was asked for; else the first one that can be bought, else the first."""
        by_sku = {pack.variant.sku: pack for pack in self.packs}
        if sku in by_sku:
            return by_sku[sku]
        return next((pack for pack in self.packs if pack.variant.stock_state != "sold_out"), self.packs[0])


def read_product_page(session: Session, slug: str, *, now: datetime) -> ProductPage:
    """Raises NoSuchProduct for one that is not published, or has nothing to buy."""
    row = session.execute(_PRODUCT, {"slug": tidy(slug), "now": now}).first()
    if row is None:
        raise NoSuchProduct()
    columns = iter(row)
    product, seller = _next(Good, columns), _next(GoodSeller, columns)
    category, law, village = (_next(Named, columns) for _ in range(3))
    packs = _packs(session, product.id, row.rule, list(islice(columns, len(WEIGHTS))))
    if not packs:
        raise NoSuchProduct()
    asked = {"product_id": product.id, "seller_id": seller.id, "today": shanghai_date(now)}
    return ProductPage(
        product=product,
        seller=seller,
        category=category,
        village=village if village.slug else None,
        compliance_class=law,
        packs=packs,
        papers=tuple(Paper(*paper) for paper in session.execute(_PAPERS, asked)),
        pictures=_pictures(row.pictures),
    )


def _pictures(found: str | None) -> tuple[Picture, ...]:
    placed = (entry.partition(":") for entry in (found or "").split(",") if entry)
    return tuple(Picture(key) for _, key in sorted((int(place), key) for place, _, key in placed))


def _next(kind: type[Kind], columns: Iterator[Any]) -> Kind:
    return kind._make(islice(columns, len(kind._fields)))


def _packs(session: Session, product_id: int, rule: int | None, weights: Sequence[int]) -> tuple[Pack, ...]:
    contents: dict[PackVariant, list[BoxPart]] = {}
    for row in session.execute(_PACKS, {"product_id": product_id}):
        columns = iter(row)
        parts = contents.setdefault(_next(PackVariant, columns), [])
        if row.units is not None:
            parts.append(BoxPart(*columns))
    return tuple(
        Pack(variant, split_by(weights, variant.price_fen) if rule is not None else None, tuple(parts))
        for variant, parts in contents.items()
    )


def _of(kind: type[NamedTuple], columns: ReadOnlyColumnCollection[str, Any]) -> list[sa.ColumnElement[Any]]:
    """The columns that are named as the fields of `kind`."""
    return [columns[name] for name in kind._fields]


def _product() -> sa.Select[*tuple[Any, ...]]:
    newest_rule = sa.select(sa.func.max(_RULE.version)).where(_RULE.valid_from <= sa.bindparam("now"))
    place = sa.cast(_PICTURE.position, sa.String)
    pictures = (
        sa.select(sa.func.aggregate_strings(place + ":" + _PICTURE.key, ","))
        .where(_PICTURE.product_id == _GOOD.id, _PICTURE.state == PictureState.READY)
        .correlate(Product.__table__)
        .scalar_subquery()
    )
    return (
        sa.select(
            *(*_of(Good, _GOOD), *_of(GoodSeller, _SELLER)),
            *(*_of(Named, _CATEGORY), *_of(Named, _CLASS), *_of(Named, _VILLAGE)),
            *(_RULE[name] for name in WEIGHTS),
            *(_RULE.version.label("rule"), pictures.label("pictures")),
        )
        .select_from(Product.__table__)
        .join(Seller.__table__, _SELLER.id == _GOOD.seller_id)
        .join(Category.__table__, _CATEGORY.id == _GOOD.category_id)
        .join(ComplianceClass.__table__, _CLASS.id == _GOOD.compliance_class_id)
        .outerjoin(Village.__table__, _VILLAGE.id == _GOOD.village_id)
        .outerjoin(SplitRule.__table__, _RULE.version == newest_rule.scalar_subquery())
        .where(_GOOD.slug == sa.bindparam("slug"), _GOOD.status == ProductStatus.PUBLISHED)
    )


def _variants() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            *_of(PackVariant, _VARIANT),
            *(_IN_BOX.units, _PART.id, _PART_GOOD.slug, _PART_GOOD.name_zh, _PART_GOOD.name_en),
            *(_PART.name_zh, _PART.name_en),
        )
        .select_from(Variant.__table__)
        .outerjoin(BundleItem.__table__, _IN_BOX.bundle_id == _VARIANT.id)
        .outerjoin(_PART.id.table, _PART.id == _IN_BOX.component_id)
        .outerjoin(_PART_GOOD.id.table, _PART_GOOD.id == _PART.product_id)
        .where(_VARIANT.product_id == sa.bindparam("product_id"), _VARIANT.active)
        .order_by(_VARIANT.position, _VARIANT.id, _PART.id)
    )


def _valid_papers() -> sa.Select[*tuple[Any, ...]]:
    kinds = (
        sa.select(
            _DEMANDED.certificate_kind,
            sa.func.min(_DEMANDED.name_zh).label("name_zh"),
            sa.func.min(_DEMANDED.name_en).label("name_en"),
        )
        .group_by(_DEMANDED.certificate_kind)
        .subquery()
    )
    return (
        sa.select(
            *(kinds.c.name_zh, kinds.c.name_en, _CERTIFICATE.number, _CERTIFICATE.issued_by),
            _CERTIFICATE.expires_on,
        )
        .join(kinds, kinds.c.certificate_kind == _CERTIFICATE.kind)
        .where(
            sa.or_(
                _CERTIFICATE.product_id == sa.bindparam("product_id"),
                _CERTIFICATE.seller_id == sa.bindparam("seller_id"),
            ),
            sa.or_(_CERTIFICATE.expires_on.is_(None), _CERTIFICATE.expires_on >= sa.bindparam("today")),
        )
        .order_by(_CERTIFICATE.seller_id, _CERTIFICATE.kind, _CERTIFICATE.id)
    )


_PRODUCT: Final = _product()
_PACKS: Final = _variants()
_PAPERS: Final = _valid_papers()
