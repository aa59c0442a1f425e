"""Everything that a product's page shows of the catalogue, in three queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

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
    Variant,
    Village,
)
from shop.catalogue.picture_names import Picture
from shop.catalogue.split import Parts, split_price
from shop.kit.clock import shanghai_date
from shop.kit.text import tidy

_Part: Final = aliased(Variant, name="part")
_PartProduct: Final = aliased(Product, name="part_product")


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

    variant: Variant
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
    product: Product
    seller: Seller
    category: Category
    village: Village | None
    compliance_class: ComplianceClass
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
    packs = _packs(session, row.Product.id, row.SplitRule) if row is not None else ()
    if row is None or not packs:
        raise NoSuchProduct()
    product: Product = row.Product
    of_product = {"product_id": product.id, "seller_id": product.seller_id, "today": shanghai_date(now)}
    return ProductPage(
        product=product,
        seller=row.Seller,
        category=row.Category,
        village=row.Village,
        compliance_class=row.ComplianceClass,
        packs=packs,
        papers=tuple(Paper(*paper) for paper in session.execute(_PAPERS, of_product)),
        pictures=_pictures(row.pictures),
    )


def _pictures(found: str | None) -> tuple[Picture, ...]:
    placed = (entry.partition(":") for entry in (found or "").split(",") if entry)
    return tuple(Picture(key) for _, key in sorted((int(place), key) for place, _, key in placed))


def _packs(session: Session, product_id: int, rule: SplitRule | None) -> tuple[Pack, ...]:
    contents: dict[Variant, list[BoxPart]] = {}
    for variant, units, *names in session.execute(_PACKS, {"product_id": product_id}):
        contents.setdefault(variant, []).extend([BoxPart(units, *names)] if units is not None else [])
    return tuple(
        Pack(variant, split_price(rule, variant.price_fen) if rule else None, tuple(parts))
        for variant, parts in contents.items()
    )


def _product() -> sa.Select[*tuple[Any, ...]]:
    newest_rule = sa.select(sa.func.max(SplitRule.version)).where(SplitRule.valid_from <= sa.bindparam("now"))
    place = sa.cast(ProductPicture.position, sa.String)
    pictures = (
        sa.select(sa.func.aggregate_strings(place + ":" + ProductPicture.key, ","))
        .where(ProductPicture.product_id == Product.id, ProductPicture.state == PictureState.READY)
        .scalar_subquery()
    )
    return (
        sa.select(Product, Seller, Category, Village, ComplianceClass, SplitRule, pictures.label("pictures"))
        .join(Seller, Seller.id == Product.seller_id)
        .join(Category, Category.id == Product.category_id)
        .join(ComplianceClass, ComplianceClass.id == Product.compliance_class_id)
        .outerjoin(Village, Village.id == Product.village_id)
        .outerjoin(SplitRule, SplitRule.version == newest_rule.scalar_subquery())
        .where(Product.slug == sa.bindparam("slug"), Product.status == ProductStatus.PUBLISHED)
    )


def _variants() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            *(
                Variant,
                BundleItem.units,
                _Part.id,
                _PartProduct.slug,
                _PartProduct.name_zh,
                _PartProduct.name_en,
            ),
            *(_Part.name_zh, _Part.name_en),
        )
        .outerjoin(BundleItem, BundleItem.bundle_id == Variant.id)
        .outerjoin(_Part, _Part.id == BundleItem.component_id)
        .outerjoin(_PartProduct, _PartProduct.id == _Part.product_id)
        .where(Variant.product_id == sa.bindparam("product_id"), Variant.active)
        .order_by(Variant.position, Variant.id, _Part.id)
    )


def _valid_papers() -> sa.Select[*tuple[Any, ...]]:
    demanded = ComplianceRequirement
    kinds = (
        sa.select(
            demanded.certificate_kind,
            sa.func.min(demanded.name_zh).label("name_zh"),
            sa.func.min(demanded.name_en).label("name_en"),
        )
        .group_by(demanded.certificate_kind)
        .subquery()
    )
    of_product = Certificate.product_id == sa.bindparam("product_id")
    return (
        sa.select(
            *(kinds.c.name_zh, kinds.c.name_en, Certificate.number, Certificate.issued_by),
            Certificate.expires_on,
        )
        .join(kinds, kinds.c.certificate_kind == Certificate.kind)
        .where(
            sa.or_(of_product, Certificate.seller_id == sa.bindparam("seller_id")),
            sa.or_(Certificate.expires_on.is_(None), Certificate.expires_on >= sa.bindparam("today")),
        )
        .order_by(Certificate.seller_id, Certificate.kind, Certificate.id)
    )


# Made once: building them is half of what a page costs.
_PRODUCT: Final = _product()
_PACKS: Final = _variants()
_PAPERS: Final = _valid_papers()
