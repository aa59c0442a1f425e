"""The three statements of a product's page, made once; their columns are the fields of its facts, in order."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.sql.base import ReadOnlyColumnCollection

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
from shop.catalogue.product_facts import Good, GoodSeller, Named, PackVariant, Reviewed
from shop.catalogue.split import WEIGHTS
from shop.catalogue.validity import counts_on

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
            counts_on(_CERTIFICATE, sa.bindparam("today")),
        )
        .order_by(_CERTIFICATE.seller_id, _CERTIFICATE.kind, _CERTIFICATE.id)
    )


REVIEWED: Final = sa.select(*_of(Reviewed, _GOOD)).where(
    _GOOD.slug == sa.bindparam("slug"), _GOOD.status == ProductStatus.PUBLISHED
)
PRODUCT: Final = _product()
PACKS: Final = _variants()
PAPERS: Final = _valid_papers()
