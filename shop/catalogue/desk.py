"""The lists of the back office: all that there is, also what is not on sale."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import (
    Category,
    Certificate,
    ComplianceClass,
    ComplianceRequirement,
    Household,
    PackingPlace,
    PictureState,
    Producer,
    ProducerKind,
    Product,
    ProductPicture,
    ProductStatus,
    Seller,
    StockState,
    Variant,
    Village,
)
from shop.kit.text import like_pattern
from shop.storage.paging import Page, read_page


def find_products(
    session: Session,
    *,
    q: str = "",
    status: ProductStatus | None = None,
    category_id: int | None = None,
    stock: Collection[StockState] = (),
    photo_refused: bool = False,
    page: int = 1,
) -> Page[Any]:
    """Rows of (Product, category_zh, category_en, seller_zh, seller_en), those changed last first.

    `stock`: in one of these states; `photo_refused`: with a photo that could not be taken in.
    """
    found = (
        sa.select(
            Product,
            *(Category.name_zh.label("category_zh"), Category.name_en.label("category_en")),
            *(Seller.name_zh.label("seller_zh"), Seller.name_en.label("seller_en")),
        )
        .join(Category, Category.id == Product.category_id)
        .join(Seller, Seller.id == Product.seller_id)
        .order_by(Product.recommended.desc(), Product.id.desc())
    )
    if q:
        found = found.where(_any_like(q, Product.name_zh, Product.name_en, Product.slug))
    if status is not None:
        found = found.where(Product.status == status)
    if category_id is not None:
        found = found.where(Product.category_id == category_id)
    if stock:
        found = found.where(Product.stock_state.in_(stock))
    if photo_refused:
        refused = sa.exists().where(
            ProductPicture.product_id == Product.id, ProductPicture.state == PictureState.REFUSED
        )
        found = found.where(refused)
    return read_page(session, found, number=page)


def variants_of(session: Session, product_id: int) -> list[Variant]:
    """All packs of a product, inactive ones too."""
    of_product = sa.select(Variant).where(Variant.product_id == product_id)
    return list(session.scalars(of_product.order_by(Variant.position, Variant.id)))


def find_households(
    session: Session, *, q: str = "", village_id: int | None = None, page: int = 1
) -> Page[Any]:
    """Rows of (Household, village_zh, village_en)."""
    found = (
        sa.select(Household, Village.name_zh.label("village_zh"), Village.name_en.label("village_en"))
        .join(Village, Village.id == Household.village_id)
        .order_by(Village.id, Household.id)
    )
    if q:
        found = found.where(_any_like(q, Household.alias_zh, Household.alias_en, Household.slug))
    if village_id is not None:
        found = found.where(Household.village_id == village_id)
    return read_page(session, found, number=page)


def find_workshops(session: Session, *, page: int = 1) -> Page[Any]:
    """Rows of (Producer, village_zh, village_en)."""
    found = (
        sa.select(Producer, Village.name_zh.label("village_zh"), Village.name_en.label("village_en"))
        .join(Village, Village.id == Producer.village_id)
        .where(Producer.kind == ProducerKind.WORKSHOP)
        .order_by(Village.id, Producer.id)
    )
    return read_page(session, found, number=page)


def find_certificates(session: Session, *, q: str = "", page: int = 1) -> Page[Any]:
    """Rows of (Certificate, holder_zh, holder_en), those that expire first, first."""
    found = (
        sa.select(
            Certificate,
            sa.func.coalesce(Product.name_zh, Producer.name_zh, Seller.name_zh).label("holder_zh"),
            sa.func.coalesce(Product.name_en, Producer.name_en, Seller.name_en).label("holder_en"),
        )
        .outerjoin(Seller, Seller.id == Certificate.seller_id)
        .outerjoin(Producer, Producer.id == Certificate.producer_id)
        .outerjoin(Product, Product.id == Certificate.product_id)
        .order_by(Certificate.expires_on.is_(None), Certificate.expires_on, Certificate.id)
    )
    if q:
        called = sa.select(ComplianceRequirement.certificate_kind).where(
            _any_like(q, ComplianceRequirement.name_zh, ComplianceRequirement.name_en)
        )
        found = found.where(
            sa.or_(_any_like(q, Certificate.number, Certificate.kind), Certificate.kind.in_(called))
        )
    return read_page(session, found, number=page)


def certificates_of(session: Session, product: Product, kept_by: Collection[int]) -> list[Certificate]:
    """The papers that let a product be sold: its own, its seller's, and those of who keeps lots of it."""
    held = sa.select(Certificate).where(
        sa.or_(
            Certificate.product_id == product.id,
            Certificate.seller_id == product.seller_id,
            Certificate.producer_id.in_(kept_by),
        )
    )
    return list(session.scalars(held.order_by(Certificate.expires_on.is_(None), Certificate.expires_on)))


def all_of(
    session: Session,
    entity: type[Category | Village | Seller | PackingPlace | ComplianceClass | Producer | Product],
) -> list[Any]:
    """All rows of a short table, by id: for lists and for choices in forms."""
    rows: list[Any] = list(session.scalars(sa.select(entity).order_by(entity.id)))
    return rows


def _any_like(q: str, *columns: Any) -> sa.ColumnElement[bool]:
    pattern = f"%{like_pattern(q)}%"
    return sa.or_(*(column.ilike(pattern, escape="\\") for column in columns))
